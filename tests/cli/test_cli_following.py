"""`messages send --wait` tells what became of a message at its web app, and what it waits for."""

import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.running.ports import free_tcp_port
from tests.running.server import RunningServer
from tests.running.web_app import Reply, WebApp

from callwright.cli import follow_message
from callwright.cli.follow_message import AtItsNumber, waiting_reason
from callwright.cli.output import Output

_numbers = count(15_558_200_001)
NOW = datetime(2026, 11, 23, 14, 58, 17, tzinfo=UTC)


def own(server: RunningServer, **settings: str) -> str:
    e164 = f"+{next(_numbers)}"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=e164, **settings)
    return e164


def send(run: Run, server: RunningServer, to: str, *options: str, sender: str | None = None) -> Any:
    return run("messages", "send", to, "Hello", "--from", sender or own(server), "--wait", *options, *at(server))


def at(server: RunningServer) -> tuple[str, Path]:
    return "--data", server.data


def test_a_web_app_that_fails_is_told_with_the_message_it_failed_for(
    run: Run, server: RunningServer, web_app: WebApp
) -> None:
    url = web_app.answer("/cli-broken", lambda _: Reply("oops", "text/plain", 500))
    broken = own(server, SmsUrl=url)
    ran = send(run, server, broken)
    assert ran.status == 0
    assert "Its web app failed: " in ran.out
    assert "(error 11200). `callwright messages show SM" in ran.out
    told = send(run, server, broken, "--json").json
    assert [problem["error_code"] for problem in told["problems"]] == ["11200"]
    assert run("messages", "show", told["received_sid"], *at(server), "--json").json["direction"] == "inbound"


def test_a_fallback_that_answers_is_shown_besides_the_failure(run: Run, server: RunningServer, web_app: WebApp) -> None:
    url = web_app.answer("/cli-falls", lambda _: Reply("oops", "text/plain", 500))
    fallback = web_app.answer("/cli-fallback", "<Response><Message>Sorry</Message><Message>Bye</Message></Response>")
    falling = own(server, SmsUrl=url, SmsFallbackUrl=fallback)
    out = send(run, server, falling).out
    assert "(error 11200)" in out
    assert f"{falling} answers: Sorry" in out


def test_a_number_that_nobody_answers_ends_the_wait_without_a_word(run: Run, server: RunningServer) -> None:
    out = send(run, server, own(server)).out
    assert out.rstrip().endswith("is delivered.")


def test_a_web_app_that_takes_its_time_is_told(
    run: Run, server: RunningServer, web_app: WebApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_message, "_ANSWERS_S", 0.2)
    slow = own(server, SmsUrl=web_app.answer("/cli-slow", lambda _: Reply("later", "text/plain", delay_s=1.5)))
    assert "Its web app has not answered yet" in send(run, server, slow).out


def test_answers_to_earlier_messages_are_not_taken_for_answers(
    run: Run, server: RunningServer, web_app: WebApp
) -> None:
    replies = iter(("First", "Second"))
    url = web_app.answer("/cli-twice", lambda _: Reply(next(replies), "text/plain"))
    number, sender = own(server, SmsUrl=url), own(server)
    assert "answers: First" in send(run, server, number, sender=sender).out
    second = send(run, server, number, sender=sender).out
    assert "answers: Second" in second
    assert "First" not in second


def test_a_message_to_a_carrier_that_is_down_tells_so_once(
    run: Run, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_message, "_PATIENCE_S", 0.5)
    login = ("--system-id", "acme", "--password", "x", "--destination", "+8869")
    run("carriers", "add", "Down", "--kind", "smpp", "--host", f"127.0.0.1:{free_tcp_port()}", *login, *at(server))
    try:
        began_s = time.monotonic()
        ran = send(run, server, "+886912345678", "--timeout", "3")
        assert time.monotonic() - began_s < 30, "it waits for a minute unless it is told how long"
        assert ran.out.count("It waits for carrier Down, which is ") == 1
        assert "refuses connections" in ran.out
        assert ran.status == 3
        assert "is still queued after 3 s. `callwright messages show" in ran.error
        sid = ran.out.split()[0]
        assert "waits_for 1" in run("messages", "show", sid, *at(server)).out
    finally:
        run("carriers", "delete", "Down", "-y", *at(server))


@pytest.mark.parametrize("is_json", [True, False])
def test_a_message_without_a_receipt_is_no_failure(capsys: pytest.CaptureFixture[str], *, is_json: bool) -> None:
    follow_message._tell_unfinished(Output(as_json=is_json), {"sid": "SM1", "status": "sent"}, 2.5)
    assert ("SM1 is still sent after 2.5 s" in capsys.readouterr().out) is not is_json


@pytest.mark.parametrize(
    ("received", "answers", "is_over"),
    [
        (None, 0, False),
        ({"is_answered": False, "replies": [], "opt_out_type": None}, 1, False),
        ({"is_answered": True, "replies": [], "opt_out_type": None}, 0, True),
        ({"is_answered": True, "replies": ["SM1", "SM2"], "opt_out_type": None}, 1, False),
        ({"is_answered": True, "replies": ["SM1", "SM2"], "opt_out_type": None}, 2, True),
        ({"is_answered": True, "replies": [], "opt_out_type": "STOP"}, 0, False),
    ],
)
def test_the_wait_ends_once_the_web_app_is_done_and_its_replies_have_come(
    received: dict[str, Any] | None, answers: int, is_over: bool
) -> None:
    assert AtItsNumber(received, [{}] * answers).is_over is is_over


def inspection(**known: Any) -> dict[str, Any]:
    due = known.pop("due", NOW)
    return {"status": "queued", "queue": {"due": due.isoformat(), "attempt": 0}, "waits_for": [], **known}


def carrier(name: str, state: str, detail: str | None = None, *, is_ready: bool = False) -> dict[str, Any]:
    return {"sid": None, "friendly_name": name, "state": state, "detail": detail, "is_ready": is_ready}


def test_every_carrier_that_is_waited_for_is_named_with_its_state() -> None:
    down, off = carrier("Main", "disconnected", "No route."), carrier("Backup", "refused")
    told = waiting_reason(inspection(waits_for=[down, off]), NOW)
    assert told == (
        "It waits for carrier Main, which is disconnected: No route.; or for carrier Backup, which is refused"
    )


def test_a_carrier_that_is_connected_is_not_what_is_waited_for() -> None:
    up = carrier("Main", "bound", is_ready=True)
    assert waiting_reason(inspection(waits_for=[up, carrier("Backup", "refused")]), NOW) is None


def test_a_message_that_waits_for_its_turn_is_told_when_that_is() -> None:
    told = waiting_reason(inspection(due=NOW + timedelta(seconds=9)), NOW)
    assert told is not None
    assert told.startswith("Its turn is at 14:58:26 UTC: CALLWRIGHT_MESSAGES_PER_SECOND")


def test_a_message_that_is_tried_again_is_told_what_the_carrier_said() -> None:
    queue = {"due": (NOW + timedelta(seconds=9)).isoformat(), "attempt": 2}
    told = waiting_reason(inspection(queue=queue, sending={"last_failure": "Throttled."}), NOW)
    assert told == "It is tried again at 14:58:26 UTC: Throttled."


def test_nothing_is_told_of_a_message_that_does_not_wait() -> None:
    assert waiting_reason(inspection(queue=None), NOW) is None
