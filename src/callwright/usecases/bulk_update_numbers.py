"""Change many numbers at once, all or nothing: first what would differ, then the writes, as one group of revisions.

The difference is worked out where nobody waits for it, among the readers; the writer is held for the writes alone. A
number that was written between both is noticed, and all is read again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.named_numbers import Named, named_numbers
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.number_table import TableProblem, TableRefused
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.select_numbers import Selector, each_number

#: Numbers whose rows are kept between reading and writing (4 kB each); of more, the writer reads them again.
_MOST_KEPT = 20_000
_WRITTEN_AT_ONCE = 5000
#: Distinct changes that are counted by themselves.
_MOST_COUNTED = 1000

#: Told how far it is: stage, how many are done, how many there are (None: not known yet).
Progress = Callable[[str, int, int | None], None]
#: A number, and the columns of it that get another value.
Changed = tuple[IncomingPhoneNumber, dict[str, Any]]


class UnexpectedCount(ApiError):
    """Another number of numbers match than expected: nothing was changed. Look at the dry run again."""

    code = 20409
    status = 409


@dataclass(frozen=True)
class BulkUpdate:
    """What to do: `changes` to all numbers that `selector` means, or to each of `named` its own.

    `expected_count` is how many numbers have to match. Of the numbers that differ, `limit` are told, those older than
    `before_sid`, newest first.
    """

    selector: Selector | None = None
    changes: NumberChanges | None = None
    named: Sequence[Named] = ()
    expected_count: int | None = None
    limit: int = 100
    before_sid: str | None = None


@dataclass
class Difference:
    """What differs, in all: filled batch by batch."""

    wanted: BulkUpdate
    matched: int = 0
    changed: int = 0
    #: How many numbers have each distinct difference, as JSON: [[field, before, after], …].
    counts: dict[bytes, int] = field(default_factory=dict)
    #: Those that are told, with a spare one that says whether more follow.
    _told: list[Changed] = field(default_factory=list)

    def add(self, matched: int, changed: Sequence[Changed]) -> None:
        self.matched += matched
        self.changed += len(changed)
        for number, new in changed:
            now = number.__dict__
            key = orjson.dumps([(name, now[name], value) for name, value in new.items()])
            if key in self.counts or len(self.counts) < _MOST_COUNTED:
                self.counts[key] = self.counts.get(key, 0) + 1
        self._keep_told(changed)

    def _keep_told(self, changed: Sequence[Changed]) -> None:
        before_sid, most = self.wanted.before_sid, self.wanted.limit + 1
        behind = [one for one in changed if before_sid is None or one[0].sid < before_sid]
        if len(self._told) >= most:  # selectors give the newest first: what follows is older
            behind = [one for one in behind if one[0].sid > self._told[-1][0].sid]
        if behind:
            self._told = sorted([*self._told, *behind], key=lambda one: one[0].sid, reverse=True)[:most]

    @property
    def told(self) -> list[Changed]:
        return self._told[: self.wanted.limit]

    @property
    def next_before(self) -> str | None:
        """The SID behind which the rest of the numbers follow; None when all were told."""
        has_more = self.wanted.limit and len(self._told) > self.wanted.limit
        return self._told[self.wanted.limit - 1][0].sid if has_more else None


@dataclass(frozen=True)
class Plan:
    """What would be changed; `kept` are all the changes if they are not many."""

    difference: Difference
    kept: Sequence[Changed] | None


@dataclass(frozen=True)
class BulkUpdated:
    """What was changed; `group_id` puts all of it back, and is None when nothing differed."""

    difference: Difference
    group_id: str | None


def plan_bulk_update(unit: UnitOfWork, account: Account, wanted: BulkUpdate, progress: Progress) -> Plan:
    """What would differ; nothing is written. Raises what `make_bulk_update` raises."""
    difference = Difference(wanted)
    kept: list[Changed] | None = []
    for matched, changed in _each_change(unit, account, wanted):
        difference.add(matched, changed)
        if kept is not None:
            kept += changed
        if difference.changed > _MOST_KEPT:
            kept = None
        progress("reading", difference.matched, len(wanted.named) or wanted.expected_count)
    _expect_count(wanted, difference)
    return Plan(difference, kept)


def make_bulk_update(unit: UnitOfWork, account: Account, plan: Plan, progress: Progress) -> BulkUpdated:
    """Make the changes of the plan, all of them or none; what the plan did not keep is read again.

    Raises RecordChanged when a number was written after it was read (plan again), NumbersNotFound, UnexpectedCount, and
    for applications and trunks that the account does not have.
    """
    wanted = plan.difference.wanted
    difference = plan.difference if plan.kept is not None else Difference(wanted)
    done, total = 0, plan.difference.changed
    for changed in _fresh(unit, account, difference) if plan.kept is None else _parts(plan.kept):
        unit.update_each(changed, as_read=True)
        done += len(changed)
        progress("writing", done, total)
    _expect_count(wanted, difference)
    if plan.kept is not None:
        _check_targets(unit, account, wanted)
    return BulkUpdated(difference, unit.group_id if done else None)


def _parts(kept: Sequence[Changed]) -> Iterator[Sequence[Changed]]:
    for first in range(0, len(kept), _WRITTEN_AT_ONCE):
        yield kept[first : first + _WRITTEN_AT_ONCE]


def _fresh(unit: UnitOfWork, account: Account, difference: Difference) -> Iterator[list[Changed]]:
    for matched, changed in _each_change(unit, account, difference.wanted):
        difference.add(matched, changed)
        yield changed


def _check_targets(unit: UnitOfWork, account: Account, wanted: BulkUpdate) -> None:
    """An application may have been deleted since the plan was made."""
    if wanted.changes is not None:
        wanted.changes.pointed(unit, account)
    _pointed(unit, account, wanted.named)


def _pointed(unit: UnitOfWork, account: Account, named: Sequence[Named]) -> dict[int, NumberChanges]:
    """The distinct changes with what they exclude, by identity; what is wrong is told by line where there are lines."""
    pointed: dict[int, NumberChanges] = {}
    problems: list[TableProblem] = []
    for one in named:
        if id(one.changes) in pointed:
            continue
        pointed[id(one.changes)] = one.changes
        try:
            pointed[id(one.changes)] = one.changes.pointed(unit, account)
        except ApiError as error:
            if one.line is None:
                raise
            problems.append(TableProblem(one.line, None, error.message))
    if problems:
        raise TableRefused(problems)
    return pointed


def _each_change(unit: UnitOfWork, account: Account, wanted: BulkUpdate) -> Iterator[tuple[int, list[Changed]]]:
    """Batches of the numbers that differ, and how many numbers of each match."""
    if wanted.selector is not None and wanted.changes is not None:
        changes = wanted.changes.pointed(unit, account)
        for numbers in each_number(unit, account, wanted.selector, changes.read):
            yield len(numbers), [(one, new) for one in numbers if (new := changes.differing(one))]
        return
    pointed = _pointed(unit, account, wanted.named)
    for found in named_numbers(unit, account, wanted.named):
        rows = ((one, pointed[id(named.changes)].differing(one)) for named, one in found)
        yield len(found), [(one, new) for one, new in rows if new]


def _expect_count(wanted: BulkUpdate, difference: Difference) -> None:
    expected, matched = wanted.expected_count, difference.matched
    if expected is not None and matched != expected:
        raise UnexpectedCount(
            f"{matched} numbers match, {expected} were expected: nothing was changed. Look at the dry run again.",
            {"matched": matched},
        )


def selected(selector: Selector | None, *, all_of_them: bool) -> Selector:
    """The selector; an empty one, which means all numbers, has to be meant. Raises InvalidParameter."""
    given = selector or Selector()
    if given == Selector() and not all_of_them:
        raise InvalidParameter("No filter means all numbers of the account: say so by all: true, or give one in where.")
    if given != Selector() and all_of_them:
        raise InvalidParameter("all: true and a filter in where contradict each other: give one of them.")
    return given
