"""An incoming call: one INVITE from the peer and the dialog it makes."""

import asyncio
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from callwright.voice.sip_call import CallRegistry, Ended, SipCall
from callwright.voice.sip_stack import SipStack
from callwright.voice.transport import Address
from callwright.wire.sip.dialog import Dialog
from callwright.wire.sip.errors import MalformedMessage
from callwright.wire.sip.headers import Headers
from callwright.wire.sip.message import Request
from callwright.wire.sip.server_invite import ServerInvite

_RINGING = 180
_REFUSED = 480
_TERMINATED = 487
_UNAVAILABLE = 503
#: Written as %00 or %0D%0A, they get through the check of whole messages.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class CallGone(Exception):
    """The call was over before it could be answered, or before the answer was acknowledged."""


class FirstValues(Mapping[str, str]):
    """Header fields by name without case, each with its first value."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        value = self._headers.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers.names())

    def __len__(self) -> int:
        return len(self._headers.names())


class IncomingCall(SipCall):
    """A call that came in. Users and display name are decoded text from the peer: never trust them in a header."""

    def __init__(self, stack: SipStack, registry: CallRegistry, transaction: ServerInvite, source: Address) -> None:
        """Raises MalformedMessage when the INVITE cannot make a dialog."""
        invite = transaction.request
        super().__init__(stack, registry, invite.call_id)
        self.call_id = invite.call_id
        self.source = source
        self.request_uri_user = _user_of(invite.parsed_uri.user)
        self.to_user = _user_of(invite.to_address.uri.user)
        self.to_host = invite.to_address.uri.host
        self.from_user = _user_of(invite.from_address.uri.user)
        self.from_display: str | None = invite.from_address.name or None
        self.headers: Mapping[str, str] = FirstValues(invite.headers)
        #: Every X-… header with its first value, names as written.
        self.x_headers = {name: self.headers[name] for name in self.headers if name.lower().startswith("x-")}
        #: The SDP offer; None when the peer wants one from us.
        self.offer = invite.text()
        self.remote_sdp = self.offer
        self._invite = transaction
        self._peer = source
        self._acked: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._dialog = Dialog.of_server(invite, secrets.token_hex(8))
        self._answers_to_peer = _is_behind_nat(invite, source)
        registry.enter(self, self._dialog)

    @property
    def is_answered(self) -> bool:
        """A 200 was sent; its ACK may still be on the way."""
        return self._dialog is not None and self._dialog.is_confirmed

    @property
    def local_tag(self) -> str:
        return "" if self._dialog is None else self._dialog.local_tag

    def trying(self) -> None:
        self._respond(self._invite, 100)

    def ring(self) -> None:
        """Send 180; does nothing once the call was answered or is over."""
        if not self.is_answered and not self.is_over:
            self._respond(self._invite, _RINGING, headers=[("Contact", self._stack.contact(self._invite.target))])

    async def answer(self, sdp: str) -> str | None:
        """Answer with our SDP and wait for the ACK; the ACK's SDP when the INVITE had none.

        Raises CallGone when the call was cancelled or hung up first, or when no ACK came within 64*T1 (then the
        peer has been sent a BYE).
        """
        if self.is_answered or self.is_over:
            raise CallGone("the call was answered already" if not self.is_over else "the call is over")
        assert self._dialog is not None  # noqa: S101 - made with the call
        self.local_sdp = sdp
        self._awaits_sdp_in_ack = self.offer is None
        response = self._answer(self._invite, sdp)
        self._dialog.is_confirmed = True
        self._repeat = self._stack.repeat_answer(self._invite, response, self)
        await self._acknowledged_or_over()
        if not self._acked.done():
            raise CallGone("the call ended before the answer was acknowledged")
        return self._acked.result()

    def reject(self, status: int, reason: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Refuse with a final status from 300 to 699; does nothing once the call was answered or is over."""
        if self.is_answered or self.is_over:
            return
        self._respond(self._invite, status, reason, list((headers or {}).items()))
        self._end(Ended("local", status))

    def abort(self) -> None:
        """Hang up without waiting."""
        if not self.is_answered:
            self.reject(_UNAVAILABLE)
        elif not self.is_over:
            self._bye()
            self._end(Ended("local"))

    async def hang_up(self) -> None:
        """BYE, or 480 while not answered. Safe to call twice; waits for the ACK first (RFC 3261 §15)."""
        if self.is_over:
            return
        if not self.is_answered:
            self.reject(_REFUSED)
            return
        await self._acknowledged_or_over()
        if not self.is_over:
            self._bye()
            self._end(Ended("local"))

    async def _acknowledged_or_over(self) -> None:
        either: list[asyncio.Future[Any]] = [self._acked, self.ended]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)

    def cancelled(self) -> None:
        """A CANCEL came: 487, unless the call was answered before (§9.2)."""
        if not self.is_answered and not self.is_over:
            self._respond(self._invite, _TERMINATED)
            self._end(Ended("cancel", _TERMINATED))

    @property
    def _first_invite(self) -> ServerInvite | None:
        return self._invite

    def _acknowledged(self, answer: str | None, *, is_first: bool) -> None:
        if is_first and not self._acked.done():
            self._acked.set_result(answer)
        super()._acknowledged(answer, is_first=is_first)

    def _end(self, how: Ended) -> None:
        if not self.is_answered and not self.is_over and how.by == "remote":
            self._respond(self._invite, _TERMINATED)  # §15.1.2: a BYE in the early dialog
        super()._end(how)


def _user_of(user: str | None) -> str:
    """The user part without telephone-subscriber parameters (`+1555;npdi`).

    Raises MalformedMessage for control characters: they stand for nobody, and no row, webhook or log line wants them.
    """
    name = (user or "").partition(";")[0]
    if _CONTROL.search(name):
        raise MalformedMessage("control character in a user part")
    return name


def _is_behind_nat(invite: Request, source: Address) -> bool:
    """The peer's own Via is not where its packet came from, and its Contact names the same wrong address."""
    contact = invite.contact()
    via_host = invite.top_via.host
    is_direct = len(invite.headers.all("Via")) == 1 and "Record-Route" not in invite.headers
    return is_direct and via_host != source[0] and contact is not None and contact.uri.host == via_host
