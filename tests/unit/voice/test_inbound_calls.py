"""From INVITE to a session or a refusal; offers and answers of an incoming leg."""

import asyncio
from typing import Any

import pytest
from tests.fakes.virtual_loop import run_virtually
from tests.fakes.voice import FakePlane, FakeSpeaker, FakeWebhooks, LoopStorage, account, ports_on, xml

from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.voice.admission import TrunkAdmission
from callwright.voice.inbound import InboundCalls, diverting_user
from callwright.voice.incoming_call import CallGone
from callwright.voice.live_calls import LocalCalls
from callwright.voice.sip_call import Ended
from callwright.wire.sdp import LocalAudio, build_offer

URL = "http://app.test/voice"
SDP = build_offer(LocalAudio("127.0.0.1", 30_000, 1))


class FakeIncoming:
    """An INVITE as the user agent hands it over."""

    def __init__(self, *, offer: str | None = SDP, ack: str | None = None, **fields: Any) -> None:
        self.call_id = "sip-id"
        self.source = ("127.0.0.1", 5070)
        self.request_uri_user, self.to_user, self.to_host = "+15555550100", "", "host.test"
        self.from_user, self.from_display = "+15555550111", None
        self.headers: dict[str, str] = {}
        self.x_headers: dict[str, str] = {}
        self.offer, self.ack = offer, ack
        self.on_reoffer: Any = None
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.is_answered = False
        self.said: list[str] = []
        for name, value in fields.items():
            setattr(self, name, value)

    def ring(self) -> None:
        self.said.append("180")

    async def answer(self, sdp: str) -> str | None:
        if self.ended.done():
            raise CallGone
        self.is_answered = True
        self.said.append("200")
        await asyncio.sleep(0)
        return self.ack

    def reject(self, status: int) -> None:
        if not self.is_answered and not self.ended.done():
            self.said.append(str(status))
            self.ended.set_result(Ended("local", status))

    async def hang_up(self) -> None:
        self.reject(480)
        if not self.ended.done():
            self.said.append("BYE")
            self.ended.set_result(Ended("local"))

    def cancelled(self) -> None:
        if not self.is_answered and not self.ended.done():
            self.ended.set_result(Ended("cancel", 487))


class Scene:
    def __init__(self) -> None:
        self.storage, self.plane, self.calls = LoopStorage(), FakePlane(), LocalCalls()
        self.webhooks = FakeWebhooks({URL: xml("<Say>hello</Say>")})
        owner = account()
        trunk = Trunk.model_construct(
            sid="TK1", account_sid=owner.sid, friendly_name="t", allowed_sources=["127.0.0.0/8"], country_code="1"
        )
        number = IncomingPhoneNumber.model_construct(
            sid="PN1", account_sid=owner.sid, phone_number="+15555550100", voice_url=URL
        )
        self.storage.put(owner, trunk, number)
        loop = asyncio.get_running_loop()
        admission = TrunkAdmission(self.storage, loop.time)
        ports = ports_on(self.storage, self.webhooks)
        arguments: Any = (ports, self.plane, FakeSpeaker(), self.calls, admission, "127.0.0.1")
        self.inbound = InboundCalls(*arguments)

    async def take(self, incoming: FakeIncoming) -> list[Call]:
        given: Any = incoming
        self.inbound.accept(given)
        await self.calls.end_all(3600) if incoming.ended.done() else await asyncio.wait([incoming.ended])
        await asyncio.sleep(1)
        assert len(self.calls) == 0
        assert all(leg.closed for leg in self.plane.legs)
        return self.storage.all(Call)


def test_a_call_rings_is_answered_and_ends() -> None:
    async def main() -> None:
        scene, incoming = Scene(), FakeIncoming()
        [call] = await scene.take(incoming)
        assert incoming.said == ["180", "200", "BYE"]
        assert (call.status, call.duration) == ("completed", "3")
        assert scene.plane.legs[0].heard == ["to 127.0.0.1:30000", "hello"]

    run_virtually(main())


def test_an_invite_without_an_offer_is_answered_with_ours() -> None:
    async def main() -> None:
        scene, incoming = Scene(), FakeIncoming(offer=None, ack=SDP)
        [call] = await scene.take(incoming)
        assert (call.status, call.duration) == ("completed", "3")
        assert scene.plane.legs[0].heard == ["to 127.0.0.1:30000", "hello"]

    run_virtually(main())


