"""Dialogs (RFC 3261 §12): what both ends agreed on, and requests within it."""

from dataclasses import dataclass, field

from sipmessage import URI

from callwright.wire.sip import grammar
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request, Response

_DEFAULT_PORT = 5060
#: The URI parameter of a loose router (§16.12).
_LOOSE = "lr"


class OutOfOrder(Exception):
    """A request in the dialog has a lower CSeq than one before it; the answer is 500 (§12.2.2)."""


@dataclass
class Dialog:
    """One end's view. `local` and `remote` are From/To values as they stand in messages, tags included."""

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    #: Request-URI of the next request: the peer's Contact.
    remote_target: str
    route_set: list[str] = field(default_factory=list)
    local_sequence: int = 1
    #: None until the peer sent a request.
    remote_sequence: int | None = None
    is_confirmed: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.call_id, self.local_tag, self.remote_tag)

    @classmethod
    def of_server(cls, invite: Request, local_tag: str) -> "Dialog":
        """The callee's side (§12.1.1). Raises MalformedMessage when Contact is missing or unusable."""
        return cls(
            call_id=invite.call_id,
            local=f"{invite.headers.get('To')};tag={local_tag}",
            remote=invite.headers.get("From") or "",
            local_tag=local_tag,
            remote_tag=invite.from_tag,
            remote_target=_contact_of(invite),
            route_set=_record_route(invite),
            remote_sequence=invite.cseq.sequence,
        )

    @classmethod
    def of_client(cls, invite: Request, response: Response) -> "Dialog":
        """The caller's side, from a 101-299 with a To-tag (§12.1.2). Raises MalformedMessage."""
        return cls(
            call_id=invite.call_id,
            local=invite.headers.get("From") or "",
            remote=response.headers.get("To") or "",
            local_tag=invite.from_tag,
            remote_tag=response.to_tag,
            remote_target=_contact_of(response),
            route_set=_record_route(response)[::-1],
            local_sequence=invite.cseq.sequence,
            is_confirmed=response.is_success,
        )

    def receive(self, request: Request) -> None:
        """Check the order of an in-dialog request (§12.2.2). Raises OutOfOrder."""
        sequence = request.cseq.sequence
        if self.remote_sequence is not None and sequence < self.remote_sequence:
            raise OutOfOrder
        self.remote_sequence = sequence

    def refresh_target(self, message: Request | Response) -> None:
        """Take the new Contact of a re-INVITE, UPDATE or their 2xx (§12.2). Raises MalformedMessage."""
        self.remote_target = message.contact_uri() or self.remote_target

    def next_request(self, method: str, via: str, headers: list[tuple[str, str]], body: bytes = b"") -> Request:
        """A new request in the dialog (§12.2.1.1)."""
        self.local_sequence += 1
        return self._request(method, self.local_sequence, via, headers, body)

    def ack(self, invite: Request, via: str, body: bytes = b"", body_type: str = "") -> Request:
        """The ACK to a 2xx: a transaction of its own with the INVITE's CSeq number (§13.2.2.4)."""
        headers = [("Content-Type", body_type)] if body else []
        return self._request("ACK", invite.cseq.sequence, via, headers, body)

    def next_hop(self) -> tuple[str, int]:
        """Host (maybe a name) and port the next request is sent to."""
        uri = self._route_uri() if self.route_set else grammar.parse_uri(self.remote_target)
        return uri.host.strip("[]"), uri.port or _DEFAULT_PORT

    def _request(self, method: str, sequence: int, via: str, headers: list[tuple[str, str]], body: bytes) -> Request:
        uri, routes = self._routing()
        fields = [("Via", via), *(("Route", route) for route in routes)]
        fields += [
            ("Max-Forwards", "70"),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{sequence} {method}"),
            *headers,
        ]
        return Request(Headers(fields), body, method=method, uri=uri)

    def _routing(self) -> tuple[str, list[str]]:
        """Request-URI and Route values; a first route without `lr` is a strict router (§12.2.1.1)."""
        if not self.route_set:
            return self.remote_target, []
        if grammar.parameter(self._route_uri().parameters, _LOOSE) is not None:
            return self.remote_target, self.route_set
        return grammar.uri_text(self.route_set[0]), [*self.route_set[1:], f"<{self.remote_target}>"]

    def _route_uri(self) -> URI:
        return grammar.parse_address(self.route_set[0]).uri


def _contact_of(message: Request | Response) -> str:
    uri = message.contact_uri()
    if uri is None:
        raise MalformedMessage("Contact is missing")
    return uri


def _record_route(message: Request | Response) -> list[str]:
    routes = [item for value in message.headers.all("Record-Route") for item in grammar.split_list(value)]
    for route in routes:
        grammar.parse_address(route)
    return routes
