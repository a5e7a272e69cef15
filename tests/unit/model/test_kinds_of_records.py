"""Whether each kind of record is configuration, whose every write is kept in the history, or not, and why not."""

import pytest

from callwright.model.record import RECORDS, Record
from callwright.registry import load_all

load_all("callwright.model")
load_all("callwright.model.resources")

#: What is no configuration: traffic, work in progress, and ledgers that are a history by themselves.
WITHOUT_HISTORY = {
    "applied_configurations": "which records an applied document manages; what it changed is in the history",
    "calls": "traffic",
    "early_receipts": "traffic: receipts that came before their message was known to be sent",
    "exchanges": "a log",
    "media": "traffic",
    "message_feedback": "traffic",
    "message_parts": "traffic",
    "messages": "traffic",
    "notifications": "a log",
    "opt_outs": "what recipients asked for by message: it comes and goes with traffic, and is not ours to roll back",
    "queued_messages": "work in progress",
    "rate_slots": "work in progress",
    "scheduled_changes": "a ledger with its own who, when and why; the changes it makes are in the history",
    "submissions": "work in progress",
}


def test_every_kind_of_record_is_in_the_history_or_has_a_reason_not_to_be() -> None:
    without = {name for name, record_type in RECORDS.items() if not record_type.history}
    assert without == set(WITHOUT_HISTORY), "set `history`, or say here why its writes are nobody's change"


@pytest.mark.parametrize(
    "name", ["accounts", "applications", "carriers", "incoming_phone_numbers", "short_codes", "trunks"]
)
def test_configuration_has_a_history(name: str) -> None:
    assert RECORDS[name].history


@pytest.mark.parametrize("record_type", [one for one in RECORDS.values() if one.history])
def test_configuration_can_be_told_by_account_and_sid(record_type: type[Record]) -> None:
    assert {"sid", "account_sid", "revision", "date_created", "date_updated"} <= set(record_type.columns())
    assert record_type.ordered_by == "sid"
