"""Make an account's records what a configuration says: all of it in one transaction, or nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from callwright.model.applied_configuration import PREFIX, AppliedConfiguration, mark_of
from callwright.model.configuration_plan import Plan, Step, told_drift, told_problem, written_path
from callwright.model.errors import ConfigurationDrifted, ConfigurationInvalid, PlanOutdated
from callwright.model.resources.account import Account
from callwright.usecases.last_revision import last_revision
from callwright.usecases.plan_configuration import plan_configuration, state_of
from callwright.usecases.ports import Ports, RecordChanged, RecordExists, RecordGone, UnitOfWork

MOST_PROBLEMS_TOLD = 200

#: Names and numbers that are unique become free before others take them; what others refer to goes last.
_UNIQUE_FIRST = ("numbers", "short_codes", "carriers")


@dataclass(frozen=True)
class Applied:
    """What was done; `group_id` undoes it (None: there was nothing to do)."""

    plan: Plan
    group_id: str | None


def apply_configuration(
    unit: UnitOfWork,
    account: Account,
    document: Any,
    ports: Ports,
    *,
    prune: bool = False,
    accept_drift: bool = False,
    expected_plan: str | None = None,
    planned: Plan | None = None,
) -> Applied:
    """Plan it and do it. `expected_plan` is the fingerprint of the plan that somebody has agreed to.

    `planned` is the plan for the same document and options, made before this transaction: while nothing has changed
    since, it is not made again, so that others who write wait less. That can be told only where they do wait; else it
    is made again in any case.

    Raises ConfigurationInvalid with the problems, PlanOutdated when something else would be done than was agreed to,
    and ConfigurationDrifted when it would undo what others did, unless `accept_drift`.
    """
    unit.get(Account, account.sid, for_update=True)  # one at a time
    if planned is not None and unit.is_serial and planned.as_of == state_of(unit, account):
        plan = planned
    else:
        plan = plan_configuration(unit, account, document, ports, prune=prune)
    if plan.problems:
        raise _invalid(plan)
    if expected_plan is not None and expected_plan != plan.fingerprint:
        raise PlanOutdated()
    if plan.overwritten and not accept_drift:
        raise _drifted(plan)
    try:
        marks = _perform(unit, account, plan)
    except (RecordExists, RecordChanged, RecordGone) as error:  # another server was faster
        raise PlanOutdated() from error
    group_id = unit.group_id if plan.steps else None
    _remember(unit, account, plan, marks, group_id)
    return Applied(plan, group_id)


def _invalid(plan: Plan) -> ConfigurationInvalid:
    count, first = len(plan.problems), plan.problems[0]
    place = f" at {written_path(first)}" if first.path else ""
    text = f"The configuration has {count} problem(s), so nothing was applied. The first{place}: {first.message}"
    return ConfigurationInvalid(text, {"problems": [told_problem(one) for one in plan.problems[:MOST_PROBLEMS_TOLD]]})


def _drifted(plan: Plan) -> ConfigurationDrifted:
    names = ", ".join(f"{drift.section.noun} {drift.name}" for drift in plan.overwritten[:3])
    more = f" and {len(plan.overwritten) - 3} more" if len(plan.overwritten) > 3 else ""
    text = (
        f"Others have changed {names}{more} since the configuration was last applied, and applying it now would undo "
        "that. Take the changes over into the configuration, or accept the drift: the configuration wins then."
    )
    return ConfigurationDrifted(text, {"drift": [told_drift(drift) for drift in plan.drift]})


def _perform(unit: UnitOfWork, account: Account, plan: Plan) -> dict[str, dict[str, Any]]:
    """Write; answers how each written record is now remembered, by section and SID."""
    marks: dict[str, dict[str, Any]] = {}
    deletions = [step for step in plan.steps if step.action == "delete"]
    for step in deletions:
        if step.section.name in _UNIQUE_FIRST:
            unit.delete(step.record)
    for steps in _alike(plan):
        unit.update_all([step.record for step in steps], steps[0].columns, as_read=True)
        for step in steps:
            marks.setdefault(step.section.name, {})[step.sid] = mark_of(step.record.revision + 1, unit.now)
    for step in plan.steps:
        if step.action == "create":
            stored = unit.insert(_new(unit, account, step))
            marks.setdefault(step.section.name, {})[step.sid] = mark_of(stored.revision, stored.date_updated)
    for step in deletions:
        if step.section.name not in _UNIQUE_FIRST:
            unit.delete(step.record)
    return marks


def _new(unit: UnitOfWork, account: Account, step: Step) -> Any:
    """The record to create. One that was there before goes on counting: no ETag of then may fit it again."""
    revision = last_revision(unit, step.sid) if step.has_own_sid else 0
    return step.section.record.model_construct(sid=step.sid, account_sid=account.sid, revision=revision, **step.columns)


def _alike(plan: Plan) -> Iterator[list[Step]]:
    """The updates, those that store the same in the same kind of record together."""
    groups: dict[tuple[str, str], list[Step]] = {}
    for step in plan.steps:
        if step.action == "update":
            same = json.dumps(step.columns, sort_keys=True, default=str)
            groups.setdefault((step.section.name, same), []).append(step)
    yield from groups.values()


def _remember(
    unit: UnitOfWork, account: Account, plan: Plan, marks: dict[str, dict[str, Any]], group_id: str | None
) -> None:
    """What is managed from now on: all that the document means, and what is left over of earlier ones."""
    sid = PREFIX + account.sid[2:]
    applied = unit.get(AppliedConfiguration, sid)
    managed: dict[str, dict[str, Any]] = {}
    for section, record in plan.unchanged:
        managed.setdefault(section.name, {})[record.sid] = mark_of(record.revision, record.date_updated)
    for section, record in plan.left_over:
        mark = applied.managed[section.name][record.sid] if applied else None
        managed.setdefault(section.name, {})[record.sid] = mark
    for name, written in marks.items():
        managed.setdefault(name, {}).update(written)
    if applied is None:
        new = AppliedConfiguration.model_construct(sid=sid, account_sid=account.sid, managed=managed, group_id=group_id)
        unit.insert(new)
    elif applied.managed != managed or group_id:
        unit.update(applied, {"managed": managed, "group_id": group_id or applied.group_id})
