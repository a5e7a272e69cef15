"""What can be changed at a moment: applications and numbers, by the settings that /v1 changes them with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.sid import is_sid
from callwright.usecases.application_settings import checked_application_settings
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.owned import owned
from callwright.usecases.ports import UnitOfWork

Target = Application | IncomingPhoneNumber
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class _Kind:
    """`differing` answers the columns of a target that get another value by these settings; it raises ApiError.

    `columns` answers all that they set, also those that they would leave as they are.
    """

    record_type: type[Target]
    called: str
    differing: Callable[[UnitOfWork, Account, Any, Settings], dict[str, Any]]
    columns: Callable[[Settings], frozenset[str]]


def _of_application(unit: UnitOfWork, account: Account, application: Application, settings: Settings) -> dict[str, Any]:
    checked = checked_application_settings(settings)
    return {name: value for name, value in checked.items() if getattr(application, name) != value}


def _of_number(unit: UnitOfWork, account: Account, number: IncomingPhoneNumber, settings: Settings) -> dict[str, Any]:
    return NumberChanges.checked(settings).pointed(unit, account).differing(number)


def _columns_of_application(settings: Settings) -> frozenset[str]:
    return frozenset(checked_application_settings(settings))


def _columns_of_number(settings: Settings) -> frozenset[str]:
    changes = NumberChanges.checked(settings)
    columns = frozenset(changes.read) - {"phone_number"}
    # A trunk and a voice application clear each other.
    return columns | _EXCLUSIVE if columns & _EXCLUSIVE else columns


_EXCLUSIVE = frozenset({"trunk_sid", "voice_application_sid"})

_KINDS: dict[str, _Kind] = {
    "AP": _Kind(Application, "application", _of_application, _columns_of_application),
    "PN": _Kind(IncomingPhoneNumber, "number", _of_number, _columns_of_number),
}


def find_target(unit: UnitOfWork, account: Account, sid: str) -> Target:
    """The account's application or number, locked. Raises NotFound, and InvalidParameter for another kind of SID."""
    kind = _KINDS.get(sid[:2]) if is_sid(sid) else None
    if kind is None:
        raise InvalidParameter("target_sid has to be the SID of an application (AP…) or of a number (PN…).")
    found: Target = owned(unit, account, kind.record_type, sid, kind.called)
    return unit.get(kind.record_type, found.sid, for_update=True) or found


def differing(unit: UnitOfWork, account: Account, target: Target, settings: Settings) -> dict[str, Any]:
    """The columns to store so that the target has these settings. Raises ApiError as a change of it does."""
    return _KINDS[target.sid[:2]].differing(unit, account, target, settings)


def columns_of(sid: str, settings: Settings) -> frozenset[str]:
    """The columns of that target that these settings set, whatever it has now. Raises ApiError for wrong ones."""
    return _KINDS[sid[:2]].columns(settings)
