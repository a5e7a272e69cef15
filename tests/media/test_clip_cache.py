import os
from pathlib import Path

import pytest

from callwright.media.clips import ClipCache


def written(path: Path, size: int, seed: int = 0) -> bytes:
    data = bytes((seed + index) % 251 for index in range(size))
    path.write_bytes(data)
    return data


@pytest.mark.parametrize("size", [0, 1, 159, 160, 161, 320, 5000, (2 << 20) + 77])
@pytest.mark.parametrize("start", [0, 160, 100])
def test_frames_hold_the_file_from_the_start_on(tmp_path: Path, size: int, start: int) -> None:
    data = written(tmp_path / "clip", size)[start:]
    frames = list(ClipCache().frames(str(tmp_path / "clip"), 160, b"\xff", start))
    assert {len(frame) for frame in frames} <= {160}
    assert b"".join(frames) == data.ljust(-(-len(data) // 160) * 160, b"\xff")


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ClipCache().frames(str(tmp_path / "nothing"), 160, b"\xff")


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    path, cache = tmp_path / "clip", ClipCache()
    for seed, size in ((1, 160), (2, 160), (3, 320)):
        data = written(path, size, seed)
        os.utime(path, ns=(seed, seed))
        assert b"".join(cache.frames(str(path), 160, b"\xff")) == data


def test_memory_is_bounded_and_the_clip_used_last_stays(tmp_path: Path) -> None:
    cache = ClipCache(capacity_bytes=3000)
    for number in range(10):
        written(tmp_path / f"{number}", 1000)
    for number in range(10):
        list(cache.frames(str(tmp_path / f"{number}"), 160, b"\xff"))
        list(cache.frames(str(tmp_path / "0"), 160, b"\xff"))
        assert cache.held_bytes <= 3000


def test_playing_leaves_no_descriptor_open(tmp_path: Path) -> None:
    written(tmp_path / "long", (2 << 20) + 1)
    before = len(os.listdir("/proc/self/fd"))
    half_played = ClipCache().frames(str(tmp_path / "long"), 160, b"\xff")
    next(half_played)
    del half_played
    list(ClipCache().frames(str(tmp_path / "long"), 160, b"\xff"))
    ClipCache().frames(str(tmp_path / "long"), 160, b"\xff")  # never begun
    assert len(os.listdir("/proc/self/fd")) == before
