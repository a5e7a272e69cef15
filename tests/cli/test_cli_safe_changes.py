"""`callwright check`, `schedule` and `apps variants` on a running server."""

from datetime import UTC, datetime, timedelta

from tests.cli.conftest import Run
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import WebApp


def ahead(**fields: float) -> str:
    return (datetime.now(UTC) + timedelta(**fields)).isoformat(timespec="seconds")


def test_a_url_is_checked_and_the_status_says_the_verdict(run: Run, server: RunningServer, web_app: WebApp) -> None:
    at = ("--data", server.data)
    good = run("check", web_app.answer("/cli-check/good", "<Response><Say>Hi</Say></Response>"), *at)
    assert (good.status, "Usable: <Say>." in good.out) == (0, True)
    bad = run("check", web_app.answer("/cli-check/bad", "<Response>\n<Sya/></Response>"), "--method", "GET", *at)
    assert bad.status == 3
    assert "line 2, column 1" in bad.out
    assert "fix" in bad.out
    reply = web_app.answer("/cli-check/sms", "<Response><Message>Hi</Message></Response>")
    row = run("check", reply, "--sms", "--from", "+15555550177", *at, "--json").json
    assert (row["is_usable"], row["channel"]) == (True, "sms")
    assert web_app.requests_to("/cli-check/sms")[0].parameters["From"] == "+15555550177"


def test_a_check_without_a_server_says_what_to_do(run: Run, server: RunningServer) -> None:
    ran = run("check", "http://app.example/", "--url", "http://127.0.0.1:9", "--account", "AC1", "--token", "x")
    assert ran.status == 1
    assert "nothing answers" in ran.error


def test_a_change_is_scheduled_listed_shown_and_canceled(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    app = run("apps", "create", "Scheduled", "--voice-url", "http://a.example/v", *at, "--json").json["sid"]
    moments = ("--at", ahead(hours=1), "--until", ahead(hours=2))
    added = run("schedule", "add", "Scheduled", *moments, "--voice-url", "http://a.example/x", "--set", 'tags=["x"]',
                "--reason", "holidays", *at, "--json").json  # fmt: skip
    assert added["changes"] == {"voice_url": "http://a.example/x", "tags": ["x"]}
    assert (added["target_sid"], added["reason"]) == (app, "holidays")
    assert added["sid"] in run("schedule", "list", "--status", "scheduled", *at).out
    assert added["sid"] not in run("schedule", "list", "--status", "done", *at).out
    run("apps", "create", "Not scheduled", *at)
    assert added["sid"] in run("schedule", "list", "--target", "Scheduled", *at).out
    assert added["sid"] not in run("schedule", "list", "--target", "Not scheduled", *at).out
    stale = run(
        "schedule", "add", "Scheduled", *moments, "--voice-url", "http://a.example/y", "--if-revision", "7", *at
    )
    assert (stale.status, "revision 1" in stale.error) == (1, True)
    assert app in run("schedule", "show", added["sid"], *at).out
    assert run("schedule", "cancel", added["sid"], "--yes", *at).status == 0
    again = run("schedule", "cancel", added["sid"], "--yes", *at)
    assert "canceled" in again.error
    assert run("schedule", "add", "Scheduled", "--at", ahead(hours=1), *at).status == 2
    wrong = run("schedule", "add", "Scheduled", "--at", "2026-12-24T18:00", "--voice-url", "http://a.example/", *at)
    assert "names no clock" in wrong.error


def test_a_number_is_scheduled_by_its_digits(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    run("apps", "create", "Later", *at)
    run("numbers", "create", "+15559990001", *at)
    moment = ("--at", ahead(seconds=5))
    sid = run("schedule", "add", "+15559990001", *moment, "--voice-app", "Later", *at, "--json").json["sid"]
    done = eventually(lambda: run("schedule", "show", sid, *at, "--json").json, lambda row: row["status"] == "done")
    shown = run("numbers", "show", "+15559990001", *at, "--json").json
    assert shown["voice_application_sid"] == done["changes"]["voice_application_sid"]


def test_the_variants_of_an_application_are_shown(run: Run, server: RunningServer) -> None:
    at = ("--data", server.data)
    sid = run("apps", "create", "Varied", "--voice-url", "http://a.example/v", *at, "--json").json["sid"]
    assert "no variants" in run("apps", "variants", "Varied", *at).out
    server.v1("POST", f"/Applications/{sid}", voice_variants=[{"url": "http://b.example/v", "weight": 5}])
    assert "http://b.example/v" in run("apps", "variants", "Varied", *at).out
    assert run("apps", "variants", sid, *at, "--json").json["voice"][0]["requests"] == 0
