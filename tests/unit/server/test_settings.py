"""Settings that follow from others."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from callwright.config import Settings


@pytest.mark.parametrize(
    ("http", "base_url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:80", "http://[::1]:80"),
        ("192.0.2.1:3", "http://192.0.2.1:3"),
    ],
)
def test_links_name_an_address_that_can_be_reached(http: str, base_url: str) -> None:
    assert Settings(http=http).base_url == base_url


def test_the_public_url_is_taken_as_it_is_but_for_a_slash_at_its_end() -> None:
    assert Settings(public_url="https://voice.example.com/").base_url == "https://voice.example.com"


@pytest.mark.parametrize(
    ("http", "sip", "policy"),
    [
        ("127.0.0.1:1", "127.0.0.1:2", "any"),
        ("localhost:1", "[::1]:2", "any"),
        ("0.0.0.0:1", "127.0.0.1:2", "public"),
        ("127.0.0.1:1", "192.0.2.1:2", "public"),
    ],
)
def test_web_apps_in_private_networks_are_asked_only_while_nobody_outside_can_call(
    http: str, sip: str, policy: str
) -> None:
    assert Settings(http=http, sip=sip).egress_policy == policy


def test_the_database_is_a_file_in_the_data_directory_unless_named(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).database_url == f"sqlite:///{tmp_path}/callwright.sqlite"
    assert Settings(database="postgresql://u@h/d").database_url == "postgresql://u@h/d"


@pytest.mark.parametrize("wrong", [{"http": "8080"}, {"sip": "host:x"}, {"rtp_ports": "9-1"}, {"account_sid": "AC1"}])
def test_a_wrong_setting_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


def test_one_half_of_the_seeded_credentials_is_refused() -> None:
    with pytest.raises(ValidationError, match="only together"):
        Settings(account_sid="AC" + "1" * 32)
