"""The media process over real sockets: what a peer hears, what it may do to us."""

import asyncio
import contextlib
import os
import random
import signal
import socket
from collections.abc import AsyncIterator

import numpy as np
import pytest
from tests.media.conftest import NewClip, rtp_range
from tests.media.rtp_peer import (
    EVENT_TYPE,
    PATIENCE_S,
    RtpPeer,
    key_packets,
    samples_of,
    steps,
    strongest_hz,
)

from callwright.media.client import MediaClient
from callwright.media.client_leg import ClientLeg
from callwright.usecases.media_plane import Codec, LegFormat, MediaGone, NoPortLeft
from callwright.usecases.speaker import Clip, ClipFailed
from callwright.wire.codec import find_codec
from callwright.wire.error import WireError
from callwright.wire.rtp import RtpPacket
from callwright.wire.tones import key_tone

PCMU = LegFormat("PCMU", 0, EVENT_TYPE)
SILENCE = b"\xff" * 160


@pytest.fixture
async def leg(media: MediaClient, peer: RtpPeer) -> AsyncIterator[ClientLeg]:
    opened = await media.open_leg()
    await opened.connect("127.0.0.1", peer.port, PCMU)
    yield opened
    await opened.close()


async def runs(media: MediaClient) -> None:
    while not media.is_running:  # nobody but tests waits for this
        await asyncio.sleep(0.02)


async def next_digits(leg: ClientLeg, count: int) -> str:
    async with asyncio.timeout(PATIENCE_S):
        return "".join([await leg.next_digit() for _ in range(count)])


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
@pytest.mark.parametrize("frequency_hz", [440, 1000])
async def test_a_tone_is_heard_at_its_frequency(
    media: MediaClient, peer: RtpPeer, new_clip: NewClip, codec: Codec, frequency_hz: int
) -> None:
    payload_type = {"PCMU": 0, "PCMA": 8}[codec]
    leg = await media.open_leg()
    await leg.connect("127.0.0.1", peer.port, LegFormat(codec, payload_type, None))
    await leg.play(new_clip(frequency_hz, 400))
    await leg.close()
    loud = [packet for packet in peer.packets if len(set(packet.payload)) > 1]
    assert {packet.payload_type for packet in loud} == {payload_type}
    assert len(loud) == 20
    assert strongest_hz(samples_of(loud, codec)) == pytest.approx(frequency_hz, abs=3)


async def test_two_clips_follow_without_a_gap_in_sequence_or_timestamps(
    leg: ClientLeg, peer: RtpPeer, new_clip: NewClip
) -> None:
    await leg.play(new_clip(440, 200))
    await leg.play(new_clip(800, 200))
    await peer.hears(3)
    assert set(steps(peer.packets)) == {(1, 160)}
    assert len({packet.ssrc for packet in peer.packets}) == 1
    loud = [packet for packet in peer.packets if packet.payload != SILENCE]
    assert len(loud) == 20


async def test_clips_waiting_in_the_programme_join_without_any_silence(
    leg: ClientLeg, peer: RtpPeer, new_clip: NewClip
) -> None:
    async with asyncio.TaskGroup() as plays:
        for frequency_hz in (440, 800):
            plays.create_task(leg.play(new_clip(frequency_hz, 200)))
    await peer.hears(2)
    is_loud = [packet.payload != SILENCE for packet in peer.packets]
    first = is_loud.index(True)
    assert is_loud[first : first + 20] == [True] * 20
    assert not any(is_loud[first + 20 :])


async def test_silence_flows_while_nothing_plays(leg: ClientLeg, peer: RtpPeer) -> None:
    packets = await peer.hears(10)
    assert {packet.payload for packet in packets} == {SILENCE}
    assert set(steps(packets)) == {(1, 160)}


async def test_only_the_first_packet_is_marked(leg: ClientLeg, peer: RtpPeer) -> None:
    await peer.hears(5)
    assert [packet.marker for packet in peer.packets[:5]] == [True] + [False] * 4


async def test_the_last_part_of_a_clip_is_filled_up_with_silence(
    leg: ClientLeg, peer: RtpPeer, new_clip: NewClip
) -> None:
    await leg.play(new_clip(440, 30))
    loud = [packet.payload for packet in peer.packets if packet.payload != SILENCE]
    assert len(loud) == 2
    assert loud[1].endswith(b"\xff" * 80)


