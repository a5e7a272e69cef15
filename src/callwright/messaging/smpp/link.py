"""The link to one SMPP carrier: all its binds, as one."""

import asyncio
import itertools
import random

from callwright.messaging.carrier import LinkContext
from callwright.messaging.smpp.channel import Channel
from callwright.messaging.smpp.connection import Connection
from callwright.messaging.smpp.outbox import Handover
from callwright.messaging.smpp.reception import Reception
from callwright.messaging.smpp.settings import SmppSettings
from callwright.model.delivery_error import UNKNOWN_ERROR
from callwright.usecases.carrier_traffic import Outcome, Postponed, Refused, Sending
from callwright.usecases.ports import CarrierState
from callwright.wire.error import WireError
from callwright.wire.smpp.body import Command
from callwright.wire.smpp.delivery import ReadingStyle
from callwright.wire.smpp.errors import CannotBeSent
from callwright.wire.smpp.session import Delivery
from callwright.wire.smpp.submission import SubmitStyle, submissions

#: Until it is bound again; `Traffic.changed` tells earlier.
_UNBOUND_PAUSE_S = 5.0
#: Of the time a stop may take, that is kept for unbinding.
_UNBIND_S = 1.0
_COMMANDS = {
    "transceiver": (Command.BIND_TRANSCEIVER,),
    "transmitter_receiver": (Command.BIND_TRANSMITTER, Command.BIND_RECEIVER),
}


class SmppLink:
    """Implements CarrierLink."""

    def __init__(self, settings: SmppSettings, context: LinkContext) -> None:
        self._context = context
        self._style = _submit_style(settings)
        style = ReadingStyle(settings.default_charset, settings.gsm7_data_coding, settings.ucs2_data_coding)
        self._reception = Reception(style, settings.receipt_ids, context)
        self._channels = [
            Channel(command, settings, context, self._deliver)
            for _ in range(settings.binds)
            for command in _COMMANDS[settings.bind]
        ]
        self._senders = [channel for channel in self._channels if channel.command is not Command.BIND_RECEIVER]
        # Begins anywhere, so that parts sent before a restart do not get mixed up with those after it.
        self._references = itertools.count(random.randrange(1 << 16))  # noqa: S311 - guards nothing
        self._is_stopping = False
        self._handovers: set[asyncio.Future[Outcome]] = set()

    @property
    def state(self) -> CarrierState:
        """Ready while one sender is bound; the detail is about a bind that is not."""
        down = [channel.state for channel in self._channels if not channel.is_bound]
        ready = [channel.state for channel in self._senders if channel.is_bound]
        if self._is_stopping or not ready:
            return down[0] if down else CarrierState("stopped", is_ready=False)
        since = min(state.since for state in ready if state.since is not None)
        if not down:
            return CarrierState("bound", is_ready=True, since=since)
        up = len(self._channels) - len(down)
        detail = f"{up} of {len(self._channels)} binds are up. {down[0].detail or ''}".strip()
        return CarrierState("bound", is_ready=True, detail=detail, since=since)

    @property
    def room(self) -> int:
        return 0 if self._is_stopping else sum(channel.room for channel in self._senders)

    async def start(self) -> None:
        for channel in self._channels:
            channel.start()

    async def stop(self, timeout_s: float) -> None:
        self._is_stopping = True
        deadline_s = asyncio.get_running_loop().time() + timeout_s
        if self._handovers:
            await asyncio.wait(self._handovers, timeout=max(0.0, timeout_s - _UNBIND_S))
        await self._reception.drain(max(0.0, deadline_s - _UNBIND_S - asyncio.get_running_loop().time()))
        rest_s = max(0.0, deadline_s - asyncio.get_running_loop().time())
        await asyncio.gather(*(channel.close(rest_s) for channel in self._channels))

    async def submit(self, sending: Sending) -> Outcome:
        channel = max((channel for channel in self._senders if channel.is_bound), key=_room_of, default=None)
        if channel is None or self._is_stopping:
            return Postponed("the carrier is not connected", _UNBOUND_PAUSE_S)
        remaining_s = (sending.expires_at - self._context.now()).total_seconds()
        message = sending.message
        try:
            parts = submissions(
                self._style, message.from_ or "", message.to or "", _text_of(sending),
                reference=next(self._references), remaining_s=remaining_s,
            )  # fmt: skip
        except (CannotBeSent, WireError) as error:
            return Refused(UNKNOWN_ERROR, f"The message cannot be sent by SMPP: {error}.")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()
        self._handovers.add(outcome)
        outcome.add_done_callback(self._handovers.discard)
        channel.put(Handover(parts, outcome, loop.time() + remaining_s))
        return await outcome

    def _deliver(self, delivery: Delivery, connection: Connection) -> None:
        self._reception.take(delivery, connection.answer)


def _room_of(channel: Channel) -> int:
    return channel.room


def _text_of(sending: Sending) -> str:
    """SMPP carries no media: their links follow the text, one in each line."""
    return "\n".join(line for line in (sending.message.body, *(media.url for media in sending.media)) if line)


def _submit_style(settings: SmppSettings) -> SubmitStyle:
    return SubmitStyle(
        default_charset=settings.default_charset,
        gsm7_data_coding=settings.gsm7_data_coding,
        ucs2_data_coding=settings.ucs2_data_coding,
        long_messages=settings.long_messages,
        receipts=settings.receipts,
        validity_period=settings.validity_period,
        service_type=settings.service_type,
        keep_plus=settings.keep_plus,
        source_ton=settings.source_ton,
        source_npi=settings.source_npi,
        dest_ton=settings.dest_ton,
        dest_npi=settings.dest_npi,
        short_code_ton=settings.short_code_ton,
        short_code_npi=settings.short_code_npi,
    )
