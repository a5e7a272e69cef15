"""Decodes the audio of <Play> to 8 kHz: wav, aiff, mp3, flac, ogg by miniaudio; headerless µ-law.

miniaudio would resample by straight lines, which aliases: soxr does it instead.
"""

from collections.abc import Iterator
from typing import Any

import miniaudio
import numpy as np
import soxr

from callwright.speech.engine import Samples
from callwright.wire.codec import find_codec

SAMPLE_RATE_HZ = 8000
#: Twilio's limit for a file that is played.
LONGEST_AUDIO_S = 40 * 60
_STEP_FRAMES = 200_000
_HIGHEST_SAMPLE_RATE_HZ = 192_000
_HEADERLESS = frozenset(
    {"audio/basic", "audio/ulaw", "audio/x-ulaw", "audio/mulaw", "audio/x-mulaw", "audio/pcmu", "audio/g711-mulaw"}
)


class DecodingFailed(Exception):
    """The bytes are no audio that can be played; the text says why."""


def decode_audio(audio: bytes, content_type: str) -> Iterator[Samples]:
    """Samples at 8 kHz, piece by piece. Raises DecodingFailed, also for more than forty minutes."""
    kind = content_type.partition(";")[0].strip().lower()
    if not audio:
        raise DecodingFailed("the file is empty")
    pieces = _decode_headerless(audio) if _is_headerless(audio, kind) else _decode_file(audio, kind)
    decoded = 0
    for piece in pieces:
        decoded += len(piece)
        if decoded > LONGEST_AUDIO_S * SAMPLE_RATE_HZ:
            raise DecodingFailed("it is longer than 40 minutes")
        yield piece
    if not decoded:
        raise DecodingFailed("there is no sound in it")


def _is_headerless(audio: bytes, kind: str) -> bool:
    return kind in _HEADERLESS and not audio.startswith((b"RIFF", b"OggS", b"fLaC", b"FORM", b"ID3", b".snd"))


def _decode_headerless(audio: bytes) -> Iterator[Samples]:
    codec = find_codec("PCMU")
    for start in range(0, len(audio), _STEP_FRAMES):
        yield codec.decode(audio[start : start + _STEP_FRAMES])


def _decode_file(audio: bytes, kind: str) -> Iterator[Samples]:
    library, decoder = miniaudio.lib, miniaudio.ffi.new("ma_decoder *")
    # One channel; sample rate 0 is the file's own.
    form = library.ma_decoder_config_init(miniaudio.SampleFormat.SIGNED16.value, 1, 0)
    opened = library.ma_decoder_init_memory(audio, len(audio), miniaudio.ffi.addressof(form), decoder)
    if opened != library.MA_SUCCESS:
        raise DecodingFailed(f"it is not wav, aiff, mp3, flac or ogg audio (sent as {kind or 'unknown'})")
    try:
        sample_rate_hz = decoder.outputSampleRate
        if not 1000 <= sample_rate_hz <= _HIGHEST_SAMPLE_RATE_HZ:
            raise DecodingFailed(f"its sample rate is {sample_rate_hz} Hz")
        yield from _resampled(_frames(library, decoder), sample_rate_hz)
    finally:
        library.ma_decoder_uninit(decoder)


def _frames(library: Any, decoder: Any) -> Iterator[Samples]:
    buffer = np.zeros(_STEP_FRAMES, np.int16)
    target = miniaudio.ffi.cast("void *", buffer.ctypes.data)
    count = miniaudio.ffi.new("ma_uint64 *")
    while True:
        count[0] = 0
        library.ma_decoder_read_pcm_frames(decoder, target, _STEP_FRAMES, count)
        if count[0] == 0:
            return
        yield buffer[: count[0]].copy()


def _resampled(frames: Iterator[Samples], sample_rate_hz: int) -> Iterator[Samples]:
    if sample_rate_hz == SAMPLE_RATE_HZ:
        yield from frames
        return
    resampler = soxr.ResampleStream(sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="int16", quality="HQ")
    for piece in frames:
        yield resampler.resample_chunk(piece)
    yield resampler.resample_chunk(np.zeros(0, np.int16), last=True)
