"""What applying a configuration would do: the steps, and what has been changed by hand since the last time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from callwright.model.configuration import Problem, Section
from callwright.model.difference import Change

Action = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Step:
    """One record that is written.

    `columns` are what is stored: all that are known of a new record, those that change of another. `has_own_sid`: the
    document gives the SID of the new record, otherwise it is made up. `difference` is for people.
    """

    action: Action
    section: Section
    sid: str
    name: str
    record: Any
    columns: Mapping[str, Any]
    difference: list[Change]
    has_own_sid: bool = True


@dataclass(frozen=True)
class Drift:
    """A managed record that somebody else has written to, or deleted, since the configuration was last applied.

    The last of those writes is told; what it was done with is None when the history does not go back so far.
    `is_overwritten`: applying the document would undo it.
    """

    section: Section
    sid: str
    name: str
    is_deleted: bool
    is_overwritten: bool
    difference: list[Change]
    at: datetime | None = None
    credential: str | None = None
    address: str | None = None
    user_agent: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Plan:
    """What would be done, and what is in the way.

    `unchanged` are the records that are as the document says. `adopted` counts the records there are that were not
    managed before. `fingerprint` is equal only for the same document on the same state.
    """

    steps: list[Step]
    unchanged: list[tuple[Section, Any]]
    adopted: int
    drift: list[Drift]
    problems: list[Problem]
    fingerprint: str = ""
    #: What stays managed though the document does not have it: `prune` would delete it.
    left_over: list[tuple[Section, Any]] = field(default_factory=list)
    #: The state it was made on: the newest revision of the server, and when a configuration was last applied.
    as_of: tuple[int | None, datetime | None] = (None, None)

    def count(self, action: Action) -> int:
        return sum(1 for step in self.steps if step.action == action)

    @property
    def overwritten(self) -> list[Drift]:
        return [drift for drift in self.drift if drift.is_overwritten]


def written_path(problem: Problem) -> str:
    """`numbers[3].voice_url`."""
    text = ""
    for part in problem.path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def told_problem(problem: Problem) -> dict[str, Any]:
    """For JSON."""
    told = {"path": written_path(problem), "at": list(problem.path)}
    return {**told, "message": problem.message, "code": problem.code}


def told_drift(drift: Drift) -> dict[str, Any]:
    """For JSON."""
    return {
        "section": drift.section.name,
        "sid": drift.sid,
        "name": drift.name,
        "is_deleted": drift.is_deleted,
        "is_overwritten": drift.is_overwritten,
        "difference": told_difference(drift.difference),
        "at": drift.at.isoformat().replace("+00:00", "Z") if drift.at else None,
        "credential": drift.credential,
        "address": drift.address,
        "user_agent": drift.user_agent,
        "reason": drift.reason,
    }


def told_step(step: Step) -> dict[str, Any]:
    """For JSON; a SID that is made up only when the plan is applied is left open."""
    return {
        "action": step.action,
        "section": step.section.name,
        "sid": step.sid if step.has_own_sid else None,
        "name": step.name,
        "difference": told_difference(step.difference),
    }


def told_difference(changes: list[Change]) -> list[dict[str, Any]]:
    """For JSON."""
    return [{"field": change.field, "before": change.before, "after": change.after} for change in changes]
