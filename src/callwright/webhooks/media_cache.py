"""Audio kept in memory as its headers allow (RFC 9111, shared by an account's calls), bounded in bytes."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from callwright.usecases.web_ports import WebAnswer

Key = tuple[str, str]

_MOST_BYTES = 64 * 1024 * 1024
_SAME_IN_EVERY_REQUEST = frozenset({"accept", "accept-encoding", "accept-language", "origin", "user-agent"})
_DIRECTIVE = re.compile(r'([\w-]+)(?:\s*=\s*"?(\d+)"?)?')


@dataclass(frozen=True)
class Cached:
    """An answer, until when it is fresh, and how to ask whether it still holds."""

    answer: WebAnswer
    fresh_until_s: float

    def is_fresh(self, now_s: float) -> bool:
        return now_s < self.fresh_until_s

    @property
    def validators(self) -> Mapping[str, str]:
        headers = self.answer.headers
        known = {"If-None-Match": headers.get("ETag"), "If-Modified-Since": headers.get("Last-Modified")}
        return {name: value for name, value in known.items() if value}


class MediaCache:
    """The least recently used answers are dropped first."""

    def __init__(self, monotonic_s: Callable[[], float], most_bytes: int = _MOST_BYTES) -> None:
        self._monotonic_s = monotonic_s
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Key, Cached] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Cached | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Key, answer: WebAnswer) -> None:
        """Store the answer if it may be and fits."""
        self._drop(key)
        directives = _directives(answer.headers)
        cached = Cached(answer, self._monotonic_s() + _lifetime_s(answer.headers, directives))
        useful = cached.validators or cached.is_fresh(self._monotonic_s())
        if useful and _may_be_shared(answer.headers, directives):
            self._store(key, cached)

    def confirm(self, key: Key, cached: Cached, headers: Mapping[str, str]) -> WebAnswer:
        """The kept answer after 304; its freshness starts anew, by the new headers if they name one."""
        told = headers if "Cache-Control" in headers or "Expires" in headers else cached.answer.headers
        fresh_until_s = self._monotonic_s() + _lifetime_s(told, _directives(told))
        self._drop(key)
        self._store(key, Cached(cached.answer, fresh_until_s))
        return cached.answer

    def _store(self, key: Key, cached: Cached) -> None:
        size = len(cached.answer.body)
        if size > self._most_bytes:
            return
        self._kept[key] = cached
        self._bytes += size
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped.answer.body)


def _may_be_shared(headers: Mapping[str, str], directives: Mapping[str, str | None]) -> bool:
    """Whether one call's answer may serve another: audio made for one caller (by cookie) must not."""
    varies_by = {name.strip().lower() for name in headers.get("Vary", "").split(",")} - {""}
    return not {"no-store", "private"} & set(directives) and varies_by <= _SAME_IN_EVERY_REQUEST


def _directives(headers: Mapping[str, str]) -> dict[str, str | None]:
    found = _DIRECTIVE.findall(headers.get("Cache-Control", "").lower())
    return {name: value or None for name, value in found}


def _lifetime_s(headers: Mapping[str, str], directives: Mapping[str, str | None]) -> float:
    """RFC 9111 section 4.2.1; without a statement it is 0: ask again each time."""
    if "no-cache" in directives or "no-store" in directives:
        return 0.0
    age = headers.get("Age", "0")
    age_s = float(age) if age.isascii() and age.isdigit() else 0.0
    max_age = directives.get("max-age")
    if max_age is not None:
        return max(float(max_age) - age_s, 0.0)
    return max(_seconds_until_expiry(headers) - age_s, 0.0)


def _seconds_until_expiry(headers: Mapping[str, str]) -> float:
    """Expires minus Date, both by the server's clock; ours does not come in."""
    try:
        expires, date = (parsedate_to_datetime(headers[name]) for name in ("Expires", "Date"))
        return (expires - date).total_seconds()
    except (KeyError, ValueError, TypeError):
        return 0.0
