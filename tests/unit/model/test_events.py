"""Which events a commit is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callwright.model.actor import Actor
from callwright.model.event import Commit, RecordChange, events_of, is_told
from callwright.model.exchange import Exchange
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AC, AP = "AC" + "a" * 32, "AP" + "b" * 32


def events(*changes: tuple[Record | None, Record | None]) -> Any:
    actor = Actor(AC, reason="new web app")
    return events_of(Commit([RecordChange(*change) for change in changes], actor, "RG1", NOW))


def call(status: str, **fields: Any) -> Call:
    return Call.model_construct(sid="CA1", account_sid=AC, status=status, application_sid=AP, **fields)


def number(sid: str, **fields: Any) -> IncomingPhoneNumber:
    return IncomingPhoneNumber.model_construct(sid=sid, account_sid=AC, phone_number="+15555550100", **fields)


def test_a_call_is_told_when_its_status_moves_and_only_then() -> None:
    ringing, answered = call("ringing"), call("in-progress")
    (started,) = events((None, ringing))
    assert (started.name, started.account_sid, started.data["application_sid"]) == ("call.ringing", AC, AP)
    (moved,) = events((ringing, answered))
    assert moved.name == "call.in-progress"
    assert moved.sids == {"CA1", AP}
    assert events((answered, call("in-progress", callback_sequence=2))) == []


def test_the_text_of_a_message_is_not_told() -> None:
    message = Message.model_construct(sid="SM1", account_sid=AC, status="sent", body="a secret", from_="+1", to="+2")
    (sent,) = events((None, message))
    assert sent.name == "message.sent"
    assert "a secret" not in repr(sent)


@pytest.mark.parametrize(("log", "name"), [("0", "error.11200"), ("1", "warning.11200")])
def test_a_problem_is_found_by_its_call(log: str, name: str) -> None:
    problem = Notification.model_construct(sid="NO1", account_sid=AC, call_sid="CA1", error_code="11200", log=log)
    (told,) = events((None, problem))
    assert (told.name, told.sids) == (name, {"NO1", "CA1"})


def test_a_change_of_the_configuration_tells_its_fields_without_their_values() -> None:
    before = Account.model_construct(
        sid=AC, account_sid=AC, owner_account_sid=AC, auth_token="old-secret", auth_token_sha256="0"
    )
    after = before.model_copy(update={"auth_token": "new-secret", "revision": 2})
    (told,) = events((before, after))
    assert told.name == "configuration.update"
    assert told.data["fields"] == ["auth_token"]
    assert "secret" not in repr(told)
    assert (told.data["group_id"], told.data["credential"], told.data["reason"]) == ("RG1", AC, "new web app")


def test_a_number_is_found_by_its_applications() -> None:
    (told,) = events((None, number("PN1", voice_application_sid=AP)))
    assert told.sids == {"PN1", AP}


def test_many_changes_of_one_kind_are_one_event() -> None:
    changes = [(number(f"PN{at}"), number(f"PN{at}", voice_url="https://b.test/")) for at in range(500)]
    application = Application.model_construct(sid=AP, account_sid=AC, friendly_name="Callertron")
    bulk, single = events(*changes, (None, application))
    assert (bulk.name, bulk.data["count"], bulk.data["fields"]) == ("configuration.bulk", 500, ["voice_url"])
    assert "PN499" in bulk.sids
    assert single.name == "configuration.create"


def test_an_event_about_thousands_names_none_of_them() -> None:
    (bulk,) = events(*((None, number(f"PN{at}")) for at in range(5000)))
    assert bulk.data["count"] == 5000
    assert bulk.sids == frozenset()


def test_accounts_changed_together_are_told_apart() -> None:
    mine = [(None, number(f"PN{at}")) for at in range(30)]
    other = [(None, number(f"PX{at}").model_copy(update={"account_sid": "ACother"})) for at in range(30)]
    assert [(one.account_sid, one.data["count"]) for one in events(*mine, *other)] == [(AC, 30), ("ACother", 30)]


def test_exchanges_are_no_events() -> None:
    assert not is_told(Exchange)
