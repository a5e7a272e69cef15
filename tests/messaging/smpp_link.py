"""A link under test, and a server that notes what the link tells it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from callwright.config import Settings
from callwright.messaging.carrier import LinkContext
from callwright.messaging.smpp.link import SmppLink
from callwright.messaging.smpp.settings import SmppSettings
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import Incoming, Receipt, SendableMedia, Sending
from callwright.usecases.web_ports import Webhooks

CARRIER = Carrier.model_construct(sid="CR" + "1" * 32, account_sid="AC" + "1" * 32, friendly_name="test", kind="smpp")
QUICK: Mapping[str, Any] = {
    "host": "127.0.0.1", "system_id": "user", "password": "secret", "response_timeout_s": 1.0, "enquire_link_s": 5.0,
    "connect_timeout_s": 2.0,
}  # fmt: skip
#: Times that are too short for the settings, and long enough for tests.
HURRIED = {"reconnect_s", "response_timeout_s", "enquire_link_s", "connect_timeout_s"}


@dataclass
class NotedTraffic:
    """What the link brought in. `failure` is raised instead; `gate` holds everything back until it is set."""

    incoming: list[Incoming] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    failure: Exception | None = None
    gate: asyncio.Event | None = None
    #: Texts that wait for the gate while others pass.
    held: set[str] = field(default_factory=set)
    changes: int = 0

    async def receive(self, incoming: Incoming) -> None:
        if self.gate is not None and (not self.held or incoming.body in self.held):
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.incoming.append(incoming)

    async def report(self, receipt: Receipt) -> None:
        if self.failure is not None:
            raise self.failure
        self.receipts.append(receipt)

    def changed(self) -> None:
        self.changes += 1


@asynccontextmanager
async def linked(traffic: NotedTraffic, **settings: Any) -> AsyncIterator[SmppLink]:
    """A started link; it is stopped at the end. Times may be shorter than people may set them.

    `may_reach` is no setting, but that of the link's context; without it every address may be reached.
    """
    may_reach: Callable[[str], bool] = settings.pop("may_reach", bool)
    context = LinkContext(
        CARRIER, traffic, cast("Webhooks", None), Settings.model_construct(), lambda: datetime.now(UTC), may_reach
    )
    quick = {name: settings.pop(name) for name in HURRIED & settings.keys()}
    checked = SmppSettings.model_validate({**QUICK, **settings})
    link = SmppLink(checked.model_copy(update={"reconnect_s": 0.02, **quick}), context)
    await link.start()
    try:
        yield link
    finally:
        await link.stop(1.0)


def sending(
    text: str = "hello", *, to: str = "+15555550101", from_: str = "+15555550100", attempt: int = 1,
    media: tuple[SendableMedia, ...] = (), lasts_s: float = 3600.0,
) -> Sending:  # fmt: skip
    message = Message.model_construct(
        sid="SM" + "2" * 32, account_sid=CARRIER.account_sid, body=text, from_=from_, to=to
    )
    expires = datetime.now(UTC) + timedelta(seconds=lasts_s)
    return Sending("QM" + "3" * 32, message, CARRIER, attempt, expires, media)


async def until(is_so: Callable[[], object], within_s: float = 10.0) -> None:
    """Let the loop run until it is so; AssertionError when it never is."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + within_s
    while not is_so():
        assert loop.time() < deadline_s, f"not so within {within_s} s"
        await asyncio.sleep(0.005)
