"""The raw SMSC on a thread of its own: it outlives the servers that a test kills."""

import asyncio
import random
import threading
from collections import Counter
from typing import Self

from tests.messaging.raw_smsc import Peer, RawSmsc, Submitted, deliver_body

#: How long it thinks about a submit: messages are under way when the server dies.
_THINKS_S = 0.02
_WINDOW = 20


class SmscThread:
    """Counts what it was given and what it acknowledged, by text; offers messages until they are acknowledged."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self.acknowledged: Counter[str] = Counter()
        #: Texts that the server has acknowledged, or not yet.
        self.taken: set[str] = set()
        self._offered: dict[str, tuple[str, str]] = {}
        self._loop = asyncio.new_event_loop()
        self._smsc = RawSmsc(on_submit=self._think)
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def port(self) -> int:
        return self._smsc.port

    def offer(self, source: str, destination: str, texts: list[str]) -> None:
        """Deliver these texts, each again after every loss of the link until it is acknowledged."""
        self._offered = {text: (source, destination) for text in texts}

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._smsc.__aenter__())
        self._started.set()
        delivering = self._loop.create_task(self._deliver())
        self._loop.run_forever()
        delivering.cancel()
        self._loop.run_until_complete(asyncio.gather(delivering, return_exceptions=True))
        self._loop.run_until_complete(self._smsc.__aexit__())
        self._loop.close()

    def _think(self, peer: Peer, submitted: Submitted) -> None:
        text = submitted.octets.decode()
        self.given[text] += 1
        self._loop.call_later(random.uniform(0, 2 * _THINKS_S), self._accept, peer, submitted, text)

    def _accept(self, peer: Peer, submitted: Submitted, text: str) -> None:
        if peer in self._smsc.peers:
            self._smsc.accept(peer, submitted)
            self.acknowledged[text] += 1

    async def _deliver(self) -> None:
        """A window of deliver_sm at a time to whoever is bound."""
        number, under_way, peer = 0, dict[int, str](), None
        while True:
            await asyncio.sleep(0.002)
            bound = [one for one in self._smsc.peers if one.bind]
            if not bound or bound[-1] is not peer:
                under_way, peer = {}, bound[-1] if bound else None
            for done in [one for one in under_way if one in self._smsc.answered]:
                text = under_way.pop(done)
                if self._smsc.answered[done] == 0:
                    self.taken.add(text)
            waiting = [text for text in self._offered if text not in self.taken and text not in under_way.values()]
            for text in waiting[: _WINDOW - len(under_way)] if peer is not None else []:
                number += 1
                under_way[number] = text
                source, destination = self._offered[text]
                self._smsc.deliver(number, deliver_body(source, destination, text.encode()), peer)
