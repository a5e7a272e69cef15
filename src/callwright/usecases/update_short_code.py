"""Change where messages to a short code go."""

from collections.abc import Mapping
from typing import Any

from callwright.model.resources.account import Account
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.create_short_code import checked_fields
from callwright.usecases.owned import owned
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.store_changes import store_changes


def own_short_code(unit: UnitOfWork, account: Account, sid: str) -> ShortCode:
    """The account's short code of that SID; raises NotFound, also for another account's."""
    return owned(unit, account, ShortCode, sid, "short code")


def update_short_code(unit: UnitOfWork, account: Account, sid: str, fields: Mapping[str, Any]) -> ShortCode:
    """Change the fields given and no others; the digits stay. Raises NotFound, and the ApiError of a wrong field."""
    short_code = own_short_code(unit, account, sid)
    changes = checked_fields(fields)
    if "friendly_name" in changes:
        changes["friendly_name"] = changes["friendly_name"] or short_code.short_code
    return store_changes(unit, short_code, changes)
