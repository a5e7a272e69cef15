"""Which requests never reach a call: answered without keeping any state (RFC 3261 §8.2, §8.2.7).

Strangers and broken requests cost no transaction, so a flood of them cannot use the transactions up.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from callwright.voice.sip_stack import ALLOWED
from callwright.voice.transport import Address
from callwright.wire.sip import grammar
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.message import Request

_UNDERSTOOD = frozenset(ALLOWED.split(", "))
#: Methods of the RFCs that we know and do not serve here: 405 rather than 501.
_KNOWN = _UNDERSTOOD | {"REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER"}
_ANY_ENCODING = "identity"


@dataclass(frozen=True)
class Answer:
    """A response that needs no transaction."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()


#: The source belongs to no trunk.
FORBIDDEN = Answer(403)


@dataclass
class Gate:
    """Looks at requests that belong to no transaction and no dialog."""

    #: Source address and port → admitted. None admits everybody.
    admits: Callable[[str, int], bool] | None = None
    #: False while shutting down: new INVITEs are answered 503.
    accepting: bool = True
    _secret: bytes = b""

    def __post_init__(self) -> None:
        self._secret = secrets.token_bytes(16)

    def answer(self, request: Request, source: Address) -> Answer | None:
        """What to answer instead of taking the request; None lets it in."""
        if request.method == "OPTIONS":
            return Answer(483) if request.max_forwards == 0 else Answer(200, (("Allow", ALLOWED), _ACCEPT))
        if self.admits is not None and not self.admits(*source):
            return FORBIDDEN
        if request.max_forwards == 0:
            return Answer(483)
        if request.method not in _UNDERSTOOD:
            return Answer(405 if request.method in _KNOWN else 501, (("Allow", ALLOWED),))
        if request.method != "INVITE":
            return Answer(481)  # BYE, UPDATE, INFO without the dialog they belong to
        return self._refuse_invite(request)

    def _refuse_invite(self, invite: Request) -> Answer | None:
        if not self.accepting:
            return Answer(503, (("Retry-After", "10"),))
        unsupported = required_extensions(invite)
        if unsupported:
            return Answer(420, (("Unsupported", ", ".join(unsupported)),))
        return _refuse_body(invite) or _refuse_contact(invite)

    def stable_tag(self, request: Request) -> str:
        """A To-tag that is the same for each copy of the request (§8.2.7)."""
        name = f"{request.call_id}\n{request.from_tag}\n{request.cseq.sequence}".encode()
        return hashlib.blake2b(name, key=self._secret, digest_size=8).hexdigest()


_ACCEPT = ("Accept", "application/sdp")


def required_extensions(request: Request) -> list[str]:
    """Option tags in Require: we support none of them (§8.2.2.3)."""
    return [
        tag
        for value in request.headers.all("Require")
        for tag in map(str.strip, value.split(","))
        if grammar.is_token(tag)
    ]


def _refuse_body(invite: Request) -> Answer | None:
    encoding = invite.headers.get("Content-Encoding", _ANY_ENCODING)
    if invite.body and encoding != _ANY_ENCODING:
        return Answer(415, (("Accept-Encoding", _ANY_ENCODING),))
    try:
        offer = invite.text()
    except MalformedMessage:
        return Answer(400)
    return Answer(415, (_ACCEPT,)) if invite.body and offer is None else None


def _refuse_contact(invite: Request) -> Answer | None:
    try:
        return None if invite.contact() is not None else Answer(400)
    except MalformedMessage:
        return Answer(400)
