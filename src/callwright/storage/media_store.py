"""Files of messages: one file each in the data directory, readable by the owner only."""

import asyncio
import os
from pathlib import Path

from callwright.model.sid import is_sid


class FileMediaStore:
    """Implements usecases.ports.MediaStore. Files lie in directories by the last two digits of their SIDs."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def write(self, sid: str, content: bytes) -> None:
        await asyncio.to_thread(_write, self._path(sid), content)

    async def read(self, sid: str) -> bytes | None:
        return await asyncio.to_thread(_read, self._path(sid))

    async def delete(self, sid: str) -> None:
        await asyncio.to_thread(self._path(sid).unlink, missing_ok=True)

    def _path(self, sid: str) -> Path:
        if not is_sid(sid, "ME"):  # it becomes a path: nothing else may
            raise ValueError(f"{sid!r} is no SID of media")
        return self._directory / sid[-2:] / sid


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing: a crash leaves no half a file under the name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
