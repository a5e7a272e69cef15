"""One call from its first document to its final status, on a virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.fakes.virtual_loop import run_virtually
from tests.fakes.voice import FakeLeg, FakePlane, FakeSpeaker, FakeWebhooks, LoopStorage, account, ports_on, xml

from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.web_ports import WebhookFailure
from callwright.voice.events import HangUpOrdered, RedirectOrdered, ScriptDone
from callwright.voice.session import CallSession

URL = "http://app.test/voice"
PROMPT = "<Say>hello</Say>"


class Scene:
    """A session on fakes. `at(s, do)` does something at that second."""

    def __init__(self, body: str | None = PROMPT, *, leg: FakeLeg | None = None, **fields: Any) -> None:
        self.storage = LoopStorage()
        self.webhooks = FakeWebhooks({URL: xml(body)} if body is not None else {})
        self.leg = leg or FakeLeg()
        self.plane = FakePlane()
        self.account = account()
        given = {"status": "ringing", "start_time": self.storage.now, "direction": "inbound", "url": URL, **fields}
        call = Call.model_construct(
            sid="CA" + "1" * 32, account_sid=self.account.sid, to="+15555550100", from_="+15555550111", **given
        )
        self.storage.put(self.account, call)
        ports = ports_on(self.storage, self.webhooks)
        self.session = CallSession(ports, self.plane, FakeSpeaker(), call, self.account, self.leg)  # type: ignore[arg-type] # the fakes' own types are narrower
        self._begin_s = asyncio.get_running_loop().time()

    @property
    def call(self) -> Call:
        return self.storage.one(Call, self.session.call.sid)

    @property
    def heard(self) -> list[str]:
        return [what for leg in self.plane.legs for what in leg.heard]

    @property
    def codes(self) -> list[str | None]:
        return [notification.error_code for notification in self.storage.all(Notification)]

    def at(self, second: float, do: Callable[[], Any]) -> None:
        asyncio.get_running_loop().call_at(self._begin_s + second, do)

    async def run(self, **options: Any) -> Call:
        await self.session.run(**options)
        assert all(leg.closed for leg in self.plane.legs), "a media port stayed bound"
        assert self.webhooks.ended == [self.call.sid]
        assert [t for t in asyncio.all_tasks() if t is not asyncio.current_task()] == [], "a task was left behind"
        return self.call

    def owns(self, phone_number: str) -> None:
        self.storage.put(
            IncomingPhoneNumber.model_construct(
                sid="PN" + "1" * 32,
                account_sid=self.account.sid,
                phone_number=phone_number,
                capabilities={"sms": True, "mms": True, "voice": True},
            )
        )

    def redirect(self, body: str) -> None:
        self.session.post(RedirectOrdered(None, "POST", f"<Response>{body}</Response>"))


def virtually(play: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await play()

    run_virtually(main())


def test_a_call_is_answered_hears_the_document_and_is_completed() -> None:
    async def play() -> None:
        scene = Scene()
        call = await scene.run()
        assert scene.leg.said == ["200", "BYE"]
        assert scene.heard == ["hello"]
        assert (call.status, call.duration, call.sip_response_code) == ("completed", "3", 200)

    virtually(play)


def test_requests_after_the_answer_say_in_progress() -> None:
    async def play() -> None:
        scene = Scene("<Say>hello</Say><Redirect>http://app.test/next</Redirect>")
        scene.webhooks.answers["http://app.test/next"] = xml("<Hangup/>")
        await scene.run()
        assert [request.parameters["CallStatus"] for request in scene.webhooks.requests] == ["ringing", "in-progress"]

    virtually(play)


@pytest.mark.parametrize(("reason", "status", "sip"), [("busy", "busy", 486), ("rejected", "no-answer", 404)])
def test_a_rejected_call_is_never_answered(reason: str, status: str, sip: int) -> None:
    async def play() -> None:
        scene = Scene(f'<Reject reason="{reason}"/>')
        call = await scene.run()
        assert scene.leg.said == [str(sip)]
        assert scene.plane.legs == []
        assert (call.status, call.duration, call.sip_response_code) == (status, "0", sip)

    virtually(play)


def test_a_redirect_drops_the_running_verb() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda: scene.redirect("<Say>other</Say>"))
        call = await scene.run()
        assert scene.heard == ["hello", "other"]
        assert scene.plane.legs[0].cut == ["hello"]
        assert (call.status, call.duration) == ("completed", "4")

    virtually(play)


def test_redirects_in_a_row_leave_the_last() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda: list(map(scene.redirect, ("<Say>one</Say>", "<Say>two</Say>", "<Say>three</Say>"))))
        await scene.run()
        assert scene.heard == ["hello", "three"]

    virtually(play)


@pytest.mark.parametrize("second", [x / 1000 for x in (0, 1, 2999, 3000, 3001)])
def test_a_redirect_at_any_moment_ends_in_a_final_status(second: float) -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(second, lambda: scene.redirect("<Say>other</Say>"))
        assert (await scene.run()).status == "completed"

    virtually(play)


def test_a_redirect_in_the_middle_of_the_answer_does_not_undo_it() -> None:
    async def play() -> None:
        scene = Scene(leg=FakeLeg(answer_s=1))
        scene.at(0.5, lambda: scene.redirect("<Say>other</Say>"))
        call = await scene.run()
        assert scene.leg.said == ["200", "BYE"]
        assert scene.heard == ["other"]
        assert (call.status, call.duration) == ("completed", "3")
        assert call.answer_time is not None

    virtually(play)


def test_a_done_that_a_dropped_document_left_behind_does_not_end_the_next() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda: scene.session.post(ScriptDone()))
        call = await scene.run()
        assert call.duration == "3"

    virtually(play)


def test_a_hang_up_while_it_rings_cancels_the_call() -> None:
    async def play() -> None:
        scene = Scene()
        scene.webhooks.delay_s = 10
        scene.at(1, lambda: scene.session.post(HangUpOrdered()))
        call = await scene.run()
        assert scene.leg.said == ["480"]
        assert (call.status, call.duration) == ("canceled", "0")

    virtually(play)


def test_a_hang_up_in_a_talk_completes_the_call() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(2, lambda: scene.session.post(HangUpOrdered()))
        call = await scene.run()
        assert scene.plane.legs[0].cut == ["hello"]
        assert (call.status, call.duration) == ("completed", "2")

    virtually(play)


def test_a_hang_up_that_crosses_the_answer_completes_the_call() -> None:
    async def play() -> None:
        scene = Scene(leg=FakeLeg(answer_s=1), status_callback="http://app.test/s")
        scene.at(0.5, lambda: scene.session.post(HangUpOrdered()))
        call = await scene.run()
        assert (call.status, scene.leg.said) == ("completed", ["200", "BYE"])

    virtually(play)


def test_a_refusal_that_crosses_a_hang_up_keeps_its_status() -> None:
    async def play() -> None:
        scene = Scene('<Reject reason="busy"/>')
        refuse = scene.leg.refuse

        def refuse_and_order(sip_status: int) -> None:
            scene.session.post(HangUpOrdered())
            refuse(sip_status)

        scene.leg.refuse = refuse_and_order  # type: ignore[method-assign] # the order comes at this very moment
        call = await scene.run()
        assert (call.status, call.sip_response_code) == ("busy", 486)

    virtually(play)


@pytest.mark.parametrize(("second", "status", "duration"), [(0.5, "no-answer", "0"), (3, "completed", "2")])
def test_a_caller_who_leaves_ends_the_call(second: float, status: str, duration: str) -> None:
    async def play() -> None:
        scene = Scene()
        scene.webhooks.delay_s = 1
        scene.at(second, scene.leg.gone)
        call = await scene.run()
        assert (call.status, call.duration) == (status, duration)
        assert call.end_time is not None

    virtually(play)


def test_the_death_of_the_media_process_ends_the_call() -> None:
    async def play() -> None:
        scene = Scene("<Pause length='60'/>" + PROMPT, leg=FakeLeg(is_answered=True), status="in-progress")
        scene.session.adopt_media(await scene.plane.open_leg())
        scene.at(5, scene.plane.legs[0].die)
        await scene.run()
        assert scene.leg.said == ["BYE"]
        assert scene.call.status == "completed"

    virtually(play)


def test_a_call_without_a_media_port_fails() -> None:
    async def play() -> None:
        scene = Scene()
        scene.plane.use_up()
        call = await scene.run()
        assert scene.leg.said == ["503"]
        assert (call.status, call.sip_response_code, scene.codes) == ("failed", 503, ["12400"])

    virtually(play)


def test_a_call_whose_audio_cannot_be_agreed_on_fails() -> None:
    async def play() -> None:
        scene = Scene(leg=FakeLeg(refuses_sdp=True))
        call = await scene.run()
        assert (call.status, call.sip_response_code) == ("failed", 488)

    virtually(play)


def test_the_time_limit_counts_from_the_answer() -> None:
    async def play() -> None:
        scene = Scene("<Say loop='0'>hello</Say>", dialing={"time_limit_s": 30})
        scene.webhooks.delay_s = 10
        call = await scene.run()
        assert (call.status, call.duration) == ("completed", "30")

    virtually(play)


def test_a_failing_application_apologises() -> None:
    async def play() -> None:
        scene = Scene(None)
        call = await scene.run()
        assert "error in its application" in scene.heard[0]
        assert (call.status, scene.codes) == ("completed", ["11200"])

    virtually(play)


def test_a_document_that_breaks_before_the_answer_fails_the_call() -> None:
    async def play() -> None:
        scene = Scene()

        async def broken() -> Any:
            raise ZeroDivisionError

        call = await scene.run(opening=broken)
        assert (scene.leg.said, call.status, scene.codes) == (["500"], "failed", ["12400"])

    virtually(play)


def test_a_document_that_breaks_and_cannot_even_be_reported_ends_the_call() -> None:
    async def play() -> None:
        scene = Scene()
        scene.storage.fails, scene.storage.failure = 1, RuntimeError("a bug")

        async def broken() -> Any:
            raise ZeroDivisionError

        assert (await scene.run(opening=broken)).status == "failed"  # not hours later, at the time limit

    virtually(play)


def test_storage_that_fails_while_answering_ends_the_call_and_the_row() -> None:
    async def play() -> None:
        scene = Scene()
        scene.storage.fails = 4  # in-progress, the notification, and two attempts at the final status
        call = await scene.run()
        assert scene.leg.said == ["200", "BYE"]
        assert call.status == "completed"

    virtually(play)


def test_a_final_status_that_cannot_be_stored_at_all_leaves_nothing_else_behind() -> None:
    async def play() -> None:
        scene = Scene('<Reject reason="busy"/>')
        scene.storage.fails = 99
        call = await scene.run()
        assert (call.status, scene.leg.said) == ("ringing", ["486"])

    virtually(play)


def test_a_goodbye_that_takes_long_does_not_keep_the_row_open() -> None:
    async def play() -> None:
        scene = Scene()
        scene.leg.goodbye_s = 32.0
        scene.at(1, lambda: scene.session.post(HangUpOrdered()))
        await scene.session.run()
        assert asyncio.get_running_loop().time() == pytest.approx(3, abs=0.1)
        assert scene.call.status == "completed"
        await asyncio.sleep(40)
        assert scene.leg.said == ["200", "BYE"]

    virtually(play)


def test_cancelling_a_session_stores_its_end() -> None:
    async def play() -> None:
        scene = Scene()
        task = asyncio.create_task(scene.session.run())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert scene.call.status == "completed"
        assert scene.plane.legs[0].closed

    virtually(play)


def test_digits_are_sent_first_and_keys_reach_gather() -> None:
    async def play() -> None:
        body = "<Gather numDigits='2' action='http://app.test/keys'><Say>hello</Say></Gather>"
        scene = Scene(body, leg=FakeLeg(is_answered=True), status="in-progress")
        scene.webhooks.answers["http://app.test/keys"] = xml("<Hangup/>")
        media = await scene.plane.open_leg()
        scene.session.adopt_media(media)
        scene.at(0.1, lambda: media.press("9"))  # while our digits go out: before the document, so not heard
        scene.at(2, lambda: media.press("12"))
        await scene.run(send_digits="1w2")
        assert media.heard[0] == "digits 1w2"
        assert scene.webhooks.requests[-1].parameters["Digits"] == "12"

    virtually(play)


def test_prompts_that_cannot_be_had_are_told_once_and_skipped() -> None:
    async def play() -> None:
        plays = "".join(f"<Play>http://app.test/{name}.wav</Play>" for name in "ab")
        body = f"<Say loop='2'>unspeakable</Say>{plays}<Say>end</Say>"
        scene = Scene(body)
        scene.webhooks.answers["http://app.test/a.wav"] = WebhookFailure(11200, "404")
        scene.webhooks.answers["http://app.test/b.wav"] = xml("")
        await scene.run()
        assert scene.heard == ["<Response></Response>", "end"]
        assert sorted(code or "" for code in scene.codes) == ["11200", "13520"]

    virtually(play)


@pytest.mark.parametrize("direction", ["inbound", "outbound-api"])
def test_sms_goes_from_the_number_here_to_the_other_party_and_its_action_is_asked(direction: str) -> None:
    async def play() -> None:
        numbers = ["+15555550100", "+15555550111"]
        here, other = numbers if direction == "inbound" else reversed(numbers)
        scene = Scene("<Sms action='/sent'>On our way</Sms><Say>never</Say>", direction=direction)
        scene.owns(here)
        scene.webhooks.answers["http://app.test/sent"] = xml("<Say>sent</Say>")
        call = await scene.run()
        (message,) = scene.storage.all(Message)
        assert (message.from_, message.to, message.body) == (here, other, "On our way")
        assert (message.direction, message.call_sid, message.status) == ("outbound-call", call.sid, "queued")
        asked = scene.webhooks.requests[1].parameters
        assert (asked["SmsSid"], asked["SmsStatus"]) == (message.sid, "queued")
        assert (asked["To"], asked["From"]) == (call.to, call.from_)
        assert scene.heard == ["sent"]

    virtually(play)


def test_an_sms_that_cannot_be_sent_is_told_the_debugger_and_the_call_goes_on() -> None:
    async def play() -> None:
        scene = Scene("<Sms>Hello</Sms><Say>hello</Say>")
        await scene.run()
        assert scene.storage.all(Message) == []
        assert scene.codes == ["21606"]
        assert scene.heard == ["hello"]

    virtually(play)


def test_an_sms_may_name_its_numbers_and_who_is_told() -> None:
    async def play() -> None:
        scene = Scene("<Sms to='+15555550122' from='+15555550133' statusCallback='/told'>Hello</Sms>")
        scene.owns("+15555550133")
        await scene.run()
        (message,) = scene.storage.all(Message)
        assert (message.to, message.from_) == ("+15555550122", "+15555550133")
        assert message.status_callback == "http://app.test/told"

    virtually(play)
