"""The same user agent on uvloop, the loop the server runs on: its sockets and timers behave differently."""

import asyncio

import uvloop
from tests.running.ports import free_udp_port
from tests.voice.datagram_peer import datagram_peer

from callwright.voice.incoming_call import IncomingCall
from callwright.voice.outgoing_call import OutgoingCall
from callwright.voice.sip_call import Ended
from callwright.voice.user_agent import UserAgent
from callwright.wire.sdp import LocalAudio, build_offer
from callwright.wire.sip.timers import Timers

OURS = build_offer(LocalAudio("127.0.0.1", 40000, session_id=7))


async def call(agent: UserAgent, target: tuple[str, int]) -> OutgoingCall:
    uri = f"sip:+15551230000@{target[0]}:{target[1]}"
    return await agent.call(to_uri=uri, from_uri="sip:me@127.0.0.1", target=target, offer=OURS)


def test_two_user_agents_call_each_other() -> None:
    async def scenario() -> None:
        taken: asyncio.Queue[IncomingCall] = asyncio.Queue()
        callee = UserAgent(user_agent="callee", on_call=taken.put_nowait)
        caller = UserAgent(user_agent="caller", on_call=taken.put_nowait)
        await callee.open("127.0.0.1", 0)
        await caller.open("127.0.0.1", 0)
        outgoing = await call(caller, callee.address)
        incoming = await taken.get()
        incoming.ring()
        await incoming.answer(OURS)
        assert await outgoing.answered == OURS
        await incoming.hang_up()
        assert await outgoing.ended == Ended("remote")
        await caller.close()
        await callee.close()

    uvloop.run(asyncio.wait_for(scenario(), 10))


def test_a_user_agent_may_call_itself() -> None:
    async def scenario() -> None:
        taken: asyncio.Queue[IncomingCall] = asyncio.Queue()
        agent = UserAgent(user_agent="both", on_call=taken.put_nowait)
        await agent.open("127.0.0.1", 0)
        outgoing = await call(agent, agent.address)
        incoming = await taken.get()
        await incoming.answer(OURS)
        await outgoing.answered
        await outgoing.hang_up()
        assert await incoming.ended == Ended("remote")
        await agent.close()

    uvloop.run(asyncio.wait_for(scenario(), 10))


def test_repeats_and_time_outs_happen() -> None:
    async def scenario() -> None:
        agent = UserAgent(user_agent="t", on_call=lambda incoming: None, timers=Timers(t1_s=0.002))
        await agent.open("127.0.0.1", 0)
        outgoing = await call(agent, ("127.0.0.1", free_udp_port()))
        assert await outgoing.ended == Ended("timeout", 408)
        await agent.close()

    uvloop.run(asyncio.wait_for(scenario(), 10))


def test_timers_that_are_due_at_once_are_no_trouble() -> None:
    async def scenario() -> None:
        agent = UserAgent(user_agent="t", on_call=lambda incoming: None, timers=Timers(t1_s=0.0))
        await agent.open("127.0.0.1", 0)
        both = [await call(agent, ("127.0.0.1", free_udp_port())) for _ in range(2)]
        assert [await outgoing.ended for outgoing in both] == [Ended("timeout", 408)] * 2
        await agent.close()

    uvloop.run(asyncio.wait_for(scenario(), 10))


def test_bad_addresses_do_not_end_the_endpoint() -> None:
    async def scenario() -> None:
        agent = UserAgent(user_agent="t", on_call=lambda incoming: incoming.reject(486))
        await agent.open("127.0.0.1", 0)
        async with datagram_peer() as peer:
            for via in ("127.0.0.1:99999", "127.0.0.1:1", "nobody.invalid:5060", "\u2024\u00df..x:1", "224.0.0.1"):
                via_line = f"SIP/2.0/UDP {via};branch=z9hG4bK-{via}"
                peer.send(peer.request("OPTIONS", agent.address, via=via_line), agent.address)
            assert await agent.options(agent.address) == 200
        await agent.close()

    uvloop.run(asyncio.wait_for(scenario(), 10))
