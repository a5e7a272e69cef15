"""Connect an account to an SMS carrier."""

from collections.abc import Mapping
from typing import Any

from callwright.model.errors import CarrierNameTaken, TooManyCarriers
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_settings import MOST_CARRIERS, KindSettings, check_name_is_free, checked_fields
from callwright.usecases.ports import Carriers, Condition, RecordExists, Secrets, UnitOfWork


def create_carrier(
    unit: UnitOfWork, account: Account, fields: Mapping[str, Any], carriers: Carriers, secrets: Secrets
) -> Carrier:
    """Store a carrier with these fields of Carrier; secrets come as plain text or `env:NAME`, and are sealed.

    It connects once this is committed. Raises InvalidParameter, CarrierNameTaken, TooManyCarriers.
    """
    kind = KindSettings(carriers, secrets, account, fields.get("kind"))
    of_kind = kind.checked(fields.get("settings"), fields.get("secrets"))
    checked = checked_fields({"friendly_name": None, "retry_unacknowledged": None, **fields}, kind.name)
    check_name_is_free(unit, account, checked["friendly_name"])
    if unit.count(Carrier, [Condition("account_sid", account.sid)]) >= MOST_CARRIERS:
        raise TooManyCarriers(f"The account has {MOST_CARRIERS} carriers already: delete one that is not used.")
    sid = unit.new_sid("CR")
    carrier = Carrier.model_construct(sid=sid, account_sid=account.sid, kind=kind.name, **checked, **of_kind)
    try:
        return unit.insert(carrier)
    except RecordExists as error:  # another server was faster
        raise CarrierNameTaken() from error
