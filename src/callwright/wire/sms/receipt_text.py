"""The text of a delivery receipt (SMPP 3.4 appendix B), as the many SMSCs write it.

id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E Text: . . .
"""

import re
from dataclasses import dataclass

_KEY = re.compile(r"(?<![^\s,;\0])(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text) ?:", re.IGNORECASE)
_DATE = re.compile(r"\s*([0-9][0-9 T:./-]*[0-9])")
_LONGEST_DATE = 20
_WORD = re.compile(r"\s*([^\s,;\0]+)")
#: A text without `stat` and one of these is no receipt.
_TELLING = frozenset({"id", "dlvrd", "submitdate", "donedate", "err"})


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """The fields of a receipt, None where missing.

    `id` and `error` are as the SMSC wrote them, `status` ("DELIVRD") in capitals, dates usually YYMMDDhhmm,
    `submitted` and `delivered` counts of messages, `text` the beginning of the message it is about.
    """

    status: str
    id: str | None = None
    submitted: int | None = None
    delivered: int | None = None
    submit_date: str | None = None
    done_date: str | None = None
    error: str | None = None
    text: str | None = None


def parse_receipt_text(text: str) -> ReceiptText | None:
    """The receipt that a text is, its fields in whatever order and case; None when it is none."""
    fields = _fields(text)
    status = _word(fields, "stat")
    if status is None or _TELLING.isdisjoint(fields):
        return None
    return ReceiptText(
        status=status.upper(),
        id=_word(fields, "id"),
        submitted=_count(fields, "sub"),
        delivered=_count(fields, "dlvrd"),
        submit_date=_date(fields, "submitdate"),
        done_date=_date(fields, "donedate"),
        error=_word(fields, "err"),
        text=fields["text"].strip(" \0") if "text" in fields else None,
    )


def _fields(text: str) -> dict[str, str]:
    """What stands between a key and the next, by the key in small letters; of keys that come twice the first."""
    fields: dict[str, str] = {}
    name, start = "", 0
    for match in _KEY.finditer(text):
        if name:
            fields.setdefault(name, text[start : match.start()])
        name, start = re.sub("[ _]", "", match[1].lower()), match.end()
        if name == "text" and "stat" in fields:
            break  # the rest is what the sender wrote, which may look like fields
    if name:
        fields.setdefault(name, text[start:])
    return fields


def _word(fields: dict[str, str], name: str) -> str | None:
    match = _WORD.match(fields.get(name, ""))
    return match[1] if match else None


def _date(fields: dict[str, str], name: str) -> str | None:
    """As it is written; None where that is longer than any date."""
    match = _DATE.match(fields.get(name, ""))
    return match[1] if match and len(match[1]) <= _LONGEST_DATE else None


def _count(fields: dict[str, str], name: str) -> int | None:
    word = _word(fields, name)
    return int(word) if word is not None and re.fullmatch("[0-9]{1,9}", word) else None
