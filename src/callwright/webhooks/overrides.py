"""Connection overrides in a URL's fragment: `https://app.example/voice#rc=2&rp=4xx,ct&tt=4000`.

Source: Twilio's usage/webhooks/webhooks-connection-overrides page. Never sent to the server nor signed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

_UNREADABLE = 11240
_OUT_OF_RANGE = 11241
_BAD_EDGE = 11243

_RETRY_REASONS = frozenset({"4xx", "5xx", "ct", "rt", "all"})
_EDGE_LIST = re.compile(r"[a-z]+(-[a-z]+)*(,[a-z]+(-[a-z]+)*)*")


class BadOverrides(ValueError):
    """The fragment names overrides that cannot be used; `code` is the debugger's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Overrides:
    """Time-outs, retries and when to retry; the defaults are Twilio's.

    `retry_on` holds 4xx, 5xx, ct (no connection, TLS failures included), rt (no answer in time) or all.
    """

    connect_timeout_ms: int = 5000
    read_timeout_ms: int = 15000
    total_timeout_ms: int = 15000
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    sends_server_name: bool = True

    def retries_on(self, reason: str) -> bool:
        return reason in self.retry_on or "all" in self.retry_on


def parse_overrides(fragment: str, defaults: Overrides | None = None) -> Overrides:
    """The overrides in a fragment (without `#`); a fragment that names none of them is just a fragment.

    Raises BadOverrides: silently using the defaults would hide a typing error until the day it matters.
    """
    defaults = defaults or Overrides()
    items = [item.partition("=") for item in fragment.split("&") if item]
    if not any(key in _READERS and equals for key, equals, _ in items):
        return defaults
    changes: dict[str, Any] = {}
    for key, equals, value in items:
        if not equals or key not in _READERS:
            raise BadOverrides(_UNREADABLE, f"#{fragment} is not KEY=VALUE&…: the keys are {', '.join(_READERS)}.")
        changes.update(_READERS[key](key, value))
    return replace(defaults, **changes)


def _whole_number(name: str, low: int, high: int) -> Callable[[str, str], Mapping[str, Any]]:
    def read(key: str, value: str) -> Mapping[str, Any]:
        if not (value.isascii() and value.isdigit() and len(value) < 9 and low <= int(value) <= high):
            raise BadOverrides(_OUT_OF_RANGE, f"#{key}={value}: give a whole number from {low} to {high}.")
        return {name: int(value)}

    return read


def _retry_policy(key: str, value: str) -> Mapping[str, Any]:
    reasons = frozenset(value.lower().split(","))
    if not reasons <= _RETRY_REASONS:
        raise BadOverrides(_OUT_OF_RANGE, f"#{key}={value}: give a comma list of {_listed(_RETRY_REASONS)}.")
    return {"retry_on": reasons}


def _server_name(key: str, value: str) -> Mapping[str, Any]:
    if value not in ("y", "n"):
        raise BadOverrides(_OUT_OF_RANGE, f"#{key}={value}: give y or n.")
    return {"sends_server_name": value == "y"}


def _edges(key: str, value: str) -> Mapping[str, Any]:
    """Read so that a URL moves between servers unchanged; there is only one place to leave from here."""
    if not _EDGE_LIST.fullmatch(value):
        raise BadOverrides(_BAD_EDGE, f"#{key}={value}: give a comma list of edges: ashburn,dublin.")
    return {}


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))


_READERS: dict[str, Callable[[str, str], Mapping[str, Any]]] = {
    "ct": _whole_number("connect_timeout_ms", 100, 10_000),
    "rt": _whole_number("read_timeout_ms", 100, 15_000),
    "tt": _whole_number("total_timeout_ms", 100, 15_000),
    "rc": _whole_number("retries", 0, 5),
    "rp": _retry_policy,
    "sni": _server_name,
    "e": _edges,
}
