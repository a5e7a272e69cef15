"""Redaction: a text that is not to be kept, replaced wherever it occurs."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

REDACTED = "[redacted]"
#: Shorter ones would be found in every other word: they are redacted only where they stand alone.
_SHORTEST = 4


def forms_of(secrets: Iterable[str]) -> list[str]:
    """The secrets as they may stand in URLs, JSON and XML, the longest first."""
    return sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len, reverse=True)


def _forms(secret: str) -> tuple[str, ...]:
    in_json = (json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False))
    plain = secret.encode("utf-8", "replace").decode()  # lone surrogates cannot be percent-encoded
    return (secret, quote(plain, safe=""), quote_plus(plain), escape(secret), *in_json)


def redacted(value: Any, forms: Collection[str]) -> Any:
    """The text, or the texts in a dictionary or list, without any of the forms."""
    if isinstance(value, Mapping):
        return {name: redacted(inner, forms) for name, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner, forms) for inner in value]
    if not isinstance(value, str):
        return value
    if value in forms:
        return REDACTED
    for form in forms:
        if len(form) >= _SHORTEST:
            value = value.replace(form, REDACTED)
    return value
