"""The cache of prepared clips on disk: `<key>.ulaw` and `<key>.alaw`, the one unused longest goes first."""

import contextlib
import hashlib
import os
import time
from pathlib import Path

import numpy as np

from callwright.speech.engine import Samples
from callwright.usecases.speaker import Clip
from callwright.wire.codec import Codec, all_codecs

_BYTES_PER_MS = 8
_EMPTY = np.zeros(20 * _BYTES_PER_MS, np.int16)
#: A clip used this recently may be playing right now.
_IN_USE_S = 3600.0
#: Uses are noted this often: one system call per use would be as dear as the use.
_NOTED_EVERY_S = 60.0


def clip_key(*parts: str | bytes) -> str:
    """A file name for everything that makes the audio what it is; parts cannot run into one another."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


class ClipStore:
    """Two processes share the directory: files appear whole, by rename, and are never changed.

    When a clip was used last is kept in its access time, which we set ourselves: the modification time
    is part of what the media process knows a file by.
    """

    def __init__(self, directory: Path, capacity_bytes: int = 2 << 30) -> None:
        self._directory = directory.absolute()
        self._capacity_bytes = capacity_bytes
        self._directory.mkdir(parents=True, exist_ok=True)

    def find(self, key: str) -> Clip | None:
        """The clip, noted as used; None when it is not there in every codec."""
        try:
            statuses = [(path, path.stat()) for path in self._paths(key)]
        except FileNotFoundError:
            return None
        now = time.time()
        for path, status in statuses:
            if now - status.st_atime > _NOTED_EVERY_S:
                with contextlib.suppress(OSError):
                    os.utime(path, ns=(time.time_ns(), status.st_mtime_ns))
        return self._clip(key, statuses[0][1].st_size)

    def save(self, key: str, samples: Samples) -> Clip:
        """Store samples at 8 kHz in every codec; never an empty file. Raises OSError when the disk is full."""
        audio = np.ascontiguousarray(samples if len(samples) else _EMPTY)
        for codec in all_codecs():
            self._write(self._path(key, codec), codec.encode(audio))
        return self._clip(key, len(audio))

    def evict(self) -> int:
        """Delete what was used longest ago until the rest fits; answers how many bytes went."""
        files = self._files()
        excess = sum(status.st_size for _, status in files) - self._capacity_bytes
        freed = 0
        for path, status in sorted(files, key=lambda file: file[1].st_atime):
            if freed >= excess or time.time() - status.st_atime < _IN_USE_S:
                break
            path.unlink(missing_ok=True)
            freed += status.st_size
        return freed

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        files = []
        for entry in os.scandir(self._directory):
            with contextlib.suppress(FileNotFoundError):
                files.append((Path(entry.path), entry.stat()))
        return files

    def _write(self, path: Path, data: bytes) -> None:
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            unfinished.write_bytes(data)
            unfinished.rename(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def _paths(self, key: str) -> list[Path]:
        return [self._path(key, codec) for codec in all_codecs()]

    def _path(self, key: str, codec: Codec) -> Path:
        return self._directory / f"{key}{codec.file_suffix}"

    def _clip(self, key: str, samples: int) -> Clip:
        return Clip(str(self._directory / key), samples // _BYTES_PER_MS)