@pytest.mark.parametrize("ack", [None, "nonsense"])
def test_an_ack_without_a_usable_answer_ends_the_call(ack: str | None) -> None:
    async def main() -> None:
        incoming = FakeIncoming(offer=None, ack=ack)
        [call] = await Scene().take(incoming)
        assert incoming.said == ["180", "200", "BYE"]
        assert (call.status, call.duration) == ("completed", "0")

    run_virtually(main())


@pytest.mark.parametrize(("offer", "sip_status"), [("nonsense", 400), (SDP.replace("RTP/AVP 0 8", "RTP/AVP 18"), 488)])
def test_an_offer_that_cannot_be_answered_fails_the_call(offer: str, sip_status: int) -> None:
    async def main() -> None:
        incoming = FakeIncoming(offer=offer)
        [call] = await Scene().take(incoming)
        assert incoming.said == ["180", str(sip_status)]
        assert (call.status, call.sip_response_code) == ("failed", sip_status)

    run_virtually(main())


def test_a_caller_who_cancels_is_no_answer() -> None:
    async def main() -> None:
        scene, incoming = Scene(), FakeIncoming()
        scene.webhooks.delay_s = 5
        asyncio.get_running_loop().call_later(1, incoming.cancelled)
        [call] = await scene.take(incoming)
        assert (call.status, call.sip_response_code) == ("no-answer", 487)

    run_virtually(main())


def test_a_caller_who_cancelled_before_the_decision_leaves_a_final_row() -> None:
    async def main() -> None:
        incoming = FakeIncoming()
        incoming.cancelled()
        [call] = await Scene().take(incoming)
        assert call.is_final

    run_virtually(main())


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"source": ("192.0.2.1", 5060)}, "403"), ({"request_uri_user": "999"}, "404"), ({"source": ("?", 1)}, "403")],
)
def test_strangers_and_unknown_numbers_are_refused_without_a_row(fields: dict[str, Any], said: str) -> None:
    async def main() -> None:
        incoming = FakeIncoming(**fields)
        assert await Scene().take(incoming) == []
        assert incoming.said == [said]

    run_virtually(main())


def test_storage_that_fails_refuses_the_call() -> None:
    async def main() -> None:
        scene, incoming = Scene(), FakeIncoming()
        scene.storage.fails = 1
        assert await scene.take(incoming) == []
        assert incoming.said == ["500"]

    run_virtually(main())


def test_a_trunk_changed_while_the_call_comes_in_counts() -> None:
    async def main() -> None:
        scene = Scene()
        await scene.take(FakeIncoming())
        trunk = scene.storage.one(Trunk, "TK1")
        scene.storage.write_sync(lambda unit: unit.update(trunk, {"allowed_sources": ["192.0.2.0/24"]}))
        incoming = FakeIncoming()
        await scene.take(incoming)
        assert incoming.said == ["403"]

    run_virtually(main())


def test_web_apps_are_told_of_diversion_and_x_headers() -> None:
    async def main() -> None:
        scene = Scene()
        incoming = FakeIncoming(
            headers={"Diversion": '"x, y" <sip:5555550122@carrier.test>;reason=no-answer, <sip:1@b.test>'},
            x_headers={"X-Queue": "7\0"},
            from_user="\0" + "1" * 2000,
        )
        [call] = await scene.take(incoming)
        told = scene.webhooks.requests[0].parameters
        assert (told["ForwardedFrom"], told["SipHeader_X-Queue"]) == ("+15555550122", "7")
        assert (told["SipSourceIp"], told["SipDomain"]) == ("127.0.0.1", "host.test")
        assert call.from_ == "1" * 1024

    run_virtually(main())


@pytest.mark.parametrize(
    ("header", "user"),
    [
        ("<sip:+15555550122@c.test>;reason=unconditional;counter=1", "+15555550122"),
        ("sip:ann@c.test", "ann"),
        ("<tel:+15555550122>", "+15555550122"),
        ("", None),
        (None, None),
        (",", None),
        ("<sip:@>", None),
        (";=;<", None),
    ],
)
def test_the_diverting_user(header: str | None, user: str | None) -> None:
    assert diverting_user(header) == user


def test_a_re_invite_moves_the_media() -> None:
    async def main() -> None:
        scene, incoming = Scene(), FakeIncoming()

        def move() -> None:
            assert "a=" in incoming.on_reoffer(SDP.replace("30000", "30002"))

        asyncio.get_running_loop().call_later(1, move)
        await scene.take(incoming)
        assert scene.plane.legs[0].heard[-1] == "to 127.0.0.1:30002"

    run_virtually(main())
