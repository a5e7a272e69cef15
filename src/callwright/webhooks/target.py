"""A configured URL taken apart: what is sent, whom to, with which credentials and overrides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from yarl import URL

#: Printable ASCII is sent as configured (`%` included), so that the app sees and signs what its owner typed.
_SENT_AS_IS = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>\\^`{|}')
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UnusableUrl(ValueError):
    """No absolute http or https URL; the text says what is wrong."""


@dataclass(frozen=True)
class Target:
    """`url` goes over the wire and is signed: no fragment, no credentials, never an empty path."""

    url: str
    scheme: str
    host: str
    port: int
    #: Host and port as configured: the Host header.
    authority: str
    fragment: str = ""
    username: str | None = None
    password: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def path_and_query(self) -> str:
        return "/" + self.url.split("/", 3)[3]

    @property
    def document_url(self) -> str:
        """The URL without its credentials, for resolving relative ones and for people to read."""
        return f"{self.url}#{self.fragment}" if self.fragment else self.url

    def with_query(self, parameters: Mapping[str, str]) -> "Target":
        """The same with parameters appended to the query."""
        if not parameters:
            return self
        separator = "&" if "?" in self.url else "?"
        return replace(self, url=f"{self.url}{separator}{urlencode(parameters, errors='replace')}")

    def redirected(self, location: str) -> "Target":
        """Where a Location header leads; raises UnusableUrl. Credentials are not carried along."""
        try:
            return parse_target(urljoin(self.url, location.strip()))
        except ValueError as error:
            raise UnusableUrl(f"It redirects to {location[:200]!r}: {error}") from error


def parse_target(url: str) -> Target:
    """Take a URL apart; raises UnusableUrl naming what is wrong with it."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnusableUrl(f"{_shown(url)} is no URL: {error}.") from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise UnusableUrl(f"{_shown(url)} is not an absolute http or https URL.")
    if "_" in host or port == 0:
        raise UnusableUrl(f"{_shown(url)} has an invalid host name or port: no underscores, no port 0.")
    authority = _authority(parts.netloc.rpartition("@")[2], url)
    query = f"?{_encoded(parts.query)}" if parts.query else ""
    return Target(
        url=f"{scheme}://{authority}{_encoded(parts.path) or '/'}{query}",
        scheme=scheme,
        host=host,
        port=port or _DEFAULT_PORTS[scheme],
        authority=authority,
        fragment=parts.fragment,
        username=unquote(parts.username) if parts.username is not None else None,
        password=unquote(parts.password or ""),
    )


def _authority(configured: str, url: str) -> str:
    """Host and port as they go into the Host header: international names in their ASCII form."""
    try:
        parsed = URL(f"http://{configured}")
        port = f":{parsed.explicit_port}" if parsed.explicit_port else ""
        authority = configured if configured.isascii() else f"{parsed.raw_host}{port}"
    except ValueError as error:
        raise UnusableUrl(f"{_shown(url)} has an invalid host name.") from error
    if not _AUTHORITY.fullmatch(authority):
        raise UnusableUrl(f"{_shown(url)} has an invalid host name.")
    return authority


def _encoded(text: str) -> str:
    return quote(text, safe=_SENT_AS_IS, errors="replace")


def _shown(url: str) -> str:
    """For messages: without what might be a password."""
    before, at, after = url[:300].rpartition("@")
    return repr(f"{before.partition('//')[0]}//…@{after}" if at else url[:300])
