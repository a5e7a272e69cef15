"""Calls that the user agent places to SIPp."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.running.ports import free_udp_port
from tests.voice.datagram_peer import SDP, datagram_peer, header
from tests.voice.sipp import Sipp

from callwright.voice.outgoing_call import CallRejected, OutgoingCall
from callwright.voice.sip_call import Ended
from callwright.voice.user_agent import UserAgent
from callwright.wire.sdp import LocalAudio, build_offer
from callwright.wire.sip.timers import Timers

OURS = build_offer(LocalAudio("127.0.0.1", 40000, session_id=7))


@pytest.fixture
async def agent() -> AsyncIterator[UserAgent]:
    agent = UserAgent(user_agent="callwright-test", on_call=lambda call: call.reject(404))
    await agent.open("127.0.0.1", 0)
    yield agent
    await agent.close()


async def call(agent: UserAgent, port: int) -> OutgoingCall:
    return await agent.call(
        to_uri=f"sip:+15551230000@127.0.0.1:{port}",
        from_uri="sip:+15550001111@127.0.0.1",
        from_display='Zoë "Z"',
        target=("127.0.0.1", port),
        offer=OURS,
        headers={"X-Shop": "blue"},
    )


async def test_a_call_is_answered_and_we_hang_up(agent: UserAgent, tmp_path: Path) -> None:
    peer = await Sipp("answer", tmp_path).start()
    outgoing = await call(agent, peer.port)
    assert "m=audio 6000" in await outgoing.answered
    assert outgoing.ringing.is_set()
    assert [(await outgoing.wait_progress()).status for _ in range(2)] == [180, 200]
    await outgoing.hang_up()
    await outgoing.hang_up()
    assert await outgoing.ended == Ended("local")
    run = await peer.finish()
    assert run.status == 0, run.errors
    assert "X-Shop: blue" in run.messages


async def test_the_callee_hangs_up(agent: UserAgent, tmp_path: Path) -> None:
    peer = await Sipp("answer_and_hang_up", tmp_path).start()
    outgoing = await call(agent, peer.port)
    assert await outgoing.ended == Ended("remote")
    assert (await peer.finish()).status == 0


async def test_each_copy_of_the_answer_is_acknowledged(agent: UserAgent) -> None:
    async with datagram_peer() as peer:
        outgoing = await call(agent, peer.address[1])
        answer = peer.response(await peer.receive("INVITE"), "200 OK", body=SDP)
        peer.send(answer, agent.address)
        first = await peer.receive("ACK")
        peer.send(answer, agent.address)
        assert await peer.receive("ACK") == first
        assert header(first, "CSeq") == "1 ACK"
        assert outgoing.is_answered


async def test_a_busy_callee_is_told_apart(agent: UserAgent, tmp_path: Path) -> None:
    peer = await Sipp("busy", tmp_path).start()
    outgoing = await call(agent, peer.port)
    with pytest.raises(CallRejected) as rejected:
        await outgoing.answered
    assert (rejected.value.status, rejected.value.reason) == (486, "Busy Here")
    assert await outgoing.ended == Ended("remote", 486)
    assert (await peer.finish()).status == 0


async def test_a_call_that_rings_too_long_is_cancelled(agent: UserAgent, tmp_path: Path) -> None:
    peer = await Sipp("ring_until_cancelled", tmp_path).start()
    outgoing = await call(agent, peer.port)
    await outgoing.ringing.wait()
    await outgoing.cancel()
    with pytest.raises(CallRejected) as rejected:
        await outgoing.answered
    assert rejected.value.status == 487
    assert await outgoing.ended == Ended("cancel", 487)
    run = await peer.finish()
    assert run.status == 0, run.errors


async def test_cancelling_before_any_response_waits_for_one(agent: UserAgent, tmp_path: Path) -> None:
    peer = await Sipp("ring_until_cancelled", tmp_path).start()
    outgoing = await call(agent, peer.port)
    await outgoing.cancel()
    assert await outgoing.ended == Ended("cancel", 487)
    assert (await peer.finish()).status == 0


async def test_closing_cancels_what_still_rings(tmp_path: Path) -> None:
    agent = UserAgent(user_agent="t", on_call=lambda call: call.reject(404))
    await agent.open("127.0.0.1", 0)
    peer = await Sipp("ring_until_cancelled", tmp_path).start()
    outgoing = await call(agent, peer.port)
    await outgoing.ringing.wait()
    await agent.close()
    run = await peer.finish()
    assert run.status == 0, run.errors


async def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up(agent: UserAgent, tmp_path: Path) -> None:
    peer = await Sipp("answer_despite_cancel", tmp_path).start()
    outgoing = await call(agent, peer.port)
    await outgoing.ringing.wait()
    await outgoing.cancel()
    assert (await outgoing.ended).by == "cancel"
    run = await peer.finish()
    assert run.status == 0, run.errors


async def test_a_second_phone_that_answers_is_hung_up(agent: UserAgent) -> None:
    async with datagram_peer() as peer:
        outgoing = await call(agent, peer.address[1])
        invite = await peer.receive("INVITE")
        for phone in ("first", "second"):
            peer.send(peer.response(invite, "200 OK", tag=phone, body=SDP), agent.address)
            assert header(await peer.receive("ACK"), "To").endswith(f"tag={phone}")
        goodbye = await peer.receive("BYE")
        assert header(goodbye, "To").endswith("tag=second")
        peer.send(peer.response(goodbye, "200 OK"), agent.address)
        assert outgoing.is_answered
        assert not outgoing.is_over


async def test_an_answer_without_sdp_is_hung_up(agent: UserAgent) -> None:
    async with datagram_peer() as peer:
        outgoing = await call(agent, peer.address[1])
        peer.send(peer.response(await peer.receive("INVITE"), "200 OK"), agent.address)
        await peer.receive("ACK")
        peer.send(peer.response(await peer.receive("BYE"), "200 OK"), agent.address)
        with pytest.raises(CallRejected):
            await outgoing.answered


async def test_a_peer_that_is_not_there_times_out() -> None:
    agent = UserAgent(user_agent="t", on_call=lambda call: call.reject(404), timers=Timers(t1_s=0.01))
    await agent.open("127.0.0.1", 0)
    outgoing = await call(agent, free_udp_port())
    with pytest.raises(CallRejected) as rejected:
        await outgoing.answered
    assert rejected.value.status == 408
    assert await outgoing.ended == Ended("timeout", 408)
    assert await agent.options(("127.0.0.1", free_udp_port())) == 408
    await agent.close()


@pytest.mark.parametrize("target", [("peer.invalid", 5060), ("127.0.0.1", 99999), ("::1", 5060), ("0.0.0.0", 1)])
async def test_a_target_that_cannot_be_sent_to_is_refused_at_once(agent: UserAgent, target: tuple[str, int]) -> None:
    with pytest.raises(CallRejected):
        await agent.call(to_uri="sip:a@b", from_uri="sip:a@b", target=target, offer=OURS)


@pytest.mark.parametrize("bad", ["sip:a@b\r\nX-Evil: 1", "sip:a@b>\r\n", "http://x", ""])
async def test_nothing_can_be_smuggled_into_an_invite(agent: UserAgent, bad: str) -> None:
    with pytest.raises(ValueError):
        await agent.call(to_uri=bad, from_uri="sip:a@b", target=agent.address, offer=OURS)
    with pytest.raises(ValueError):
        await agent.call(
            to_uri="sip:a@b", from_uri="sip:a@b", target=agent.address, offer=OURS, headers={"X-A": f"1\r\n{bad}"}
        )
