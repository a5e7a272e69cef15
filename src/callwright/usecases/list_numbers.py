"""List phone numbers: by a part of the number, by name, by type."""

from callwright.model.phone_number import keypad_pattern
from callwright.model.resource import Operation
from callwright.model.resources.incoming_phone_number import (
    INCOMING_PHONE_NUMBERS,
    LOCAL_NUMBERS,
    MOBILE_NUMBERS,
    TOLL_FREE_NUMBERS,
)
from callwright.usecases.filters import conditions_of
from callwright.usecases.operations import Page, Request, performs
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.stored import page_of

_TYPES = {LOCAL_NUMBERS.name: "local", MOBILE_NUMBERS.name: "mobile", TOLL_FREE_NUMBERS.name: "tollfree"}


@performs(INCOMING_PHONE_NUMBERS, Operation.LIST)
@performs(LOCAL_NUMBERS, Operation.LIST)
@performs(MOBILE_NUMBERS, Operation.LIST)
@performs(TOLL_FREE_NUMBERS, Operation.LIST)
def list_numbers(unit: UnitOfWork, request: Request) -> Page:
    """PhoneNumber matches any part of a number; `*` is any one digit, a letter is its keypad's digit."""
    conditions = []
    for condition in conditions_of(request.resource.record, request.parameters):
        if condition.field != "phone_number":
            conditions.append(condition)
        elif pattern := keypad_pattern(condition.value):
            conditions.append(Condition("phone_number", pattern, "digits"))
    if request.resource.name in _TYPES:
        conditions.append(Condition("type", _TYPES[request.resource.name]))
    return page_of(unit, request, conditions)
