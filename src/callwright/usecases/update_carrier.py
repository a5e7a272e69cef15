"""Change a carrier; with other settings or secrets it connects again, after waiting a little for answers under way."""

from collections.abc import Mapping
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_settings import KindSettings, check_name_is_free, checked_fields, own_carrier
from callwright.usecases.ports import Carriers, Secrets, UnitOfWork
from callwright.usecases.store_changes import store_changes

_OF_KIND = frozenset({"settings", "secrets"})


def update_carrier(
    unit: UnitOfWork, account: Account, sid: str, fields: Mapping[str, Any], carriers: Carriers, secrets: Secrets
) -> Carrier:
    """Change the fields given and no others; within `settings` and `secrets` too, what is left out stays.

    Raises NotFound, InvalidParameter, CarrierNameTaken.
    """
    carrier = own_carrier(unit, account, sid)
    if fields.get("kind", carrier.kind) != carrier.kind:
        raise InvalidParameter(f"kind of a carrier cannot be changed: add another of kind {fields['kind']!s:.40}.")
    changes = checked_fields(fields, carrier.kind)
    if "friendly_name" in changes:
        check_name_is_free(unit, account, changes["friendly_name"], but_for_sid=sid)
    if _OF_KIND & set(fields):
        kind = KindSettings(carriers, secrets, account, carrier.kind)
        changes |= kind.checked(fields.get("settings"), fields.get("secrets"), before=carrier)
    return store_changes(unit, carrier, changes)
