"""What can be changed at a moment: applications and numbers, by the settings that /v1 updates them with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.application_settings import checked_application_settings
from callwright.usecases.owned import owned
from callwright.usecases.ports import UnitOfWork

Target = Application | IncomingPhoneNumber


@dataclass(frozen=True)
class _Kind:
    """`checked` answers the fields to store of a target from the settings given; it raises ApiError."""

    record_type: type[Target]
    called: str
    checked: Callable[[UnitOfWork, Account, Mapping[str, Any]], dict[str, Any]]


def _of_application(unit: UnitOfWork, account: Account, settings: Mapping[str, Any]) -> dict[str, Any]:
    return checked_application_settings(settings)


_KINDS: dict[str, _Kind] = {
    "AP": _Kind(Application, "application", _of_application),
}


def find_target(unit: UnitOfWork, account: Account, sid: str) -> Target:
    """The account's application or number, locked. Raises NotFound, and InvalidParameter for another kind of SID."""
    kind = _KINDS.get(sid[:2])
    if kind is None:
        raise InvalidParameter("target_sid has to be the SID of an application (AP…) or of a number (PN…).")
    found: Target = owned(unit, account, kind.record_type, sid, kind.called)
    return unit.get(kind.record_type, found.sid, for_update=True) or found


def checked_changes(unit: UnitOfWork, account: Account, sid: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields to store for these changes of that target. Raises ApiError as an update of it does."""
    return _KINDS[sid[:2]].checked(unit, account, changes)
