"""Change a trunk; calls that run keep what they started with."""

from collections.abc import Mapping
from typing import Any

from callwright.model.resources.account import Account
from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.store_changes import store_changes
from callwright.usecases.trunk_settings import check_sources_are_free, checked_settings, own_trunk


def update_trunk(unit: UnitOfWork, account: Account, sid: str, settings: Mapping[str, Any]) -> Trunk:
    """Change the fields given and no others. Raises NotFound, InvalidParameter, TrunkSourcesTaken."""
    trunk = own_trunk(unit, account, sid)
    checked = checked_settings(settings)
    if "allowed_sources" in checked:
        check_sources_are_free(unit, account, checked["allowed_sources"])
    return store_changes(unit, trunk, checked)
