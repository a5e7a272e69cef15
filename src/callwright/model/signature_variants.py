"""What a receiver may have taken for the request it got: URLs as proxies and frameworks show them, and parameters.

Each variant is one way to get it wrong, or to undo that. They are tried by model.signature_doctor and told apart by
model.signature_differences; the order is that of how often it happens.
"""

import html
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlencode

Pairs = tuple[tuple[str, str], ...]

_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_PORTS = ("443", "80", "3000", "8080", "5000", "8000", "8443", "4567", "9292", "1337", "9000")
_SAFE = "/:@!$&'()*,;=~-._"
_MOST_DEVIATIONS = 3
_MOST_NAMES = 60
_MOST_QUERY_NAMES = 12
_MOST_SEGMENTS = 8


@dataclass(frozen=True)
class UrlParts:
    """A URL taken apart without changing a letter; `query` and `fragment` are None where there is none."""

    scheme: str
    authority: str
    path: str
    query: str | None = None
    fragment: str | None = None

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query is not None else ""
        fragment = f"#{self.fragment}" if self.fragment is not None else ""
        return f"{self.scheme}://{self.authority}{self.path}{query}{fragment}"

    @property
    def credentials(self) -> str:
        """`user:password`, or nothing."""
        return self.authority.rpartition("@")[0]

    @property
    def host(self) -> str:
        """Without port; of an IPv6 address with its brackets."""
        return _split_port(self.authority.rpartition("@")[2])[0]

    @property
    def port(self) -> str:
        """The port that is written, or nothing."""
        return _split_port(self.authority.rpartition("@")[2])[1]


@dataclass(frozen=True)
class Hints:
    """What else is known: hosts (with ports) from Host and X-Forwarded-Host, the URL as it is configured."""

    hosts: tuple[str, ...] = ()
    configured_url: str | None = None


def parts_of(url: str) -> UrlParts | None:
    """None for what is no absolute URL."""
    match = _PARTS.fullmatch(url)
    return UrlParts(*match.groups()) if match else None


def _split_port(place: str) -> tuple[str, str]:
    host, colon, port = place.rpartition(":")
    return (host, port) if colon and port.isdigit() and (":" not in host or host.endswith("]")) else (place, "")


def url_variants(url: str, pairs: Pairs, hints: Hints) -> Iterator[tuple[int, str]]:
    """URLs with how many parts of them differ, fewest first, the URL itself left out."""
    parts = parts_of(url)
    if parts is None:
        return
    configured = parts_of(hints.configured_url) if hints.configured_url else None
    ways: list[list[str | None]] = [
        _distinct(parts.scheme, _schemes(parts)),
        _distinct(parts.authority, _authorities(parts, hints, configured)),
        _distinct(parts.path, _paths(parts, configured)),
        _distinct(parts.query, _queries(parts, pairs)),
        _distinct(parts.fragment, [None, configured.fragment if configured else None]),
    ]
    for deviations in range(1, _MOST_DEVIATIONS + 1):
        for differing in itertools.combinations(range(len(ways)), deviations):
            choices = [way[1:] if at in differing else way[:1] for at, way in enumerate(ways)]
            for scheme, authority, path, query, fragment in itertools.product(*choices):
                yield deviations, str(UrlParts(scheme or "", authority or "", path or "", query, fragment))


def _distinct(own: str | None, others: Sequence[str | None]) -> list[str | None]:
    return list(dict.fromkeys([own, *others]))


def _schemes(parts: UrlParts) -> list[str | None]:
    return ["http" if parts.scheme == "https" else "https"]


def _authorities(parts: UrlParts, hints: Hints, configured: UrlParts | None) -> list[str | None]:
    hosts = [parts.host, *hints.hosts]
    if configured is not None:
        hosts.append(configured.authority.rpartition("@")[2])
    found = [place for host in hosts for place in (host, _split_port(host)[0])]
    found += [f"{_split_port(host)[0]}:{port}" for host in hosts for port in (parts.port, *_PORTS) if port]
    found += [parts.authority.lower(), parts.host.lower()]
    for local in ("localhost", "127.0.0.1", "0.0.0.0"):  # noqa: S104 - compared with, not bound to
        found += [local, *(f"{local}:{port}" for port in dict.fromkeys((parts.port, *_PORTS)) if port)]
    if configured is not None and configured.credentials:
        found += [f"{configured.credentials}@{place}" for place in (parts.authority, parts.host)]
    return [place for place in found if place]


def _paths(parts: UrlParts, configured: UrlParts | None) -> list[str | None]:
    path = parts.path
    segments = path.split("/")[1:]
    shorter = ["/" + "/".join(segments[at:]) for at in range(1, min(len(segments), _MOST_SEGMENTS))]
    found = [toggled_slash(path), *shorter, *map(toggled_slash, shorter), ""]
    if configured is not None:
        found.append(configured.path)
    found += [unquote(path), quote(unquote(path), safe=_SAFE), re.sub("/+", "/", path), path.lower()]
    return [*found]


