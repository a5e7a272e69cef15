"""The user agent on hostile ground: whatever comes, the next call works."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from tests.voice.datagram_peer import SDP, DatagramPeer, datagram_peer, header

from callwright.voice.incoming_call import IncomingCall
from callwright.voice.transport import UdpTransport, is_sendable
from callwright.voice.user_agent import UserAgent
from callwright.wire.sdp import LocalAudio, build_offer
from callwright.wire.sip.message import LARGEST_MESSAGE

OURS = build_offer(LocalAudio("127.0.0.1", 40000, session_id=7))
_MUTATIONS = 1500


class Phone:
    """Answers every call."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.calls: list[IncomingCall] = []

    def __call__(self, call: IncomingCall) -> None:
        self.calls.append(call)
        task = asyncio.ensure_future(self._serve(call))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, call: IncomingCall) -> None:
        call.ring()
        await asyncio.gather(call.answer(OURS), return_exceptions=True)


@pytest.fixture
async def phone() -> Phone:
    return Phone()


@pytest.fixture
async def agent(phone: Phone) -> AsyncIterator[UserAgent]:
    agent = UserAgent(user_agent="callwright-test", on_call=phone)
    await agent.open("127.0.0.1", 0)
    yield agent
    await agent.close(timeout_s=0.1)


@pytest.fixture
async def peer() -> AsyncIterator[DatagramPeer]:
    async with datagram_peer() as peer:
        yield peer


async def assert_a_call_works(agent: UserAgent, peer: DatagramPeer, call_id: str = "afterwards") -> None:
    peer.waiting()
    peer.send(peer.request("INVITE", agent.address, call_id=call_id, body=SDP), agent.address)
    while call_id not in (answer := await peer.receive("SIP/2.0 200")):
        pass
    to = header(answer, "To")
    peer.send(peer.request("ACK", agent.address, call_id=call_id, to=to), agent.address)
    peer.send(peer.request("BYE", agent.address, call_id=call_id, cseq="2", to=to), agent.address)
    while call_id not in (goodbye := await peer.receive("SIP/2.0 200")) or "BYE" not in goodbye:
        pass


def _via(text: str) -> dict[str, str]:
    return {"via": text}


ONE_PACKET_KILLERS = {
    "a port beyond the last": _via("SIP/2.0/UDP 127.0.0.1:99999;branch=z9hG4bK1"),
    "port nought": _via("SIP/2.0/UDP 127.0.0.1:0;branch=z9hG4bK2"),
    "a host that cannot be decoded": _via("SIP/2.0/UDP \u2024\u00df..invalid:5060;branch=z9hG4bK3"),
    "a host with labels too long": _via(f"SIP/2.0/UDP {'a' * 300}.example:5060;branch=z9hG4bK4"),
    "a name without rport": _via("SIP/2.0/UDP nobody.invalid:5060;branch=z9hG4bK5"),
    "a sent-by port that is huge": _via(f"SIP/2.0/UDP 127.0.0.1:{'9' * 5000};branch=z9hG4bK6"),
    "a multicast address": _via("SIP/2.0/UDP 224.0.0.1:5060;branch=z9hG4bK7"),
    "a received parameter that lies": _via("SIP/2.0/UDP a.invalid:1;received=224.0.0.1;rport=99999;branch=z9hG4bK8"),
    "a Contact with a port beyond the last": {"contact": "<sip:a@127.0.0.1:99999>"},
    "a Contact that is a name": {"contact": "<sip:a@nobody.invalid:5060>"},
    "a Contact that is everybody": {"contact": "<sip:a@255.255.255.255:5060>"},
    "a Contact without address": {"contact": "<tel:+15551230000>"},
    "a parameter named self": {"from": "<sip:a@b.invalid>;self=1;tag=x"},
    "a Record-Route to nowhere": {"record_route": "<sip:127.0.0.1:99999;lr>"},
    "a Record-Route that is a name": {"record_route": "<sip:nobody.invalid;lr>, <sip:x>"},
}