async def test_a_cancelled_play_falls_silent(leg: ClientLeg, peer: RtpPeer, new_clip: NewClip) -> None:
    playing = asyncio.create_task(leg.play(new_clip(440, 5000)))
    await peer.until(lambda packets: any(packet.payload != SILENCE for packet in packets))
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing
    await peer.until(lambda packets: packets[-1].payload == SILENCE)
    assert all(packet.payload == SILENCE for packet in await peer.hears(5))
    assert sum(packet.payload != SILENCE for packet in peer.packets) < 200
    assert set(steps(peer.packets)) == {(1, 160)}


async def test_a_play_cancelled_while_waiting_is_never_heard(leg: ClientLeg, peer: RtpPeer, new_clip: NewClip) -> None:
    first = asyncio.create_task(leg.play(new_clip(440, 200)))
    waiting = asyncio.create_task(leg.play(new_clip(800, 200)))
    await peer.hears(2)
    waiting.cancel()
    await first
    await peer.hears(5)
    assert sum(packet.payload != SILENCE for packet in peer.packets) == 10


async def test_a_clip_that_is_not_there_fails_and_the_next_one_plays(
    leg: ClientLeg, peer: RtpPeer, new_clip: NewClip
) -> None:
    with pytest.raises(ClipFailed, match="nowhere"):
        await leg.play(Clip("/nowhere/at-all", 1000))
    await leg.play(new_clip(440, 100))
    assert sum(packet.payload != SILENCE for packet in peer.packets) == 5


async def test_dialled_digits_are_heard(leg: ClientLeg, peer: RtpPeer) -> None:
    await leg.send_digits("19*w#")
    assert peer.heard_digits() == "19*#"
    events = [packet for packet in peer.packets if packet.payload_type == EVENT_TYPE]
    assert len(events) == 4 * 7
    assert len({packet.timestamp for packet in events}) == 4
    assert {step for step, _ in steps(peer.packets)} == {1}


async def test_digits_reach_a_peer_without_telephone_events_as_tones(media: MediaClient, peer: RtpPeer) -> None:
    leg = await media.open_leg()
    await leg.connect("127.0.0.1", peer.port, LegFormat("PCMU", 0, None))
    await leg.send_digits("5")
    loud = [packet for packet in peer.packets if packet.payload != SILENCE]
    assert len(loud) == 5
    strongest = strongest_hz(samples_of(loud, "PCMU"))
    assert min(abs(strongest - tone_hz) for tone_hz in (770, 1336)) <= 10


