"""`callwright revisions` on a running server."""

import io
from itertools import count

import pytest
from tests.cli.conftest import Run
from tests.running.server import RunningServer

from callwright import __version__

_names = count(1)


@pytest.fixture
def app(run: Run, server: RunningServer) -> str:
    """The SID of a fresh application, changed once."""
    name, at = f"Audited {next(_names)}", ("--data", server.data)
    created = run("apps", "create", name, "--voice-url", "http://a.example/", *at, "--json").json
    why = ("--reason", "new host, möglich")
    changed = run("apps", "update", created["sid"], "--voice-url", "http://b.example/", *why, *at)
    assert changed.status == 0, changed.error
    return str(created["sid"])


def test_who_changed_what_and_why_is_listed_shown_and_compared(run: Run, server: RunningServer, app: str) -> None:
    at = ("--data", server.data)
    updated, created = run("revisions", "list", "--sid", app, *at, "--json").json
    assert (updated["reason"], updated["operation"]) == ("new host, möglich", "update")
    assert "new host" in run("revisions", "list", "--resource", "apps", *at).out
    assert updated["group_id"] in run("revisions", "groups", *at).out
    shown = run("revisions", "show", updated["id"], *at).out
    assert "voice_url: http://a.example/ → http://b.example/" in shown
    assert "voice_url: http://a.example/ → http://b.example/" in run("revisions", "show", updated["group_id"], *at).out
    assert "→ http://b.example/" in run("revisions", "diff", created["id"], *at).out
    assert "No difference" in run("revisions", "diff", updated["id"], *at).out


def test_a_group_is_taken_back_after_it_was_shown(
    run: Run, server: RunningServer, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--data", server.data)
    updated, created = run("revisions", "list", "--sid", app, *at, "--json").json
    shown = run("revisions", "undo", updated["group_id"], "--dry-run", *at)
    assert "voice_url: http://b.example/ → http://a.example/" in shown.out
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    asked = run("revisions", "undo", updated["group_id"], *at)
    assert (asked.status, f"Take {updated['group_id']} back: 1 record?" in asked.error) == (1, True)
    assert run("apps", "show", app, *at, "--json").json["voice_url"] == "http://b.example/"
    undone = run("revisions", "undo", updated["group_id"], "--yes", "--reason", "it was wrong", *at)
    assert "takes it back" in undone.out
    assert run("apps", "show", app, *at, "--json").json["voice_url"] == "http://a.example/"
    last = run("revisions", "list", "--sid", app, *at, "--json").json[0]
    assert last["reason"] == f"rollback of {updated['group_id']}: it was wrong"
    assert run("revisions", "restore", updated["id"], "--yes", *at).status == 0
    assert run("apps", "show", app, *at, "--json").json["voice_url"] == "http://b.example/"
    assert "Everything is as wanted already" in run("revisions", "restore", updated["id"], "--yes", *at).out
    assert run("apps", "delete", app, "--yes", *at).status == 0
    assert run("revisions", "restore", created["id"], "--yes", *at).status == 0
    assert run("apps", "show", app, *at, "--json").json["voice_url"] == "http://a.example/"


def test_with_json_what_differs_and_the_question_stand_beside_the_answer(
    run: Run, server: RunningServer, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--data", server.data, "--json")
    group_id = run("revisions", "list", "--sid", app, "--since", "2h", *at).json[0]["group_id"]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = run("revisions", "undo", group_id, *at)
    assert (refused.status, refused.out) == (1, "")
    assert "voice_url: http://b.example/ → http://a.example/" in refused.error
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    done = run("revisions", "undo", group_id, *at)
    assert (done.status, done.json["step_count"]) == (0, 1)
    assert f"Take {group_id} back: 1 record?" in done.error
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    deleted = run("apps", "delete", app, *at)
    assert (deleted.status, deleted.json["sid"], "Delete application" in deleted.error) == (0, app, True)


def test_the_history_tells_that_it_was_the_command_line(run: Run, server: RunningServer, app: str) -> None:
    at = ("--data", server.data, "--json")
    newest = run("revisions", "list", "--sid", app, *at).json[0]
    assert run("revisions", "show", newest["id"], *at).json["user_agent"] == f"callwright/{__version__}"
    assert run("revisions", "list", "--sid", app, "--until", "1d", *at).json == []


def test_what_was_changed_since_is_told_and_forced(run: Run, server: RunningServer, app: str) -> None:
    at = ("--data", server.data)
    run("apps", "update", app, "--voice-url", "http://c.example/", *at)
    changed = run("revisions", "list", "--sid", app, *at, "--json").json[1]
    refused = run("revisions", "undo", changed["id"], "--yes", *at)
    assert refused.status == 1
    assert f"voice_url of {app} was changed since" in refused.error
    assert "--force" in run("revisions", "undo", changed["id"], "--dry-run", *at).out
    assert run("revisions", "undo", changed["id"], "--yes", "--force", *at).status == 0
    assert run("apps", "show", app, *at, "--json").json["voice_url"] == "http://a.example/"


def test_what_is_no_revision_is_refused(run: Run, server: RunningServer) -> None:
    ran = run("revisions", "undo", "AP1", "--data", server.data)
    assert (ran.status, "neither a group" in ran.error) == (2, True)
    assert run("revisions", "show", "RG" + "0" * 32, "--data", server.data).status == 1
