"""Point a number at applications or a trunk: which of them it may have, and what excludes what.

Trunk and voice application clear each other (reference: resources, IncomingPhoneNumbers). A request that sets
both gets the trunk, as in routing: trunk over application over URL. The number's own URLs stay stored.
"""

from typing import Any

from callwright.model.errors import ApplicationNotUsable, InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import UnitOfWork

_APPLICATIONS = ("voice_application_sid", "sms_application_sid")


def with_targets(unit: UnitOfWork, owner: Account, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with what they exclude cleared; `owner` is the account the number will belong to.

    Raises ApplicationNotUsable (22108) for an application that is gone or another account's, and InvalidParameter
    for such a trunk; a subaccount may use its parent's trunks. In a unit that writes, they stay until it ends.
    """
    for name in _APPLICATIONS:
        if settings.get(name):
            _check_application(unit, owner, settings[name])
    if settings.get("trunk_sid"):
        _check_trunk(unit, owner, settings["trunk_sid"])
        return settings | {"voice_application_sid": None}
    if settings.get("voice_application_sid"):
        return settings | {"trunk_sid": None}
    return settings


def _check_application(unit: UnitOfWork, owner: Account, sid: str) -> None:
    application = unit.get(Application, sid)
    if application is None or application.account_sid != owner.sid:
        raise ApplicationNotUsable(f"Invalid Application SID {sid}: the account {owner.sid} has no such application.")
    unit.claim(application)


def _check_trunk(unit: UnitOfWork, owner: Account, sid: str) -> None:
    trunk = unit.get(Trunk, sid)
    if trunk is None or trunk.account_sid not in (owner.sid, owner.owner_account_sid):
        raise InvalidParameter(f"Invalid TrunkSid {sid}: the account {owner.sid} has no such trunk.")
    unit.claim(trunk)
