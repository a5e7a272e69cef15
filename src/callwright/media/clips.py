"""Prepared clips as frames: raw files, small ones kept in memory, large ones read piece by piece."""

import os
from collections import OrderedDict
from collections.abc import Iterator

#: Larger files (about four minutes) are not kept: hours of music would push out every prompt.
_LARGEST_KEPT_BYTES = 2 << 20
_PIECE_BYTES = 64 << 10

_FileKey = tuple[str, int, int]


class ClipCache:
    """Keeps the clips used last, `capacity_bytes` of them at most."""

    def __init__(self, capacity_bytes: int = 64 << 20) -> None:
        self._capacity_bytes = capacity_bytes
        self._held: OrderedDict[_FileKey, bytes] = OrderedDict()
        self.held_bytes = 0

    def frames(self, path: str, frame_bytes: int, silence: bytes, start: int = 0) -> Iterator[bytes]:
        """The file from byte `start` on in frames of equal size, the last filled up with `silence`.

        Raises OSError at once when the file cannot be read.
        """
        file = _OpenFile(path)
        status = os.fstat(file.descriptor)
        if status.st_size > _LARGEST_KEPT_BYTES:
            return _read_frames(file, status.st_size, frame_bytes, silence, start)
        data = self._kept(file, (path, status.st_mtime_ns, status.st_size))
        return _cut(data, frame_bytes, silence, start)

    def _kept(self, file: "_OpenFile", key: _FileKey) -> bytes:
        data = self._held.get(key)
        if data is None:
            data = self._held[key] = os.pread(file.descriptor, key[2], 0)
            self.held_bytes += len(data)
            while self.held_bytes > self._capacity_bytes and len(self._held) > 1:
                self.held_bytes -= len(self._held.popitem(last=False)[1])
        self._held.move_to_end(key)
        return data


def _cut(data: bytes, frame_bytes: int, silence: bytes, start: int = 0) -> Iterator[bytes]:
    whole = len(data) - (len(data) - start) % frame_bytes
    for position in range(start, whole, frame_bytes):
        yield data[position : position + frame_bytes]
    if start <= whole < len(data):
        yield data[whole:].ljust(frame_bytes, silence)


class _OpenFile:
    """A descriptor that closes with its last user: a generator that was never begun runs no `finally`."""

    __slots__ = ("descriptor",)

    def __init__(self, path: str) -> None:
        self.descriptor = -1
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)


def _read_frames(file: _OpenFile, size: int, frame_bytes: int, silence: bytes, start: int) -> Iterator[bytes]:
    piece_bytes = _PIECE_BYTES - _PIECE_BYTES % frame_bytes
    for position in range(start, size, piece_bytes):
        yield from _cut(os.pread(file.descriptor, piece_bytes, position), frame_bytes, silence)
        # Have the disk fetch the next piece while this one plays.
        os.posix_fadvise(file.descriptor, position + piece_bytes, 2 * piece_bytes, os.POSIX_FADV_WILLNEED)
