"""Calls that SIPp places to the user agent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.voice.datagram_peer import SDP, datagram_peer, header
from tests.voice.sipp import sipp

from callwright.voice.incoming_call import CallGone, IncomingCall
from callwright.voice.sip_call import Ended
from callwright.voice.user_agent import UserAgent
from callwright.wire.sdp import LocalAudio, build_offer
from callwright.wire.sip.timers import Timers

OURS = build_offer(LocalAudio("127.0.0.1", 40000, session_id=7))
#: SIPp keeps to the real T1; ours is shorter so that waiting for no ACK ends within a test.
QUICK = Timers(t1_s=0.05)

Handler = Callable[[IncomingCall], Awaitable[None]]


class Answering:
    """A user agent whose calls are served by one coroutine function."""

    def __init__(self, serve: Handler) -> None:
        self.calls: list[IncomingCall] = []
        self._serve = serve
        self.tasks: list[asyncio.Future[None]] = []

    def __call__(self, call: IncomingCall) -> None:
        self.calls.append(call)
        self.tasks.append(asyncio.ensure_future(self._serve(call)))


@asynccontextmanager
async def user_agent(
    serve: Handler, admits: Callable[[str, int], bool] | None = None, timers: Timers | None = None
) -> AsyncIterator[tuple[UserAgent, Answering]]:
    answering = Answering(serve)
    agent = UserAgent(user_agent="callwright-test", on_call=answering, admits=admits, timers=timers)
    await agent.open("127.0.0.1", 0)
    try:
        yield agent, answering
        await asyncio.wait_for(asyncio.gather(*answering.tasks), 20)
    finally:
        await agent.close()


async def pick_up(call: IncomingCall) -> None:
    call.ring()
    await call.answer(OURS)
    await call.ended


async def test_a_call_rings_is_answered_and_hung_up_by_the_caller(tmp_path: Path) -> None:
    async with user_agent(pick_up) as (agent, answering):
        run = await sipp("call_and_hang_up", tmp_path, agent.address)
        assert run.status == 0, run.errors
    [call] = answering.calls
    assert call.ended.result() == Ended("remote")
    assert (call.request_uri_user, call.to_user, call.from_user) == (
        "+15551230000",
        "+15551230000",
        "+15550001111",
    )
    assert call.from_display == 'Ada "B"'
    assert call.headers["x-shop"] == "blue"
    assert call.x_headers == {"X-Shop": "blue"}
    assert call.remote_sdp is not None
    assert "PCMU/8000" in call.remote_sdp


async def test_the_same_invite_three_times_is_one_call() -> None:
    async with user_agent(pick_up) as (agent, answering), datagram_peer() as peer:
        invite = peer.request("INVITE", agent.address, body=SDP)
        for _ in range(3):
            peer.send(invite, agent.address)
        answer = await peer.receive("SIP/2.0 200")
        assert len({header(message, "To") for message in peer.waiting()} | {header(answer, "To")}) == 1
        peer.send(peer.request("ACK", agent.address, to=header(answer, "To")), agent.address)
        peer.send(invite, agent.address)
        peer.send(peer.request("BYE", agent.address, cseq="2", to=header(answer, "To")), agent.address)
        assert header(await peer.receive("SIP/2.0 200"), "CSeq") == "2 BYE"
    assert len(answering.calls) == 1


async def test_a_cancelled_call_cannot_be_answered(tmp_path: Path) -> None:
    async def ring_until_over(call: IncomingCall) -> None:
        call.ring()
        assert await call.ended == Ended("cancel", 487)
        with pytest.raises(CallGone):
            await call.answer(OURS)

    async with user_agent(ring_until_over) as (agent, _):
        run = await sipp("cancel_while_ringing", tmp_path, agent.address)
        assert run.status == 0, run.errors


async def test_an_invite_without_sdp_gets_our_offer_and_the_answer_comes_with_the_ack(tmp_path: Path) -> None:
    answers: list[str | None] = []

    async def offer(call: IncomingCall) -> None:
        assert call.offer is None
        answers.append(await call.answer(OURS))
        await call.ended

    async with user_agent(offer) as (agent, _):
        run = await sipp("invite_without_sdp", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert answers[0] is not None
    assert "m=audio 6000" in answers[0]


async def test_an_answer_that_is_never_acknowledged_is_repeated_and_then_hung_up(tmp_path: Path) -> None:
    async def answer(call: IncomingCall) -> None:
        with pytest.raises(CallGone):
            await call.answer(OURS)

    async with user_agent(answer, timers=QUICK) as (agent, answering):
        run = await sipp("no_ack", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert answering.calls[0].ended.result() == Ended("timeout")
    assert run.messages.count("SIP/2.0 200 OK\n") >= 3


async def test_we_hang_up_where_the_peer_is_when_its_contact_is_a_name(tmp_path: Path) -> None:
    async def answer_and_hang_up(call: IncomingCall) -> None:
        await call.answer(OURS)
        await call.hang_up()
        await call.hang_up()

    async with user_agent(answer_and_hang_up) as (agent, answering):
        run = await sipp("wait_for_bye", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert answering.calls[0].ended.result() == Ended("local")


async def test_hold_update_info_and_a_wish_for_our_offer_within_a_call(tmp_path: Path) -> None:
    offers: list[str] = []
    infos: list[tuple[str, bytes]] = []
    held = OURS.replace("a=sendrecv", "a=recvonly")

    def reoffered(sdp: str) -> str:
        offers.append(sdp)
        return held

    async def talk(call: IncomingCall) -> None:
        call.on_reoffer = reoffered
        call.on_info = lambda content_type, body: infos.append((content_type, body))
        await pick_up(call)

    async with user_agent(talk) as (agent, answering):
        run = await sipp("hold_and_more", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert "a=sendonly" in offers[0]
    assert "a=sendonly" not in offers[1]  # the answer that came with the last ACK
    assert infos[0][0] == "application/dtmf-relay"
    assert b"Signal=5" in infos[0][1]
    assert answering.calls[0].local_sdp == held


async def test_options_is_answered_even_to_strangers(tmp_path: Path) -> None:
    async with user_agent(pick_up, admits=lambda _host, _port: False) as (agent, _):
        run = await sipp("options", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert "Allow: INVITE" in run.messages


async def test_a_stranger_is_refused_and_never_becomes_a_call(tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []

    def admits(host: str, port: int) -> bool:
        asked.append((host, port))
        return False

    async with user_agent(pick_up, admits=admits) as (agent, answering):
        run = await sipp("expect_403", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert not answering.calls
    assert asked[0][0] == "127.0.0.1"


async def test_new_calls_are_turned_away_during_shutdown(tmp_path: Path) -> None:
    async with user_agent(pick_up) as (agent, answering):
        agent.accepting = False
        run = await sipp("expect_503", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert "Retry-After" in run.messages
    assert not answering.calls


async def test_a_rejected_call_gets_the_status_we_chose(tmp_path: Path) -> None:
    async def reject(call: IncomingCall) -> None:
        call.reject(486)
        call.reject(603)
        await call.hang_up()

    async with user_agent(reject) as (agent, answering):
        run = await sipp("expect_486", tmp_path, agent.address)
        assert run.status == 0, run.errors
    assert answering.calls[0].ended.result() == Ended("local", 486)


async def test_a_handler_that_fails_answers_500_and_the_next_call_works(tmp_path: Path) -> None:
    def fail(_: IncomingCall) -> None:
        raise RuntimeError("out of luck")

    agent = UserAgent(user_agent="callwright-test", on_call=fail)
    await agent.open("127.0.0.1", 0)
    try:
        run = await sipp("expect_486", tmp_path, agent.address)
        assert "SIP/2.0 500" in run.messages
        assert await agent.options(agent.address) == 200
    finally:
        await agent.close()
