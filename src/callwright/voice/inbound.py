"""Incoming calls: from INVITE to a running session, or to a refusal that says why."""

import re
from functools import partial

import structlog

from callwright.model.actor import SERVER
from callwright.model.resources.trunk import Trunk
from callwright.usecases.answer_call import Admitted, Arrival, Refused, answer_call
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.voice.admission import TrunkAdmission
from callwright.voice.incoming_call import IncomingCall
from callwright.voice.legs import InboundLeg
from callwright.voice.live_calls import LocalCalls
from callwright.voice.ports import MediaPlane, Speaker
from callwright.voice.session import CallSession
from callwright.wire.sip import grammar
from callwright.wire.sip.errors import MalformedMessage

log = structlog.get_logger()

_FORBIDDEN = 403
_SERVER_ERROR = 500
_UNAVAILABLE = 503
#: How often the trunks may change under an INVITE before it is refused.
_MOST_LOOKS = 5
#: What of the peer's own headers web apps are told, and how much of it.
_MOST_HEADERS, _LONGEST_TEXT = 20, 1024
#: Characters that no number, name or header value has, and that a database refuses.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class InboundCalls:
    """Takes INVITEs from the user agent."""

    def __init__(
        self,
        ports: Ports,
        plane: MediaPlane,
        speaker: Speaker,
        calls: LocalCalls,
        admission: TrunkAdmission,
        media_host: str,
    ) -> None:
        self._ports = ports
        self._plane = plane
        self._speaker = speaker
        self._calls = calls
        self._admission = admission
        self._media_host = media_host

    def accept(self, incoming: IncomingCall) -> None:
        """An INVITE came; called from the packet handler, so it only starts the work."""
        self._calls.spawn(self._handle(incoming))

    async def _handle(self, incoming: IncomingCall) -> None:
        try:
            decision = await self._decide(incoming)
        except Exception:
            log.exception("incoming call failed", sip_call_id=incoming.call_id)
            incoming.reject(_SERVER_ERROR)
            return
        if isinstance(decision, Refused):
            log.warning("incoming call refused", source=incoming.source[0], code=decision.code, cause=decision.cause)
            incoming.reject(decision.sip_status)
            return
        await self._run(incoming, decision)

    async def _decide(self, incoming: IncomingCall) -> Admitted | Refused:
        for _ in range(_MOST_LOOKS):
            trunk = await self._admission.trunk_of(incoming.source[0])
            if trunk is None:
                return Refused(_FORBIDDEN, "no trunk allows this source: callwright trunks add NAME --allow CIDR")
            decision = await self._ports.storage.write(partial(self._answer, trunk=trunk, incoming=incoming), SERVER)
            if decision is not None:
                return decision
            await self._admission.refresh()
        return Refused(_UNAVAILABLE, "the trunks were changed again and again while this call came in")

    def _answer(self, unit: UnitOfWork, trunk: Trunk, incoming: IncomingCall) -> Admitted | Refused | None:
        """None when the trunks have changed since this one was found."""
        if not self._admission.is_current(unit, trunk):
            return None
        arrival = Arrival(
            trunk=trunk,
            to_user=_plain(incoming.request_uri_user or incoming.to_user),
            from_user=_plain(incoming.from_user),
            sip_call_id=incoming.call_id,
            node=self._ports.settings.node,
            caller_name=_plain(incoming.from_display or "") or None,
            forwarded_from=_plain(diverting_user(incoming.headers.get("Diversion")) or "") or None,
            sip_parameters=_sip_parameters(incoming),
        )
        return answer_call(unit, arrival)

    async def _run(self, incoming: IncomingCall, admitted: Admitted) -> None:
        incoming.ring()
        leg = InboundLeg(incoming, self._media_host)
        session = CallSession(self._ports, self._plane, self._speaker, admitted.call, admitted.account, leg)
        self._calls.add(admitted.call.sid, session)
        try:
            await session.run()
        finally:
            self._calls.remove(admitted.call.sid)


def diverting_user(diversion: str | None) -> str | None:
    """The user that forwarded the call: of the first, that is the last, diversion (RFC 5806 §5)."""
    if not diversion:
        return None
    try:
        return grammar.parse_address(grammar.split_list(diversion)[0]).uri.user
    except (MalformedMessage, IndexError):
        return None


def _sip_parameters(incoming: IncomingCall) -> dict[str, str]:
    """What web apps are told of the INVITE: where it came from, and its X- headers (reference: webhooks)."""
    headers = sorted(incoming.x_headers.items())[:_MOST_HEADERS]
    told = {f"SipHeader_{name}": value for name, value in headers}
    told |= {"SipDomain": incoming.to_host, "SipSourceIp": incoming.source[0]}
    return {name: _plain(value) for name, value in told.items()}


def _plain(text: str) -> str:
    return _CONTROL.sub("", text)[:_LONGEST_TEXT]
