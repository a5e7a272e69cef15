"""Outgoing calls: dial a claimed call, let it ring, and hand the answered leg to a session."""

import asyncio
import socket
from dataclasses import dataclass
from typing import Any

import structlog

from callwright.model.actor import SERVER
from callwright.usecases.place_call import Dialing, begin_dialing
from callwright.usecases.ports import Ports, StorageUnavailable, UnitOfWork
from callwright.usecases.progress_call import progress_call
from callwright.usecases.report_problem import Problem, report_problem
from callwright.voice.events import CallEvent, HangUpOrdered
from callwright.voice.legs import OutboundLeg
from callwright.voice.live_calls import LocalCalls
from callwright.voice.outgoing_call import CallRejected, OutgoingCall
from callwright.voice.ports import MediaLeg, MediaPlane, Speaker
from callwright.voice.session import CallSession
from callwright.voice.user_agent import UserAgent

log = structlog.get_logger()

_DIAL_FAILED = 13224
_DEFAULT_TIMEOUT_S = 60
#: Twilio's documented grace on top of Timeout (reference: resources, Calls).
_GRACE_S = 5
_BUSY = frozenset({486, 600, 603})
_NO_ANSWER = frozenset({408, 480, 487})


@dataclass(frozen=True)
class _Outcome:
    """How the ringing ended without an answer."""

    status: str
    sip_status: int | None = None
    #: Why it failed, for the debugger; callees that are busy or do not answer are no failure.
    cause: str | None = None


class _Ringing:
    """A call before its session: a hang-up stops it; orders that cross the answer are kept for the session."""

    is_over = False

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.is_answered = False
        self.orders: list[CallEvent] = []

    def post(self, event: CallEvent) -> None:
        self.orders.append(event)
        if isinstance(event, HangUpOrdered):
            self.stopped.set()


