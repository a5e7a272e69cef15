"""How what a receiver signed differs from what was sent, in plain words, with what to change."""

import contextlib
import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

from callwright.model.signature_doctor import Reading
from callwright.model.signature_variants import Pairs, UrlParts, parts_of

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_SLASH = "Configure the URL with the slash your framework adds, or sign the path as it came."
_LONGEST_SHOWN = 80
_MOST_NAMED = 8


@dataclass(frozen=True)
class Finding:
    """One difference. `cause` is a word for programs; `what` says what is different, `fix` what to change."""

    cause: str
    what: str
    fix: str


def differences(sent: Reading, seen: Reading) -> list[Finding]:
    """What a receiver that signs `seen` has wrong, where `sent` was signed. Empty when nothing is."""
    found = list(_of_url(sent.url, seen.url))
    found += _of_parameters(sent, seen)
    if seen.layout != "sorted":
        found.append(_LAYOUTS[seen.layout])
    if seen.hash_name != "sha1":
        found.append(Finding("hash", "Your app uses SHA-256.", "Use HMAC-SHA1, then base64."))
    return found


def wrong_key(whose: str) -> Finding:
    """The finding for a signature that a receiver made with something else than the account's own token."""
    return Finding(
        "token",
        f"Your app uses {whose}, not the AuthToken of the account that the request is about.",
        "Give your app the AuthToken of the account in the parameter AccountSid: the whole token, nothing else.",
    )


def other_key(whose: str) -> Finding:
    """The finding for a request that another account's token signed."""
    return Finding("token", f"The request was signed with {whose}.", "Let your app check it with that token.")


def _of_url(sent: str, seen: str) -> Iterator[Finding]:
    one, other = parts_of(sent), parts_of(seen)
    if sent == seen:
        return
    if one is None or other is None:
        yield Finding(
            "url",
            f"Your app signs {_shown(seen)}, which is no absolute URL.",
            "Sign the whole URL with scheme, host, path and query.",
        )
        return
    for compare in (_scheme, _host, _port, _credentials, _path, _query, _fragment):
        yield from compare(one, other)


