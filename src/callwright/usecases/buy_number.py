"""Take a phone number into an account: a given one, or a free one of an area code."""

import re
from typing import Any

from callwright.model.errors import (
    InvalidAreaCode,
    InvalidPhoneNumber,
    NoNumberInAreaCode,
    PhoneNumberUnavailable,
    WrongNumberType,
)
from callwright.model.phone_number import national_format, number_type, to_e164
from callwright.model.resource import Operation
from callwright.model.resources.incoming_phone_number import (
    INCOMING_PHONE_NUMBERS,
    LOCAL_NUMBERS,
    MOBILE_NUMBERS,
    TOLL_FREE_NUMBERS,
    IncomingPhoneNumber,
)
from callwright.usecases.operations import Request, performs
from callwright.usecases.point_number import with_targets
from callwright.usecases.ports import Condition, RecordExists, UnitOfWork
from callwright.usecases.stored import new_record, settings_of

_AREA_CODE = re.compile(r"[2-9]\d\d", re.ASCII)
#: 555-0100 to 555-0199 are set aside for fiction; the rest of the exchange follows when they are taken.
_FIRST_FICTIONAL, _LAST = 100, 9999


@performs(INCOMING_PHONE_NUMBERS, Operation.CREATE, reads=frozenset({"phone_number", "area_code"}))
def buy_number(unit: UnitOfWork, request: Request) -> IncomingPhoneNumber:
    """PhoneNumber, else a fictional free number of AreaCode."""
    settings = settings_of(request.parameters)
    wanted, area_code = settings.pop("phone_number", None), settings.pop("area_code", None)
    if not wanted and not area_code:
        raise InvalidPhoneNumber("Give PhoneNumber in E.164, for example +15555550100, or AreaCode, for example 510.")
    e164 = _given(wanted) if wanted else _free_in(unit, area_code)
    return _take(unit, request, e164, settings)


@performs(LOCAL_NUMBERS, Operation.CREATE, reads=frozenset({"phone_number"}))
def buy_local_number(unit: UnitOfWork, request: Request) -> IncomingPhoneNumber:
    return _buy_typed(unit, request, "local")


@performs(MOBILE_NUMBERS, Operation.CREATE, reads=frozenset({"phone_number"}))
def buy_mobile_number(unit: UnitOfWork, request: Request) -> IncomingPhoneNumber:
    return _buy_typed(unit, request, "mobile")


@performs(TOLL_FREE_NUMBERS, Operation.CREATE, reads=frozenset({"phone_number"}))
def buy_toll_free_number(unit: UnitOfWork, request: Request) -> IncomingPhoneNumber:
    return _buy_typed(unit, request, "tollfree")


def _buy_typed(unit: UnitOfWork, request: Request, wanted_type: str) -> IncomingPhoneNumber:
    settings = settings_of(request.parameters)
    wanted = settings.pop("phone_number", None)
    if not wanted:
        raise InvalidPhoneNumber("PhoneNumber is required here: give it in E.164, for example +15555550100.")
    e164 = _given(wanted)
    if number_type(e164) != wanted_type:
        raise WrongNumberType(f"{e164} is a {number_type(e164)} number, not a {wanted_type} one: use that list.")
    return _take(unit, request, e164, settings)


def _given(text: str) -> str:
    e164 = to_e164(text)
    if e164 is None:
        raise InvalidPhoneNumber(f"{text} is not a valid number: give E.164, for example +15555550100.")
    return e164


def _take(unit: UnitOfWork, request: Request, e164: str, settings: dict[str, Any]) -> IncomingPhoneNumber:
    if unit.find(IncomingPhoneNumber, Condition("phone_number", e164)) is not None:
        raise PhoneNumberUnavailable(f"{e164} is not available: it belongs to an account of this server already.")
    fields = with_targets(unit, request.account, settings)
    fields["friendly_name"] = fields.get("friendly_name") or national_format(e164)
    number: IncomingPhoneNumber = new_record(unit, request, fields | {"phone_number": e164, "type": number_type(e164)})
    try:
        return unit.insert(number)
    except RecordExists as error:  # another server was faster
        raise PhoneNumberUnavailable(f"{e164} is not available: it has just been taken.") from error


def _free_in(unit: UnitOfWork, area_code: str) -> str:
    """The lowest free number +1 AAA 555 XXXX; raises InvalidAreaCode (21451) or NoNumberInAreaCode (21452)."""
    if not _AREA_CODE.fullmatch(area_code):
        raise InvalidAreaCode()
    prefix = f"+1{area_code}555"
    same = Condition("phone_number", f"1{area_code}555****", "digits")
    taken = {number.phone_number for number in unit.select(IncomingPhoneNumber, [same], limit=2 * _LAST)}
    for line in range(_FIRST_FICTIONAL, _LAST + 1):
        if f"{prefix}{line:04d}" not in taken:
            return f"{prefix}{line:04d}"
    raise NoNumberInAreaCode()
