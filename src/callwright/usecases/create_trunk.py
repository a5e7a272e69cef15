"""Connect an account to a carrier."""

from collections.abc import Mapping
from typing import Any

from callwright.model.errors import InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.trunk_settings import MOST_TRUNKS, check_sources_are_free, checked_settings


def create_trunk(unit: UnitOfWork, account: Account, settings: Mapping[str, Any]) -> Trunk:
    """Store a trunk with these fields of Trunk. Raises InvalidParameter, TrunkSourcesTaken."""
    checked = checked_settings({"friendly_name": None, **settings})
    if unit.count(Trunk) >= MOST_TRUNKS:
        raise InvalidParameter(f"There are {MOST_TRUNKS} trunks already: delete unused ones.")
    check_sources_are_free(unit, account, checked.get("allowed_sources", []))
    return unit.insert(Trunk.model_construct(sid=unit.new_sid("TK"), account_sid=account.sid, **checked))