def _scheme(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    if sent.scheme == seen.scheme:
        return
    what = f"The request was sent to {sent.scheme}://, your app sees {seen.scheme}://."
    if sent.scheme == "https":
        fix = (
            "TLS ends at a proxy before your app: let your framework trust X-Forwarded-Proto (Express: "
            "app.set('trust proxy', true); Flask: ProxyFix(x_proto=1); Django: SECURE_PROXY_SSL_HEADER), let the proxy "
            "set it, or build the URL from your configuration."
        )
    else:
        fix = "Configure the URL with https://, or let your app build it with the scheme that is configured."
    yield Finding("scheme", what, fix)


def _host(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    if sent.host == seen.host:
        return
    what = f"The request was sent to the host {_shown(sent.host)}, your app sees {_shown(seen.host)}."
    if sent.host.lower() == seen.host.lower():
        yield Finding("host-case", what, "Configure the URL with a host name in small letters.")
        return
    yield Finding(
        "host",
        what,
        "A proxy replaces the Host header: let it pass the original on (nginx: proxy_set_header Host $host), or set "
        "X-Forwarded-Host and let your framework trust that.",
    )


def _port(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    if sent.port == seen.port:
        return
    one, other = (f"port {part.port}" if part.port else "no port" for part in (sent, seen))
    what = f"The URL that was sent has {one}, the one your app signs {other}."
    if not sent.port and seen.port == _DEFAULT_PORTS.get(seen.scheme):
        fix = "Leave the default port out of the URL that you sign."
    elif not seen.port:
        fix = f"Put :{sent.port} into the URL you sign; proxies may drop it (nginx: proxy_set_header Host $http_host)."
    else:
        fix = (
            f"{seen.port} is the port your app listens on behind a proxy: use host and port of the public URL "
            "(X-Forwarded-Host, X-Forwarded-Port), or build the URL from your configuration."
        )
    yield Finding("port", what, fix)


def _credentials(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    if sent.credentials != seen.credentials:
        yield Finding(
            "credentials",
            "Your app signs the URL with user name and password in it.",
            "Leave user:password@ out: it is sent in the header Authorization and never signed.",
        )


def _path(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    one, other = sent.path or "/", seen.path
    if one == other:
        return
    what = f"The path that was sent is {_shown(one)}, your app signs {_shown(other or 'none')}."
    cause, fix = _path_cause(one, other)
    yield Finding(cause, what, fix)
    if cause == "path-prefix" and one.endswith("/") != other.endswith("/"):
        yield Finding("trailing-slash", "One of the paths ends with a slash, the other does not.", _SLASH)


def _path_cause(sent: str, seen: str) -> tuple[str, str]:
    if not seen or seen == "/":
        return "path", "Sign the whole URL: scheme, host, path and query, not the address of the server alone."
    if sent.rstrip("/") == seen.rstrip("/"):
        return "trailing-slash", _SLASH
    if sent.rstrip("/").endswith(seen.rstrip("/")):
        prefix = sent.rstrip("/")[: -len(seen.rstrip("/"))]
        return "path-prefix", (
            f"A proxy or router strips {_shown(prefix)}: add it again before signing (X-Forwarded-Prefix, SCRIPT_NAME, "
            "req.originalUrl in place of req.url)."
        )
    if seen.rstrip("/").endswith(sent.rstrip("/")):
        return "path-prefix", "A proxy adds to the path: sign the path of the public URL."
    if unquote(sent) == unquote(seen):
        return "path-encoding", "Sign the path as it came, percent-encoded or not: take the raw URL of the request."
    if sent.lower() == seen.lower():
        return "path-case", "Sign the path as it came: its letters are not to be changed."
    return "path", "Sign the path of the public URL: something on the way rewrites it."


def _query(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    if sent.query == seen.query:
        return
    cause, what, fix = _query_cause(sent.query, seen.query)
    yield Finding(cause, what, fix)


def _query_cause(sent: str | None, seen: str | None) -> tuple[str, str, str]:
    raw = "Sign the query as it came: take the raw URL of the request, not one put together from parsed parameters."
    if not sent:
        if not seen:
            return "query", "Your app signs the URL with a lone question mark.", "Leave the question mark out."
        return "query-added", "Your app signs a query that was not sent.", "Sign the URL as it came, without a query."
    if not seen:
        return "query-dropped", "Your app signs the URL without its query.", "Sign the URL with ? and its query."
    one, other = (parse_qsl(query, keep_blank_values=True) for query in (sent, seen))
    if sorted(sent.split("&")) == sorted(seen.split("&")):
        return "query-order", "Your app signs the query in another order.", raw
    if html.unescape(seen) == sent or html.unescape(sent) == seen:
        return "query-escaped", "Your app signs the query with &amp; for &.", raw
    if sorted(one) == sorted(other) or unquote_plus(sent) == unquote_plus(seen):
        return "query-encoding", "Your app signs the query decoded, or encoded in another way.", raw
    if seen.startswith(f"{sent}&"):
        return "query-added", "Your app signs parameters in the query that were not in it.", raw
    missing = [name for name, _ in one if name not in dict(other)]
    return "query", f"Your app signs another query{_named(': without ', missing)}.", raw


def _fragment(sent: UrlParts, seen: UrlParts) -> Iterator[Finding]:
    if sent.fragment != seen.fragment:
        yield Finding(
            "fragment",
            f"Your app signs the URL with #{_shown(seen.fragment or '')}.",
            "Leave # and what follows out: connection overrides are neither sent nor signed.",
        )


def _of_parameters(sent: Reading, seen: Reading) -> list[Finding]:
    if set(sent.pairs) == set(seen.pairs):
        return []
    if not seen.pairs:
        return [
            Finding(
                "no-parameters",
                "Your app signs the URL alone, although the request is a POST with a form.",
                "Hand the parsed form to the validator; let the framework parse "
                "application/x-www-form-urlencoded before (Express: express.urlencoded({extended: false})).",
            )
        ]
    one, other = _by_name(sent.pairs), _by_name(seen.pairs)
    return [
        *_duplicates(sent, seen),
        *_missing(one, other),
        *_extra(sent.url, one, other),
        *_changed(one, other),
    ]


def _by_name(pairs: Pairs) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _duplicates(sent: Reading, seen: Reading) -> Iterator[Finding]:
    one, other = _by_name(sent.pairs), _by_name(seen.pairs)
    several = [name for name, values in one.items() if len(set(values)) > 1 and len(other.get(name, values)) == 1]
    if several:
        yield Finding(
            "duplicates",
            f"Of parameters that came several times your app signs one value{_named(': ', several)}.",
            "Hand all values of a name to the validator (getlist, MultiDict).",
        )


def _missing(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> Iterator[Finding]:
    missing = [name for name in one if name not in other]
    if not missing or {name.lower() for name in missing} & {name.lower() for name in other}:
        return  # names in other letters are told by _changed
    if all(not any(one[name]) for name in missing):
        yield Finding(
            "empty-dropped",
            f"Your app leaves out parameters without a value{_named(': ', missing)}.",
            "Keep empty values when the form is parsed (Python: keep_blank_values=True).",
        )
        return
    yield Finding(
        "missing",
        f"Your app signs without parameters that were sent{_named(': ', missing)}.",
        "Hand the whole form to the validator, also parameters your app does not know: there may be new ones any day.",
    )


def _extra(url: str, one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> Iterator[Finding]:
    extra = [name for name in other if name not in one]
    if not extra or {name.lower() for name in extra} & {name.lower() for name in one}:
        return
    parts = parts_of(url)
    of_query = dict(parse_qsl(parts.query, keep_blank_values=True)) if parts and parts.query else {}
    if all(name in of_query for name in extra):
        yield Finding(
            "query-as-parameters",
            f"Your app signs parameters of the query a second time{_named(': ', extra)}: they are in the URL.",
            "Hand only the form of a POST to the validator (request.form, req.body), and nothing for a GET.",
        )
        return
    yield Finding(
        "extra",
        f"Your app signs parameters that were not sent{_named(': ', extra)}.",
        "Hand the form to the validator as it came, before frameworks add to it (controller, action, _method).",
    )


def _changed(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> Iterator[Finding]:
    for cause, what, fix, change in _VALUE_CHANGES:
        names = [name for name in one if name in other and _differ_by(one[name], other[name], change)]
        if names:
            yield Finding(cause, f"{what}{_named(': ', names)}.", fix)
            one = {name: values for name, values in one.items() if name not in names}
    lower = {name.lower(): name for name in one}
    recased = [lower[name.lower()] for name in other if name not in one and name.lower() in lower]
    if recased:
        yield Finding(
            "name-case",
            f"Your app changes the letters of parameter names{_named(': ', recased)}.",
            "Keep the names as they came: CallSid, not callsid or callSid.",
        )
    others = [name for name in one if name in other and set(one[name]) != set(other[name]) and len(one[name]) == 1]
    if others:
        yield Finding(
            "values", f"Your app signs other values{_named(' of ', others)}.", "Sign the values as they came."
        )


def _differ_by(sent: list[str], seen: list[str], change: Callable[[str, str], bool]) -> bool:
    if len(sent) != len(seen) or sent == seen:
        return False
    return all(one == other or change(one, other) for one, other in zip(sent, seen, strict=True))


def _is_misread(sent: str, seen: str) -> bool:
    if sent.isascii() and seen.isascii():
        return False
    raw = sent.encode("utf-8", "replace")
    readings = {raw.decode("latin-1"), raw.decode("cp1252", "replace"), raw.decode("ascii", "replace")}
    readings |= {sent.encode("ascii", "replace").decode(), sent.encode("ascii", "ignore").decode()}
    with contextlib.suppress(UnicodeError):
        readings.add(sent.encode("latin-1").decode())
    return seen in readings


#: Cause, what is different, what to change, and whether two values differ in that way.
_VALUE_CHANGES: tuple[tuple[str, str, str, Callable[[str, str], bool]], ...] = (
    (
        "plus",
        "Your app takes + for a space, or the other way round",
        "Decode the form exactly once: %2B is a plus sign, + is a space.",
        lambda sent, seen: seen in (sent.replace("+", " "), sent.replace(" ", "+"), sent.removeprefix("+")),
    ),
    (
        "trimmed",
        "Your app removes spaces around values",
        "Sign the values before anything trims them.",
        lambda sent, seen: sent.strip() == seen.strip(),
    ),
    (
        "charset",
        "Your app reads the form in another charset than UTF-8",
        "Decode the form as UTF-8.",
        _is_misread,
    ),
    (
        "still-encoded",
        "Your app signs values that are still percent-encoded",
        "Decode the form before it is signed.",
        lambda sent, seen: seen in (quote_plus(sent), quote(sent, safe="")),
    ),
    (
        "decoded-twice",
        "Your app decodes values twice",
        "Decode the form exactly once.",
        lambda sent, seen: seen in (unquote_plus(sent), unquote(sent)),
    ),
    (
        "escaped",
        "Your app signs values that were escaped for HTML",
        "Sign the values before they are escaped.",
        lambda sent, seen: seen in (html.escape(sent), html.escape(sent, quote=False), html.unescape(sent)),
    ),
    (
        "line-ends",
        "Your app changes line ends in values",
        "Sign the values as they came.",
        lambda sent, seen: sent.replace("\r\n", "\n") == seen.replace("\r\n", "\n"),
    ),
    (
        "empty-replaced",
        "Your app signs a word for empty values",
        "Sign the empty text for them.",
        lambda sent, seen: not sent and seen in ("null", "None"),
    ),
    (
        "value-case",
        "Your app changes the letters of values",
        "Sign the values as they came.",
        lambda sent, seen: sent.lower() == seen.lower(),
    ),
)

_ORDER = "Sort the parameters by their names (capital letters before small ones) and join names and values directly."
_LAYOUTS = {
    "unsorted": Finding("order", "Your app signs the parameters in the order in which they came.", _ORDER),
    "ignoring case": Finding("order-case", "Your app sorts the parameters ignoring capital letters.", _ORDER),
    "first values": Finding(
        "duplicates", "Of parameters that came several times your app signs the first value.", "Hand over all values."
    ),
    "repeated": Finding(
        "duplicates", "Your app signs equal values of a name several times.", "Sign each value of a name once."
    ),
    "raw body": Finding("raw-body", "Your app signs the URL and the body as it came.", _ORDER),
    "sorted body": Finding("raw-body", "Your app signs the URL and the body, encoded.", _ORDER),
    "with signs between": Finding("separators", "Your app puts = and & between names and values.", _ORDER),
    "parameters alone": Finding("no-url", "Your app signs the parameters without the URL.", "Put the URL before them."),
    "values alone": Finding("no-names", "Your app signs the values without their names.", _ORDER),
}


def _named(before: str, names: list[str]) -> str:
    """Names for a sentence: the first of many."""
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{before}{', '.join(name[:_LONGEST_SHOWN] for name in names[:_MOST_NAMED])}{more}"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
