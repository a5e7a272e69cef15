"""Strangers on the SIP port: nothing is kept of them, and a trunk made a moment ago has none."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.voice.datagram_peer import SDP, DatagramPeer, datagram_peer

from callwright.voice.incoming_call import IncomingCall
from callwright.voice.user_agent import UserAgent

_FLOOD = 150


class Trunks:
    """What is known of the trunks, and what a look at storage would tell."""

    def __init__(self) -> None:
        self.known = False
        self.stored = False
        self.looks = 0
        self.is_down = False

    def admits(self, host: str, port: int) -> bool:
        return self.known

    async def look_again(self) -> None:
        self.looks += 1
        if self.is_down:
            raise OSError("the disk is gone")
        await asyncio.sleep(0.05)  # a look takes a while: those who come meanwhile share the next one
        self.known = self.stored


@pytest.fixture
async def trunks() -> Trunks:
    return Trunks()


@pytest.fixture
async def calls() -> list[IncomingCall]:
    return []


@pytest.fixture
async def agent(trunks: Trunks, calls: list[IncomingCall]) -> AsyncIterator[UserAgent]:
    agent = UserAgent(
        user_agent="callwright-test", on_call=calls.append, admits=trunks.admits, look_again=trunks.look_again
    )
    await agent.open("127.0.0.1", 0)
    yield agent
    await agent.close(timeout_s=0.1)


@pytest.fixture
async def peer() -> AsyncIterator[DatagramPeer]:
    async with datagram_peer() as peer:
        yield peer


async def test_a_flood_of_strangers_is_refused_without_state(
    agent: UserAgent, peer: DatagramPeer, trunks: Trunks, calls: list[IncomingCall]
) -> None:
    for number in range(_FLOOD):
        peer.send(peer.request("INVITE", agent.address, call_id=f"s{number}", body=SDP), agent.address)
    refusals = [await peer.receive("SIP/2.0 ") for _ in range(_FLOOD)]
    assert {refusal.split("\r\n")[0] for refusal in refusals} == {"SIP/2.0 403 Forbidden"}  # no 100: no transaction
    assert not calls
    assert trunks.looks <= _FLOOD / 5  # one look serves many


async def test_a_source_that_was_allowed_a_moment_ago_gets_in(
    agent: UserAgent, peer: DatagramPeer, trunks: Trunks, calls: list[IncomingCall]
) -> None:
    trunks.stored = True
    peer.send(peer.request("INVITE", agent.address, body=SDP), agent.address)
    assert (await peer.receive("SIP/2.0 ")).startswith("SIP/2.0 100 ")
    assert len(calls) == 1


async def test_who_is_known_is_not_looked_up(agent: UserAgent, peer: DatagramPeer, trunks: Trunks) -> None:
    trunks.known = True
    peer.send(peer.request("INVITE", agent.address, body=SDP), agent.address)
    assert (await peer.receive("SIP/2.0 ")).startswith("SIP/2.0 100 ")
    assert trunks.looks == 0


async def test_storage_that_is_down_admits_nobody_new_and_ends_nothing(
    agent: UserAgent, peer: DatagramPeer, trunks: Trunks
) -> None:
    trunks.stored, trunks.is_down = True, True
    peer.send(peer.request("INVITE", agent.address, call_id="down", body=SDP), agent.address)
    assert (await peer.receive("SIP/2.0 ")).startswith("SIP/2.0 403 ")
    trunks.is_down = False
    peer.send(peer.request("INVITE", agent.address, call_id="up", body=SDP), agent.address)
    assert (await peer.receive("SIP/2.0 ")).startswith("SIP/2.0 100 ")