def toggled_slash(path: str) -> str:
    """The path with a slash at its end where it has none, else without."""
    return path.removesuffix("/") if path.endswith("/") else f"{path}/"


def _queries(parts: UrlParts, pairs: Pairs) -> list[str | None]:
    query = parts.query
    appended = [urlencode(pairs), urlencode(sorted(pairs))] if pairs else []
    if not query:
        return [None, "", *appended]
    given = query.split("&")
    named = parse_qsl(query, keep_blank_values=True)
    found = [
        *("&".join(sorted(given)), "&".join(reversed(given)), unquote(query), unquote_plus(query)),
        *(urlencode(named), urlencode(named, quote_via=quote), urlencode(sorted(named))),
        *(query.replace("+", "%20"), query.replace("%20", "+"), query.replace("&", "&amp;"), html.unescape(query)),
        *(_in_hex(query, str.upper), _in_hex(query, str.lower)),
    ]
    if len(given) <= _MOST_QUERY_NAMES:
        found += ["&".join(given[:at] + given[at + 1 :]) for at in range(len(given))]
    return [None, *found, *(f"{query}&{more}" for more in appended)]


def _in_hex(query: str, cased: Callable[[str], str]) -> str:
    return re.sub("%[0-9A-Fa-f]{2}", lambda match: cased(match[0]), query)


def parameter_variants(pairs: Pairs, url: str) -> list[Pairs]:
    """What may be taken for the parameters by one mistake, the parameters themselves left out."""
    found: list[Pairs] = [(), *(change(pairs) for change in _CHANGES), *_with_query(pairs, url), *_without_some(pairs)]
    return [one for one in dict.fromkeys(found) if one != pairs]


def twice_changed(pairs: Pairs) -> Iterator[Pairs]:
    """By two mistakes that concern all values, and with two parameters missing."""
    for first, second in itertools.permutations(_CHANGES, 2):
        yield second(first(pairs))
    names = list(dict.fromkeys(name for name, _ in pairs))
    if len(names) <= _MOST_NAMES:
        for missing in itertools.combinations(names, 2):
            yield tuple(pair for pair in pairs if pair[0] not in missing)


def _values(change: Callable[[str], str]) -> Callable[[Pairs], Pairs]:
    return lambda pairs: tuple((name, change(value)) for name, value in pairs)


def _read_as_latin_1(value: str) -> str:
    return value.encode("utf-8", "replace").decode("latin-1")


def _read_as_utf_8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def last_values(pairs: Pairs) -> Pairs:
    """Of a name that occurs several times the last value, where the first stood."""
    return tuple(dict(pairs).items())


def first_values(pairs: Pairs) -> Pairs:
    return tuple({name: value for name, value in reversed(pairs)}.items())[::-1]


_CHANGES: tuple[Callable[[Pairs], Pairs], ...] = (
    _values(str.strip),
    lambda pairs: tuple(pair for pair in pairs if pair[1]),
    last_values,
    first_values,
    _values(lambda value: value.replace("+", " ")),
    _values(lambda value: value.replace(" ", "+")),
    _values(lambda value: f"+{value[1:]}" if value.startswith(" ") else value),
    _values(lambda value: value.removeprefix("+")),
    _values(quote_plus),
    _values(lambda value: quote(value, safe="")),
    _values(unquote_plus),
    _values(unquote),
    _values(_read_as_latin_1),
    _values(_read_as_utf_8),
    _values(lambda value: value.encode("ascii", "replace").decode()),
    _values(lambda value: value.encode("ascii", "ignore").decode()),
    _values(lambda value: value.encode("utf-8", "replace").decode("ascii", "replace")),
    _values(html.escape),
    _values(lambda value: html.escape(value, quote=False)),
    _values(html.unescape),
    _values(lambda value: value.replace("\r\n", "\n")),
    _values(lambda value: value.replace("\n", "\r\n")),
    _values(lambda value: value or "null"),
    _values(lambda value: value or "None"),
    _values(str.lower),
    lambda pairs: tuple((name.lower(), value) for name, value in pairs),
    lambda pairs: tuple((name[:1].lower() + name[1:], value) for name, value in pairs),
)


def _with_query(pairs: Pairs, url: str) -> Iterator[Pairs]:
    """Frameworks that have one collection for query and form; also the query alone, and the form without it."""
    parts = parts_of(url)
    if parts is None or not parts.query:
        return
    of_query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    yield pairs + of_query
    yield last_values(of_query + pairs)
    yield of_query
    yield tuple(pair for pair in pairs if pair not in of_query)


def _without_some(pairs: Pairs) -> Iterator[Pairs]:
    names = list(dict.fromkeys(name for name, _ in pairs))
    for missing in names[:_MOST_NAMES]:
        yield tuple(pair for pair in pairs if pair[0] != missing)
    groups = {match[0] for name in names if (match := re.match("[A-Z][a-z]+", name))}
    for group in sorted(groups):
        yield tuple(pair for pair in pairs if not pair[0].startswith(group))
        yield tuple(pair for pair in pairs if pair[0] == group or not pair[0].startswith(group))
