"""Revisions: one write to a configuration record, as the history tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

#: What stands in place of a secret, and of one that this write changed.
SECRET = "(secret)"  # noqa: S105 - a mark, not a password
CHANGED_SECRET = "(secret, changed)"  # noqa: S105 - a mark, not a password

#: Fields that every write changes: they are no difference to anybody.
BOOKKEEPING = frozenset({"revision", "date_created", "date_updated"})


@dataclass(frozen=True)
class Revision:
    """One write to a configuration record.

    `resource` is the table (`applications`, `incoming_phone_numbers` …). `before` is None for a creation, `after` for
    a deletion; both hold the stored fields by name, moments as ISO text. `group_id` is shared by all writes of one
    unit of work.
    """

    id: int
    account_sid: str
    resource: str
    sid: str
    revision: int
    operation: Literal["create", "update", "delete"]
    group_id: str
    at: datetime
    credential: str
    address: str | None
    user_agent: str | None
    reason: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class RevisionFilter:
    """Which revisions are asked for: those that meet all that is given.

    `since` (inclusive) and `until` (exclusive) limit the time; `before_id` is the cursor, for lists newest first.
    """

    account_sid: str | None = None
    resource: str | None = None
    sid: str | None = None
    group_id: str | None = None
    revision: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    id: int | None = None
    credential: str | None = None


@dataclass(frozen=True)
class GroupCount:
    """How many revisions of a group are of that resource (its table) and operation."""

    resource: str
    operation: str
    count: int


@dataclass(frozen=True)
class RevisionGroup:
    """The writes of one unit of work to records of one account.

    `undoes` is the group that this one takes back; `undone_by` those that take this one back, newest first.
    """

    group_id: str
    account_sid: str
    at: datetime
    credential: str
    address: str | None
    user_agent: str | None
    reason: str | None
    undoes: str | None
    undone_by: Sequence[str]
    counts: Sequence[GroupCount]


@dataclass(frozen=True)
class GroupFilter:
    """Which groups of an account are asked for; `before_group` is the cursor, for lists newest first."""

    account_sid: str
    group_id: str | None = None
    credential: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_group: str | None = None
