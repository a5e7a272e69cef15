"""The packet engine without its process: ticks are called, no time passes."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from tests.media.conftest import NewClip, rtp_range

from callwright.media.engine import Engine
from callwright.media.rtp_ports import RtpPorts
from callwright.wire.rtp import RtpPacket, parse_rtp

PCMU = ["PCMU", 0, 101, 20]
TICKS_PER_S = 200


class Bench:
    """An engine, what it told, and one socket that all legs send to."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.peer.bind(("127.0.0.1", 0))
        ports = RtpPorts("127.0.0.1", *rtp_range())
        self.engine = Engine(ports, "same-host", 30.0, lambda *event: self.told.append(event))

    def connect(self, leg_id: str, form: list[Any] = PCMU) -> int:
        self.engine.order("open", leg_id)
        self.engine.order("connect", leg_id, *self.peer.getsockname(), form, True)
        return int(self.told[-1][2])

    def ticks(self, count: int) -> list[RtpPacket]:
        """What the peer hears in that many ticks."""
        for _ in range(count):
            self.engine.receive()
            self.engine.tick()
        packets = []
        while True:
            try:
                packets.append(parse_rtp(self.peer.recv(2048)))
            except BlockingIOError:
                return packets

    def say(self, port: int, data: bytes) -> None:
        self.peer.sendto(data, ("127.0.0.1", port))


@pytest.fixture
def bench() -> Iterator[Bench]:
    opened = Bench()
    yield opened
    for leg_id in list(opened.engine.legs):
        opened.engine.order("close", leg_id)
    opened.engine.poll.close()
    opened.peer.close()


def test_each_leg_sends_once_in_four_ticks_and_they_take_turns(bench: Bench) -> None:
    for number in range(8):
        bench.connect(f"leg{number}")
    for _ in range(12):
        assert len(bench.ticks(1)) == 2


def test_a_leg_of_another_packet_time_has_its_own_turn(bench: Bench) -> None:
    bench.connect("slow", ["PCMU", 0, None, 60])
    assert len(bench.ticks(120)) == 10
    bench.engine.order("connect", "slow", *bench.peer.getsockname(), ["PCMU", 0, None, 10], True)
    assert {len(packet.payload) for packet in bench.ticks(120)[1:]} == {80}
    assert len(bench.ticks(120)) == 60


def test_a_packet_time_that_the_timer_cannot_keep_becomes_twenty_milliseconds(bench: Bench) -> None:
    bench.connect("odd", ["PCMU", 0, None, 23])
    assert [len(packet.payload) for packet in bench.ticks(8)] == [160, 160]


def test_a_silent_peer_is_reported_once_until_it_speaks_again(bench: Bench) -> None:
    port = bench.connect("leg")
    bench.ticks(29 * TICKS_PER_S)
    assert ("silent", "leg") not in bench.told
    bench.ticks(10 * TICKS_PER_S)
    assert bench.told.count(("silent", "leg")) == 1
    bench.say(port, RtpPacket(0, 1, 160, 5, b"\xff" * 160).serialise())
    bench.ticks(29 * TICKS_PER_S)
    assert bench.told.count(("silent", "leg")) == 1
    bench.ticks(2 * TICKS_PER_S)
    assert bench.told.count(("silent", "leg")) == 2


def test_a_peer_on_another_port_takes_over_only_after_a_second_of_quiet(bench: Bench) -> None:
    port = bench.connect("leg")
    bench.say(port, RtpPacket(0, 1, 160, 5, b"").serialise())
    bench.ticks(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as moved:
        moved.bind(("127.0.0.1", 0))
        hello = RtpPacket(0, 2, 320, 5, b"").serialise()
        moved.sendto(hello, ("127.0.0.1", port))
        assert bench.ticks(TICKS_PER_S)
        moved.sendto(hello, ("127.0.0.1", port))
        bench.ticks(4)
        assert not bench.ticks(20)


def test_orders_to_a_closed_leg_do_nothing(bench: Bench) -> None:
    bench.connect("leg")
    bench.engine.order("close", "leg")
    told = list(bench.told)
    for order in (("play", 1, "/nowhere"), ("stop", 1), ("digits", 2, "1"), ("close",)):
        bench.engine.order(order[0], "leg", *order[1:])
    assert bench.told == told
    assert not bench.ticks(8)


def test_a_broken_order_does_not_stop_the_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.connect("leg")
    bench.engine.order("connect", "leg", "127.0.0.1", 4000, ["OPUS", 96, None, 20], True)
    bench.engine.order("connect", "leg")
    bench.engine.order("dance", "leg")
    assert len(caplog.records) == 3
    assert len(bench.ticks(4)) == 1


def test_a_clip_that_cannot_be_read_on_fails_alone(
    bench: Bench, new_clip: NewClip, caplog: pytest.LogCaptureFixture
) -> None:
    bench.connect("leg")
    bench.connect("other")
    form = bench.engine.legs["leg"].form
    assert form is not None

    class BrokenDisk:
        play_id = 7

        def open(self, *_: object) -> Iterator[bytes]:
            yield b"\0" * 160
            raise OSError("input/output error")

    bench.engine.legs["leg"].add(BrokenDisk())  # type: ignore[arg-type]  # an item of the same shape
    bench.engine.order("play", "leg", 8, new_clip(440, 40).path)
    packets = bench.ticks(4 * 5)
    assert ("failed", "leg", 7, "input/output error") in bench.told
    assert ("finished", "leg", 8) in bench.told
    assert len(packets) == 9  # five for each, but the one that failed
    assert len(caplog.records) == 1


def test_a_long_clip_is_read_piece_by_piece(bench: Bench, tmp_path: Any) -> None:
    path = tmp_path / "long.ulaw"
    path.write_bytes(bytes(range(250)) * 10_000)  # 2.5 MB
    bench.connect("leg")
    bench.engine.order("play", "leg", 1, str(tmp_path / "long"))
    heard = b"".join(packet.payload for _ in range(500) for packet in bench.ticks(4))
    assert heard == path.read_bytes()[: len(heard)]
    assert len(heard) == 80_000
