import os
import time
from pathlib import Path

import numpy as np

from callwright.speech.clip_store import ClipStore, clip_key


def used_ago(store: Path, key: str, seconds: float) -> None:
    for path in store.glob(f"{key}.*"):
        os.utime(path, (time.time() - seconds, path.stat().st_mtime))


def test_the_clip_unused_longest_goes_first(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, capacity_bytes=16_000)
    for key, hours in (("old", 5), ("older", 9), ("new", 3)):
        store.save(key, np.zeros(4000, np.int16))
        used_ago(tmp_path, key, hours * 3600)
    store.evict()
    assert store.find("older") is None
    assert store.find("old")
    assert store.find("new")


def test_a_clip_in_use_is_kept_even_when_the_cache_is_full(tmp_path: Path) -> None:
    store = ClipStore(tmp_path, capacity_bytes=10)
    store.save("playing", np.zeros(4000, np.int16))
    used_ago(tmp_path, "playing", 5 * 3600)
    assert store.find("playing")
    assert store.evict() == 0
    assert store.find("playing")


def test_finding_a_clip_leaves_its_modification_time(tmp_path: Path) -> None:
    store = ClipStore(tmp_path)
    store.save("clip", np.zeros(4000, np.int16))
    used_ago(tmp_path, "clip", 5 * 3600)
    before = (tmp_path / "clip.ulaw").stat().st_mtime_ns
    clip = store.find("clip")
    assert clip
    assert clip.duration_ms == 500
    assert (tmp_path / "clip.ulaw").stat().st_mtime_ns == before


def test_half_a_clip_is_no_clip(tmp_path: Path) -> None:
    store = ClipStore(tmp_path)
    store.save("clip", np.zeros(0, np.int16))
    assert store.find("clip")
    (tmp_path / "clip.alaw").unlink()
    assert store.find("clip") is None


def test_parts_of_a_key_do_not_run_into_one_another() -> None:
    assert clip_key("ab", "c") != clip_key("a", "bc")
