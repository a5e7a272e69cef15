import asyncio
import math
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from callwright.speech.client import SpeechClient
from callwright.usecases.speaker import Clip, ClipFailed
from callwright.wire.codec import Samples, find_codec

AUDIO = Path(__file__).parent / "audio"


def heard(clip: Clip, suffix: str = ".ulaw") -> Samples:
    codec = find_codec("PCMU" if suffix == ".ulaw" else "PCMA")
    return codec.decode(Path(clip.path + suffix).read_bytes())


def level_dbfs(samples: Samples) -> float:
    return 20 * math.log10(max(float(np.sqrt(np.mean(samples.astype(float) ** 2))), 1) / 32768)


def loudest_hz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


async def test_spoken_text_is_audible_in_both_codecs(speaker: SpeechClient) -> None:
    spoken = await speaker.synthesize("Hello, welcome to the phone company.", "woman", "en-US")
    assert spoken.substitution is None
    assert 1500 < spoken.clip.duration_ms < 5000
    for suffix in (".ulaw", ".alaw"):
        samples = heard(spoken.clip, suffix)
        assert len(samples) // 8 == spoken.clip.duration_ms
        assert -30 < level_dbfs(samples) < -10


async def test_the_same_text_is_spoken_once(speaker: SpeechClient) -> None:
    first, second = await asyncio.gather(*(speaker.synthesize("Press one.", "man", "en-US") for _ in range(2)))
    files = {path: path.stat().st_mtime_ns for path in Path(first.clip.path).parent.iterdir()}
    again = await speaker.synthesize("Press one.", "man", "en-US")
    assert first == second == again
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert len(files) == 2


async def test_a_cached_clip_needs_no_speech_process(tmp_path: Path) -> None:
    speaker = SpeechClient(tmp_path)
    await speaker.start()
    spoken = await speaker.synthesize("Goodbye.", "alice", "en-GB")
    await speaker.stop()
    fresh = SpeechClient(tmp_path)
    assert await fresh.synthesize("Goodbye.", "alice", "en-GB") == spoken
    with pytest.raises(ClipFailed, match="not running"):
        await fresh.synthesize("Something else.", "alice", "en-GB")
    await fresh.stop()


async def test_language_and_voice_change_what_is_heard(speaker: SpeechClient) -> None:
    asked = [("woman", language) for language in ("en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "it-IT")]
    asked += [("man", "en-US")]
    spoken = [await speaker.synthesize("Taxi, hotel, radio.", voice, language) for voice, language in asked]
    assert len({heard(each.clip).tobytes() for each in spoken}) == len(asked)
    assert all(each.substitution is None for each in spoken)


async def test_a_break_lengthens_and_ssml_markup_is_not_spoken(speaker: SpeechClient) -> None:
    plain = await speaker.synthesize("Hello.", "woman", "en-US")
    pause = await speaker.synthesize('Hello.<break time="2s"/>', "woman", "en-US")
    assert pause.clip.duration_ms - plain.clip.duration_ms == 2000
    wrapped = await speaker.synthesize("<w>Hello.</w>", "woman", "en-US")
    assert wrapped.clip.duration_ms == plain.clip.duration_ms


@pytest.mark.parametrize("ending", ["wav", "aiff", "mp3", "flac", "ogg"])
async def test_a_played_tone_keeps_its_frequency(speaker: SpeechClient, ending: str) -> None:
    audio = (AUDIO / f"tone_1000_hz.{ending}").read_bytes()
    clip = await speaker.decode(audio, f"audio/{ending}")
    samples = heard(clip)
    assert 450 < clip.duration_ms < 620
    assert abs(loudest_hz(samples[400:-800]) - 1000) < 5
    assert -15 < level_dbfs(samples[800:3200]) < -9


async def test_headerless_mulaw_is_taken_as_it_is(speaker: SpeechClient) -> None:
    audio = bytes(range(256)) * 20
    clip = await speaker.decode(audio, "audio/basic; rate=8000")
    decoded = find_codec("PCMU").decode(audio)
    assert np.array_equal(heard(clip), decoded)


@pytest.mark.parametrize("audio", [b"", b"<html>not found</html>", os.urandom(5000), b"RIFF\xff\xff\xff\xffWAVEfmt "])
async def test_what_is_no_audio_is_refused_with_the_reason(speaker: SpeechClient, audio: bytes) -> None:
    with pytest.raises(ClipFailed, match=r"audio|empty|sound"):
        await speaker.decode(audio, "audio/mpeg")


async def test_two_files_are_two_clips(speaker: SpeechClient) -> None:
    first = await speaker.decode(b"\x10" * 800, "audio/basic")
    second = await speaker.decode(b"\x90" * 1600, "audio/basic")
    assert first.path != second.path


async def test_a_killed_speech_process_is_replaced(speaker: SpeechClient) -> None:
    killed = speaker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    spoken = await speaker.synthesize("Still here.", "woman", "en-US")
    assert spoken.clip.duration_ms > 300
    assert speaker.pid not in (None, killed)


async def test_short_prompts_do_not_wait_behind_a_long_text(speaker: SpeechClient) -> None:
    long = asyncio.create_task(speaker.synthesize("This takes a long time to say. " * 130, "woman", "en-US"))
    await asyncio.sleep(0)
    for prompt in ("Quick.", "By now the long text is surely at work.", "Third."):
        await speaker.synthesize(prompt, "woman", "en-US")
    assert not long.done()
    assert (await long).clip.duration_ms > 60_000


async def test_who_gives_up_does_not_take_the_clip_from_others(speaker: SpeechClient) -> None:
    one = asyncio.create_task(speaker.synthesize("Shared.", "woman", "en-US"))
    other = asyncio.create_task(speaker.synthesize("Shared.", "woman", "en-US"))
    await asyncio.sleep(0)
    one.cancel()
    assert (await other).clip.duration_ms > 100


async def test_hostile_text_neither_hangs_nor_kills_the_process(speaker: SpeechClient) -> None:
    pid = speaker.pid
    for text in (
        "x" * 4000,
        "1" * 800,
        "([{" * 1300,
        '<record file="/tmp/x"/>' * 20,
        "日本語",
        "\0\x07",
        "a.b@/" * 800,
    ):
        await speaker.synthesize(text.replace("<", "&lt;"), "woman", "en-US")
    assert speaker.pid == pid


async def test_stopping_twice_leaves_no_process(tmp_path: Path) -> None:
    speaker = SpeechClient(tmp_path)
    await speaker.start()
    pid = speaker.pid
    assert pid is not None
    await speaker.stop()
    await speaker.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