@pytest.mark.parametrize("changes", ONE_PACKET_KILLERS.values(), ids=ONE_PACKET_KILLERS.keys())
async def test_one_packet_does_not_end_the_endpoint(
    agent: UserAgent, peer: DatagramPeer, changes: dict[str, str]
) -> None:
    for method in ("INVITE", "OPTIONS", "BYE", "CANCEL"):
        peer.send(peer.request(method, agent.address, call_id="killer", **changes), agent.address)
    await assert_a_call_works(agent, peer)


async def test_after_1500_mutated_packets_a_call_works(agent: UserAgent, peer: DatagramPeer) -> None:
    chance = random.Random(3261)
    for number in range(_MUTATIONS):
        method = chance.choice(["INVITE", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER"])
        packet = peer.request(method, agent.address, call_id=f"m{number}", body=SDP).encode()
        peer.send(mutated(packet, chance), agent.address)
        if number % 50 == 0:
            await agent.options(agent.address)  # waits until what is queued was read
    await assert_a_call_works(agent, peer)


def mutated(packet: bytes, chance: random.Random) -> bytes:
    changed = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) or 1)
        end = at + chance.randint(1, 12)
        kind = chance.randrange(5)
        if kind == 0:
            changed[at:end] = b""
        elif kind == 1:
            changed[at:end] = chance.randbytes(chance.randint(1, 12))
        elif kind == 2:
            changed[at:at] = changed[at:end] * chance.choice([1, 2, 40])
        elif kind == 3:
            changed[at:end] = chance.choice(
                [b"\r\n", b"\0", b"99999", b";", b'"', b"<", b"%00", b"\xff\xfe", b":", b"@"]
            )
        else:
            del changed[at:]
    return bytes(changed)


@pytest.mark.parametrize(
    ("method", "changes", "status"),
    [
        ("REGISTER", {}, 405),
        ("MESSAGE", {}, 405),
        ("FROBNICATE", {}, 501),
        ("BYE", {}, 481),
        ("CANCEL", {}, 481),
        ("BYE", {"to": "<sip:a@b.invalid>;tag=gone"}, 481),
        ("INVITE", {"to": "<sip:a@b.invalid>;tag=gone"}, 481),
        ("INVITE", {"max_forwards": "0"}, 483),
        ("INVITE", {"max_forwards": "256"}, 400),
        ("OPTIONS", {"max_forwards": "0"}, 483),
        ("INVITE", {"require": "100rel, timer"}, 420),
        ("INVITE", {"uri": "mailto:a@b.invalid"}, 416),
        ("INVITE", {"contact": "*"}, 400),
        ("INVITE", {"from": "<sip:a%00@b.invalid>;tag=x"}, 400),
        ("INVITE", {"to": "<sip:a%0D%0AX-Trunk:%20b@b.invalid>"}, 400),
        ("INVITE", {"uri": "sip:a%C2%85@b.invalid"}, 400),
        ("INVITE", {"content_encoding": "gzip", "body": SDP}, 415),
        ("INVITE", {"cseq": "4294967296"}, 400),
        ("OPTIONS", {}, 200),
    ],
)
async def test_what_we_do_not_take_is_refused_with_the_right_status(
    agent: UserAgent, peer: DatagramPeer, phone: Phone, method: str, changes: dict[str, str], status: int
) -> None:
    peer.send(peer.request(method, agent.address, **changes), agent.address)
    assert (await peer.receive("SIP/2.0")).startswith(f"SIP/2.0 {status} ")
    assert not phone.calls


async def test_a_version_we_do_not_speak_is_answered_505(agent: UserAgent, peer: DatagramPeer) -> None:
    peer.send(peer.request("OPTIONS", agent.address).replace(" SIP/2.0\r\n", " SIP/7.0\r\n", 1), agent.address)
    assert (await peer.receive("SIP/2.0")).startswith("SIP/2.0 505 ")


async def test_a_message_that_is_too_large_is_answered_513(agent: UserAgent, peer: DatagramPeer) -> None:
    peer.send(peer.request("INVITE", agent.address, x_much="a" * LARGEST_MESSAGE), agent.address)
    assert (await peer.receive("SIP/2.0")).startswith("SIP/2.0 513 ")


