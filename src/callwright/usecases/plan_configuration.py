"""Work out what applying a configuration would do: nothing is written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from callwright.model.applied_configuration import PREFIX, AppliedConfiguration
from callwright.model.configuration import SECTIONS, Item, Problem, Section, read_document
from callwright.model.configuration_plan import Plan, Step
from callwright.model.errors import ApiError, ApplicationLimitExceeded, InvalidParameter, TooManyCarriers
from callwright.model.resources.account import Account
from callwright.model.resources.trunk import Trunk
from callwright.model.revision import RevisionFilter
from callwright.usecases.carrier_settings import MOST_CARRIERS
from callwright.usecases.configuration_columns import Checking, columns_of, columns_of_new
from callwright.usecases.configuration_drift import find_drift
from callwright.usecases.configuration_images import shown_difference
from callwright.usecases.configuration_pruning import left_over, still_used
from callwright.usecases.configuration_references import References
from callwright.usecases.configuration_state import State, match, read_state
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.trunk_settings import MOST_TRUNKS, check_sources_are_free

Matched = list[tuple[Item, Any, str]]


def plan_configuration(unit: UnitOfWork, account: Account, document: Any, ports: Ports, *, prune: bool = False) -> Plan:
    """The plan for a document (see model.configuration), with all that is wrong with it; nothing is raised.

    With `prune`, what an earlier document managed and this one has no longer is deleted. New records without a SID
    get one here, which is used when the same unit of work applies the plan.
    """
    read = read_document(document)
    planning = _Planning(unit, account, ports, read_state(unit, account, read.items))
    planning.checking.problems += read.problems
    plan = planning.plan(read.items, prune)
    return replace(plan, fingerprint=_fingerprint(plan, document, prune), as_of=state_of(unit, account))


def state_of(unit: UnitOfWork, account: Account) -> tuple[int | None, datetime | None]:
    """What a plan depends on: equal as long as nobody on the server has changed a configuration record.

    Only where units that write are serial: else a revision may be committed after others that have greater ids.
    """
    newest = unit.revisions(RevisionFilter(), limit=1)
    applied = unit.get(AppliedConfiguration, PREFIX + account.sid[2:])
    return newest[0].id if newest else None, applied.date_updated if applied else None


class _Planning:
    def __init__(self, unit: UnitOfWork, account: Account, ports: Ports, state: State) -> None:
        self._unit = unit
        self._account = account
        self._state = state
        self._references = References(unit, account)
        self.checking = Checking(account, ports, self._references)
        self._steps: list[Step] = []
        self._unchanged: list[tuple[Section, Any]] = []
        #: Columns of the numbers that the document has, as they will be.
        self._targets: dict[str, Mapping[str, Any]] = {}

    def plan(self, items: Mapping[str, list[Item]], prune: bool) -> Plan:
        problems = self.checking.problems
        matched = {section.name: self._matched(section, items[section.name]) for section in SECTIONS}
        meant = {sid for rows in matched.values() for _, _, sid in rows}
        if problems:  # what cannot be told apart or found only makes others look wrong
            return Plan([], [], 0, [], problems)
        others = left_over(self._state, meant)
        self._name(matched, {record.sid for _, record in others} if prune else set())
        for section in SECTIONS:
            for item, record, sid in matched[section.name]:
                self._plan_item(section, item, record, sid)
        if prune:
            problems += still_used(self._unit, others, self._targets)
            self._steps += [self._deletion(section, record) for section, record in others]
        self._check_limits()
        return self._result([] if prune else others, problems)

    def _result(self, others: list[tuple[Section, Any]], problems: list[Problem]) -> Plan:
        managed = {sid for sids in self._state.managed.values() for sid in sids}
        written = {step.sid for step in self._steps}
        # What was deleted by hand may be made again under another SID.
        written |= {f"{step.section.name}/{step.name}" for step in self._steps if step.action == "create"}
        drift = find_drift(self._unit, self._account, self._state, self._references, written)
        adopted = sum(1 for step in self._steps if step.action == "update" and step.sid not in managed)
        adopted += sum(1 for _, record in self._unchanged if record.sid not in managed)
        return Plan(self._steps, self._unchanged, adopted, drift, problems, left_over=others)

    def _matched(self, section: Section, items: list[Item]) -> Matched:
        rows = match(section, items, self._state, self.checking.problems)
        return [
            (item, record, record.sid if record else item.sid or self._unit.new_sid(section.prefix))
            for item, record in rows
        ]

    def _name(self, matched: Mapping[str, Matched], deleted: set[str]) -> None:
        """Tell what names and SIDs mean, for the items that refer to others."""
        for section in SECTIONS:
            in_document = set()
            for item, record, sid in matched[section.name]:
                is_new = record is None and item.sid is None
                self._references.add(section.name, sid, item.key, is_new=is_new)
                in_document.add(sid)
            others = [record for sid, record in self._state.own[section.name].items() if sid not in in_document]
            for record in others:
                if record.sid in deleted:
                    self._references.add_deleted(record.sid, getattr(record, section.key))
            staying = [(record.sid, getattr(record, section.key)) for record in others if record.sid not in deleted]
            self._references.add_others(section.name, staying)

    def _plan_item(self, section: Section, item: Item, record: Any, sid: str) -> None:
        columns = columns_of(self.checking, item, record)
        if columns is None:
            return
        if section.name == "numbers":
            self._targets[sid] = columns
        if record is None:
            columns |= columns_of_new(item)
            changes = shown_difference(section, self._references, None, _set(section, columns))
            step = Step("create", section, sid, item.name, None, columns, changes, item.sid is not None)
        else:
            stored = record.__dict__
            changed = {name: value for name, value in columns.items() if stored[name] != value}
            if not changed:
                self._unchanged.append((section, record))
                return
            changes = shown_difference(section, self._references, stored, {**stored, **changed}, changed)
            step = Step("update", section, sid, item.name, record, changed, changes)
        self._steps.append(step)
        if section.record is Trunk and step.columns.get("allowed_sources"):
            try:
                check_sources_are_free(self._unit, self._account, step.columns["allowed_sources"])
            except ApiError as error:
                self.checking.refuse((*item.path, "allowed_sources"), error)

    def _deletion(self, section: Section, record: Any) -> Step:
        changes = shown_difference(section, self._references, _set(section, record.__dict__), None)
        name = str(getattr(record, section.key) or record.sid)
        return Step("delete", section, record.sid, name, record, {}, changes)

    def _check_limits(self) -> None:
        """How many of a kind an account may have, as when they are created one by one."""
        limits: dict[str, tuple[int, type[ApiError], str]] = {
            "applications": (
                self.checking.ports.settings.application_limit,
                ApplicationLimitExceeded,
                "CALLWRIGHT_APPLICATION_LIMIT allows no more",
            ),
            "carriers": (MOST_CARRIERS, TooManyCarriers, "an account may have no more"),
            "trunks": (MOST_TRUNKS, InvalidParameter, "a server may have no more"),
        }
        for name, (most, error, why) in limits.items():
            made = sum(1 for step in self._steps if step.section.name == name and step.action == "create")
            gone = sum(1 for step in self._steps if step.section.name == name and step.action == "delete")
            there = self._unit.count(Trunk) if name == "trunks" else len(self._state.own[name])
            if made and there + made - gone > most:
                text = f"{there + made - gone} {name} would be there, {why} than {most}: take some out."
                self.checking.refuse((name,), error(text))


def _set(section: Section, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that have not their default: what there is to tell of a record."""
    defaults = section.default_columns
    return {name: value for name, value in columns.items() if name in defaults and value != defaults[name]}


def _fingerprint(plan: Plan, document: Any, prune: bool) -> str:
    """Equal for the same document and the same state; SIDs that are made up anew each time are not in it."""
    steps = [
        [step.action, step.section.name, step.name, step.sid if step.has_own_sid else None, step.difference]
        for step in plan.steps
    ]
    drift = [[one.sid, one.at, one.is_overwritten] for one in plan.drift]
    told = json.dumps([document, prune, steps, drift], sort_keys=True, default=_plain)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    return str(value) if not hasattr(value, "__dict__") else value.__dict__
