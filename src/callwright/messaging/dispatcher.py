"""The dispatcher: hands queued messages to carriers, senders in turn, as fast as each carrier takes them.

Rows wait in storage; `lanes` keeps the next few of each sender. Those whose turn it is are claimed, many in one
transaction, handed over at the same time, and what came of them is stored, again many at once (`settler`). What is
claimed is never claimed again by this process, whatever fails: a message that may be with the carrier stays claimed
until its outcome is stored, or the next start judges it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from callwright.config import Settings
from callwright.messaging.carrier import CarrierLink
from callwright.messaging.connections import Listen
from callwright.messaging.lanes import Lanes, Taken
from callwright.messaging.pace import Pace
from callwright.messaging.queue_reader import MOST_LANES, ReadingPlan
from callwright.messaging.settler import Settled, Settler
from callwright.messaging.ways import WayFinder
from callwright.model.actor import SERVER
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_traffic import Outcome, Postponed, Sending, Unacknowledged
from callwright.usecases.claim_messages import Claimed, MediaOf, claim_messages, release_claims
from callwright.usecases.ports import Storage, StorageUnavailable
from callwright.usecases.recover_messages import recover_messages

log = structlog.get_logger()

#: So many are claimed in one transaction at most.
_BATCH = 50
#: So many expired ones are remembered; the next sweep finds the rest.
_MOST_EXPIRED = 1000
#: With so many outcomes waiting for the storage nothing more is handed over.
_MOST_UNSETTLED = 1000
_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 5.0
#: One that could not be claimed after all is asked for again after that long.
_LEFT = timedelta(seconds=1)
#: A message whose claim failed by itself is left alone for that long.
_ASIDE = timedelta(seconds=60)


class Roads(Protocol):
    """The carriers of this server and their links (messaging.connections)."""

    @property
    def carriers(self) -> list[Carrier]: ...

    def link_of(self, carrier_sid: str | None) -> CarrierLink | None: ...


@dataclass(frozen=True)
class DispatcherPorts:
    """What the dispatcher needs of the rest of the server."""

    storage: Storage
    listen: Listen
    settings: Settings
    now: Callable[[], datetime]
    media_of: MediaOf


class Dispatcher:
    """Serves the queue of this server's database while it runs."""

    def __init__(self, ports: DispatcherPorts, roads: Roads, monotonic_s: Callable[[], float]) -> None:
        self._ports = ports
        self._roads = roads
        self._monotonic_s = monotonic_s
        self._carriers: list[Carrier] = []
        self._owners: dict[str, str] = {}
        self._ways = WayFinder((), self._owners)
        #: Claimed, or being claimed; until their outcome is stored.
        self._in_flight: set[str] = set()
        #: Claims whose transaction failed, perhaps in its commit.
        self._in_doubt: set[str] = set()
        self._lanes = Lanes(self._in_flight)
        self._plan = ReadingPlan(monotonic_s)
        self._pace = Pace(monotonic_s)
        self._settler = Settler(ports.storage, ports.settings, self._settled)
        self._expired: dict[str, None] = {}
        #: Claimed for a carrier whose link does not know of them yet.
        self._underway: dict[str | None, int] = {}
        self._submissions: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._carriers_changed = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Judge what the last run left claimed, then serve. Raises StorageUnavailable."""
        node = self._ports.settings.node
        recovered = await self._ports.storage.write(lambda unit: recover_messages(unit, node), SERVER)
        if recovered:
            log.warning("messages of the last run were judged", messages=recovered)
        self._loop = asyncio.get_running_loop()
        self._ports.listen(QueuedMessage, self._rows_written)
        self._task = asyncio.create_task(self._serve(), name="messages")

    async def stop(self, timeout_s: float) -> None:
        """Claim nothing more; wait that long for outcomes, while links still run. The rest stays claimed."""
        self._is_stopping = True
        self._woken.set()
        deadline_s = self._monotonic_s() + timeout_s
        if self._task is not None:
            await asyncio.wait([self._task], timeout=timeout_s)
        if self._submissions:
            await asyncio.wait(self._submissions, timeout=max(deadline_s - self._monotonic_s(), 0))
        late = list(self._submissions)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("messages were not answered for before the stop", messages=len(late))
        await self._settler.stop(max(deadline_s - self._monotonic_s(), 1.0))

    def wake(self) -> None:
        """A carrier may take more than before. Call it on the event loop."""
        self._woken.set()

    def carriers_changed(self) -> None:
        """Carriers came, went or changed: messages may have other ways. Call it on the event loop."""
        self._carriers_changed = True
        self._woken.set()

    def _rows_written(self) -> None:
        """From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody serves anymore
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._see_news)

    def _see_news(self) -> None:
        self._plan.news()
        self._woken.set()

    # -- serving

    async def _serve(self) -> None:
        delay_s = _FIRST_DELAY_S
        while not self._is_stopping:
            self._woken.clear()
            try:
                has_more = await self._turn()
            except StorageUnavailable as error:
                log.warning("messages wait for the storage", cause=str(error))
                await self._pause(delay_s, for_stop=True)
                delay_s = min(2 * delay_s, _LONGEST_DELAY_S)
                continue
            except Exception:
                log.exception("messages could not be served; trying again")
                await self._pause(_LONGEST_DELAY_S, for_stop=True)
                continue
            delay_s = _FIRST_DELAY_S
            if not has_more:
                await self._pause(self._sleep_s())

    async def _pause(self, seconds: float, *, for_stop: bool = False) -> None:
        """Wait for that long, or until woken; with `for_stop` only a stop wakes."""
        deadline_s = self._monotonic_s() + seconds
        while not self._is_stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(deadline_s - self._monotonic_s(), 0)):
                    await self._woken.wait()
            if not for_stop or self._monotonic_s() >= deadline_s:
                return
            self._woken.clear()

    async def _turn(self) -> bool:
        """Read what is to be read, claim and hand over; whether there is more to do at once."""
        if self._carriers_changed:
            self._look_at_carriers()
        if self._in_doubt:
            await self._release()
        has_read = await self._read()
        has_claimed = await self._claim_next()
        return has_read or has_claimed

    def _look_at_carriers(self) -> None:
        """With other carriers messages have other ways: all of them are read and sorted again."""
        self._carriers_changed = False
        self._carriers = self._roads.carriers
        self._ways = WayFinder(self._carriers, self._owners)
        self._lanes = Lanes(self._in_flight)
        self._plan = ReadingPlan(self._monotonic_s)

    async def _read(self) -> bool:
        """Whether anything new was found."""
        look = self._plan.next_look(self._lanes.needing_more(MOST_LANES), self._owners)
        if look is None:
            return False
        try:
            found = await self._ports.storage.read(look.read)
        except BaseException:
            self._plan.failed()
            raise
        now = self._ports.now()
        self._plan.looked(look, found)
        self._owners.update(found.owners)
        self._offer(found.new, now)
        self._offer(found.swept, now)
        for lane, rows, is_all in found.lanes:
            self._lanes.read_on(lane, rows, [self._ways.ways_of(row) for row in rows], is_all)
        return bool(found.new or found.lanes)

    def _offer(self, rows: Iterable[QueuedMessage], now: datetime) -> None:
        for row in rows:
            if row.expires_at > now:
                self._lanes.offer(row, self._ways.ways_of(row))
            elif len(self._expired) < _MOST_EXPIRED:
                self._expired[row.sid] = None  # to be failed, whatever its carriers do

    # -- claiming

    async def _claim_next(self) -> bool:
        """Claim a batch and hand it over; whether there was any."""
        room = self._room()
        expired = [sid for sid, _ in zip(self._expired, range(_BATCH), strict=False)]
        taken = self._lanes.take(self._ports.now(), room, _BATCH - len(expired))
        sids = [*expired, *(one.waiting.sid for one in taken)]
        if not sids:
            return False
        try:
            claimed = await self._claimed(sids, room)
        except StorageUnavailable:
            self._put_back(taken)
            raise
        except Exception:
            claimed = await self._claimed_one_by_one(taken, room)
        for sid in expired:
            self._expired.pop(sid, None)
        self._keep_waiting(taken, claimed.left)
        for sending in claimed.sendings:
            self._hand_over(sending)
        return True

    async def _claimed(self, sids: Sequence[str], room: Mapping[str | None, int]) -> Claimed:
        """What is to be handed over, and what goes on waiting. The rest failed, or is gone."""
        ports, node, opt_out = self._ports, self._ports.settings.node, self._ports.settings.opt_out
        wanted = list(dict.fromkeys(sids))
        self._in_flight.update(wanted)
        claimed = Claimed()
        try:
            claimed = await ports.storage.write(
                lambda unit: claim_messages(unit, wanted, node, room, ports.media_of, opt_out=opt_out), SERVER
            )
        except StorageUnavailable:
            self._in_doubt.update(wanted)
            raise
        finally:
            self._in_flight.difference_update(set(wanted) - {sending.queued_sid for sending in claimed.sendings})
        return claimed

    async def _release(self) -> None:
        """A commit that nobody heard of may have claimed them nevertheless; they wait in their lanes."""
        sids, node = list(self._in_doubt), self._ports.settings.node
        await self._ports.storage.write(lambda unit: release_claims(unit, sids, node), SERVER)
        self._in_doubt.clear()

    async def _claimed_one_by_one(self, taken: Sequence[Taken], room: dict[str | None, int]) -> Claimed:
        """One of them spoils the transaction of all: it is left alone for a while."""
        claimed = Claimed()
        for number, one in enumerate(taken):
            try:
                new = await self._claimed([one.waiting.sid], room)
            except StorageUnavailable:
                self._put_back(taken[number:])
                break
            except Exception:
                log.exception("a message could not be claimed", queued=one.waiting.sid)
                self._lanes.put_back(one, self._ports.now() + _ASIDE)
                continue
            for sending in new.sendings:
                room[_key(sending)] -= 1
            claimed.sendings.extend(new.sendings)
            claimed.left.extend(new.left)
        return claimed

    def _keep_waiting(self, taken: Sequence[Taken], left: Sequence[str]) -> None:
        """Carriers changed since they were looked at: not at once again, or it would be asked without end."""
        again = self._ports.now() + _LEFT
        for one in taken:
            if one.waiting.sid in left:
                self._lanes.put_back(one, again)

    def _put_back(self, taken: Iterable[Taken]) -> None:
        for one in taken:
            self._lanes.put_back(one)

    def _room(self) -> dict[str | None, int]:
        """The carriers that are ready, and how many messages each takes now: as its link has room, at its rate."""
        rates: dict[str | None, float | None] = {None: None}
        rates.update((carrier.sid, carrier.messages_per_second) for carrier in self._carriers)
        room: dict[str | None, int] = {}
        for sid, rate in rates.items():
            link = self._roads.link_of(sid)
            if link is None or not link.state.is_ready:
                continue
            room[sid] = min(max(link.room - self._underway.get(sid, 0), 0), self._pace.room(sid, rate))
        if self._settler.backlog >= _MOST_UNSETTLED:
            return dict.fromkeys(room, 0)
        return room

    # -- handing over

    def _hand_over(self, sending: Sending) -> None:
        key = _key(sending)
        self._underway[key] = self._underway.get(key, 0) + 1
        if sending.carrier is not None:
            self._pace.spend(key, sending.carrier.messages_per_second)
        task = asyncio.create_task(self._submit(sending), name=f"message {sending.message.sid}")
        self._submissions.add(task)
        task.add_done_callback(self._submissions.discard)

    async def _submit(self, sending: Sending) -> None:
        # From here to the first wait of `submit` nothing else runs: the link itself counts the message by then.
        self._underway[_key(sending)] -= 1
        link = self._roads.link_of(_key(sending))
        outcome: Outcome
        if link is None:
            outcome = Postponed("its carrier has no link at the moment")
        else:
            try:
                outcome = await link.submit(sending)
            except Exception as error:
                log.exception("a carrier's link failed", message=sending.message.sid, carrier=_key(sending))
                outcome = Unacknowledged(f"the link failed: {type(error).__name__}")
        self._settler.add(sending, outcome)
        self._woken.set()

    def _settled(self, settled: Settled) -> None:
        self._in_flight.discard(settled.sending.queued_sid)
        if settled.row is not None and settled.due is not None:
            self._lanes.come_back(settled.row, self._ways.ways_of(settled.row), settled.due)
        self._woken.set()

    # -- sleeping

    def _sleep_s(self) -> float:
        """Until something may be to do without anybody telling."""
        now_s = self._monotonic_s()
        moments_s = [self._plan.next_sweep_s - now_s]
        if self._lanes.next_due is not None:
            moments_s.append((self._lanes.next_due - self._ports.now()).total_seconds())
        blocked = self._lanes.blocked_on()
        for carrier in self._carriers:
            if carrier.sid in blocked and not self._pace.room(carrier.sid, carrier.messages_per_second):
                moments_s.append(self._pace.next_s(carrier.sid) - now_s)
        return max(min(moments_s), 0.001)


def _key(sending: Sending) -> str | None:
    return sending.carrier.sid if sending.carrier is not None else None
