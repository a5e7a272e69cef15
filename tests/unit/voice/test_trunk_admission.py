"""Which trunk a source belongs to, while trunks come, change and go."""

from functools import partial
from typing import Any

from tests.fakes.unit_of_work import FakeStorage

from callwright.model.resources.trunk import Trunk
from callwright.voice.admission import TrunkAdmission


class Trunks:
    def __init__(self) -> None:
        self.storage = FakeStorage()
        self.now_s = 100.0
        self.looks = 0
        self.admission = TrunkAdmission(self.storage, lambda: self.now_s, self.sleep)
        self.read, self.storage.read = self.storage.read, self.count  # type: ignore[method-assign] # looks are counted

    async def count(self, work: Any) -> Any:
        self.looks += 1
        return await self.read(work)

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def add(self, *sources: str) -> Trunk:
        self.storage.pass_time(1)
        sid = self.storage.sids.make("TK")
        trunk = Trunk.model_construct(sid=sid, account_sid="AC", friendly_name="t", allowed_sources=list(sources))
        stored: Trunk = self.storage.write_sync(lambda unit: unit.insert(trunk))
        return stored

    def change(self, trunk: Trunk, *sources: str) -> Trunk:
        changed: Trunk = self.storage.write_sync(lambda unit: unit.update(trunk, {"allowed_sources": list(sources)}))
        return changed

    def remove(self, trunk: Trunk) -> None:
        self.storage.write_sync(lambda unit: unit.delete(trunk))

    async def found(self, host: str) -> str | None:
        """As an incoming call looks: again while what was found does not hold."""
        for _ in range(3):
            trunk = await self.admission.trunk_of(host)
            if trunk is None:
                return None
            if self.storage.read_sync(partial(self.admission.is_current, trunk=trunk)):
                return trunk.sid
            await self.admission.refresh()
        raise AssertionError("the trunks do not stand still")


async def test_the_longest_prefix_wins() -> None:
    trunks = Trunks()
    wide, narrow = trunks.add("10.0.0.0/8"), trunks.add("10.1.0.0/16", "2001:db8::/32")
    assert await trunks.found("10.1.2.3") == narrow.sid
    assert await trunks.found("10.2.2.3") == wide.sid
    assert await trunks.found("2001:db8::1") == narrow.sid
    assert await trunks.found("::ffff:10.2.0.1") == wide.sid
    assert await trunks.found("192.0.2.1") is None
    assert await trunks.found("no address") is None


async def test_a_new_trunk_counts_at_once_also_for_sources_that_another_admitted() -> None:
    trunks = Trunks()
    assert await trunks.found("10.1.2.3") is None
    wide = trunks.add("10.0.0.0/8")
    assert await trunks.found("10.1.2.3") == wide.sid
    narrow = trunks.add("10.1.2.3/32")
    assert await trunks.found("10.1.2.3") == narrow.sid


async def test_an_edited_trunk_counts_at_once() -> None:
    trunks = Trunks()
    wide, narrow = trunks.add("10.0.0.0/8"), trunks.add("10.1.0.0/16")
    assert await trunks.found("10.1.2.3") == narrow.sid
    trunks.change(narrow, "10.9.0.0/16")
    assert await trunks.found("10.1.2.3") == wide.sid
    trunks.change(wide, "192.0.2.0/24")
    assert await trunks.found("10.1.2.3") is None


async def test_a_removed_trunk_leaves_its_sources_to_the_next() -> None:
    trunks = Trunks()
    wide, narrow = trunks.add("10.0.0.0/8"), trunks.add("10.1.0.0/16")
    assert await trunks.found("10.1.2.3") == narrow.sid
    trunks.remove(narrow)
    assert await trunks.found("10.1.2.3") == wide.sid
    trunks.remove(wide)
    assert await trunks.found("10.1.2.3") is None


async def test_strangers_make_us_look_ten_times_a_second_at_most() -> None:
    trunks = Trunks()
    before_s = trunks.now_s
    for _ in range(11):
        assert await trunks.found("192.0.2.1") is None
    assert trunks.looks == 11
    assert trunks.now_s - before_s >= 0.999


async def test_a_known_source_costs_no_look() -> None:
    trunks = Trunks()
    trunks.add("10.0.0.0/8")
    for _ in range(5):
        await trunks.found("10.0.0.1")
    assert trunks.looks == 1
