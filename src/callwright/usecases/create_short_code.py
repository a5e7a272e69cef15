"""Add a short code that a carrier has given the account."""

import re
from collections.abc import Mapping
from typing import Any

from callwright.model.errors import InvalidParameter, ShortCodeTaken
from callwright.model.naming import parameter_name
from callwright.model.resources.account import Account
from callwright.model.resources.short_code import ShortCode, ShortCodeUpdate
from callwright.usecases.ports import Condition, RecordExists, UnitOfWork
from callwright.usecases.setting_values import is_text, shown

_DIGITS = re.compile(r"[0-9]{3,8}", re.ASCII)


def create_short_code(unit: UnitOfWork, account: Account, fields: Mapping[str, Any]) -> ShortCode:
    """Store it; besides `short_code`, `fields` may hold what an update may change, by the same rules.

    Raises ShortCodeTaken, and the documented ApiError of a field that is wrong.
    """
    code = checked_code(fields.get("short_code"))
    if unit.find(ShortCode, Condition("short_code", code)) is not None:
        raise ShortCodeTaken(f"{code} belongs to an account of this server already.")
    given = checked_fields({name: value for name, value in fields.items() if name != "short_code"})
    given["friendly_name"] = given.get("friendly_name") or code
    short_code = ShortCode.model_construct(sid=unit.new_sid("SC"), account_sid=account.sid, short_code=code, **given)
    try:
        return unit.insert(short_code)
    except RecordExists as error:  # another server was faster
        raise ShortCodeTaken(f"{code} has just been taken.") from error


def checked_code(code: Any) -> str:
    """The short code. Raises InvalidParameter."""
    if not isinstance(code, str) or not _DIGITS.fullmatch(code):
        raise InvalidParameter(f"short_code {shown(code)} has to be 3 to 8 digits, for example 12345.")
    return code


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What else may be set, ready to be stored. Raises the documented ApiError of a field that is wrong."""
    for name, value in fields.items():
        if value is not None and not is_text(value):
            raise InvalidParameter(f"{name} {shown(value)} has to be text.")
    return ShortCodeUpdate.checked({parameter_name(name): value for name, value in fields.items()}).given()
