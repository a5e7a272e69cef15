"""Header fields of a SIP message: case-insensitive, several values each, order kept (RFC 3261 §7.3)."""

import re
from collections.abc import Iterator

#: RFC 3261 §7.3.3, and the extensions we may meet (IANA "SIP parameters", compact forms).
COMPACT_FORMS = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Headers:
    """Values by name, compared without case. `add` refuses control characters, so nothing is injected."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[str, str]] | None = None) -> None:
        self._fields: dict[str, tuple[str, list[str]]] = {}
        for name, value in fields or ():
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """Append a value. Raises ValueError for a value or name that would break out of its line."""
        if _CONTROL.search(value) or _CONTROL.search(name) or ":" in name:
            raise ValueError(f"header {name!r} cannot hold control characters")
        self.append_checked(name, value)

    def append_checked(self, name: str, value: str) -> None:
        """Append a value that came off the wire as one line."""
        field = self._fields.get(name.lower())
        if field is None:
            self._fields[name.lower()] = (name, [value])
        else:
            field[1].append(value)

    def set(self, name: str, value: str) -> None:
        self._fields.pop(name.lower(), None)
        self.add(name, value)

    def replace_first(self, name: str, values: list[str]) -> None:
        """Put `values` in place of the first value, where the field stands."""
        self._fields[name.lower()][1][:1] = values

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value."""
        field = self._fields.get(name.lower())
        return default if field is None else field[1][0]

    def all(self, name: str) -> list[str]:
        """Every value, one per header line; comma-separated lists are not split."""
        field = self._fields.get(name.lower())
        return [] if field is None else field[1]

    def names(self) -> list[str]:
        """Names as they were written, each once, in order of first appearance."""
        return [name for name, _ in self._fields.values()]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for name, values in self._fields.values():
            for value in values:
                yield name, value

    def copy(self) -> "Headers":
        copied = Headers()
        copied._fields = {key: (name, list(values)) for key, (name, values) in self._fields.items()}
        return copied
