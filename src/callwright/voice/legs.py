"""Legs: a SIP dialog joined with a media leg by offer and answer (RFC 3264)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import structlog

from callwright.twiml.ports import CallEnded
from callwright.usecases.media_plane import Codec, LegFormat, MediaGone
from callwright.voice.incoming_call import CallGone, IncomingCall
from callwright.voice.outgoing_call import CallRejected, OutgoingCall
from callwright.voice.ports import MediaLeg
from callwright.voice.sip_call import SipCall
from callwright.wire.error import WireError
from callwright.wire.sdp import (
    LocalAudio,
    Negotiated,
    NotAcceptable,
    accept_answer,
    answer_offer,
    build_offer,
)

log = structlog.get_logger()

_BAD_REQUEST = 400
_NOT_ACCEPTABLE = 488


class Audio:
    """Our side of a call's audio: describes it, and connects the media leg to what was agreed."""

    def __init__(self, media: MediaLeg, host: str, session_id: int) -> None:
        self._media = media
        self._local = LocalAudio(host, media.local_port, session_id)
        self._reconnecting: asyncio.Task[None] | None = None

    def offer(self) -> str:
        return build_offer(self._local)

    def answer(self, offer: str) -> Negotiated:
        """Raises WireError, NotAcceptable."""
        return answer_offer(offer, self._local)

    def accept(self, answer: str) -> Negotiated:
        """Raises WireError, NotAcceptable."""
        return accept_answer(answer, self._local)

    async def connect(self, agreed: Negotiated) -> None:
        form = LegFormat(cast("Codec", agreed.codec), agreed.payload_type, agreed.dtmf_payload_type, agreed.ptime_ms)
        await self._media.connect(agreed.remote.host, agreed.remote.port, form, sends=agreed.sends)

    def reoffered(self, offer: str) -> str:
        """Answer a re-INVITE (hold, resume, new address, other codec) and follow it."""
        self._local = replace(self._local, version=self._local.version + 1)
        agreed = self.answer(offer)
        self._reconnecting = asyncio.create_task(self._follow(agreed))
        return agreed.answer

    async def _follow(self, agreed: Negotiated) -> None:
        try:
            await self.connect(agreed)
        except (MediaGone, WireError) as error:
            log.warning("media could not follow a re-INVITE", port=self._local.port, cause=str(error))


def _tell_when_over(call: SipCall, tell: Callable[[], None]) -> None:
    call.ended.add_done_callback(lambda _: tell())


class InboundLeg:
    """An incoming call; implements voice.session.Leg."""

    def __init__(self, incoming: IncomingCall, media_host: str) -> None:
        self._incoming = incoming
        self._media_host = media_host

    @property
    def is_answered(self) -> bool:
        return self._incoming.is_answered

    @property
    def sip_status(self) -> int | None:
        ended = self._incoming.ended
        return ended.result().status if ended.done() and not self.is_answered else None

    async def answer(self, media: MediaLeg) -> None:
        audio = Audio(media, self._media_host, media.local_port)
        try:
            await self._agree(audio)
        except NotAcceptable as error:
            self._incoming.reject(_NOT_ACCEPTABLE)
            raise CallEnded from error
        except WireError as error:
            self._incoming.reject(_BAD_REQUEST)
            raise CallEnded from error
        except (CallGone, MediaGone) as error:
            raise CallEnded from error
        self._incoming.on_reoffer = audio.reoffered

    async def _agree(self, audio: Audio) -> None:
        if self._incoming.offer is not None:
            agreed = audio.answer(self._incoming.offer)
            await audio.connect(agreed)
            await self._incoming.answer(agreed.answer)
            return
        answer = await self._incoming.answer(audio.offer())
        if answer is None:
            await self._incoming.hang_up()
            raise CallEnded
        await audio.connect(audio.accept(answer))

    def refuse(self, sip_status: int) -> None:
        self._incoming.reject(sip_status)

    async def hang_up(self) -> None:
        await self._incoming.hang_up()

    def on_ended(self, tell: Callable[[], None]) -> None:
        _tell_when_over(self._incoming, tell)


class OutboundLeg:
    """An outgoing call; implements voice.session.Leg once it is connected."""

    def __init__(self, media: MediaLeg, media_host: str) -> None:
        self._audio = Audio(media, media_host, media.local_port)
        self._outgoing: OutgoingCall | None = None

    @property
    def is_answered(self) -> bool:
        return self._outgoing is not None and self._outgoing.is_answered

    @property
    def sip_status(self) -> int | None:
        """A session takes it over once it is answered."""
        return None

    @property
    def sip_call_id(self) -> str | None:
        return self._outgoing.sip_call_id if self._outgoing else None

    def offer(self) -> str:
        return self._audio.offer()

    async def connected(self, outgoing: OutgoingCall) -> None:
        """The callee answered: connect the media. Raises CallRejected when that cannot be."""
        sdp = await outgoing.answered
        self._outgoing = outgoing
        try:
            await self._audio.connect(self._audio.accept(sdp))
        except WireError as error:
            await outgoing.hang_up()
            raise CallRejected(_NOT_ACCEPTABLE) from error
        outgoing.on_reoffer = self._audio.reoffered

    async def answer(self, media: MediaLeg) -> None:
        """It is answered already."""

    def refuse(self, sip_status: int) -> None:
        """An answered call cannot be refused."""

    async def hang_up(self) -> None:
        if self._outgoing is not None:
            await self._outgoing.hang_up()

    def on_ended(self, tell: Callable[[], None]) -> None:
        if self._outgoing is not None:
            _tell_when_over(self._outgoing, tell)
