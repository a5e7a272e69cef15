"""<say-as interpret-as>: text rewritten so that an engine reads it the way that was asked for.

Source: Twilio's page "Text-to-speech", W3C Note "SSML 1.0 say-as attribute values".
"""

import re
from collections.abc import Callable

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NUMERIC_DATE = re.compile(r"(\d{1,4})[-/. ](\d{1,2})(?:[-/. ](\d{1,4}))?")
_COMPACT_DATE = re.compile(r"(\d{4}|\?{4})(\d{2})(\d{2})")
_DURATION = re.compile(r"(?:(\d{1,3})'\s*)?(?:(\d{1,3}(?:\.\d+)?)\"?)?")


def read_as(text: str, interpret_as: str, form: str = "") -> str:
    """The text as `interpret_as` wants it read; unchanged for a kind that is not known."""
    read = _READERS.get(interpret_as.strip().lower())
    return read(text.strip(), form.strip().lower()) if read else text


def _characters(text: str, _form: str) -> str:
    return ", ".join(sign.upper() for sign in text if not sign.isspace())


def _digits(text: str, _form: str) -> str:
    return " ".join(re.findall(r"\w", text))


def _telephone(text: str, _form: str) -> str:
    """Digit by digit, with a pause where the number is grouped."""
    groups = re.findall(r"\+|\w+", text)
    return ", ".join("plus" if group == "+" else " ".join(group) for group in groups).replace("plus, ", "plus ")


def _cardinal(text: str, _form: str) -> str:
    return re.sub(r"(?<=\d)[,\s](?=\d{3}\b)", "", text)


def _ordinal(text: str, _form: str) -> str:
    digits = _cardinal(text, "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        return text
    return digits + ordinal_suffix(int(digits))


def ordinal_suffix(number: int) -> str:
    """`st`, `nd`, `rd` or `th`, as English writes it."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _fraction(text: str, _form: str) -> str:
    return text.replace("+", " and ").replace("/", " over ")


def _time(text: str, _form: str) -> str:
    """A duration in minutes and seconds, written with one and two strokes, in words."""
    duration = _DURATION.fullmatch(text)
    if not text or duration is None or not ("'" in text or '"' in text):
        return text
    minutes, seconds = duration.groups()
    return " ".join(
        f"{amount} {unit}{'' if amount == '1' else 's'}"
        for amount, unit in ((minutes, "minute"), (seconds, "second"))
        if amount
    )


def _date(text: str, form: str) -> str:
    """`2026-11-23` or `11/23/2026` as the order in `form` (mdy, dmy, ymd, md, dm, ym, my …) says."""
    compact = _COMPACT_DATE.fullmatch(text)
    if compact:
        year, month, day = compact.groups()
        return _spoken_date(None if "?" in year else year, month, day) or text
    numeric = _NUMERIC_DATE.fullmatch(text)
    if numeric is None:
        return text
    given = [part for part in numeric.groups() if part]
    order = form if len(form) == len(given) and set(form) <= set("ymd") else _order_of(given)
    parts = dict(zip(order, given, strict=True))
    return _spoken_date(parts.get("y"), parts.get("m"), parts.get("d")) or text


def _order_of(given: list[str]) -> str:
    if len(given) == 2:
        return "ym" if len(given[0]) == 4 else "md"
    return "ymd" if len(given[0]) > 2 else "mdy"


def _spoken_date(year: str | None, month: str | None, day: str | None) -> str | None:
    if month is None or not 1 <= int(month) <= 12:
        return None
    words = [_MONTHS[int(month) - 1]]
    if day is not None:
        words.append(f"{int(day)}{ordinal_suffix(int(day))}")
    return " ".join(words) + (f", {year}" if year else "")


def _nothing(_text: str, _form: str) -> str:
    return ""


_READERS: dict[str, Callable[[str, str], str]] = {
    "characters": _characters,
    "spell-out": _characters,
    "verbatim": _characters,
    "digits": _digits,
    "telephone": _telephone,
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
    "fraction": _fraction,
    "date": _date,
    "time": _time,
    "expletive": _nothing,
}
