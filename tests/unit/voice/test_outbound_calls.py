"""Outgoing calls: claimed, rung, answered or not; whatever crosses, the row ends and nobody is left on a line."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.fakes.virtual_loop import run_virtually
from tests.fakes.voice import FakePlane, FakeSpeaker, FakeWebhooks, LoopStorage, account, ports_on, xml

from callwright.model.resources.call import PROGRESS_EVENTS, Call
from callwright.model.resources.notification import Notification
from callwright.model.resources.trunk import Trunk
from callwright.voice.live_calls import LocalCalls
from callwright.voice.outbound import OutboundCalls
from callwright.voice.outgoing_call import CallRejected
from callwright.wire.sdp import LocalAudio, build_offer

SID = "CA" + "1" * 32
URL = "http://app.test/voice"
SDP = build_offer(LocalAudio("127.0.0.1", 30_000, 1))


class FakeOutgoing:
    """An INVITE on its way: the test says when it rings and what comes of it."""

    sip_call_id = "sip-id"

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.answered: asyncio.Future[str] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.ringing = asyncio.Event()
        self.on_reoffer: Any = None
        self.said: list[str] = []

    @property
    def is_answered(self) -> bool:
        return self.answered.done() and self.answered.exception() is None

    def answer(self, sdp: str = SDP) -> None:
        self.answered.set_result(sdp)

    def ring_and_answer(self) -> None:
        self.ringing.set()
        self.answer()

    def reject(self, status: int) -> None:
        self.answered.set_exception(CallRejected(status))
        self._end()

    def gone(self) -> None:
        self._end()

    async def cancel(self) -> None:
        if not self.answered.done():
            self.said.append("CANCEL")
            self.reject(487)

    async def hang_up(self) -> None:
        if self.is_answered and not self.ended.done():
            self.said.append("BYE")
            self._end()
        await self.cancel()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class FakeUserAgent:
    address = ("127.0.0.1", 5060)

    def __init__(self) -> None:
        self.calls: list[FakeOutgoing] = []
        self.invites: list[dict[str, Any]] = []
        self.broken: Exception | None = None

    async def call(self, **invite: Any) -> FakeOutgoing:
        if self.broken is not None:
            raise self.broken
        self.invites.append(invite)
        self.calls.append(FakeOutgoing())
        return self.calls[-1]


class Scene:
    """A queued call; `at(s, do)` does something with its INVITE at that second."""

    def __init__(self, **fields: Any) -> None:
        self.storage = LoopStorage()
        self.agent, self.plane, self.calls = FakeUserAgent(), FakePlane(), LocalCalls()
        webhooks = FakeWebhooks({URL: xml("<Say>hello</Say>")})
        owner = account()
        given = {"to": "+15555550100", "url": URL, "dialing": {"timeout_s": 20}, **fields}
        call = Call.model_construct(
            sid=SID,
            account_sid=owner.sid,
            from_="+15555550111",
            status="queued",
            direction="outbound-api",
            date_created=self.storage.now,
            status_callback="http://s.test/",
            status_callback_events=list(PROGRESS_EVENTS),
            **given,
        )
        trunk = Trunk.model_construct(sid="TK1", account_sid=owner.sid, friendly_name="t", host="127.0.0.9", port=5070)
        self.storage.put(owner, trunk, call)
        ports = ports_on(self.storage, webhooks)
        arguments: Any = (ports, self.plane, FakeSpeaker(), self.calls, self.agent, "127.0.0.1")
        self.outbound = OutboundCalls(*arguments)
        self.calls.place_with(self.outbound.place)

    def at(self, second: float, do: Callable[[FakeOutgoing], Any]) -> None:
        asyncio.get_running_loop().call_later(second, lambda: do(self.agent.calls[0]))

    def order(self, second: float, order: Callable[[str], Awaitable[bool]]) -> "asyncio.Task[bool]":
        async def later() -> bool:
            await asyncio.sleep(second)
            return await order(SID)

        return asyncio.create_task(later())

    async def run(self) -> Call:
        await self.calls.place(SID)
        await self.ended()
        return self.storage.one(Call, SID)

    async def ended(self) -> None:
        for _ in range(10_000):
            if len(self.calls) == 0:
                break
            await asyncio.sleep(0.1)
        assert len(self.calls) == 0
        assert all(leg.closed for leg in self.plane.legs), "a media port stayed bound"
        assert all(call.ended.done() for call in self.agent.calls), "a dialog was left open"

    @property
    def told(self) -> list[str]:
        return [job.arguments["parameters"]["CallStatus"] for job in self.storage.jobs]

    @property
    def codes(self) -> list[str | None]:
        return [notification.error_code for notification in self.storage.all(Notification)]


def virtually(play: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await play()

    run_virtually(main())


def test_an_answered_call_runs_its_document() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda call: call.ringing.set())
        scene.at(2, lambda call: call.answer())
        call = await scene.run()
        assert scene.told == ["initiated", "ringing", "in-progress", "completed"]
        assert (call.status, call.duration, call.sip_call_id, call.node) == ("completed", "3", "sip-id", "local")
        [invite] = scene.agent.invites
        assert (invite["to_uri"], invite["target"]) == ("sip:+15555550100@127.0.0.9:5070", ("127.0.0.9", 5070))
        assert invite["from_uri"] == "sip:+15555550111@127.0.0.1:5060"
        assert scene.agent.calls[0].said == ["BYE"]

    virtually(play)


@pytest.mark.parametrize("write_s", [0.0, 0.5])
def test_ringing_is_told_before_an_answer_in_the_same_moment(write_s: float) -> None:
    async def play() -> None:
        scene = Scene()
        scene.storage.write_s = write_s
        scene.at(2, FakeOutgoing.ring_and_answer)
        await scene.run()
        assert scene.told == ["initiated", "ringing", "in-progress", "completed"]

    virtually(play)


@pytest.mark.parametrize(
    ("sip_status", "status"),
    [
        (486, "busy"),
        (600, "busy"),
        (603, "busy"),
        (480, "no-answer"),
        (408, "no-answer"),
        (404, "failed"),
        (503, "failed"),
    ],
)
def test_a_refusal_is_told_as_what_it_is(sip_status: int, status: str) -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda call: call.reject(sip_status))
        call = await scene.run()
        assert (call.status, call.sip_response_code, call.duration) == (status, sip_status, "0")
        assert scene.told == ["initiated", status]
        texts = [notification.message_text or "" for notification in scene.storage.all(Notification)]
        assert [str(sip_status) in text for text in texts] == ([True] if status == "failed" else [])

    virtually(play)


def test_nobody_answers() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda call: call.ringing.set())
        call = await scene.run()
        assert (call.status, scene.agent.calls[0].said) == ("no-answer", ["CANCEL"])
        assert asyncio.get_running_loop().time() == pytest.approx(25, abs=0.2)  # Timeout and the documented grace

    virtually(play)


def test_a_call_is_cancelled_while_it_rings() -> None:
    async def play() -> None:
        scene = Scene()
        ordered = scene.order(1, scene.calls.cancel)
        call = await scene.run()
        assert ordered.result()
        assert (call.status, scene.agent.calls[0].said) == ("canceled", ["CANCEL"])

    virtually(play)


def test_a_cancel_that_crosses_the_answer_is_not_lost() -> None:
    async def play() -> None:
        scene = Scene()
        tasks: list[Any] = []

        def cross(call: FakeOutgoing) -> None:
            call.answer()
            tasks.append(asyncio.create_task(scene.calls.cancel(SID)))

        scene.at(1, cross)
        call = await scene.run()
        assert tasks[0].result()
        assert call.status == "canceled"
        assert (call.duration, scene.agent.calls[0].said) == ("0", ["BYE"])

    virtually(play)


def test_a_hang_up_while_the_answer_is_stored_reaches_the_session() -> None:
    async def play() -> None:
        scene = Scene()
        write = scene.storage.write

        async def write_slowly(work: Any, actor: Any) -> Any:
            result = await write(work, actor)
            await asyncio.sleep(1)
            return result

        scene.at(2, lambda call: call.answer())
        await scene.calls.place(SID)
        scene.storage.write = write_slowly  # type: ignore[method-assign] # a slow disk
        ordered = scene.order(2.5, scene.calls.hang_up)
        await scene.ended()
        assert ordered.result()
        assert scene.agent.calls[0].said == ["BYE"]
        assert scene.told[-2:] == ["in-progress", "completed"]
        assert scene.plane.legs[0].heard == ["to 127.0.0.1:30000"], "the document began all the same"

    virtually(play)


def test_a_cancel_right_after_the_claim_finds_the_call() -> None:
    async def play() -> None:
        scene = Scene()
        await scene.calls.place(SID)
        assert await scene.calls.cancel(SID)
        await scene.ended()
        assert scene.storage.one(Call, SID).status == "canceled"

    virtually(play)


def test_a_job_that_runs_twice_dials_once() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda call: call.answer())
        await asyncio.gather(scene.calls.place(SID), scene.calls.place(SID))
        await asyncio.sleep(2)
        await scene.calls.place(SID)
        await scene.ended()
        await scene.calls.place(SID)
        assert len(scene.agent.calls) == 1
        assert len(scene.calls) == 0

    virtually(play)


def test_a_claim_that_cannot_be_stored_leaves_the_call_queued() -> None:
    async def play() -> None:
        scene = Scene()
        scene.storage.fails = 1
        with pytest.raises(Exception, match="the disk is full"):
            await scene.calls.place(SID)
        assert scene.storage.one(Call, SID).status == "queued"
        assert len(scene.calls) == 0

    virtually(play)


@pytest.mark.parametrize("what", ["port", "invite", "sdp", "storage"])
def test_what_breaks_ends_the_call_and_everything_of_it(what: str) -> None:
    async def play() -> None:
        scene = Scene()
        if what == "port":
            scene.plane.use_up()
        if what == "invite":
            scene.agent.broken = CallRejected(503)
        if what == "storage":
            scene.at(0.9, lambda call: setattr(scene.storage, "fails", 1))
        scene.at(1, lambda call: call.answer("v=0" if what == "sdp" else SDP)) if what in ("sdp", "storage") else None
        call = await scene.run()
        assert (call.status, call.duration) == ("failed", "0")
        assert scene.told == ["initiated", "failed"]
        assert scene.codes == ["13224"]

    virtually(play)


def test_the_callee_hangs_up() -> None:
    async def play() -> None:
        scene = Scene()
        scene.at(1, lambda call: call.answer())
        scene.at(2, lambda call: call.gone())
        call = await scene.run()
        assert (call.status, call.duration, scene.agent.calls[0].said) == ("completed", "1", [])

    virtually(play)


def test_a_shutdown_cancels_what_rings_and_ends_what_talks() -> None:
    async def play() -> None:
        scene = Scene()
        await scene.calls.place(SID)
        await asyncio.sleep(1)
        await scene.calls.end_all(5)
        assert scene.storage.one(Call, SID).status == "canceled"
        await scene.ended()

    virtually(play)


def test_a_sip_uri_is_dialled_where_it_points() -> None:
    async def play() -> None:
        scene = Scene(to="sip:ann@127.0.0.1:5099;user=phone", dialing={"caller_id": "+15555550199"})
        scene.at(1, lambda call: call.reject(486))
        await scene.run()
        [invite] = scene.agent.invites
        assert (invite["to_uri"], invite["target"]) == ("sip:ann@127.0.0.1:5099;user=phone", ("127.0.0.1", 5099))
        assert invite["from_uri"].startswith("sip:+15555550199@")

    asyncio.run(_really(play))


async def _really(play: Callable[[], Awaitable[None]]) -> None:
    await play()  # names are resolved in a thread, which a virtual clock does not wait for
