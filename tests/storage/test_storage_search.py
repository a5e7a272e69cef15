"""Searches of numbers on both engines and in memory: what is found is what a plain look at each number finds."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes.random_numbers import APPS, PRESENT, is_meant, random_fields, random_selector
from tests.fakes.unit_of_work import FakeStorage
from tests.storage.records import AC, ALICE, OTHER_AC, application, number
from tests.storage.test_storage_migrations import connected

from callwright.config import Settings
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.storage.database import Database, open_database
from callwright.usecases.ports import AnyOf, Condition, UnitOfWork
from callwright.usecases.select_numbers import Selector, count_numbers, each_number, find_numbers


def _account(sid: str) -> Account:
    fields: dict[str, Any] = {"sid": sid, "account_sid": sid}
    return Account.model_construct(**fields)


ACCOUNT, OTHER = _account(AC), _account(OTHER_AC)
HOW_MANY = 120


@pytest.fixture(params=("sqlite", "postgresql", "memory"))
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def storage(engine_name: str, request: pytest.FixtureRequest) -> Any:
    if engine_name == "memory":
        return FakeStorage()
    database: Database = request.getfixturevalue("database")
    return database


def fill(unit: UnitOfWork, chance: random.Random, how_many: int = HOW_MANY) -> list[IncomingPhoneNumber]:
    """Numbers of the account and, beside them, of another; oldest first."""
    for sid, owner in zip(APPS, (AC, AC, OTHER_AC), strict=False):
        unit.insert(Application.model_construct(sid=sid, account_sid=owner))
    numbers = []
    for index in range(how_many):
        fields = random_fields(chance, index)
        if index % 5 == 4:
            unit.insert(number(unit, **fields, account_sid=OTHER_AC))
        else:
            numbers.append(unit.insert(number(unit, **fields)))
    return numbers


def found(storage: Any, filters: dict[str, Any], account: Account = ACCOUNT) -> list[str]:
    selector = Selector.checked(filters)
    numbers: list[IncomingPhoneNumber] = storage.read_sync(lambda unit: find_numbers(unit, account, selector, 10_000))
    count = storage.read_sync(lambda unit: count_numbers(unit, account, selector))
    assert count == len(numbers)
    return [one.sid for one in numbers]


def check_searches(storage: Any, numbers: list[IncomingPhoneNumber], chance: random.Random, how_many: int) -> None:
    newest_first = sorted(numbers, key=lambda one: one.sid, reverse=True)
    hits = 0
    for _ in range(how_many):
        filters = random_selector(chance)
        meant = [one.sid for one in newest_first if is_meant(one, filters)]
        assert found(storage, filters) == meant, filters
        hits += bool(meant)
    assert how_many // 5 < hits < how_many


def test_a_search_finds_what_a_look_at_each_number_finds(storage: Any) -> None:
    chance = random.Random(4)
    numbers = storage.write_sync(lambda unit: fill(unit, chance), ALICE)
    check_searches(storage, numbers, chance, 250)


def test_a_search_follows_every_kind_of_write(storage: Any) -> None:
    chance = random.Random(5)
    first: list[IncomingPhoneNumber] = storage.write_sync(lambda unit: fill(unit, chance), ALICE)
    numbers = {one.sid: one for one in first}

    def one_of_them() -> IncomingPhoneNumber:
        return numbers[chance.choice(list(numbers))]

    def some_fields() -> dict[str, Any]:
        fields = random_fields(chance, 0)
        del fields["phone_number"], fields["type"]
        return {name: fields[name] for name in chance.sample(list(fields), chance.choice([1, 1, 2, 5]))}

    def write(unit: UnitOfWork) -> None:
        for _ in range(40):
            one = one_of_them()
            numbers[one.sid] = unit.update(one, some_fields())
        for how_many in (3, 60):
            some, changes = chance.sample(list(numbers.values()), how_many), some_fields()
            assert unit.update_all(some, changes) == how_many
            numbers.update({one.sid: one.model_copy(update=changes) for one in some})
        for _ in range(5):
            unit.delete(numbers.pop(one_of_them().sid))
        moved = numbers.pop(one_of_them().sid)
        unit.update(moved, {"account_sid": OTHER_AC})

    for _ in range(4):
        storage.write_sync(write, ALICE)
        check_searches(storage, list(numbers.values()), chance, 60)
    assert found(storage, {}) == sorted(numbers, reverse=True)


def test_many_numbers_move_to_another_account_with_what_they_are_searched_by(storage: Any) -> None:
    numbers = storage.write_sync(lambda unit: fill(unit, random.Random(6)), ALICE)
    theirs = found(storage, {}, OTHER)
    storage.write_sync(lambda unit: unit.update_all(numbers, {"account_sid": OTHER_AC, "tags": ["moved"]}), ALICE)
    assert found(storage, {}) == []
    assert found(storage, {"tag": "moved"}, OTHER) == sorted((one.sid for one in numbers), reverse=True)
    assert len(found(storage, {}, OTHER)) == len(numbers) + len(theirs)


def test_what_was_rolled_back_is_not_found(storage: Any) -> None:
    class Refused(Exception):
        pass

    def write(unit: UnitOfWork) -> None:
        unit.insert(number(unit, "+15105550100", tags=["vip"]))
        raise Refused

    with pytest.raises(Refused):
        storage.write_sync(write, ALICE)
    assert found(storage, {"tag": "vip"}) == []


def test_deleting_an_application_is_seen_by_the_numbers_that_name_it(storage: Any) -> None:
    def write(unit: UnitOfWork) -> tuple[Application, str]:
        app = unit.insert(application(unit))
        return app, unit.insert(number(unit, "+15105550100", sms_application_sid=app.sid)).sid

    app, sid = storage.write_sync(write, ALICE)
    assert found(storage, {"target": "deleted"}) == []
    storage.write_sync(lambda unit: unit.delete(app), ALICE)
    assert found(storage, {"target": "deleted"}) == [sid]
    assert found(storage, {"target": "sms:deleted"}) == [sid]
    assert found(storage, {"target": "voice:deleted"}) == []


def test_pages_are_whole_while_numbers_come_change_and_go(storage: Any) -> None:
    numbers = storage.write_sync(lambda unit: fill(unit, random.Random(7)), ALICE)
    wanted = sorted((one.sid for one in numbers if one.capabilities.get("voice")), reverse=True)
    seen: list[str] = []
    before_sid = None
    chance = random.Random(8)
    selector = Selector.checked({"capability": "voice"})

    def disturb(unit: UnitOfWork, index: int) -> None:
        unit.insert(number(unit, f"+1999555{index:04d}"))  # newer than the first page: not to be met again
        here = unit.get(IncomingPhoneNumber, seen[-1])
        assert here is not None
        unit.delete(here)  # the cursor's own row
        ahead = unit.search(IncomingPhoneNumber, AC, (), limit=1, before_sid=seen[-1])
        if ahead:
            unit.update(ahead[0], {"notes": f"{chance.random()}"})

    for index in range(100):
        page = storage.read_sync(lambda unit, cursor=before_sid: find_numbers(unit, ACCOUNT, selector, 7, cursor))
        if not page:
            break
        seen += [one.sid for one in page]
        before_sid = seen[-1]
        storage.write_sync(lambda unit, index=index: disturb(unit, index), ALICE)
    assert seen == wanted


def test_each_number_comes_once_though_batches_are_changed(storage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callwright.usecases.select_numbers._BATCH", 9)
    numbers = storage.write_sync(lambda unit: fill(unit, random.Random(9)), ALICE)

    def write(unit: UnitOfWork) -> list[str]:
        sids = []
        for batch in each_number(unit, ACCOUNT, Selector.checked({"target": "sms:none"})):
            sids += [one.sid for one in batch]
            unit.update_all(batch, {"sms_url": "https://new.example.com/sms"})
        return sids

    meant = [one.sid for one in numbers if is_meant(one, {"target": ["sms:none"]})]
    assert storage.write_sync(write, ALICE) == sorted(meant, reverse=True)
    assert found(storage, {"target": "sms:none"}) == []


HOSTILE = ["\x00", "\ud83d", "a\x00b", "%", "_", "*", "[", "]", "\\", "'", '"', "?", "{0}", "%s", "🎉"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_finds_itself_alone(storage: Any, text: str) -> None:
    def write(unit: UnitOfWork) -> str:
        unit.insert(number(unit, "+15105550100", friendly_name="nothing", voice_url="https://a.example.com/x"))
        if "\0" in text or "\ud83d" in text:
            return ""
        return unit.insert(number(unit, "+15105550101", friendly_name=f"so{text}so")).sid

    sid = storage.write_sync(write, ALICE)

    def read(unit: UnitOfWork) -> list[str]:
        wanted = [Condition("text", text, "contains")]
        return [one.sid for one in unit.search(IncomingPhoneNumber, AC, wanted, limit=10)]

    assert storage.read_sync(read) == ([sid] if sid else [])
    nothing = [AnyOf((Condition("urls", text, "contains"), Condition("trunk_sid", text)))]
    assert storage.read_sync(lambda unit: unit.search(IncomingPhoneNumber, AC, nothing, limit=10)) == []
    assert storage.read_sync(lambda unit: unit.search_count(IncomingPhoneNumber, AC, nothing)) == 0


def test_an_account_never_finds_numbers_of_another(storage: Any) -> None:
    chance = random.Random(10)
    storage.write_sync(lambda unit: fill(unit, chance), ALICE)
    mine, theirs = set(found(storage, {})), set(found(storage, {}, OTHER))
    assert mine
    assert theirs
    assert not mine & theirs
    for _ in range(40):
        filters = random_selector(chance)
        assert set(found(storage, filters, OTHER)) <= theirs
        assert set(found(storage, filters)) <= mine


def test_a_gone_application_of_another_account_is_gone(storage: Any) -> None:
    numbers = storage.write_sync(lambda unit: fill(unit, random.Random(11)), ALICE)
    gone = [one.sid for one in numbers if one.voice_application_sid and one.voice_application_sid not in PRESENT]
    assert found(storage, {"target": "voice:deleted"}) == sorted(gone, reverse=True)


class TestOnDatabases:
    @pytest.fixture(params=("sqlite", "postgresql"))
    def engine_name(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @staticmethod
    def reopened(settings: Settings, meanwhile: Callable[[sa.Connection], Any]) -> Database:
        with connected(settings) as connection, connection.begin():
            meanwhile(connection)
        return open_database(settings)

    def test_what_another_version_searched_by_is_worked_out_anew(self, settings: Settings) -> None:
        chance = random.Random(12)
        first = open_database(settings)
        numbers = first.write_sync(lambda unit: fill(unit, chance), ALICE)
        first.close()

        def spoil(connection: sa.Connection) -> None:
            connection.execute(sa.text("UPDATE incoming_phone_numbers_search SET text = 'zzz', urls = NULL"))
            connection.execute(sa.text("UPDATE meta SET value = '0' WHERE name = 'search of incoming_phone_numbers'"))

        second = self.reopened(settings, spoil)
        check_searches(second, numbers, chance, 60)
        second.close()

    def test_what_this_version_searched_by_is_left_as_it_is(self, settings: Settings) -> None:
        first = open_database(settings)
        first.write_sync(lambda unit: fill(unit, random.Random(13), 5), ALICE)
        first.close()
        spoil = sa.text("UPDATE incoming_phone_numbers_search SET text = 'zzz'")
        second = self.reopened(settings, lambda connection: connection.execute(spoil))
        assert len(found(second, {"text": "zzz"})) == 4
        second.close()
