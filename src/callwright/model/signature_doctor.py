"""The signature doctor: finds the URL, parameters and token of which somebody computed a signature.

A bounded search over what proxies and frameworks do to a request, by one, two or three deviations. A hit is sure:
nothing else gives the same 160 bits.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from callwright.model.signature_variants import (
    Hints,
    Pairs,
    first_values,
    parameter_variants,
    parts_of,
    toggled_slash,
    twice_changed,
    url_variants,
)

#: More texts, and more of them in all (characters), are not tried: some tenths of a second.
MOST_TRIED, MOST_TEXT = 60_000, 30_000_000
_DIGEST_BYTES = {20: "sha1", 32: "sha256"}


@dataclass(frozen=True)
class Key:
    """A token that may have been used; `whose` says in words whose it is."""

    whose: str
    token: str


@dataclass(frozen=True)
class Reading:
    """What a signature is made of: URL, parameters as they came, how they were put together, and the token.

    `layout` is one of LAYOUTS; sorted is the right one.
    """

    url: str
    pairs: Pairs
    layout: str = "sorted"
    whose: str = ""
    hash_name: str = "sha1"


@dataclass(frozen=True)
class Search:
    """What came of it: `reading` is None when no text that was tried gives the signature."""

    reading: Reading | None
    tried: int


def _sorted(url: str, pairs: Pairs) -> str:
    """As all official validators do: names sorted, of repeated names each different value once."""
    values: dict[str, set[str]] = {}
    for name, value in pairs:
        values.setdefault(name, set()).add(value)
    return url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))


def _joined(url: str, pairs: Pairs) -> str:
    return url + "".join(name + value for name, value in pairs)


#: How URL and parameters may have been put together.
LAYOUTS: dict[str, Callable[[str, Pairs], str]] = {
    "sorted": _sorted,
    "unsorted": _joined,
    "ignoring case": lambda url, pairs: _joined(url, tuple(sorted(pairs, key=lambda pair: pair[0].lower()))),
    "first values": lambda url, pairs: _sorted(url, first_values(pairs)),
    "repeated": lambda url, pairs: _joined(url, tuple(sorted(pairs))),
    "raw body": lambda url, pairs: url + urlencode(pairs, errors="replace"),
    "sorted body": lambda url, pairs: url + urlencode(sorted(pairs), errors="replace"),
    "with signs between": lambda url, pairs: url + "&".join(f"{name}={value}" for name, value in sorted(pairs)),
    "parameters alone": lambda url, pairs: _sorted("", pairs),
    "values alone": lambda url, pairs: url + "".join(value for _, value in sorted(pairs)),
}


def digest_of(signature: str) -> bytes | None:
    """The bytes of a signature in base64 (of URLs as well, with or without `=`) or hexadecimal; None for nonsense."""
    text = signature.strip().strip("\"'").removeprefix("sha1=")
    for read in (bytes.fromhex, _from_base64):
        try:
            digest = read(text)
        except (ValueError, binascii.Error):
            continue
        if len(digest) in _DIGEST_BYTES:
            return digest
    return None


def _from_base64(text: str) -> bytes:
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def signature_of(key: Key, reading: Reading) -> str:
    """The signature of that reading, in base64."""
    text = LAYOUTS[reading.layout](reading.url, reading.pairs)
    return base64.b64encode(_digest(key.token, text, reading.hash_name)).decode()


def typical_readings(base: Reading) -> Iterator[Reading]:
    """What is signed most often in place of it."""
    parts = parts_of(base.url)
    if parts is None:
        return
    https = parts.scheme == "https"
    yield Reading(str(replace(parts, scheme="http" if https else "https")), base.pairs)
    if parts.port:
        yield Reading(str(replace(parts, authority=parts.host)), base.pairs)
    else:
        yield Reading(str(replace(parts, authority=f"{parts.host}:{443 if https else 80}")), base.pairs)
    if parts.query is not None:
        yield Reading(str(replace(parts, query=None)), base.pairs)
    if parts.path != "/":
        yield Reading(str(replace(parts, path=toggled_slash(parts.path))), base.pairs)
    if parts.path.count("/") > 1:
        yield Reading(str(replace(parts, path="/" + parts.path.split("/", 2)[2])), base.pairs)
    if base.pairs:
        yield Reading(base.url, ())
        yield Reading(base.url, base.pairs, "unsorted")
        yield Reading(base.url, base.pairs, "raw body")


def find_reading(digest: bytes, base: Reading, keys: Sequence[Key], hints: Hints) -> Search:
    """What near `base` gives this digest; `keys` in order of likelihood, the first one right."""
    hash_name = _DIGEST_BYTES[len(digest)]
    tried = tried_text = 0
    for key, reading in _candidates(base, keys, hints):
        text = LAYOUTS[reading.layout](reading.url, reading.pairs)
        tried, tried_text = tried + 1, tried_text + len(text)
        if _digest(key.token, text, hash_name) == digest:
            found = Reading(reading.url, reading.pairs, reading.layout, key.whose, hash_name)
            return Search(found, tried)
        if tried == MOST_TRIED or tried_text > MOST_TEXT:
            break
    return Search(None, tried)


def _digest(token: str, text: str, hash_name: str) -> bytes:
    return hmac.digest(token.encode("utf-8", "replace"), text.encode("utf-8", "replace"), hash_name)


def _candidates(base: Reading, keys: Sequence[Key], hints: Hints) -> Iterator[tuple[Key, Reading]]:
    """The simplest first: nothing wrong, one thing, two, then several of the URL at once."""
    first = keys[0]
    urls = [url for count, url in url_variants(base.url, base.pairs, hints) if count == 1]
    parameters = parameter_variants(base.pairs, base.url)
    single = [Reading(url, base.pairs) for url in urls]
    single += [Reading(base.url, pairs) for pairs in parameters]
    single += [Reading(base.url, base.pairs, layout) for layout in LAYOUTS]
    for key in keys:
        yield key, Reading(base.url, base.pairs)
    yield from ((first, reading) for reading in single)
    yield from ((key, reading) for key in keys[1:] for reading in single)
    yield from ((first, reading) for reading in _twofold(base, urls, parameters))
    for count, url in url_variants(base.url, base.pairs, hints):
        if count > 1:
            yield first, Reading(url, base.pairs)
            if base.pairs:
                yield first, Reading(url, ())


def _twofold(base: Reading, urls: Sequence[str], parameters: Sequence[Pairs]) -> Iterator[Reading]:
    for url in urls:
        for layout in LAYOUTS:
            yield Reading(url, base.pairs, layout)
    for url in urls:
        for pairs in parameters:
            yield Reading(url, pairs)
    for pairs in parameters:
        for layout in LAYOUTS:
            yield Reading(base.url, pairs, layout)
    for pairs in twice_changed(base.pairs):
        yield Reading(base.url, pairs)
