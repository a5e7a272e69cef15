"""What an SMSC delivers: handed to the server, and answered only when it is durable there."""

import asyncio
from collections.abc import Callable

import structlog

from callwright.messaging.carrier import LinkContext
from callwright.messaging.smpp.outcomes import receipt_of
from callwright.usecases.carrier_traffic import Incoming, Part, Undeliverable
from callwright.usecases.ports import StorageUnavailable
from callwright.wire.error import WireError
from callwright.wire.smpp.command_status import ROK, RX_P_APPN, RX_T_APPN
from callwright.wire.smpp.delivery import DeliveredReceipt, DeliveredText, ReadingStyle, read_delivery
from callwright.wire.smpp.message_id import Form
from callwright.wire.smpp.session import Delivery

log = structlog.get_logger()

#: Deliveries of one carrier in work at once; what comes on top is to come again.
_MOST_IN_WORK = 1000


class Reception:
    """Shared by all binds of a link. Answers go out in whatever order the work is done."""

    def __init__(self, style: ReadingStyle, receipt_ids: Form, context: LinkContext) -> None:
        self._style = style
        self._receipt_ids: Form = receipt_ids
        self._context = context
        self._working: set[asyncio.Task[None]] = set()

    def take(self, delivery: Delivery, answer: Callable[[Delivery, int], None]) -> None:
        """Begin to work on it; `answer` is called with its command_status."""
        if len(self._working) >= _MOST_IN_WORK:
            answer(delivery, RX_T_APPN)
            return
        task = asyncio.create_task(self._work(delivery, answer))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is in work."""
        if self._working:
            await asyncio.wait(self._working, timeout=timeout_s)

    async def _work(self, delivery: Delivery, answer: Callable[[Delivery, int], None]) -> None:
        sid = self._context.carrier.sid
        try:
            status = await self._store(delivery)
        except Undeliverable as error:
            log.info("incoming message refused", carrier_sid=sid, reason=str(error))
            status = RX_P_APPN
        except WireError as error:
            log.warning("incoming message cannot be read", carrier_sid=sid, reason=str(error))
            status = RX_P_APPN
        except StorageUnavailable as error:
            log.warning("incoming message not stored", carrier_sid=sid, reason=str(error))
            status = RX_T_APPN
        except Exception:
            log.exception("incoming message failed", carrier_sid=sid)
            status = RX_T_APPN
        answer(delivery, status)

    async def _store(self, delivery: Delivery) -> int:
        delivered = read_delivery(delivery.body, self._style)
        if isinstance(delivered, DeliveredReceipt):
            sid = self._context.carrier.sid
            await self._context.traffic.report(receipt_of(sid, delivered, self._receipt_ids))
        else:
            await self._context.traffic.receive(self._incoming(delivered))
        return ROK

    def _incoming(self, delivered: DeliveredText) -> Incoming:
        found = delivered.part
        # A message "in one part" of one is whole.
        part = Part(found.reference, found.number, found.total) if found is not None and found.total > 1 else None
        return Incoming(self._context.carrier, delivered.source, delivered.destination, delivered.text, part)
