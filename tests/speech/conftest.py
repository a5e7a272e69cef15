from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callwright.speech.client import SpeechClient


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[SpeechClient]:
    client = SpeechClient(tmp_path / "clips")
    await client.start()
    yield client
    await client.stop()
