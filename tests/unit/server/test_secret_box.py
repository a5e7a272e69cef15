"""The server's key: sealed texts open with it and no other, and half a key is never taken for one."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callwright.config import Settings
from callwright.server.secret_box import KEY_FILE, BadKeyFile, SecretBox, open_secret_box
from callwright.usecases.ports import SecretUnavailable


def test_what_is_sealed_opens_with_the_same_key_only() -> None:
    sealed = SecretBox(b"the key of one server").seal("hush")
    assert "hush" not in sealed
    assert SecretBox(b"the key of one server").open(sealed) == "hush"
    with pytest.raises(SecretUnavailable, match=r"another key .CALLWRIGHT_SECRET_KEY.; set it again"):
        SecretBox(b"the key of another").open(sealed)
    with pytest.raises(SecretUnavailable):
        SecretBox(b"the key of one server").open("never sealed")


def test_a_variable_of_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    box = SecretBox(b"the key of one server")
    monkeypatch.setenv("CARRIER_PASSWORD", "hush")
    assert box.open("env:CARRIER_PASSWORD") == "hush"
    monkeypatch.setenv("CARRIER_PASSWORD", "")
    with pytest.raises(SecretUnavailable, match="CARRIER_PASSWORD is not set"):
        box.open("env:CARRIER_PASSWORD")


def test_without_a_setting_the_key_is_drawn_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    with ThreadPoolExecutor() as pool:  # as a server and commands that start together
        boxes = list(pool.map(lambda _: open_secret_box(settings), range(8)))
    assert {box.open(boxes[0].seal("hush")) for box in boxes} == {"hush"}
    assert os.listdir(tmp_path) == [KEY_FILE]
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert open_secret_box(Settings(data=tmp_path / "other", secret_key="another key of the settings")) is not None
    assert not (tmp_path / "other").exists()


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).touch()
    with pytest.raises(BadKeyFile, match="holds no key: restore it"):
        open_secret_box(Settings(data=tmp_path))
