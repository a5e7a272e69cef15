"""A media process of one test's own, and clips for it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from tests.media.rtp_peer import RtpPeer
from tests.running.ports import free_rtp_range

from callwright.media.client import MediaClient
from callwright.usecases.speaker import Clip
from callwright.wire.codec import all_codecs

NewClip = Callable[[float, int], Clip]


def rtp_range(size: int = 100) -> tuple[int, int]:
    low, _, high = free_rtp_range(size).partition("-")
    return int(low), int(high)


@pytest.fixture
async def media() -> AsyncIterator[MediaClient]:
    client = MediaClient("127.0.0.1", rtp_range())
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def peer() -> AsyncIterator[RtpPeer]:
    opened = await RtpPeer.open()
    yield opened
    opened.close()


@pytest.fixture
def new_clip(tmp_path: Path) -> NewClip:
    """A clip of a tone: frequency in Hz and duration in ms."""

    def make(frequency_hz: float, duration_ms: int) -> Clip:
        time_s = np.arange(duration_ms * 8) / 8000
        samples = (8000 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.int16)
        path = tmp_path / f"tone-{frequency_hz}-{duration_ms}"
        for codec in all_codecs():
            path.with_name(path.name + codec.file_suffix).write_bytes(codec.encode(samples))
        return Clip(str(path), duration_ms)

    return make
