"""Events: what happened to calls, messages and the configuration, as live streams tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from callwright.model.actor import Actor
from callwright.model.record import Record
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.model.resources.notification import ERROR, Notification
from callwright.model.revision import BOOKKEEPING

Kind = Literal["call", "message", "error", "warning", "configuration"]
KINDS: tuple[Kind, ...] = ("call", "message", "error", "warning", "configuration")

#: More configuration records of one table than that, written together, are told as one event.
MOST_TOLD_ONE_BY_ONE = 20
#: Such an event names so many SIDs at most, and is worked out from the first of its records: commits wait for it.
_MOST_NAMED = 2000
_LOOKED_AT = 50


@dataclass(frozen=True)
class RecordChange:
    """One write that was committed; a creation has no `before`, a deletion no `after`."""

    before: Record | None
    after: Record | None

    @property
    def record(self) -> Record:
        record = self.after or self.before
        assert record is not None  # noqa: S101 - one of both is there
        return record

    @property
    def operation(self) -> str:
        return "create" if self.before is None else "delete" if self.after is None else "update"


@dataclass(frozen=True)
class Commit:
    """What one unit of work wrote. `group_id` is that of its revisions, where it wrote any."""

    changes: Sequence[RecordChange]
    actor: Actor
    group_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """`sids` are those it can be found by; `data` is JSON. `name` is kind and state, such as call.ringing.

    Without `sids` it is about more than can be named: whoever looks for one of them is told.
    """

    kind: Kind
    name: str
    at: datetime
    account_sid: str
    sids: frozenset[str]
    data: Mapping[str, Any]


def is_told(record_type: type[Record]) -> bool:
    """Whether writes of such records may be events at all."""
    return record_type.history or record_type in (Call, Message, Notification)


def events_of(commit: Commit) -> list[Event]:
    """The events of one commit, in its order."""
    events = [event for change in commit.changes if (event := _traffic_event(change, commit.at)) is not None]
    configuration = [change for change in commit.changes if change.record.history]
    tables = dict.fromkeys((change.record.table, change.record.account_sid) for change in configuration)
    for table, account_sid in tables:
        same = [one for one in configuration if (one.record.table, one.record.account_sid) == (table, account_sid)]
        if len(same) > MOST_TOLD_ONE_BY_ONE:
            events.append(_many(same, commit))
        else:
            events += [_configuration(change, commit) for change in same]
    return events


def _traffic_event(change: RecordChange, at: datetime) -> Event | None:
    record = change.after
    if isinstance(record, Notification):
        return _problem(record, at) if change.before is None else None
    if isinstance(record, (Call, Message)):
        has_moved = getattr(change.before, "status", None) != record.status
        return _traffic(record, at) if has_moved else None
    return None


def _traffic(record: Call | Message, at: datetime) -> Event:
    kind: Kind = "call" if isinstance(record, Call) else "message"
    data = {
        "sid": record.sid,
        "status": record.status,
        "direction": record.direction,
        "from": record.from_,
        "to": record.to,
        "application_sid": record.application_sid,
        "application_revision": record.application_revision,
    }
    if isinstance(record, Call):
        data["duration_s"] = int(record.duration) if record.duration is not None else None
    else:
        data["error_code"] = record.error_code
    return Event(kind, f"{kind}.{record.status}", at, record.account_sid, _sids(record, record.application_sid), data)


def _problem(record: Notification, at: datetime) -> Event:
    kind: Kind = "error" if record.log == ERROR else "warning"
    data = {
        "sid": record.sid,
        "error_code": record.error_code,
        "message": record.message_text,
        "call_sid": record.call_sid,
        "message_sid": record.message_sid,
        "request_method": record.request_method,
        "request_url": record.request_url,
    }
    sids = _sids(record, record.call_sid, record.message_sid)
    return Event(kind, f"{kind}.{record.error_code}", at, record.account_sid, sids, data)


def _configuration(change: RecordChange, commit: Commit) -> Event:
    record = change.record
    data = {
        "sid": record.sid,
        "resource": record.table,
        "operation": change.operation,
        "friendly_name": getattr(record, "friendly_name", None),
        "revision": record.revision,
        "fields": _changed_fields(change),
        **_who(commit),
    }
    sids = _sids(record, getattr(record, "voice_application_sid", None), getattr(record, "sms_application_sid", None))
    return Event("configuration", f"configuration.{change.operation}", commit.at, record.account_sid, sids, data)


def _many(changes: Sequence[RecordChange], commit: Commit) -> Event:
    record = changes[0].record
    fields = sorted({name for change in changes[:_LOOKED_AT] for name in _changed_fields(change)})
    data = {"resource": record.table, "operation": "bulk", "count": len(changes), "fields": fields, **_who(commit)}
    sids = frozenset(change.record.sid for change in changes) if len(changes) <= _MOST_NAMED else frozenset()
    return Event("configuration", "configuration.bulk", commit.at, record.account_sid, sids, data)


def _who(commit: Commit) -> dict[str, Any]:
    return {"group_id": commit.group_id, "credential": commit.actor.credential, "reason": commit.actor.reason}


def _changed_fields(change: RecordChange) -> list[str]:
    """Names of the fields that an update changed; values stay out: some are secret."""
    if change.before is None or change.after is None:
        return []
    before, after = change.before.__dict__, change.after.__dict__
    compared = (name for name in after if name in before and name not in BOOKKEEPING)
    return [name for name in compared if before[name] != after[name]]


def _sids(record: Record, *others: str | None) -> frozenset[str]:
    return frozenset({record.sid, *(sid for sid in others if sid)})