async def test_tones_of_a_peer_without_telephone_events_are_digits(media: MediaClient, peer: RtpPeer) -> None:
    leg, codec = await media.open_leg(), find_codec("PCMA")
    await leg.connect("127.0.0.1", peer.port, LegFormat("PCMA", 8, None))
    gap = np.zeros(640, np.int16)
    audio = codec.encode(np.concatenate([part for key in "58#8" for part in (key_tone(key, 80), gap)]))
    for index in range(len(audio) // 160):
        packet = RtpPacket(8, index, index * 160, 9, audio[160 * index : 160 * index + 160])
        peer.send(packet.serialise(), leg.local_port)
        await peer.hears(1)
    assert await next_digits(leg, 4) == "58#8"


async def test_what_is_no_digit_is_refused(leg: ClientLeg) -> None:
    with pytest.raises(WireError, match="'x'"):
        await leg.send_digits("1x")


async def test_digits_are_received_in_order_and_once_whatever_the_network_does(leg: ClientLeg, peer: RtpPeer) -> None:
    chance = random.Random(7)
    for index, key_code in enumerate([1, 1, 9, 10, 11]):
        packets = key_packets(key_code, index * 20, index * 1600)
        kept = chance.sample(packets, 4)
        for packet in [*kept, *kept[:2]]:
            peer.send(packet, leg.local_port)
    assert await next_digits(leg, 5) == "119*#"
    peer.send(key_packets(2, 200, 16000)[6], leg.local_port)
    assert await next_digits(leg, 1) == "2"


async def test_digits_from_a_stranger_are_not_heard(leg: ClientLeg, peer: RtpPeer) -> None:
    peer.say(leg.local_port)
    await peer.hears(3)
    stranger = await RtpPeer.open("127.0.0.2")
    for packet in key_packets(6, 0, 0):
        stranger.send(packet, leg.local_port)
    same_host = await RtpPeer.open()
    for packet in key_packets(7, 0, 0):
        same_host.send(packet, leg.local_port)
    peer.send(key_packets(8, 10, 1600)[0], leg.local_port)
    assert await next_digits(leg, 1) == "8"
    await leg.close()
    stranger.close()
    same_host.close()
    assert leg.statistics is not None
    assert leg.statistics.packets_refused == 14
    assert not stranger.packets


async def test_a_stranger_who_speaks_first_is_not_taken_for_the_peer(media: MediaClient, peer: RtpPeer) -> None:
    stranger = await RtpPeer.open("127.0.0.2")
    leg = await media.open_leg()
    await leg.connect("127.0.0.1", peer.port, PCMU)
    stranger.say(leg.local_port, 5)
    await peer.hears(10)
    assert not stranger.packets
    stranger.close()


async def test_a_peer_that_sends_from_another_port_is_answered_there(media: MediaClient, peer: RtpPeer) -> None:
    behind_nat = await RtpPeer.open()
    leg = await media.open_leg()
    await leg.connect("127.0.0.1", peer.port, PCMU)
    behind_nat.say(leg.local_port)
    await behind_nat.hears(5)
    behind_nat.close()


async def test_a_flood_of_junk_does_no_harm(leg: ClientLeg, peer: RtpPeer, new_clip: NewClip) -> None:
    chance = random.Random(11)
    for _ in range(1500):
        junk = chance.randbytes(chance.choice([0, 1, 11, 12, 13, 172, 1400]))
        if chance.random() < 0.7:
            junk = bytes([0x80 | chance.randrange(64), chance.choice([0, EVENT_TYPE, EVENT_TYPE | 0x80])]) + junk
        peer.send(junk, leg.local_port)
    await peer.hears(20)
    await leg.play(new_clip(440, 200))
    await peer.hears(2)
    assert sum(packet.payload != SILENCE for packet in peer.packets) == 10
    assert set(steps(peer.packets)) == {(1, 160)}


async def test_a_held_leg_sends_nothing_and_goes_on_marked(leg: ClientLeg, peer: RtpPeer, new_clip: NewClip) -> None:
    await peer.hears(2)
    await leg.connect("127.0.0.1", peer.port, PCMU, sends=False)
    await leg.play(new_clip(440, 200))  # time passes for a held peer too
    assert not any(packet.payload != SILENCE for packet in peer.packets)
    before = peer.packets[-1]
    await leg.connect("127.0.0.1", peer.port, PCMU)
    after = (await peer.hears(1))[0]
    assert after.marker
    assert (after.sequence - before.sequence) % 65536 == 1
    assert (after.timestamp - before.timestamp) % 2**32 >= 1600


async def test_another_codec_in_the_middle_of_a_clip_goes_on_where_it_was(
    leg: ClientLeg, peer: RtpPeer, new_clip: NewClip
) -> None:
    playing = asyncio.create_task(leg.play(new_clip(440, 600)))
    await peer.until(lambda packets: sum(packet.payload != SILENCE for packet in packets) >= 5)
    await leg.connect("127.0.0.1", peer.port, LegFormat("PCMA", 8, EVENT_TYPE))
    await playing
    loud = [packet for packet in peer.packets if len(set(packet.payload)) > 1]
    assert len(loud) == 30
    assert {packet.payload_type for packet in loud} == {0, 8}
    assert set(steps(peer.packets)) == {(1, 160)}


@pytest.mark.parametrize("ptime_ms", [10, 30, 60])
async def test_other_packet_times_are_kept(media: MediaClient, peer: RtpPeer, new_clip: NewClip, ptime_ms: int) -> None:
    leg = await media.open_leg()
    await leg.connect("127.0.0.1", peer.port, LegFormat("PCMU", 0, None, ptime_ms))
    await leg.play(new_clip(440, 240))
    assert set(steps(peer.packets)) == {(1, 8 * ptime_ms)}
    assert {len(packet.payload) for packet in peer.packets} == {8 * ptime_ms}


async def test_statistics_are_told_on_closing(leg: ClientLeg, peer: RtpPeer) -> None:
    peer.say(leg.local_port, 10)
    peer.say(leg.local_port, 10, start=15)
    peer.send(key_packets(1, 25, 9999)[0], leg.local_port)
    await next_digits(leg, 1)
    await leg.close()
    assert leg.statistics is not None
    assert (leg.statistics.packets_received, leg.statistics.packets_lost) == (21, 5)
    assert leg.statistics.send_errors == 0
    await peer.until(lambda packets: leg.statistics is not None and len(packets) == leg.statistics.packets_sent)


@pytest.mark.parametrize(
    ("host", "port"), [("example.com", 4000), ("239.1.2.3", 4000), ("127.0.0.1", 0), ("::1", 4000)]
)
async def test_where_nobody_can_be_is_refused(media: MediaClient, host: str, port: int) -> None:
    leg = await media.open_leg()
    with pytest.raises(WireError):
        await leg.connect(host, port, PCMU)


async def test_an_unreachable_peer_does_no_harm(media: MediaClient, new_clip: NewClip) -> None:
    leg = await media.open_leg()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed_soon:
        closed_soon.bind(("127.0.0.1", 0))
        port = closed_soon.getsockname()[1]
    for host in ("127.0.0.1", "255.255.255.254", "0.0.0.0"):
        await leg.connect(host, port, PCMU)
        await leg.play(new_clip(440, 100))
    assert media.is_running


async def test_ports_are_even_and_taken_ones_are_left_out() -> None:
    low, _ = rtp_range()
    media = MediaClient("127.0.0.1", (low - 1, low + 7))
    await media.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other_program:
        other_program.bind(("127.0.0.1", low + 2))
        legs = [await media.open_leg() for _ in range(3)]
        assert [leg.local_port for leg in legs] == [low, low + 4, low + 6]
        with pytest.raises(NoPortLeft, match="--rtp-ports"):
            await media.open_leg()
        await legs[1].close()
        await legs[1].close()
        assert (await media.open_leg()).local_port == low + 4
    await media.stop()


async def test_an_opening_that_is_given_up_keeps_no_port() -> None:
    low, _ = rtp_range()
    media = MediaClient("127.0.0.1", (low, low + 1))
    await media.start()
    for _ in range(3):
        opening = asyncio.create_task(media.open_leg())
        await asyncio.sleep(0)
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
    leg = await media.open_leg()
    assert leg.local_port == low
    await media.stop()


async def test_a_signal_to_all_processes_leaves_calls_their_goodbye(
    media: MediaClient, leg: ClientLeg, peer: RtpPeer
) -> None:
    assert media.pid is not None
    os.kill(media.pid, signal.SIGTERM)
    os.kill(media.pid, signal.SIGINT)
    await peer.hears(10)


async def test_a_killed_process_ends_its_legs_and_is_started_again(
    media: MediaClient, leg: ClientLeg, peer: RtpPeer, new_clip: NewClip
) -> None:
    playing = asyncio.create_task(leg.play(new_clip(440, 20_000)))
    listening = asyncio.create_task(leg.next_digit())
    await peer.hears(2)
    killed = media.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        await leg.gone
        for waiting in (playing, listening):
            with pytest.raises(MediaGone):
                await waiting
        with pytest.raises(MediaGone):
            await leg.play(new_clip(440, 100))
        await leg.close()
        with pytest.raises(MediaGone):
            await media.open_leg()
        await runs(media)
    assert media.pid != killed
    assert media.restarts == 1
    again = await media.open_leg()
    await again.connect("127.0.0.1", peer.port, PCMU)
    await again.play(new_clip(440, 100))


async def test_a_stuck_process_is_replaced() -> None:
    media = MediaClient("127.0.0.1", rtp_range(), stuck_after_s=0.3)
    await media.start()
    leg, stuck = await media.open_leg(), media.pid
    assert stuck is not None
    os.kill(stuck, signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE_S):
        await leg.gone
        await runs(media)
    assert media.pid != stuck
    await media.stop()


async def test_a_leg_speaks_ipv6_too(new_clip: NewClip) -> None:
    media, peer = MediaClient("::1", rtp_range()), await RtpPeer.open("::1")
    await media.start()
    leg = await media.open_leg()
    await leg.connect("::1", peer.port, PCMU)
    await leg.play(new_clip(440, 100))
    peer.send(key_packets(4, 0, 0)[0], leg.local_port)
    assert await next_digits(leg, 1) == "4"
    assert sum(packet.payload != SILENCE for packet in peer.packets) == 5
    await media.stop()
    peer.close()


async def test_the_process_ends_with_its_server() -> None:
    media = MediaClient("127.0.0.1", rtp_range())
    await media.start()
    leg = await media.open_leg()
    pid = media.pid
    assert pid is not None
    await media.stop()
    await leg.gone
    assert not media.is_running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(MediaGone):
        await media.open_leg()


async def test_a_process_that_cannot_start_says_so() -> None:
    media = MediaClient("127.0.0.1", rtp_range(), latching="nonsense")  # type: ignore[arg-type]  # the point of it
    with pytest.raises(MediaGone):
        await media.start()
    assert media.pid is None
