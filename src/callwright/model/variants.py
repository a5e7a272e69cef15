"""Variants: shares of an application's calls or messages that go to other URLs (canary, comparison of two versions).

A caller is sticky: its slot, of 10 000, is a digest of application, channel and caller, and each variant owns as many
slots as its weight says. The variants' runs of slots start far from one another and grow away from where they start,
the first from the bottom, the second from the top. So raising a weight takes callers from the main URL alone until two
runs meet, which those of one or two variants never do. (For three no rule keeps all others still up to 100 %: each
would own the complement of every other.)
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from callwright.model.errors import InvalidParameter
from callwright.model.json_settings import checked_url, got, shown

Channel = Literal["voice", "sms"]

MOST_VARIANTS = 10
SLOTS = 10_000
_SLOTS_PER_PERCENT = SLOTS // 100
_UNOWNED = 255
#: Where each variant's run of slots starts, and which way it grows.
_HOMES = (
    *((0, 1), (SLOTS - 1, -1), (5000, 1), (4999, -1), (2500, 1)),
    *((2499, -1), (7500, 1), (7499, -1), (1250, 1), (1249, -1)),
)
#: What carriers write for a caller who withholds the number.
_WITHHELD = frozenset({"", "anonymous", "unavailable", "restricted", "private", "unknown", "withheld", "+266696687"})


def checked_variants(value: Any, name: str = "variants") -> list[dict[str, Any]]:
    """Variants as they are stored, [{"url", "weight"}], from what a client gave under that name; None clears.

    Raises InvalidParameter, naming the place, the cause and the fix.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidParameter(f'{name} {shown(value)} is no list: give [{{"url": "https://…", "weight": 10}}].')
    if len(value) > MOST_VARIANTS:
        raise InvalidParameter(f"{name} has {len(value)} variants: give at most {MOST_VARIANTS}.")
    variants = [_checked(one, f"{name}[{index}]") for index, one in enumerate(value)]
    total = sum(_in_slots(one["weight"]) for one in variants)
    if total > SLOTS:
        raise InvalidParameter(
            f"The weights of {name} add up to {total / _SLOTS_PER_PERCENT:g} percent: make them 100 or less. What they "
            "leave goes to the main URL."
        )
    return variants


def _checked(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidParameter(f"{place} {shown(value)} is no object: give url and weight.")
    unknown = sorted((str(key) for key in value if key not in ("url", "weight")), key=str)
    if unknown:
        raise InvalidParameter(f"{place} has no {shown(unknown[0])}: give url and weight.")
    return {"url": checked_url(value.get("url"), f"{place}.url"), "weight": _weight(value.get("weight"), place)}


def _weight(value: Any, place: str) -> int | float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= 100:
        raise InvalidParameter(f"{place}.weight has to be a percentage above 0, up to 100. {got(value)}")
    if Decimal(str(value)) % Decimal("0.01"):
        raise InvalidParameter(f"{place}.weight is finer than 0.01 percent: give at most two decimals. {got(value)}")
    return int(value) if value == int(value) else float(value)


def choose_variant(
    variants: Sequence[Mapping[str, Any]], application_sid: str, channel: Channel, caller: str
) -> int | None:
    """The index of the variant that takes this caller, None when the main URL does.

    `variants` as stored. Callers who withhold their number cannot be told apart: they go to the main URL, unless the
    variants leave nothing to it; then all of them go to one variant.
    """
    if not variants:
        return None
    weights = tuple(_in_slots(one["weight"]) for one in variants)
    if is_withheld(caller) and not take_all(variants):
        return None
    owner = _owners(weights)[slot_of(application_sid, channel, caller)]
    return None if owner == _UNOWNED else owner


def take_all(variants: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the variants leave nothing to the main URL."""
    return sum(_in_slots(one["weight"]) for one in variants) >= SLOTS


def is_withheld(caller: str) -> bool:
    """Whether the caller has no number that could tell it from others."""
    return caller.strip().lower() in _WITHHELD


def slot_of(application_sid: str, channel: Channel, caller: str) -> int:
    """The caller's slot at that application, 0 to 9999: the same on every node and after every restart."""
    told = "" if is_withheld(caller) else caller
    text = f"{application_sid}:{channel}:{told}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") % SLOTS


def _in_slots(weight: float) -> int:
    return round(weight * _SLOTS_PER_PERCENT)


@lru_cache(maxsize=256)
def _owners(weights: tuple[int, ...]) -> bytes:
    """Who owns each slot: the variant's index. A run that meets another goes on behind it."""
    owners = bytearray([_UNOWNED]) * SLOTS
    for index, weight in enumerate(weights):
        position, step = _HOMES[index]
        left = weight
        while left:
            if owners[position] == _UNOWNED:
                owners[position] = index
                left -= 1
            position = (position + step) % SLOTS
    return bytes(owners)
