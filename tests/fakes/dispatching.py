"""A dispatcher on storage in memory, with links that do what a test tells them, on the running loop's clock."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.fakes.unit_of_work import START
from tests.fakes.voice import LoopStorage, account

from callwright.config import Settings
from callwright.messaging.dispatcher import Dispatcher, DispatcherPorts
from callwright.model.queued_message import QueuedMessage
from callwright.model.record import Record, position_of
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import Accepted, Outcome, Sending
from callwright.usecases.ports import CarrierState

AC = "AC" + "a" * 32


class ListeningStorage(LoopStorage):
    """Tells who listens after each commit, whatever was written."""

    def __init__(self) -> None:
        super().__init__()
        self.listeners: list[Callable[[], None]] = []

    def listen(self, record_type: type[Record], changed: Callable[[], None]) -> None:
        self.listeners.append(changed)

    async def write(self, work: Any, actor: Any) -> Any:
        result = await super().write(work, actor)
        self.tell()
        return result

    def tell(self) -> None:
        for changed in self.listeners:
            changed()


class ScriptedLink:
    """A carrier that answers after `answer_s` what `answers` says; remembers when it was given what."""

    def __init__(self, *, window: int = 10, answer_s: float = 0.01) -> None:
        self.window = window
        self.answer_s = answer_s
        self.is_ready = True
        self.submitted: list[tuple[float, str]] = []
        self.answers: Callable[[Sending], Outcome] = lambda sending: Accepted((f"id-{sending.message.sid}",))
        self.open = 0
        self.most_open = 0

    @property
    def state(self) -> CarrierState:
        return CarrierState("bound" if self.is_ready else "connecting", self.is_ready)

    @property
    def room(self) -> int:
        return self.window - self.open if self.is_ready else 0

    async def start(self) -> None: ...

    async def stop(self, timeout_s: float) -> None: ...

    async def submit(self, sending: Sending) -> Outcome:
        self.submitted.append((asyncio.get_running_loop().time(), sending.message.sid))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        await asyncio.sleep(self.answer_s)
        self.open -= 1
        return self.answers(sending)

    @property
    def sids(self) -> list[str]:
        return [sid for _, sid in self.submitted]


class Office:
    """A dispatcher with carriers and messages. Made inside the loop."""

    def __init__(self) -> None:
        self.storage = ListeningStorage()
        self.storage.put(account(AC))
        self.carriers: list[Carrier] = []
        self.links: dict[str | None, ScriptedLink] = {}
        self.restart()

    def restart(self) -> None:
        """As another process on the same data."""
        loop = asyncio.get_running_loop()
        self.storage.listeners.clear()
        ports = DispatcherPorts(self.storage, self.storage.listen, Settings(), lambda: self.storage.now, lambda *_: ())
        self.dispatcher = Dispatcher(ports, self, loop.time)

    def link_of(self, carrier_sid: str | None) -> ScriptedLink | None:
        return self.links.get(carrier_sid)

    def carrier(self, letter: str, link: ScriptedLink | None = None, **fields: Any) -> ScriptedLink:
        """A new carrier and its link."""
        given = {"friendly_name": letter, "kind": "scripted", **fields}
        carrier = Carrier.model_construct(sid=f"CR{letter * 32}", account_sid=AC, revision=1, **given)
        self.storage.put(carrier)
        self.carriers.append(carrier)
        self.links[carrier.sid] = link = link or ScriptedLink()
        self.dispatcher.carriers_changed()
        return link

    def queue(self, count: int = 1, sender: str = "+15550100", to: str = "+15550999", **fields: Any) -> list[Message]:
        """Messages in the queue as a commit leaves them; `due_s`, `expires_s` from now."""
        now = self.storage.now
        due = now + timedelta(seconds=fields.pop("due_s", 0))
        expires_at = now + timedelta(seconds=fields.pop("expires_s", 14_400))
        messages = [self._message(sender, to, expires_at=expires_at, **fields) for _ in range(count)]
        self.storage.put(*messages)
        for message in messages:
            self.storage.put(
                QueuedMessage.model_construct(
                    sid=self.storage.sids.make("QM"),
                    account_sid=AC,
                    message_sid=message.sid,
                    sender=f"{AC}:{sender}",
                    to=to,
                    due=due,
                    expires_at=expires_at,
                    date_created=now,
                )
            )
        self.storage.tell()
        return messages

    def _message(self, sender: str, to: str, **fields: Any) -> Message:
        sid = self.storage.sids.make("SM")
        created: dict[str, Any] = {"date_created": self.storage.now, "date_updated": self.storage.now}
        return Message.model_construct(
            sid=sid, account_sid=AC, position=position_of(sid), from_=sender, to=to, body="Hi", **created, **fields
        )

    def stored(self, message: Message) -> Message:
        return self.storage.one(Message, message.sid)

    def status(self, message: Message) -> str:
        return self.stored(message).status

    @property
    def waiting(self) -> int:
        """How many rows the queue has."""
        return len(self.storage.all(QueuedMessage))


def seconds_after_start(moment: Any) -> float:
    return float((moment - START).total_seconds())
