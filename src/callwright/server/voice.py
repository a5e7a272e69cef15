"""The voice side put together: media, speech, user agent, trunks and the calls that run on them."""

import time

from callwright import __version__
from callwright.config import Settings, parse_host_port
from callwright.media.client import MediaClient
from callwright.server.http import PortInUse
from callwright.speech.client import SpeechClient
from callwright.usecases.ports import Ports
from callwright.voice.admission import TrunkAdmission
from callwright.voice.inbound import InboundCalls
from callwright.voice.live_calls import LocalCalls
from callwright.voice.local_address import advertised_host
from callwright.voice.outbound import OutboundCalls
from callwright.voice.user_agent import UserAgent


class VoiceSide:
    """Starts and stops the parts of a call in the order they need each other."""

    def __init__(self, settings: Settings, ports: Ports, calls: LocalCalls) -> None:
        self._settings = settings
        self._calls = calls
        self.speech = SpeechClient(settings.data / "cache" / "clips")
        self._admission = TrunkAdmission(ports.storage, time.monotonic)
        self._sip_host, self._sip_port = parse_host_port(settings.sip)
        self.media = MediaClient(self._sip_host, settings.rtp_port_range)
        media_host = advertised_host(self._sip_host, settings.public_host)
        self.inbound = InboundCalls(ports, self.media, self.speech, calls, self._admission, media_host)
        self.user_agent = UserAgent(
            user_agent=f"Callwright/{__version__}",
            advertised_host=settings.public_host,
            on_call=self.inbound.accept,
            admits=self._admission.knows,
            look_again=self._admission.refresh,
        )
        self.outbound = OutboundCalls(ports, self.media, self.speech, calls, self.user_agent, media_host)
        self._is_open = False

    async def start(self) -> None:
        await self.media.start()
        await self.speech.start()
        await self._admission.refresh()
        self._calls.place_with(self.outbound.place)
        await self._listen()
        self._is_open = True

    async def _listen(self) -> None:
        try:
            await self.user_agent.open(self._sip_host, self._sip_port)
        except OSError as error:
            raise PortInUse(
                f"Cannot listen on {self._settings.sip} (UDP): {_reason(error)}. Choose another with --sip."
            ) from error

    def health(self) -> dict[str, bool]:
        return {"sip": self._is_open, "media": self.media.is_running, "speech": self.speech.pid is not None}

    async def end_calls(self, timeout_s: float) -> None:
        """No new calls; the live ones are told goodbye."""
        self.user_agent.accepting = False
        await self._calls.end_all(timeout_s)

    async def stop(self) -> None:
        self._is_open = False
        await self.user_agent.close()
        await self.media.stop()
        await self.speech.stop()


def _reason(error: OSError) -> str:
    """The system's words: uvloop tells only the address and keeps the refusal itself as the cause."""
    cause = error.__cause__ or error.__context__
    return next((one.strerror for one in (error, cause) if isinstance(one, OSError) and one.strerror), str(error))
