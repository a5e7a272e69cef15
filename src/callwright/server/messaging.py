"""The messaging side put together: carriers' links, the queue that feeds them, and what they bring in."""

import time

from callwright.config import Settings
from callwright.messaging.connections import ConnectionPorts, Connections
from callwright.messaging.dispatcher import Dispatcher, DispatcherPorts
from callwright.messaging.inbox import Inbox
from callwright.storage.database import Database
from callwright.usecases.carrier_traffic import SendableMedia
from callwright.usecases.media_url import sendable_media
from callwright.usecases.ports import Secrets, UnitOfWork
from callwright.usecases.web_ports import Webhooks
from callwright.webhooks.egress import may_reach

#: How the time of a stop is shared: for outcomes, then for links to say goodbye. What is left is for the inbox.
_OUTCOMES = 0.6
_GOODBYES = 0.3


class MessagingSide:
    """Starts and stops the parts of a message's way in the order they need each other."""

    def __init__(self, settings: Settings, database: Database, webhooks: Webhooks, secrets: Secrets) -> None:
        self._settings = settings
        self._is_open = False
        self.inbox = Inbox(database, settings, changed=lambda: self.dispatcher.wake())
        self.connections = Connections(
            ConnectionPorts(
                database,
                database.listen,
                secrets,
                webhooks,
                settings,
                database.now,
                is_open_to_all=lambda address: may_reach(settings.egress_policy, address),
            ),
            self.inbox,
            changed=lambda: self.dispatcher.carriers_changed(),
        )

        def media_of(unit: UnitOfWork, message_sid: str) -> tuple[SendableMedia, ...]:
            return sendable_media(unit, secrets, settings, message_sid)

        self.dispatcher = Dispatcher(
            DispatcherPorts(database, database.listen, settings, database.now, media_of),
            self.connections,
            time.monotonic,
        )

    async def start(self) -> None:
        """Messages that the last run left claimed are judged before any link could hand one over again."""
        await self.dispatcher.start()
        self._is_open = True
        await self.connections.start()

    def health(self) -> dict[str, bool]:
        """Carriers that are down are no fault of this server: /v1/Carriers shows them."""
        return {"messages": self._is_open and self.dispatcher.is_running}

    async def stop(self, timeout_s: float) -> None:
        """Nothing more is handed over; answers are waited for, then links say goodbye. Safe to call twice."""
        if not self._is_open:
            return
        self._is_open = False
        await self.dispatcher.stop(_OUTCOMES * timeout_s)
        await self.connections.stop(_GOODBYES * timeout_s)
        await self.inbox.stop((1 - _OUTCOMES - _GOODBYES) * timeout_s)
