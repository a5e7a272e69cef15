import asyncio
import math
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from callwright.voice.phone import CallGone, CallRejected, Phone, PhoneCall
from callwright.voice.phone_audio import PhoneAudio
from callwright.voice.phone_recording import SILENCE_DBFS, Recording
from callwright.wire.codec import Samples
from callwright.wire.error import WireError


@pytest.fixture
async def caller() -> AsyncIterator[Phone]:
    async with Phone() as phone:
        yield phone


@pytest.fixture
async def callee() -> AsyncIterator[Phone]:
    async with Phone() as phone:
        yield phone


async def connected(caller: Phone, callee: Phone) -> tuple[PhoneCall, PhoneCall]:
    ours = await caller.call("+15550100", callee.address, from_number="+15550199")
    theirs = await callee.next_call()
    await asyncio.gather(theirs.answer(), ours.answered(5))
    return ours, theirs


def tone(frequency_hz: float, duration_s: float) -> Samples:
    time_s = np.arange(int(duration_s * 8000)) / 8000
    return (12_000 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.int16)


def loudest_hz(samples: Samples) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples))


async def until_heard(audio: PhoneAudio, duration_s: float) -> None:
    async with asyncio.timeout(10):
        while audio.recording.duration_s < duration_s:
            await asyncio.sleep(0.01)


async def test_two_phones_hear_one_another(caller: Phone, callee: Phone) -> None:
    ours, theirs = await connected(caller, callee)
    theirs.audio.play(tone(800, 0.6))
    ours.audio.play(tone(300, 0.6))
    await asyncio.gather(until_heard(ours.audio, 0.7), until_heard(theirs.audio, 0.7))
    assert abs(loudest_hz(ours.audio.recording.samples[:4800]) - 800) < 10
    assert abs(loudest_hz(theirs.audio.recording.samples[:4800]) - 300) < 10
    assert ours.audio.statistics.packets_received >= 35
    assert ours.audio.statistics.packets_lost == 0


async def test_digits_arrive_once_and_in_order(caller: Phone, callee: Phone) -> None:
    ours, theirs = await connected(caller, callee)
    await ours.send_digits("12w3#")
    await until_heard(theirs.audio, theirs.audio.recording.duration_s + 0.1)
    assert theirs.audio.digits_heard == "12w3#".replace("w", "")
    with pytest.raises(WireError, match="'x'"):
        await ours.send_digits("1x")


async def test_hanging_up_ends_the_call_at_both_ends(caller: Phone, callee: Phone) -> None:
    ours, theirs = await connected(caller, callee)
    await theirs.hang_up()
    assert (await asyncio.wait_for(ours.ended, 5)).by == "remote"
    assert ours.duration_s > 0
    assert ours.is_over
    assert theirs.is_over


async def test_ringing_is_seen_before_the_answer(caller: Phone, callee: Phone) -> None:
    ours = await caller.call("+15550100", callee.address)
    theirs = await callee.next_call()
    theirs.ring()
    await asyncio.wait_for(ours.ringing(), 5)
    assert ours.duration_s == 0.0


async def test_a_busy_phone_refuses(caller: Phone, callee: Phone) -> None:
    ours = await caller.call("+15550100", callee.address)
    (await callee.next_call()).refuse()
    with pytest.raises(CallRejected) as rejected:
        await ours.answered(5)
    assert rejected.value.status == 486


async def test_a_phone_that_never_answers_is_given_up(caller: Phone, callee: Phone) -> None:
    ours = await caller.call("+15550100", callee.address)
    theirs = await callee.next_call()
    theirs.ring()
    with pytest.raises(CallRejected) as rejected:
        await ours.answered(0.05)
    assert rejected.value.status == 408
    assert (await asyncio.wait_for(theirs.ended, 5)).by == "cancel"
    with pytest.raises(CallGone):
        await theirs.answer()


async def test_an_address_nobody_can_send_to_is_refused(caller: Phone) -> None:
    with pytest.raises(CallRejected):
        await caller.call("+15550100", ("192.0.2.300", 5060))


async def test_the_level_falls_back_when_nothing_arrives(caller: Phone, callee: Phone) -> None:
    ours, theirs = await connected(caller, callee)
    theirs.audio.play(tone(500, 1.0))
    await until_heard(ours.audio, 0.4)
    assert -15 < ours.audio.level_dbfs < -8
    await theirs.audio.close()
    async with asyncio.timeout(5):
        while ours.audio.level_dbfs > SILENCE_DBFS:
            await asyncio.sleep(0.02)


async def test_junk_on_the_audio_port_is_counted_and_forgotten(caller: Phone, callee: Phone) -> None:
    ours, _ = await connected(caller, callee)
    for junk in (b"", b"x", b"\x80" * 5, bytes(range(200))):
        ours.audio.datagram_received(junk, ("127.0.0.1", 9))
    assert ours.audio.statistics.packets_refused == 4
    await until_heard(ours.audio, 0.1)


def test_a_recording_puts_packets_where_their_timestamps_say() -> None:
    recording = Recording()
    one, two = np.full(160, 1, np.int16), np.full(160, 2, np.int16)
    start = 0xFFFFFF00  # the clock wraps within the recording
    recording.add(7, start, one)
    recording.add(7, (start + 480) & 0xFFFFFFFF, two)
    recording.add(7, (start + 160) & 0xFFFFFFFF, two)
    expected = np.concatenate([one, two, np.zeros(160, np.int16), two])
    assert np.array_equal(recording.samples, expected)


def test_a_restarted_clock_goes_on_behind_what_was_heard() -> None:
    recording = Recording()
    recording.add(7, 1000, np.full(160, 1, np.int16))
    recording.add(7, 900_000_000, np.full(160, 2, np.int16))
    recording.add(8, 5, np.full(160, 3, np.int16))
    assert recording.samples.tolist() == [1] * 160 + [2] * 160 + [3] * 160


def test_a_recording_is_a_wav_file_of_its_length(tmp_path: Path) -> None:
    recording = Recording()
    recording.add(1, 0, tone(400, 12.0))
    recording.write_wav(tmp_path / "heard.wav")
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 96_000)
    assert math.isclose(recording.level_dbfs(), -11.7, abs_tol=0.3)
