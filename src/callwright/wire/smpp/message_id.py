"""Identifiers of messages: SMSCs write them one way when they take a message and another way in its receipt."""

import re
from typing import Literal

Form = Literal["as_is", "hex", "decimal"]

_HEX = re.compile("[0-9A-Fa-f]{1,16}")
_DECIMAL = re.compile("[0-9]{1,20}")
#: Widths that SMSCs fill with zeros; 10 is that of appendix B.
_WIDTHS = (8, 10)


def kept_id(answered: str, receipts: Form) -> str:
    """What to keep of the identifier in a submit_sm_resp, when receipts write them that way.

    Where the forms differ it is brought into one: a hex number in capitals (receipts in decimal) or a decimal one
    (receipts in hex), each without leading zeros, as `receipt_ids` answers first.
    """
    if receipts == "decimal" and _HEX.fullmatch(answered):
        return f"{int(answered, 16):X}"
    if receipts == "hex" and _DECIMAL.fullmatch(answered):
        return str(int(answered))
    return answered


def receipt_ids(written: str, receipts: Form) -> tuple[str, ...]:
    """What `kept_id` may have answered for the message of a receipt: the likeliest first, each once.

    As it is written only where `kept_id` would have left that alone: the same digits are another message's otherwise.
    """
    if receipts == "decimal" and _DECIMAL.fullmatch(written):
        number = f"{int(written):X}"
        return (number,) if _HEX.fullmatch(written) else (number, written)
    if receipts == "hex" and _HEX.fullmatch(written):
        number = str(int(written, 16))
        return (number,) if _DECIMAL.fullmatch(written) else (number, written)
    return tuple(dict.fromkeys((written, *_spellings(written))))


def _spellings(written: str) -> list[str]:
    """The same number with and without leading zeros, letters in capitals or not; a word only in its case."""
    if not _HEX.fullmatch(written):
        return [written.lower(), written.upper()]
    bare = written.lstrip("0") or "0"
    spelt = [written, bare, *(bare.zfill(width) for width in _WIDTHS if len(bare) < width)]
    return [*spelt, *(text.lower() for text in spelt), *(text.upper() for text in spelt)]