async def test_junk_and_keep_alives_get_no_answer(agent: UserAgent, peer: DatagramPeer) -> None:
    for packet in (b"\r\n\r\n", b"\0", b"", b"hello", b"GET / HTTP/1.1\r\n\r\n", b"\r\n\r\nSIP/2.0 200 OK\r\n\r\n"):
        peer.send(packet, agent.address)
    ack = peer.request("ACK", agent.address, via="nonsense")
    peer.send(ack, agent.address)
    peer.send(peer.request("OPTIONS", agent.address, call_id="last"), agent.address)
    assert "Call-ID: last" in await peer.receive()


async def test_copies_of_one_invite_over_two_paths_are_one_call(
    agent: UserAgent, peer: DatagramPeer, phone: Phone
) -> None:
    peer.send(peer.request("INVITE", agent.address, body=SDP), agent.address)
    await peer.receive("SIP/2.0 200")
    other_path = _via(f"SIP/2.0/UDP 127.0.0.1:{peer.address[1]};branch=z9hG4bK-other-path;rport")
    peer.send(peer.request("INVITE", agent.address, body=SDP, **other_path), agent.address)
    assert (await peer.receive("SIP/2.0 4")).startswith("SIP/2.0 482 ")
    assert len(phone.calls) == 1


async def test_responses_go_where_the_request_came_from(agent: UserAgent, peer: DatagramPeer) -> None:
    via = "SIP/2.0/UDP nobody.invalid:7;branch=z9hG4bK-nat;rport"
    peer.send(peer.request("OPTIONS", agent.address, via=via), agent.address)
    answered = header(await peer.receive("SIP/2.0 200"), "Via")
    assert f"rport={peer.address[1]}" in answered
    assert "received=127.0.0.1" in answered


async def test_calls_beyond_the_bound_are_turned_away(phone: Phone, peer: DatagramPeer) -> None:
    agent = UserAgent(user_agent="callwright-test", on_call=phone, most_calls=1)
    await agent.open("127.0.0.1", 0)
    peer.send(peer.request("INVITE", agent.address, call_id="a", body=SDP), agent.address)
    await peer.receive("SIP/2.0 200")
    peer.send(peer.request("INVITE", agent.address, call_id="b", body=SDP), agent.address)
    assert (await peer.receive("SIP/2.0 503")).count("Retry-After") == 1
    await agent.close(timeout_s=0.1)


async def test_a_socket_that_the_system_closes_is_opened_again(peer: DatagramPeer) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    transport = UdpTransport(lambda data, _source: heard.put_nowait(data))
    await transport.open("127.0.0.1", 0)
    before = transport.address
    transport.abort()
    async with asyncio.timeout(5):
        while heard.empty():
            peer.send(b"still there?", before)
            await asyncio.sleep(0.01)
    assert transport.address == before
    await transport.close()


async def test_a_handler_that_raises_does_not_stop_the_socket(peer: DatagramPeer) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    def fail(data: bytes, _source: tuple[str, int]) -> None:
        heard.put_nowait(data)
        raise RuntimeError("broken handler")

    transport = UdpTransport(fail)
    await transport.open("127.0.0.1", 0)
    for packet in (b"1", b"2"):
        peer.send(packet, transport.address)
    async with asyncio.timeout(5):
        assert [await heard.get(), await heard.get()] == [b"1", b"2"]
    await transport.close()


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 0),
        ("127.0.0.1", 65536),
        ("127.0.0.1", -1),
        ("localhost", 5060),
        ("", 5060),
        ("0.0.0.0", 5060),
        ("224.0.0.1", 5060),
        ("255.255.255.255", 5060),
        ("::1", 5060),
        ("1.2.3", 5060),
        ("\ud800", 5060),
    ],
)
def test_packets_go_to_numeric_unicast_addresses_only(host: str, port: int) -> None:
    assert not is_sendable(host, port, 4)
