"""One bind, kept up: connects, binds, and does so again after each loss, more and more slowly."""

import asyncio
import contextlib
import random
from collections.abc import Callable

import structlog

from callwright.messaging.carrier import LinkContext
from callwright.messaging.smpp.addresses import connected_socket
from callwright.messaging.smpp.connection import Connection
from callwright.messaging.smpp.failures import explain_end, explain_failure, is_hopeless
from callwright.messaging.smpp.outbox import Handover, Outbox
from callwright.messaging.smpp.settings import SmppSettings
from callwright.messaging.smpp.tls import tls_context
from callwright.usecases.ports import CarrierState
from callwright.wire.smpp.body import Bind, Command
from callwright.wire.smpp.session import Delivery, Ended, Limits, Session

log = structlog.get_logger()

#: The longest pause between attempts, unless the first one is longer already.
_LONGEST_PAUSE_S = 60.0
#: Why a link is down is logged again that long after, while the reason stays the same.
_LOG_AGAIN_S = 60.0
#: A bind that lasted that many first pauses was a good one: the next loss begins with the first pause again.
_STABLE_PAUSES = 10


class Channel:
    """`on_delivery` is called with what the SMSC delivers on it."""

    def __init__(
        self,
        command: Command,
        settings: SmppSettings,
        context: LinkContext,
        on_delivery: Callable[[Delivery, Connection], None],
    ) -> None:
        self.command = command
        self._settings = settings
        self._carrier_sid = context.carrier.sid
        self._now = context.now
        self._may_reach = context.may_reach
        self._on_change = context.traffic.changed
        self._on_delivery = on_delivery
        self._outbox = Outbox(settings.receipt_ids, expects_receipts=settings.receipts)
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self._logged_detail = ""
        self._logged_s = 0.0
        self.state = CarrierState("stopped", is_ready=False)

    @property
    def is_bound(self) -> bool:
        return self._connection is not None and self._connection.is_bound

    @property
    def room(self) -> int:
        """How many more messages it takes now."""
        connection = self._connection
        if connection is None or self._is_closing:
            return 0
        return self._outbox.room(connection.window_room, asyncio.get_running_loop().time())

    def start(self) -> None:
        self._set_state("connecting", f"Connecting to {self._settings.host}:{self._settings.port}.")
        self._task = asyncio.create_task(self._keep_up())

    def put(self, handover: Handover) -> None:
        """Send its parts as soon as the window has room; only while it is bound."""
        assert self._connection is not None, "the link chooses among bound channels"  # noqa: S101 - a caller's fault
        self._outbox.put(handover)
        self._connection.wake()

    async def close(self, timeout_s: float) -> None:
        """Unbind and close, at the latest after that long."""
        self._is_closing = True
        connection, task = self._connection, self._task
        if connection is not None and connection.is_bound:
            connection.unbind()
            await asyncio.wait([connection.ended], timeout=timeout_s)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._set_state("stopped", None)

    async def _keep_up(self) -> None:
        failures = 0
        while True:
            began_s = asyncio.get_running_loop().time()
            try:
                ended = await self._one_connection()
                detail, is_slow = explain_end(ended), is_hopeless(ended)
            except (OSError, UnicodeError) as error:
                detail, is_slow = explain_failure(error, self._settings), False
            except Exception as error:
                log.exception("SMPP link failed", carrier_sid=self._carrier_sid)
                detail, is_slow = f"The link failed: {type(error).__name__}; the log tells more.", False
            lasted_s = asyncio.get_running_loop().time() - began_s
            failures = 1 if lasted_s > _STABLE_PAUSES * self._settings.reconnect_s else failures + 1
            pause_s = self._pause_s(failures, is_slow)
            self._log_down(detail, pause_s)
            self._set_state("refused" if is_slow else "disconnected", detail)
            await asyncio.sleep(pause_s)

    def _pause_s(self, failures: int, is_slow: bool) -> float:
        first_s = self._settings.reconnect_s
        longest_s = max(_LONGEST_PAUSE_S, first_s)
        pause_s = longest_s if is_slow else min(longest_s, first_s * 2 ** min(failures - 1, 10))
        return pause_s * random.uniform(0.75, 1.0)  # noqa: S311 - keeps many links from coming at once; guards nothing

    def _log_down(self, detail: str, pause_s: float) -> None:
        """Once for each reason, then once a minute: a link that cannot come up must not fill the log."""
        now_s = asyncio.get_running_loop().time()
        if detail == self._logged_detail and now_s - self._logged_s < _LOG_AGAIN_S:
            return
        self._logged_detail, self._logged_s = detail, now_s
        log.warning("SMPP link down", carrier_sid=self._carrier_sid, reason=detail, pause_s=round(pause_s, 1))

    async def _one_connection(self) -> Ended:
        """Connect and bind; answers why the connection ended. Raises OSError and UnicodeError (a bad host name)."""
        connection = Connection(self._session(), self._outbox, self._changed, self._on_delivery)
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await self._connect(connection)
            self._connection = connection
            return await asyncio.shield(connection.ended)
        finally:
            connection.end(Ended("the link was stopped"))
            self._connection = None

    async def _connect(self, connection: Connection) -> None:
        settings = self._settings
        context = await asyncio.to_thread(tls_context, settings)
        name = (settings.tls_server_name or settings.host) if context is not None else None
        raw = await connected_socket(settings.host, settings.port, self._may_reach, settings.connect_timeout_s)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: connection, sock=raw, ssl=context, server_hostname=name)

    def _session(self) -> Session:
        settings = self._settings
        bind = Bind(
            settings.system_id,
            settings.password.get_secret_value(),
            settings.system_type,
            address_range=settings.address_range,
        )
        return Session(
            self.command, bind, Limits(settings.window, settings.response_timeout_s, settings.enquire_link_s)
        )

    def _changed(self) -> None:
        if self.is_bound and not self.state.is_ready:
            log.info("SMPP link bound", carrier_sid=self._carrier_sid, bind=self.command.name.lower())
            self._set_state("bound", None, is_ready=True)
        elif self.state.is_ready and not self.is_bound:
            self._set_state("disconnected", "The link to the carrier was lost.")  # why will follow
        else:
            self._on_change()

    def _set_state(self, state: str, detail: str | None, *, is_ready: bool = False) -> None:
        self.state = CarrierState(state, is_ready, detail, self._now())
        self._on_change()
