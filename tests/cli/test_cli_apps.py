"""`callwright apps` on what Twilio's applications do not have: use, tags, variants, hours, checks, the delete guard."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.running.server import RunningServer

HOURS = """
time_zone: Europe/Berlin
week:
  monday: ["09:00-12:00", "13:00-17:30"]
exceptions:
  2026-12-25: []
closed_voice_url: https://example.com/closed
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path_factory.mktemp("apps") / "data").start()
    yield started
    started.close()


@pytest.fixture
def at(server: RunningServer) -> tuple[Any, ...]:
    return ("--data", server.data)


def test_everything_can_be_set_and_cleared(run: Run, at: tuple[Any, ...], tmp_path: Path) -> None:
    hours = tmp_path / "hours.yaml"
    hours.write_text(HOURS)
    created = run(
        *("apps", "create", "Everything", "--voice-url", "https://example.com/v", "--voice-caller-id-lookup", "true"),
        *("--tag", "vip", "--tag", "retail", "--notes", "Ask Ann.", "--voice-variant", "https://example.com/n?a=b=10"),
        *("--sms-variant", "https://example.com/s=0.5%", "--guard-percent", 5, "--guard-window", 60),
        *("--opening-hours", hours, "--reason", "first try", *at, "--json"),
    ).json
    assert (created["tags"], created["notes"], created["voice_caller_id_lookup"]) == (
        ["retail", "vip"],
        "Ask Ann.",
        True,
    )
    assert created["voice_variants"] == [{"url": "https://example.com/n?a=b", "weight": 10}]
    assert created["sms_variants"] == [{"url": "https://example.com/s", "weight": 0.5}]
    assert created["variant_guard"] == {"failure_percent": 5, "least_requests": 20, "window_s": 60}
    assert created["opening_hours"]["exceptions"] == {"2026-12-25": []}
    shown = run("apps", "show", "Everything", *at).out
    assert all(
        text in shown for text in ("calls of 0, messages of 0", "10 % https://example.com/n?a=b", "Europe/Berlin")
    )
    listed = run("apps", "list", "--tag", "vip", *at).out
    assert "Everything" in listed
    assert "retail, vip" in listed
    cleared = run(
        *("apps", "update", "Everything", "--tag", "", "--notes", "", "--voice-variant", "", "--no-guard"),
        *("--opening-hours", "", "--voice-caller-id-lookup", "", *at, "--json"),
    ).json
    names = ("tags", "notes", "voice_variants", "variant_guard", "opening_hours", "voice_caller_id_lookup")
    assert [cleared[name] for name in names] == [[], None, [], None, None, False]
    assert cleared["sms_variants"] == created["sms_variants"]


def test_opening_hours_may_be_json(run: Run, at: tuple[Any, ...], tmp_path: Path) -> None:
    hours = tmp_path / "hours.json"
    hours.write_text(json.dumps({"time_zone": "UTC", "week": {"friday": ["22:00-02:00"]}}))
    created = run("apps", "create", "Night", "--opening-hours", hours, *at, "--json").json
    assert created["opening_hours"]["week"] == {"friday": ["22:00-02:00"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--voice-variant", "https://example.com/n"), "give URL=PERCENT"),
        (("--voice-variant", "https://example.com/n=ten"), "give URL=PERCENT"),
        (("--opening-hours", "no/such/file"), "cannot be read"),
        (("--guard-percent", "5", "--no-guard"), "exclude one another"),
        (("--notes", "x", "--save-anyway"), "goes with --check"),
        ((), "nothing to change"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    run: Run, at: tuple[Any, ...], options: tuple[str, ...], said: str
) -> None:
    ran = run("apps", "update", "Refusing", *options, *at)
    assert ran.status == 2
    assert said in ran.error


@pytest.mark.parametrize("content", ["a: [", "- a", ""])
def test_a_file_without_opening_hours_is_refused(run: Run, at: tuple[Any, ...], tmp_path: Path, content: str) -> None:
    hours = tmp_path / "hours.yaml"
    hours.write_text(content)
    assert run("apps", "create", "x", "--opening-hours", hours, *at).status == 2


def test_a_url_that_does_not_answer_is_not_saved(run: Run, at: tuple[Any, ...]) -> None:
    url = "http://127.0.0.1:1/voice"
    ran = run("apps", "create", "Unreachable", "--voice-url", url, "--check", *at)
    assert ran.status == 1
    assert "Nothing was saved" in ran.error
    assert run("apps", "list", "--name", "Unreachable", *at, "--json").json == []
    saved = run("apps", "create", "Unreachable", "--voice-url", url, "--check", "--save-anyway", *at)
    assert saved.status == 0
    assert f"{url}: Not usable" in saved.out


def test_a_lost_update_is_refused(run: Run, at: tuple[Any, ...]) -> None:
    run("apps", "create", "Shared", *at)
    assert run("apps", "update", "Shared", "--notes", "Ann", "--if-revision", 1, *at).status == 0
    ran = run("apps", "update", "Shared", "--notes", "Bob", "--if-revision", 1, *at)
    assert ran.status == 1
    assert "is at revision 2, not at 1" in ran.error
    assert run("apps", "delete", "Shared", "--yes", "--if-revision", 1, *at).status == 1


def test_numbers_are_not_left_behind_unless_told(run: Run, at: tuple[Any, ...]) -> None:
    old = run("apps", "create", "Old", *at, "--json").json["sid"]
    new = run("apps", "create", "New", *at, "--json").json["sid"]
    for number, option in (("+15550007001", "--voice-app"), ("+15550007002", "--sms-app")):
        assert run("numbers", "create", number, option, "Old", *at).status == 0
    assert "+15550007002" in run("apps", "numbers", "Old", "--use", "sms", *at).out
    assert [row["uses"] for row in run("apps", "numbers", "Old", *at, "--json").json] == [["sms"], ["voice"]]
    listed = {row["sid"]: row["numbers"] for row in run("apps", "list", "--used", *at, "--json").json}
    assert listed[old] == {"voice": 1, "sms": 1}
    assert new not in listed
    assert "Old" not in run("apps", "list", "--unused", *at).out
    ran = run("apps", "delete", "Old", "--yes", *at)
    assert ran.status == 1
    assert "1 number(s)" in ran.error
    deleted = run("apps", "delete", "Old", "--replace-with", "New", "--yes", *at)
    assert f"Moved to {new}: calls of 1, messages of 1 numbers." in deleted.out
    assert [row["uses"] for row in run("apps", "numbers", "New", *at, "--json").json] == [["sms"], ["voice"]]
    forced = run("apps", "delete", "New", "--force", "--yes", *at)
    assert "Still naming it, so failing: calls of 1, messages of 1" in forced.out
