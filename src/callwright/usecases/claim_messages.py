"""Claim queued messages for their carriers: many in one transaction. From then on the carrier may have them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callwright.model.carrier_routing import NoRoom, Routing, choose_carriers, first_with_room
from callwright.model.delivery_error import ACCOUNT_SUSPENDED, QUEUE_OVERFLOW, TEXTS
from callwright.model.message_errors import RecipientOptedOut
from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import SendableMedia, Sending
from callwright.usecases.carriers_of_account import carriers_of_account
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.progress_message import progress_message

#: The files of a message, ready to be handed over (media_url.sendable_media with its secrets and settings).
MediaOf = Callable[[UnitOfWork, str], tuple[SendableMedia, ...]]


@dataclass(frozen=True)
class Claimed:
    """What is to be handed over now. `left`: rows that go on waiting, as no carrier of theirs has room."""

    sendings: list[Sending] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def claim_messages(
    unit: UnitOfWork,
    queued_sids: Sequence[str],
    node: str,
    room: Mapping[str | None, int],
    media_of: MediaOf | None = None,
    *,
    opt_out: bool = True,
) -> Claimed:
    """Claim these rows, in this order, for the node and the first carrier of each that has room.

    `room` tells how many messages each carrier takes now; None is this server itself. Messages whose time has run
    out fail with 30001, those of accounts that are not active with 30002, those to whom a STOP came meanwhile with
    21610 (unless `opt_out` is off); rows that others have claimed are skipped.
    """
    claiming = _Claiming(unit, node, dict(room), media_of)
    rows = _by_sid(unit, QueuedMessage, queued_sids)
    waiting = [rows[sid] for sid in queued_sids if sid in rows and rows[sid].node is None]
    messages = _by_sid(unit, Message, [row.message_sid for row in waiting])
    stopped = _stopped(unit, messages.values()) if opt_out else frozenset()
    claimed = Claimed()
    for row in waiting:
        message = messages.get(row.message_sid)
        if message is None or message.is_final:
            unit.delete(row)
        elif message.sid in stopped:
            claiming.fail(row, message, RecipientOptedOut.code, _stop_came(message))
        else:
            claiming.claim(row, message, claimed)
    return claimed


def release_claims(unit: UnitOfWork, queued_sids: Sequence[str], node: str) -> None:
    """Undo claims of the node that were committed without its hearing of it: nothing was handed over for them."""
    for row in _by_sid(unit, QueuedMessage, queued_sids).values():
        if row.node == node:
            unit.update(row, {"node": None})


class _Claiming:
    """One transaction's claims. What many messages share is read once."""

    def __init__(self, unit: UnitOfWork, node: str, room: dict[str | None, int], media_of: MediaOf | None) -> None:
        self._unit = unit
        self._node = node
        self._room = room
        self._media_of = media_of
        self._accounts: dict[str, tuple[Account | None, list[Carrier]]] = {}

    def claim(self, row: QueuedMessage, message: Message, claimed: Claimed) -> None:
        account, carriers = self._owner(message.account_sid)
        if account is None or account.status != "active":
            self.fail(row, message, ACCOUNT_SUSPENDED, TEXTS[ACCOUNT_SUSPENDED])
            return
        routing = choose_carriers(row, carriers, row.tried, is_here=row.is_here)
        if row.expires_at <= self._unit.now:
            self.fail(row, message, QUEUE_OVERFLOW, _expired(message, routing))
            return
        try:
            carrier = first_with_room(routing, self._room)
        except NoRoom:
            claimed.left.append(row.sid)
            return
        claimed.sendings.append(self._claimed(row, message, carrier, routing))

    def _claimed(self, row: QueuedMessage, message: Message, carrier: Carrier | None, routing: Routing) -> Sending:
        carrier_sid = carrier.sid if carrier is not None else None
        self._room[carrier_sid] -= 1
        attempt = row.attempt + 1
        self._unit.update(row, {"node": self._node, "carrier_sid": carrier_sid, "attempt": attempt})
        facts = {
            "carrier_sid": carrier_sid,
            "attempts": attempt,
            "queue_time_ms": self._waited_ms(message),
            "route": routing.decided(carrier, is_here=row.is_here).as_dict(),
        }
        return Sending(
            queued_sid=row.sid,
            message=self._sending(message, facts),
            carrier=carrier,
            attempt=attempt,
            expires_at=row.expires_at,
            media=self._media_of(self._unit, message.sid) if self._media_of and message.num_media != "0" else (),
        )

    def _sending(self, message: Message, facts: dict[str, Any]) -> Message:
        if message.status == "sending":  # it was tried before: a status never goes back
            return self._unit.update(message, facts)
        return progress_message(self._unit, message, "sending", facts)

    def _waited_ms(self, message: Message) -> int:
        since = message.send_at or message.date_created or self._unit.now
        return max(round((self._unit.now - since).total_seconds() * 1000), 0)

    def fail(self, row: QueuedMessage, message: Message, code: int, text: str) -> None:
        self._unit.delete(row)
        progress_message(self._unit, message, "failed", {"error_code": code, "error_message": text})

    def _owner(self, account_sid: str) -> tuple[Account | None, list[Carrier]]:
        known = self._accounts.get(account_sid)
        if known is None:
            account = self._unit.get(Account, account_sid)
            carriers = carriers_of_account(self._unit, account) if account is not None else []
            known = self._accounts[account_sid] = (account, carriers)
        return known


def _stopped(unit: UnitOfWork, messages: Iterable[Message]) -> frozenset[str]:
    """SIDs of those whose recipients have answered STOP; the answer to that goes out nevertheless."""
    pairs = {
        message.sid: opt_out_sid(message.account_sid, message.from_ or "", message.to or "")
        for message in messages
        if not message.sending.get("ignores_opt_out")
    }
    found = _by_sid(unit, OptOut, sorted(set(pairs.values())))
    return frozenset(sid for sid, pair in pairs.items() if pair in found)


def _stop_came(message: Message) -> str:
    return (
        f"Attempt to send to unsubscribed recipient: {message.to} answered STOP to {message.from_} while the message "
        f"waited for its turn. START from {message.to} lets you write again."
    )


def _expired(message: Message, routing: Routing) -> str:
    """What kept it from being handed over in time, as far as that is known."""
    last_failure = message.sending.get("last_failure")
    if last_failure:
        return f"{TEXTS[QUEUE_OVERFLOW]} It was tried: {last_failure}"
    names = ", ".join(carrier.friendly_name for carrier in routing.candidates if carrier is not None)
    fix = f"`callwright carriers list` shows whether {names} is connected" if names else "its turn did not come"
    return f"{TEXTS[QUEUE_OVERFLOW]} {fix[0].upper()}{fix[1:]}; a longer ValidityPeriod or a higher rate helps, too."


def _by_sid(unit: UnitOfWork, record_type: Any, sids: Sequence[str]) -> dict[str, Any]:
    if not sids:
        return {}
    found = unit.select(record_type, [Condition("sid", list(sids), "in")], limit=len(sids))
    return {record.sid: record for record in found}
