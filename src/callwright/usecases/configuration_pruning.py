"""What of the managed records a document no longer has, and whether it may go."""

from collections.abc import Iterator, Mapping
from typing import Any

from callwright.model.configuration import SECTIONS, Problem, Section
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.configuration_state import State
from callwright.usecases.numbers_of_application import each_number_of
from callwright.usecases.ports import Condition, UnitOfWork

_BATCH = 500
_MOST_TOLD = 3
_TARGETS = ("voice_application_sid", "sms_application_sid", "trunk_sid")


def left_over(state: State, meant: set[str]) -> list[tuple[Section, Any]]:
    """The records that were managed and that no item of the document means (`meant`, SIDs)."""
    return [
        (section, state.own[section.name][sid])
        for section in SECTIONS
        for sid in state.managed.get(section.name, {})
        if sid not in meant and sid in state.own[section.name]
    ]


def still_used(
    unit: UnitOfWork, deleted: list[tuple[Section, Any]], targets: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """A problem for each application and trunk that numbers would still name once it is deleted.

    `targets` are the columns of numbers, by SID, as they are after the document is applied; those that are not among
    them stay as they are, those that are deleted too name nothing.
    """
    gone = {record.sid for _, record in deleted}
    problems = []
    for section, record in deleted:
        used_by = []
        for number in _users(unit, section, record):
            after = targets.get(number.sid, number.__dict__)
            if number.sid not in gone and any(after.get(name) == record.sid for name in _TARGETS):
                used_by.append(number.phone_number)
            if len(used_by) > _MOST_TOLD:
                break
        if used_by:
            more = " and others" if len(used_by) > _MOST_TOLD else ""
            numbers = ", ".join(used_by[:_MOST_TOLD]) + more
            name = getattr(record, section.key) or record.sid
            fix = f"keep it in the configuration, or point {numbers} elsewhere first"
            message = f"{section.noun} {name} ({record.sid}) would be deleted, but {numbers} would still use it: {fix}."
            problems.append(Problem((section.name,), message, 20409))
    return problems


def _users(unit: UnitOfWork, section: Section, record: Any) -> Iterator[IncomingPhoneNumber]:
    """The numbers that name it: of subaccounts too, for a trunk."""
    if section.name == "applications":
        for batch in each_number_of(unit, record):
            yield from batch
    elif section.name == "trunks":
        before_sid = None
        same = [Condition("trunk_sid", record.sid)]
        while batch := unit.select(IncomingPhoneNumber, same, limit=_BATCH, before_sid=before_sid):
            yield from batch
            before_sid = batch[-1].sid
