"""E.164 normalisation per trunk: what a carrier writes as a number, and what it wants written."""

import re

from callwright.model.resources.trunk import Trunk

_VISUAL_SEPARATORS = re.compile(r"[-.() ]")
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)


def to_e164(trunk: Trunk, user: str) -> str:
    """The user part of a SIP URI as E.164 where it can be told, else unchanged (short codes, names).

    `+…` is taken as it is; `00…` is international; the trunk's strip_prefix goes first, and its country_code
    completes a national number, whose leading 0 is dropped.
    """
    number = _VISUAL_SEPARATORS.sub("", user.partition(";")[0])
    if trunk.strip_prefix and number.startswith(trunk.strip_prefix):
        number = number.removeprefix(trunk.strip_prefix)
    if number.startswith("00"):
        number = "+" + number[2:]
    elif number.isdigit() and trunk.country_code:
        number = _completed(number, trunk.country_code)
    elif number.isdigit():
        number = "+" + number
    return number if _E164.fullmatch(number) else user


def _completed(number: str, country_code: str) -> str:
    national = number.removeprefix("0") if country_code != "39" else number  # Italy keeps its leading 0
    if number.startswith(country_code) and len(number) > 10:
        return "+" + number
    return f"+{country_code}{national}"
