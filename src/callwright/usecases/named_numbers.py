"""Numbers named one by one, by SID or in E.164: found in batches, those that are missing told together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.sid import is_sid
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.setting_values import shown

_BATCH = 1000
_TOLD = 20
_E164 = re.compile(r"\+[1-9]\d{1,18}", re.ASCII)


class NumbersNotFound(ApiError):
    """Some numbers are not the account's: nothing was changed."""

    code = 20404
    status = 404


@dataclass(frozen=True)
class Named:
    """A number as it was named (`reference`, a SID or E.164), what to change, and the line it was named in."""

    reference: str
    changes: NumberChanges
    line: int | None = None


Found = tuple[Named, IncomingPhoneNumber]


def checked_reference(value: object) -> str:
    """A SID or a number in E.164. Raises InvalidParameter."""
    text = value.strip() if isinstance(value, str) else ""
    sid = text[:2] + text[2:].lower()
    if is_sid(sid, "PN"):
        return sid
    if not _E164.fullmatch(text):
        raise InvalidParameter(f"{shown(value)} is no number: give its SID (PN…) or E.164 (+15550100).")
    return text


def named_numbers(unit: UnitOfWork, account: Account, named: Sequence[Named]) -> Iterator[list[Found]]:
    """The numbers, in batches and in the order they were named.

    Raises NumbersNotFound with the first of those that are missing, once all were looked for, and InvalidParameter for
    one that is named twice (as SID and as number).
    """
    missing: list[Named] = []
    seen: dict[str, Named] = {}
    for first in range(0, len(named), _BATCH):
        some = named[first : first + _BATCH]
        numbers = _by_reference(unit, account, [one.reference for one in some])
        found: list[Found] = []
        for one in some:
            number = numbers.get(one.reference)
            if number is None:
                missing.append(one)
                continue
            if number.sid in seen:
                raise InvalidParameter(_twice(seen[number.sid], one))
            seen[number.sid] = one
            found.append((one, number))
        if not missing:
            yield found
    if missing:
        raise _not_found(account, missing)


def _by_reference(unit: UnitOfWork, account: Account, references: Sequence[str]) -> dict[str, IncomingPhoneNumber]:
    numbers = [one for one in references if one.startswith("+")]
    # Without the account: it would lead SQLite to the index over accounts, and through all numbers of this one.
    among = Condition("phone_number", numbers, "in")
    found = unit.select(IncomingPhoneNumber, [among], limit=len(numbers)) if numbers else []
    by_reference = {number.phone_number: number for number in found if number.account_sid == account.sid}
    by_sid = unit.get_all(IncomingPhoneNumber, [one for one in references if not one.startswith("+")])
    return by_reference | {sid: number for sid, number in by_sid.items() if number.account_sid == account.sid}


def _twice(first: Named, second: Named) -> str:
    lines = f" (lines {first.line} and {second.line})" if second.line is not None else ""
    return f"{second.reference} is the number that {first.reference} names{lines}: name it once."


def _not_found(account: Account, missing: Sequence[Named]) -> NumbersNotFound:
    told = [_told(one) for one in missing[:_TOLD]]
    more = f" and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
    details = {"missing": [one.reference for one in missing[:_TOLD]], "missing_count": len(missing)}
    return NumbersNotFound(
        f"The account {account.sid} has no number {', '.join(told)}{more}: nothing was changed.", details
    )


def _told(named: Named) -> str:
    return named.reference if named.line is None else f"{named.reference} (line {named.line})"
