"""HTTP authentication with the credentials of a URL.

Basic (RFC 7617) and Digest (RFC 7616; MD5 and SHA-256, qop auth, or none as in RFC 2069).
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import md5, sha256
from typing import Any

_TOKEN = re.compile(
    r"""(?P<name>[!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,="]+))"""
    r"""|(?P<scheme>[!#$%&'*+.^_`|~\w-]+)"""
)
_ESCAPED = re.compile(r"\\(.)")
_LONGEST_HEADER = 8192


def _md5(data: bytes) -> Any:
    return md5(data, usedforsecurity=False)


_HASHES: dict[str, Callable[[bytes], Any]] = {"SHA-256": sha256, "MD5": _md5}


@dataclass(frozen=True)
class Challenge:
    """One challenge of a WWW-Authenticate header: the scheme in lower case, parameter names too."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def algorithm(self) -> str:
        return self.parameters.get("algorithm", "MD5").upper()


def parse_challenges(header: str) -> list[Challenge]:
    """All challenges in a header's value; nonsense in it is passed over."""
    challenges: list[Challenge] = []
    for match in _TOKEN.finditer(header[:_LONGEST_HEADER]):
        if match["scheme"] is not None:
            challenges.append(Challenge(match["scheme"].lower()))
        elif challenges:
            value = _ESCAPED.sub(r"\1", match["quoted"]) if match["quoted"] is not None else match["plain"]
            challenges[-1].parameters.setdefault(match["name"].lower(), value)
    return challenges


def strongest(challenges: list[Challenge]) -> Challenge | None:
    """The challenge to answer: Digest with SHA-256, with MD5, then Basic; None when none is understood."""
    ranked = [*_understood_digests(challenges), *(one for one in challenges if one.scheme == "basic")]
    return ranked[0] if ranked else None


def _understood_digests(challenges: list[Challenge]) -> Iterator[Challenge]:
    for algorithm in _HASHES:
        for challenge in challenges:
            qops = [qop.strip().lower() for qop in challenge.parameters.get("qop", "auth").split(",")]
            usable = challenge.scheme == "digest" and "nonce" in challenge.parameters and "auth" in qops
            if usable and challenge.algorithm == algorithm:
                yield challenge


class Credentials:
    """A user name and password for one origin, and the challenge they last answered."""

    def __init__(self, username: str, password: str, make_nonce: Callable[[], str]) -> None:
        self.username = username
        self.password = password
        self._make_nonce = make_nonce
        self._challenge: Challenge | None = None
        self._nonce_count = 0

    def accept(self, challenge: Challenge) -> bool:
        """Answer this challenge from now on; False when the same answer has just been refused."""
        if challenge.scheme == "basic" and self._challenge is not None and self._challenge.scheme == "basic":
            return False
        self._challenge = challenge
        self._nonce_count = 0
        return True

    def authorization(self, method: str, path_and_query: str) -> str | None:
        """The Authorization header; None before the first challenge: an app that does not ask gets none."""
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return self._digest(self._challenge, method, path_and_query)

    def _digest(self, challenge: Challenge, method: str, path_and_query: str) -> str:
        self._nonce_count += 1
        asked = challenge.parameters
        realm, nonce = asked.get("realm", ""), asked["nonce"]

        def hashed(*parts: str) -> str:
            return str(_HASHES[challenge.algorithm](":".join(parts).encode()).hexdigest())

        secret = hashed(self.username, realm, self.password)
        action = hashed(method, path_and_query)
        fields = {"username": self.username, "realm": realm, "nonce": nonce, "uri": path_and_query}
        if "qop" in asked:
            count, own_nonce = f"{self._nonce_count:08x}", self._make_nonce()
            fields["cnonce"] = own_nonce
            response = hashed(secret, nonce, count, own_nonce, "auth", action)
            bare = f", qop=auth, nc={count}"
        else:
            response, bare = hashed(secret, nonce, action), ""  # RFC 2069, before qop
        if "algorithm" in asked:
            bare += f", algorithm={asked['algorithm']}"
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        quoted = ", ".join(f'{name}="{_quoted(value)}"' for name, value in {**fields, "response": response}.items())
        return f"Digest {quoted}{bare}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
