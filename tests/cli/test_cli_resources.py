"""The commands on a running server and on its data alone."""

import wave
from itertools import count
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.running.server import RunningServer

_numbers = count(15_558_000_001)


@pytest.fixture
def number() -> str:
    return f"+{next(_numbers)}"


def test_an_application_lives_from_create_to_delete(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    created = run("apps", "create", "Lifecycle", "--voice-url", "http://a.example/v", *at, "--json").json
    assert created["friendly_name"] == "Lifecycle"
    assert run("apps", "update", "Lifecycle", "--sms-url", "http://a.example/s", "--voice-url", "", *at).status == 0
    shown = run("apps", "show", created["sid"], *at, "--json").json
    assert (shown["voice_url"], shown["sms_url"]) == (None, "http://a.example/s")
    assert created["sid"] in run("apps", "list", "--name", "Lifecycle", *at).out
    assert run("apps", "delete", "Lifecycle", "--yes", *at).status == 0
    assert "no application is named 'Lifecycle'" in run("apps", "show", "Lifecycle", *at).error


def test_a_name_that_two_applications_have_is_not_guessed(run: Run, server: RunningServer) -> None:
    sids = [run("apps", "create", "Twin", "--data", server.data, "--json").json["sid"] for _ in range(2)]
    ran = run("apps", "delete", "Twin", "--yes", "--data", server.data)
    assert ran.status == 1
    assert all(sid in ran.error for sid in sids)


def test_numbers_point_at_applications_by_name(run: Run, server: RunningServer, number: str) -> None:
    at = ("--data", server.data)
    sid = run("apps", "create", "Pointed at", *at, "--json").json["sid"]
    assert number in run("numbers", "create", number, "--voice-app", "Pointed at", *at).out
    assert "Pointed at" in run("numbers", "list", "--phone-number", number, *at).out
    assert run("numbers", "update", number[1:], "--sms-app", sid, *at).status == 0
    shown = run("numbers", "show", number, *at, "--json").json
    assert (shown["voice_application_sid"], shown["sms_application_sid"]) == (sid, sid)
    assert run("numbers", "update", number, "--voice-app", "", *at, "--json").json["voice_application_sid"] is None
    assert run("numbers", "delete", number, "-y", *at).status == 0
    assert f"there is no number {number}" in run("numbers", "show", number, *at).error


def test_errors_of_the_api_keep_their_message_and_code(run: Run, server: RunningServer, number: str) -> None:
    ran = run("numbers", "create", number, "--voice-url", "nonsense", "--data", server.data)
    assert ran.status == 1
    assert "(error 21402)" in ran.error


def test_lists_end_at_the_limit(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    for index in range(3):
        run("apps", "create", f"Paged {index}", *at)
    assert len(run("apps", "list", "--limit", "2", *at, "--json").json) == 2
    everything = run("apps", "list", "--limit", "5000", *at, "--json").json
    assert {f"Paged {index}" for index in range(3)} <= {row["friendly_name"] for row in everything}


def test_a_trunk_is_added_changed_and_deleted_by_name(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    sources = ("--allow", "198.51.100.0/24", "--allow", "203.0.113.7/32")
    added = run("trunks", "add", "Wholesale", "--host", "198.51.100.4:5070", *sources, *at, "--json").json
    assert (added["host"], added["port"]) == ("198.51.100.4", 5070)
    assert added["allowed_sources"] == ["198.51.100.0/24", "203.0.113.7/32"]
    changed = run("trunks", "update", "Wholesale", "--priority", "3", "--host", "198.51.100.5", *at, "--json").json
    assert (changed["priority"], changed["host"], changed["port"]) == (3, "198.51.100.5", 5060)
    assert "Wholesale" in run("trunks", "list", *at).out
    assert run("trunks", "delete", "Wholesale", "-y", *at).status == 0
    assert "no trunk is named 'Wholesale'" in run("trunks", "show", "Wholesale", *at).error


def test_a_server_elsewhere_is_reached_by_url_and_token(run: Run, server: RunningServer, tmp_path: Path) -> None:
    account, token = server.credentials
    at = ("--url", server.url, "--data", tmp_path)
    assert run("apps", "list", *at, "--account", account, "--token", token).status == 0
    assert "does not accept these credentials" in run("apps", "list", *at, "--account", account, "--token", "x").error


def test_credentials_of_the_environment_are_used(
    run: Run, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, token = server.credentials
    monkeypatch.setenv("CALLWRIGHT_ACCOUNT_SID", account)
    monkeypatch.setenv("CALLWRIGHT_AUTH_TOKEN", token)
    monkeypatch.setenv("CALLWRIGHT_DATA", str(tmp_path))
    assert run("apps", "list", "--url", server.url).status == 0


def test_data_can_be_changed_while_no_server_runs(run: Run, own_server: RunningServer) -> None:
    own_server.start()
    at = ("--data", own_server.data)
    run("apps", "create", "Online", *at)
    own_server.stop()
    assert "Online" in run("apps", "list", *at).out
    assert run("apps", "create", "Offline", "--voice-url", "http://a.example/v", *at).status == 0
    own_server.start()
    assert run("apps", "show", "Offline", *at, "--json").json["voice_url"] == "http://a.example/v"


def test_a_real_call_is_heard_and_recorded(run: Run, server: RunningServer, tmp_path: Path) -> None:
    at = ("--data", server.data)
    demo = next(
        row for row in run("numbers", "list", "--limit", "1000", *at, "--json").json if row["voice_application_sid"]
    )
    record = tmp_path / "heard.wav"
    ran = run("call", demo["phone_number"], "--record", record, "--hang-up-after", "2", *at)
    assert ran.status == 0
    assert "Answered." in ran.out
    assert "Ended: 200 OK, 2." in ran.out
    with wave.open(str(record)) as file:
        assert file.getnframes() > 8000
    listed = run("calls", "list", "--to", demo["phone_number"], *at, "--json").json
    assert listed[0]["from"] == "+15555550199"
    assert run("calls", "show", listed[0]["sid"], *at).status == 0


def test_a_call_to_an_unknown_number_ends_with_3(run: Run, server: RunningServer) -> None:
    ran = run("call", "+15550009999", "--data", server.data)
    assert ran.status == 3
    assert "Not answered: 404" in ran.out
