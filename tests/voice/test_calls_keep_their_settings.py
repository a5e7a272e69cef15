"""A call that is running keeps the settings it started on, whatever is changed of its application meanwhile."""

from collections.abc import Callable

from tests.running.phone import Phone
from tests.running.server import RunningServer
from tests.running.web_app import Reply, WebApp


def test_an_application_that_is_changed_during_a_call_takes_effect_with_the_next(
    server: RunningServer, web_app: WebApp, new_phone: Callable[[], Phone], new_number: Callable[..., str]
) -> None:
    first = web_app.answer("/keep/first", "<Response><Pause length='3'/><Redirect>/keep/failing</Redirect></Response>")
    web_app.answer("/keep/failing", Reply("boom", "text/plain", 500))
    fallback = web_app.answer("/keep/fallback", "<Response><Hangup/></Response>")
    status = web_app.answer("/keep/status", Reply("", "text/plain", 204))
    app = server.rest("POST", "/Applications", VoiceUrl=first, VoiceFallbackUrl=fallback, StatusCallback=status)
    number = new_number(VoiceApplicationSid=app["sid"])
    later = {name: web_app.answer(f"/keep/later/{name}", "<Response><Hangup/></Response>") for name in "vfs"}

    phone = new_phone().call(number, server.sip)
    call_sid = web_app.wait_for("/keep/first")[0].parameters["CallSid"]
    server.rest(
        "POST", f"/Applications/{app['sid']}",
        VoiceUrl=later["v"], VoiceFallbackUrl=later["f"], StatusCallback=later["s"],
    )  # fmt: skip
    phone.wait_for("ended")

    assert web_app.wait_for("/keep/fallback")[0].parameters["CallSid"] == call_sid
    assert web_app.wait_for("/keep/status")[0].parameters["CallSid"] == call_sid
    assert [asked for asked in web_app.asked if asked.path.startswith("/keep/later")] == []
    (call,) = server.v1("GET", f"/Applications/{app['sid']}/Calls")["calls"]
    assert (call["sid"], call["application_revision"]) == (call_sid, 1)

    new_phone().call(number, server.sip).wait_for("ended")
    web_app.wait_for("/keep/later/v")
    assert web_app.wait_for("/keep/later/s")[0].parameters["CallSid"] != call_sid
