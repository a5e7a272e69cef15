"""Incoming calls: from INVITE to a running session, or to a refusal that says why."""

import structlog

from callwright.model.actor import SERVER
from callwright.model.resources.trunk import Trunk
from callwright.usecases.answer_call import Admitted, Arrival, Refused, answer_call
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.voice.admission import TrunkAdmission, admits
from callwright.voice.incoming_call import IncomingCall
from callwright.voice.legs import InboundLeg
from callwright.voice.live_calls import LocalCalls
from callwright.voice.ports import MediaPlane, Speaker
from callwright.voice.session import CallSession

log = structlog.get_logger()

_FORBIDDEN = 403
_SERVER_ERROR = 500


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
            log.warning("incoming call refused", source=incoming.source[0], cause=decision.cause)
            incoming.reject(decision.sip_status)
            return
        await self._run(incoming, decision)

    async def _decide(self, incoming: IncomingCall) -> Admitted | Refused:
        trunk = await self._admission.trunk_of(incoming.source[0])
        if trunk is None:
            return Refused(_FORBIDDEN, "no trunk allows this source: callwright trunks add NAME --allow CIDR")
        return await self._ports.storage.write(lambda unit: self._answer(unit, trunk, incoming), SERVER)

    def _answer(self, unit: UnitOfWork, known: Trunk, incoming: IncomingCall) -> Admitted | Refused:
        trunk = unit.get(Trunk, known.sid)
        if trunk is None or not admits(trunk, incoming.source[0]):
            return Refused(_FORBIDDEN, f"trunk {known.sid} does not allow this source any more")
        arrival = Arrival(
            trunk=trunk,
            to_user=incoming.request_uri_user or incoming.to_user,
            from_user=incoming.from_user,
            sip_call_id=incoming.call_id,
            node=self._ports.settings.node,
            caller_name=incoming.from_display,
            forwarded_from=None,
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
