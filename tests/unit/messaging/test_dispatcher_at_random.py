"""Whatever carriers answer and whenever storage fails: every message ends, and none is handed over once too often."""

import asyncio
import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tests.fakes.dispatching import Office, ScriptedLink
from tests.fakes.virtual_loop import run_virtually

from callwright.usecases.carrier_traffic import Accepted, Outcome, Postponed, Refused, Sending, Unacknowledged

#: Longer than all back-offs of a message that meets with bad luck again and again.
LONG_ENOUGH_S = 2000.0


class MoodyLink(ScriptedLink):
    """Answers at random; counts for each message how often it may be handed over."""

    def __init__(self, chance: random.Random, allowed: Counter[str]) -> None:
        super().__init__(window=chance.choice([1, 3, 50]), answer_s=chance.choice([0.0, 0.01, 0.7]))
        self.chance = chance
        self.allowed = allowed
        self.answers = self.mood

    def mood(self, sending: Sending) -> Outcome:
        what = self.chance.randrange(8)
        if what == 0:
            raise OSError("a defect of the link")
        if what == 1:
            return Unacknowledged("the link was lost")
        if what == 2:
            return Refused(30005, "no such number")
        if what in (3, 4):
            self.allowed[sending.message.sid] += 1
            return Refused(30008, "out of order", True) if what == 3 else Postponed("later", self.chance.random() * 30)
        return Accepted((f"id-{sending.message.sid}",))


async def weather(office: Office, links: list[MoodyLink], chance: random.Random) -> None:
    """Outages and their ends."""
    for _ in range(30):
        await asyncio.sleep(chance.random() * 3)
        link = chance.choice(links)
        link.is_ready = not link.is_ready
        office.dispatcher.wake()
        if chance.random() < 0.3:
            office.storage.fails = chance.randrange(1, 5)
        if chance.random() < 0.2:
            office.dispatcher.carriers_changed()
        office.queue(
            chance.randrange(4), sender=chance.choice(["+15550100", "+15550200"]), to=chance.choice(["+1", "+49"])
        )
    for link in links:
        link.is_ready = True
    office.dispatcher.wake()


async def played(seed: int) -> None:
    chance = random.Random(seed)
    office = Office()
    allowed: Counter[str] = Counter()
    links = [MoodyLink(chance, allowed) for _ in range(2)]
    office.carrier("a", links[0], priority=1, messages_per_second=chance.choice([None, 5.0]))
    office.carrier("b", links[1], priority=2, destinations=chance.choice([[], ["+49"]]))
    office.queue(chance.randrange(120), expires_s=chance.choice([20, 3000]))
    await office.dispatcher.start()
    await weather(office, links, chance)
    await asyncio.sleep(LONG_ENOUGH_S)
    await office.dispatcher.stop(1)
    assert office.waiting == 0
    given_over = Counter(sid for link in links for sid in link.sids)
    for sid, count in given_over.items():
        assert count <= 1 + allowed[sid], f"{sid} was handed over {count} times"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
def test_every_message_ends_and_none_is_handed_over_once_too_often(seed: int) -> None:
    with capture_logs():
        run_virtually(played(seed))
