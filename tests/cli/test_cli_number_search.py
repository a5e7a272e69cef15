"""Numbers found, tagged and told by the command line."""

from itertools import count

import pytest
from tests.cli.conftest import Run
from tests.running.server import RunningServer

_numbers = count(15_559_000_001)


@pytest.fixture
def number() -> str:
    return f"+{next(_numbers)}"


def test_numbers_are_tagged_and_found_by_tag_text_url_and_application(
    run: Run, server: RunningServer, number: str
) -> None:
    at = ("--data", server.data)
    app = run("apps", "create", "Found by name", "--voice-url", "https://a.example/v", *at, "--json").json["sid"]
    run("numbers", "create", number, "--voice-app", "Found by name", "--sms-url", "https://shop.example/sms", *at)
    updated = run(
        "numbers", "update", number, "--tag", "vip", "--tag", "north", "--notes", "Ask Ann", *at, "--json"
    ).json
    assert (updated["tags"], updated["notes"], updated["country"]) == (["north", "vip"], "Ask Ann", "US")
    for filters in (
        ("--tag", "vip", "--tag", "north"), ("--text", "ask ann"), ("--webhook", "SHOP.example"), ("--app", app),
        ("--voice-app", "Found by name", "--country", "us", "--capability", "sms", "--phone-number", number),
    ):  # fmt: skip
        ran = run("numbers", "list", *filters, *at)
        assert number in ran.out, (filters, ran)
        assert "Found by name" in ran.out
    assert run("numbers", "list", "--tag", "south", *at).out == "No number meets all of these filters.\n"
    assert run("numbers", "update", number, "--add-tag", "new", "--remove-tag", "vip", *at).status == 0
    assert run("numbers", "update", number, "--notes", "", "--voice-caller-id-lookup", "true", *at).status == 0
    shown = run("numbers", "show", number, *at, "--json").json
    assert (shown["tags"], shown["notes"], shown["voice_caller_id_lookup"]) == (["new", "north"], None, True)
    assert run("numbers", "update", number, "--tag", "", *at, "--json").json["tags"] == []


def test_numbers_of_a_deleted_application_are_found_and_told(run: Run, server: RunningServer, number: str) -> None:
    at = ("--data", server.data)
    app = run("apps", "create", "Soon gone", "--sms-url", "https://a.example/s", *at, "--json").json["sid"]
    run("numbers", "create", number, "--sms-app", app, *at)
    run("apps", "delete", app, "-y", "--force", *at)
    assert f"{app} (deleted)" in run("numbers", "list", "--target", "sms:deleted", *at).out
    assert number in run("numbers", "list", "--target", "deleted", "--target", "voice:none", *at).out
    problems = run("numbers", "show", number, *at, "--json").json["problems"]
    assert [problem["kind"] for problem in problems] == ["no_target", "application_deleted"]


def test_a_list_has_one_shape_whatever_the_options(run: Run, server: RunningServer, number: str) -> None:
    at = ("--data", server.data, "--json")
    named = ("--friendly-name", "The one", "--tag", "shaped", "--notes", "Keep")
    created = run("numbers", "create", number, *named, *at).json
    assert (created["tags"], created["notes"]) == (["shaped"], "Keep")
    run("numbers", "create", f"+{next(_numbers)}", "--friendly-name", "The one and more", *at)
    lists = [
        run("numbers", "list", *filters, *at).json
        for filters in ((), ("--tag", "shaped"), ("--friendly-name", "The one"), ("--phone-number", number))
    ]
    assert [[row["sid"] for row in rows] for rows in lists[1:]] == [[created["sid"]]] * 3
    assert len({frozenset(row) for rows in lists for row in rows}) == 1
    half = run("numbers", "create", f"+{next(_numbers)}", "--tag", "a,b", *at)
    assert (half.status, "was created" in half.error) == (1, True)


def test_a_change_is_made_only_to_the_revision_that_was_seen(run: Run, server: RunningServer, number: str) -> None:
    at = ("--data", server.data, "--json")
    run("numbers", "create", number, *at)
    run("trunks", "add", "Seen", "--allow", "198.51.100.9", *at)
    run("carriers", "add", "Seen", "--kind", "loopback", "--disable", *at)
    run("short-codes", "add", "44444", *at)
    changes = (
        ("numbers", number, "--voice-url", "https://a.example/v"), ("trunks", "Seen", "--priority", "3"),
        ("carriers", "Seen", "--priority", "3"), ("short-codes", "44444", "--name", "Votes"),
    )  # fmt: skip
    for group, which, *setting in changes:
        made = run(group, "update", which, *setting, "--if-revision", "1", *at)
        assert (made.status, made.json["revision"]) == (0, 2), (group, made.error)
        stale = run(group, "update", which, *setting, "--if-revision", "1", *at)
        assert (stale.status, "is at revision 2, not at 1" in stale.error) == (1, True), (group, stale.error)


def test_a_wrong_filter_is_refused_in_plain_words(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    assert "tag" in run("numbers", "list", "--tag", "a,b", *at).error
    assert "country" in run("numbers", "list", "--country", "Germany", *at).error


def test_changing_what_no_number_meets_is_a_failure(run: Run, server: RunningServer) -> None:
    """A misspelt tag in a script would pass unseen otherwise."""
    ran = run(
        "numbers", "assign", "--where", "tag=nope", "--voice-url", "http://a.test/", "--yes", "--data", server.data
    )
    assert ran.status == 1
    assert "no number meets that" in ran.error
