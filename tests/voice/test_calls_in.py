"""Real SIP calls into the started server, from an independent phone, with assertions on what it heard."""

import asyncio
from collections.abc import Callable

from tests.running.audio import seconds_of_sound, seconds_with_tone, tone_wav
from tests.running.phone import Phone
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Reply, WebApp

from callwright.voice.phone import Phone as SipPhone
from callwright.voice.phone_audio import AudioStatistics

NewPhone = Callable[[], Phone]
NewNumber = Callable[..., str]


def finished_call(server: RunningServer, call_sid: str) -> dict[str, str]:
    call: dict[str, str] = eventually(
        lambda: server.rest("GET", f"/Calls/{call_sid}"), lambda call: call["end_time"] is not None
    )
    return call


def test_a_call_reaches_the_application_of_its_number_hears_it_and_presses_keys(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    tone = web_app.answer("/in1/tone.wav", Reply(tone_wav(1000, 2.0), "audio/wav"))
    voice = web_app.answer(
        "/in1/voice",
        f'<Response><Gather numDigits="2" timeout="5" action="/in1/digits"><Say>Welcome to the test.</Say>'
        f"<Play>{tone}</Play></Gather></Response>",
    )
    web_app.answer("/in1/digits", "<Response><Say>Thank you very much indeed.</Say></Response>")
    status = web_app.answer("/in1/status", Reply("", "text/plain", 204))
    app = server.rest("POST", "/Applications", FriendlyName="in1", VoiceUrl=voice, StatusCallback=status)
    number = new_number(VoiceApplicationSid=app["sid"], VoiceUrl="http://127.0.0.1:9/never")

    phone = new_phone().call(number, server.sip, digits="42")
    ended = phone.wait_for("ended")
    phone.finish()

    asked = web_app.wait_for("/in1/voice")[0].parameters
    assert asked["To"] == number
    assert asked["From"] == "+15557770001"
    assert asked["CallStatus"] == "ringing"
    assert asked["ApplicationSid"] == app["sid"]
    assert web_app.wait_for("/in1/digits")[0].parameters["Digits"] == "42"
    assert ended["status"] == 200
    samples, rate = phone.heard()
    assert seconds_of_sound(samples, rate) > 1.5
    call = finished_call(server, asked["CallSid"])
    assert call["status"] == "completed"
    assert call["direction"] == "inbound"
    told = web_app.wait_for("/in1/status")[0].parameters
    assert told["CallStatus"] == "completed"
    assert told["CallSid"] == asked["CallSid"]
    assert int(told["CallDuration"]) == int(call["duration"]) >= 1


def test_a_played_tone_is_heard_whole_and_then_the_call_ends(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    tone = web_app.answer("/in2/tone.wav", Reply(tone_wav(700, 2.0, rate_hz=44_100), "audio/wav"))
    number = new_number(VoiceUrl=web_app.answer("/in2/voice", f"<Response><Play>{tone}</Play></Response>"))
    phone = new_phone().call(number, server.sip)
    phone.wait_for("ended")
    samples, rate = phone.finish().heard()
    assert 1.8 <= seconds_with_tone(samples, rate, 700) <= 2.2


def test_changing_an_application_changes_the_next_call_of_every_number(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    first = web_app.answer("/in3/first", "<Response><Hangup/></Response>")
    second = web_app.answer("/in3/second", "<Response><Hangup/></Response>")
    app = server.rest("POST", "/Applications", FriendlyName="in3", VoiceUrl=first)
    numbers = [new_number(VoiceApplicationSid=app["sid"]) for _ in range(3)]
    for number in numbers:
        new_phone().call(number, server.sip).wait_for("ended")
    assert [asked.parameters["To"] for asked in web_app.wait_for("/in3/first", 3)] == numbers
    server.rest("POST", f"/Applications/{app['sid']}", VoiceUrl=second)
    for number in numbers:
        new_phone().call(number, server.sip).wait_for("ended")
    assert [asked.parameters["To"] for asked in web_app.wait_for("/in3/second", 3)] == numbers
    assert len(web_app.requests_to("/in3/first")) == 3


def test_a_failing_web_app_is_replaced_by_its_fallback_and_the_debugger_knows(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    voice = web_app.answer("/in4/voice", Reply("boom", "text/plain", 500))
    fallback = web_app.answer("/in4/fallback", "<Response><Hangup/></Response>")
    app = server.rest("POST", "/Applications", VoiceUrl=voice, VoiceFallbackUrl=fallback)
    number = new_number(VoiceApplicationSid=app["sid"])
    new_phone().call(number, server.sip).wait_for("ended")
    asked = web_app.wait_for("/in4/fallback")[0].parameters
    assert asked["ErrorUrl"] == voice
    assert asked["ErrorCode"] == "11200"
    listed = server.rest("GET", f"/Calls/{asked['CallSid']}/Notifications")["notifications"]
    assert [row["error_code"] for row in listed] == ["11200"]
    assert listed[0]["request_url"] == voice


def test_invalid_twiml_is_told_with_line_and_column(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    number = new_number(VoiceUrl=web_app.answer("/in5/voice", "<Response>\n  <Dance/>\n</Response>"))
    new_phone().call(number, server.sip).wait_for("ended")
    call_sid = web_app.wait_for("/in5/voice")[0].parameters["CallSid"]
    finished_call(server, call_sid)
    told = server.rest("GET", f"/Calls/{call_sid}/Notifications")["notifications"][-1]
    assert told["error_code"] == "12200"
    assert "line 2, column 3" in told["message_text"]


def test_a_call_that_meets_a_deleted_application_fails_and_says_why(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    voice = web_app.answer("/in6/voice", "<Response/>")
    app = server.rest("POST", "/Applications", VoiceUrl=voice)
    number = new_number(VoiceApplicationSid=app["sid"], VoiceUrl=voice)
    server.rest("DELETE", f"/Applications/{app['sid']}")
    ended = new_phone().call(number, server.sip).wait_for("ended")
    assert ended["status"] == 480
    call = server.rest("GET", "/Calls", To=number)["calls"][0]
    assert call["status"] == "failed"
    told = server.rest("GET", f"/Calls/{call['sid']}/Notifications")["notifications"][0]
    assert told["error_code"] == "21218"
    assert app["sid"] in told["message_text"]
    assert web_app.requests_to("/in6/voice") == []


def test_reject_busy_never_answers(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    number = new_number(VoiceUrl=web_app.answer("/in7/voice", '<Response><Reject reason="busy"/></Response>'))
    ended = new_phone().call(number, server.sip).wait_for("ended")
    assert ended["status"] == 486
    call_sid = web_app.wait_for("/in7/voice")[0].parameters["CallSid"]
    call = finished_call(server, call_sid)
    assert (call["status"], call["duration"]) == ("busy", "0")


def test_a_live_call_is_redirected_and_then_hung_up_by_rest(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    tone = web_app.answer("/in8/tone.wav", Reply(tone_wav(1500, 1.0), "audio/wav"))
    number = new_number(VoiceUrl=web_app.answer("/in8/voice", '<Response><Pause length="60"/></Response>'))
    waiting = web_app.answer("/in8/waiting", '<Response><Say>One moment.</Say><Pause length="60"/></Response>')
    server.rest("POST", "/Applications", FriendlyName="in8", VoiceUrl=waiting)
    number = new_number(VoiceUrl=waiting)
    phone = new_phone().call(number, server.sip)
    call_sid = web_app.wait_for("/in8/waiting")[0].parameters["CallSid"]
    eventually(lambda: server.rest("GET", f"/Calls/{call_sid}")["status"], lambda status: status == "in-progress")
    twiml = f"<Response><Play>{tone}</Play><Redirect>{web_app.url}/in8/waiting</Redirect></Response>"
    server.rest("POST", f"/Calls/{call_sid}", Twiml=twiml)
    web_app.wait_for("/in8/waiting", 2)
    server.rest("POST", f"/Calls/{call_sid}", Status="completed")
    phone.wait_for("ended")
    samples, rate = phone.finish().heard()
    assert 0.8 <= seconds_with_tone(samples, rate, 1500) <= 1.2
    assert finished_call(server, call_sid)["status"] == "completed"
    again = server.try_rest("POST", f"/Calls/{call_sid}", Twiml="<Response/>")
    assert (again.status_code, again.json()["code"]) == (400, 21220)


def test_a_prompt_falls_silent_at_the_first_key(
    server: RunningServer, web_app: WebApp, new_phone: NewPhone, new_number: NewNumber
) -> None:
    tone = web_app.answer("/in9/tone.wav", Reply(tone_wav(600, 20.0), "audio/wav"))
    gather = f'<Gather numDigits="1" action="/in9/key"><Play>{tone}</Play></Gather>'
    number = new_number(VoiceUrl=web_app.answer("/in9/voice", f"<Response>{gather}</Response>"))
    web_app.answer("/in9/key", '<Response><Pause length="3"/></Response>')
    phone = new_phone().call(number, server.sip, digits="5")
    phone.wait_for("ended")
    assert web_app.wait_for("/in9/key")[0].parameters["Digits"] == "5"
    samples, rate = phone.finish().heard()
    heard_s = seconds_with_tone(samples, rate, 600)
    assert 0.5 <= heard_s <= 6  # pressed after about one second, of twenty
    tail = samples[-2 * rate :]
    assert seconds_of_sound(tail, rate) == 0


def test_every_packet_of_a_prompt_arrives_in_order_and_paced(
    server: RunningServer, web_app: WebApp, new_number: NewNumber
) -> None:
    tone = web_app.answer("/in10/tone.wav", Reply(tone_wav(800, 3.0), "audio/wav"))
    number = new_number(VoiceUrl=web_app.answer("/in10/voice", f"<Response><Play>{tone}</Play></Response>"))

    async def listen() -> AudioStatistics:
        async with SipPhone("127.0.0.1") as phone:
            call = await phone.call(number, server.sip, from_number="+15557770003")
            await call.answered(20)
            await call.ended
            return call.audio.statistics

    heard = asyncio.run(listen())
    assert heard.packets_lost == 0
    assert 150 <= heard.packets_received <= 250  # three seconds of 20 ms packets, and the silence around them
