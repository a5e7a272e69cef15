"""What names a record and what deletes it, at the same time: nothing is left that names what is gone.

On PostgreSQL alone: SQLite has one writer.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.storage.records import AC, ALICE, account, number, stored_application

from callwright.model.errors import ApiError
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.storage.database import Database
from callwright.usecases.change_number import change_number
from callwright.usecases.delete_application import delete_application
from callwright.usecases.delete_trunk import delete_trunk
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.roll_back import roll_back_group

Work = Callable[[UnitOfWork], Any]
postgresql_alone = pytest.mark.parametrize("engine_name", ["postgresql"])


@dataclass
class World:
    database: Database
    owner: Account
    application: str
    other: str
    trunk: str
    number: str
    #: A group that pointed the number away from the application.
    pointed_away: str

    def now(self, record_type: type[Any], sid: str) -> Any:
        return self.database.read_sync(lambda unit: unit.get(record_type, sid))

    def nothing_is_named_that_is_gone(self) -> bool:
        stored = self.now(IncomingPhoneNumber, self.number)
        named = {
            stored.voice_application_sid: Application,
            stored.sms_application_sid: Application,
            stored.trunk_sid: Trunk,
        }
        return all(self.now(kind, sid) is not None for sid, kind in named.items() if sid is not None)


@pytest.fixture
def world(database: Database) -> World:
    owner = database.write_sync(lambda unit: unit.insert(account(unit)), ALICE)
    application, other = stored_application(database).sid, stored_application(database).sid

    def insert(unit: UnitOfWork) -> tuple[str, IncomingPhoneNumber]:
        trunk = unit.insert(Trunk.model_construct(sid=unit.new_sid("TK"), account_sid=AC, friendly_name="Line"))
        return trunk.sid, unit.insert(number(unit, "+15550001111", voice_application_sid=application))

    trunk, stored = database.write_sync(insert, ALICE)

    def away(unit: UnitOfWork) -> str:
        unit.update(stored, {"voice_application_sid": None})
        return unit.group_id

    return World(database, owner, application, other, trunk, stored.sid, database.write_sync(away, ALICE))


def naming(world: World) -> dict[str, tuple[Work, Work]]:
    """Units that name a record, each with the one that deletes it."""
    owner, application = world.owner, world.application

    def point(**settings: str) -> Work:
        return lambda unit: change_number(unit, owner, world.number, settings, None)

    delete: Work = lambda unit: delete_application(unit, owner, application)  # noqa: E731 - shorter than a function
    return {
        "calls": (point(voice_application_sid=application), delete),
        "messages": (point(sms_application_sid=application), delete),
        "trunk": (point(trunk_sid=world.trunk), lambda unit: delete_trunk(unit, owner, world.trunk)),
        "rollback": (lambda unit: roll_back_group(unit, owner, world.pointed_away), delete),
        "replacement": (
            lambda unit: delete_application(unit, owner, world.other, replace_with=application),
            delete,
        ),
    }


async def at_once(database: Database, first: Work, second: Work) -> list[Any]:
    """Commit the first after the second has looked at the database; what both answer, or raise."""
    is_done, has_looked = threading.Event(), threading.Event()

    def commit_late(unit: UnitOfWork) -> Any:
        result = first(unit)
        is_done.set()
        assert has_looked.wait(20)
        return result

    def look_early(unit: UnitOfWork) -> Any:
        unit.get(Account, AC)
        has_looked.set()
        return second(unit)

    late = asyncio.create_task(database.write(commit_late, ALICE))
    assert await asyncio.to_thread(is_done.wait, 20)
    return list(await asyncio.gather(late, database.write(look_early, ALICE), return_exceptions=True))


@postgresql_alone
@pytest.mark.parametrize("is_named_first", [True, False])
@pytest.mark.parametrize("way", ["calls", "messages", "trunk", "rollback"])
async def test_what_is_named_is_not_deleted_at_the_same_time(world: World, way: str, is_named_first: bool) -> None:
    name, delete = naming(world)[way]
    first, second = (name, delete) if is_named_first else (delete, name)
    told = await at_once(world.database, first, second)
    assert world.nothing_is_named_that_is_gone()
    assert not isinstance(told[0], BaseException)
    assert isinstance(told[1], ApiError)


@postgresql_alone
@pytest.mark.parametrize("is_named_first", [True, False])
async def test_numbers_do_not_go_to_an_application_that_is_deleted_at_the_same_time(
    world: World, is_named_first: bool
) -> None:
    pointing = {"voice_application_sid": world.other}
    await world.database.write(lambda unit: change_number(unit, world.owner, world.number, pointing, None), ALICE)
    name, delete = naming(world)["replacement"]
    first, second = (name, delete) if is_named_first else (delete, name)
    told = await at_once(world.database, first, second)
    assert world.nothing_is_named_that_is_gone()
    assert isinstance(told[1], ApiError)


@postgresql_alone
async def test_a_claim_leaves_the_record_as_it_is(world: World) -> None:
    before = world.now(Application, world.application)
    name, _ = naming(world)["calls"]
    await world.database.write(name, ALICE)
    assert world.now(Application, world.application) == before


async def test_a_unit_that_only_reads_claims_nothing(database: Database) -> None:
    stored = stored_application(database)
    await database.read(lambda unit: unit.claim(stored))