class OutboundCalls:
    """Places the calls that the job `place_call` names."""

    def __init__(
        self,
        ports: Ports,
        plane: MediaPlane,
        speaker: Speaker,
        calls: LocalCalls,
        user_agent: UserAgent,
        media_host: str,
    ) -> None:
        self._ports = ports
        self._plane = plane
        self._speaker = speaker
        self._calls = calls
        self._user_agent = user_agent
        self._media_host = media_host

    async def place(self, call_sid: str) -> None:
        """Claim the call and dial it in a task of its own; does nothing when it is live or no longer queued."""
        if call_sid in self._calls:
            return
        node = self._ports.settings.node
        ringing = _Ringing()
        self._calls.add(call_sid, ringing)  # before the row says so, as orders come once it does
        dialing: Dialing | None = None
        try:
            dialing = await self._ports.storage.write(lambda unit: begin_dialing(unit, call_sid, node), SERVER)
        finally:
            if dialing is None:
                self._calls.remove(call_sid)
        if dialing is not None:
            self._calls.spawn(self._dial(dialing, ringing))

    async def _dial(self, dialing: Dialing, ringing: _Ringing) -> None:
        sid = dialing.call.sid
        try:
            await self._attempt(dialing, ringing)
        except Exception as error:
            log.exception("outgoing call failed", call_sid=sid)
            await self._end(dialing, _Outcome("failed", cause=f"The call could not be placed: {error}"))
        finally:
            self._calls.remove(sid)

    async def _attempt(self, dialing: Dialing, ringing: _Ringing) -> None:
        media = await self._plane.open_leg()
        leg = OutboundLeg(media, self._media_host)
        try:
            outcome = await self._ring(dialing, ringing, leg)
            if outcome is None:
                await self._talk(dialing, ringing, leg, media)
        finally:  # whatever failed: nobody is left on a line without a session, and no port stays bound
            await leg.hang_up()
            await media.close()
        if outcome is not None:
            await self._end(dialing, outcome)

    async def _ring(self, dialing: Dialing, ringing: _Ringing, leg: OutboundLeg) -> _Outcome | None:
        """None once answered."""
        outgoing = await self._invite(dialing, leg)
        told_ringing = asyncio.create_task(self._tell_ringing(dialing, outgoing))
        timeout_s = float(dialing.call.dialing.get("timeout_s") or _DEFAULT_TIMEOUT_S) + _GRACE_S
        try:
            await _first_of(outgoing.answered, ringing.stopped, timeout_s)
            if ringing.stopped.is_set():
                await outgoing.hang_up()  # CANCEL, or BYE when the answer crossed the order
                return _Outcome("canceled", 487)
            if not outgoing.answered.done():
                return _Outcome("no-answer", 487)
            await leg.connected(outgoing)
            return None
        except CallRejected as rejected:
            return _outcome_of(dialing, rejected)
        finally:
            await outgoing.cancel()  # does nothing once it is answered or over
            if not outgoing.ringing.is_set():
                told_ringing.cancel()
            await asyncio.wait([told_ringing])  # ringing is told before what comes after it

    async def _invite(self, dialing: Dialing, leg: OutboundLeg) -> OutgoingCall:
        to_uri, host, port = await _destination(dialing)
        shown = str(dialing.call.dialing.get("caller_id") or dialing.call.from_)
        own_host, own_port = self._user_agent.address
        return await self._user_agent.call(
            to_uri=to_uri,
            from_uri=f"sip:{shown}@{self._media_host}:{own_port}" if own_host else shown,
            target=(host, port),
            offer=leg.offer(),
        )

    async def _tell_ringing(self, dialing: Dialing, outgoing: OutgoingCall) -> None:
        await outgoing.ringing.wait()
        sid = dialing.call.sid
        try:
            await self._ports.storage.write(lambda unit: progress_call(unit, sid, "ringing"), SERVER)
        except StorageUnavailable:
            log.warning("ringing not stored", call_sid=sid)

    async def _talk(self, dialing: Dialing, ringing: _Ringing, leg: OutboundLeg, media: MediaLeg) -> None:
        sid = dialing.call.sid
        facts = {"sip_call_id": leg.sip_call_id}
        ringing.is_answered = True
        answered = await self._ports.storage.write(lambda unit: progress_call(unit, sid, "in-progress", facts), SERVER)
        session = CallSession(self._ports, self._plane, self._speaker, answered or dialing.call, dialing.account, leg)
        session.adopt_media(media)
        self._calls.add(sid, session)
        for order in ringing.orders:
            session.post(order)
        await session.run(send_digits=dialing.call.dialing.get("send_digits"))

    async def _end(self, dialing: Dialing, outcome: _Outcome) -> None:
        call = dialing.call

        def work(unit: UnitOfWork) -> None:
            if outcome.cause:
                report_problem(unit, call, Problem(_DIAL_FAILED, outcome.cause))
            progress_call(unit, call.sid, outcome.status, {"sip_response_code": outcome.sip_status})

        await self._ports.storage.write(work, SERVER)


async def _first_of(answered: asyncio.Future[str], stopped: asyncio.Event, timeout_s: float) -> None:
    """Until the call is answered or refused, its end was ordered, or the time is up."""
    ordered = asyncio.create_task(stopped.wait())
    either: list[asyncio.Future[Any]] = [answered, ordered]
    try:
        await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ordered.cancel()


async def _destination(dialing: Dialing) -> tuple[str, str, int]:
    """Request-URI, numeric host and port. Names are resolved off the loop."""
    to = dialing.call.to or ""
    if dialing.trunk is not None and not to.startswith("sip:"):
        host, port = dialing.trunk.host or "", dialing.trunk.port
        return f"sip:{to}@{host}:{port}", host, port
    host, port = _host_of(to)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return to, str(found[0][4][0]), int(found[0][4][1])


def _host_of(sip_uri: str) -> tuple[str, int]:
    address = sip_uri.partition(":")[2].partition("?")[0].partition(";")[0].rpartition("@")[2]
    host, colon, port = address.rpartition(":")
    return (host, int(port)) if colon and port.isdigit() else (address, 5060)


def _outcome_of(dialing: Dialing, rejected: CallRejected) -> _Outcome:
    if rejected.status in _BUSY:
        return _Outcome("busy", rejected.status)
    if rejected.status in _NO_ANSWER:
        return _Outcome("no-answer", rejected.status)
    way = f" by trunk {dialing.trunk.friendly_name} ({dialing.trunk.sid})" if dialing.trunk else ""
    return _Outcome("failed", rejected.status, f"{dialing.call.to} could not be reached{way}: {rejected}.")
