"""Conditions with many values: one statement for any number of them, and the index of their column."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.storage.records import ALICE, OTHER_AC, account, number

from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.storage.database import Database
from callwright.storage.engine import Connection
from callwright.usecases.named_numbers import Named, NumbersNotFound, named_numbers
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.ports import Condition, UnitOfWork

NOTHING = NumberChanges({})


def stored(database: Database, how_many: int) -> list[IncomingPhoneNumber]:
    def work(unit: UnitOfWork) -> list[IncomingPhoneNumber]:
        return [
            unit.insert(number(unit, f"+1555{at:07}", trunk_sid=None if at % 2 else "TK1")) for at in range(how_many)
        ]

    return database.write_sync(work, ALICE)


@pytest.mark.parametrize("how_many", [0, 1, 8, 9, 200])
def test_any_number_of_values_selects_the_same_as_one_by_one(database: Database, how_many: int) -> None:
    numbers = stored(database, 210)
    wanted = [one.phone_number for one in numbers[:how_many]]
    among = Condition("phone_number", [*wanted, 'not "there", \\ ü'], "in")
    found = database.read_sync(lambda unit: unit.select(IncomingPhoneNumber, [among], limit=300))
    assert [one.phone_number for one in found] == wanted[::-1]
    assert database.read_sync(lambda unit: unit.count(IncomingPhoneNumber, [among])) == how_many


def test_none_among_many_values_means_what_is_not_set(database: Database) -> None:
    stored(database, 20)
    among = Condition("trunk_sid", [None, *(f"TK{at}" for at in range(2, 20))], "in")
    assert database.read_sync(lambda unit: unit.count(IncomingPhoneNumber, [among])) == 10


def test_one_statement_serves_any_number_of_many_values(database: Database) -> None:
    def texts(unit: Any) -> int:
        statements = unit._tools.statements.of(IncomingPhoneNumber)  # no port shows what is compiled
        shapes = {
            statements.conditions([Condition("phone_number", ["+1555"] * many, "in")])[0] for many in range(9, 500)
        }
        return len(shapes)

    assert database.read_sync(texts) == 1


@pytest.mark.parametrize("comparison", ["contains", "gone"])
def test_what_searches_alone_know_is_refused_by_select(database: Database, comparison: Any) -> None:
    with pytest.raises(ValueError, match=f"{comparison} of phone_number is for search alone"):
        database.read_sync(
            lambda unit: unit.select(IncomingPhoneNumber, [Condition("phone_number", "1", comparison)], limit=1)
        )


def test_numbers_are_named_in_any_mixture_and_only_ones_own_are_found(database: Database) -> None:
    numbers = stored(database, 30)
    theirs = database.write_sync(lambda unit: unit.insert(number(unit, "+4915100000000", account_sid=OTHER_AC)), ALICE)
    references = [one.sid if at % 2 else one.phone_number for at, one in enumerate(numbers)]
    mine = database.read_sync(
        lambda unit: list(named_numbers(unit, account(unit), [Named(one, NOTHING) for one in references]))
    )
    assert [[one.sid for _, one in batch] for batch in mine] == [[one.sid for one in numbers]]
    for reference in (theirs.sid, theirs.phone_number):
        with pytest.raises(NumbersNotFound) as refused:
            database.read_sync(
                lambda unit, one=reference: list(  # type: ignore[misc]  # mypy cannot type a lambda's default
                    named_numbers(unit, account(unit), [Named(one, NOTHING)])
                )
            )
        assert refused.value.details["missing"] == [reference]


class Asked:
    """A connection that keeps how SQLite would find the rows of each statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plans: list[str] = []

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.plans.append(str(self._connection.query(f"EXPLAIN QUERY PLAN {sql}", parameters)))
        return self._connection.query(sql, parameters)


def test_named_numbers_are_found_without_reading_those_of_the_account(database: Database) -> None:
    if database.engine.dialect_name != "sqlite":
        pytest.skip("PostgreSQL decides by how many rows there are")
    numbers = stored(database, 100)

    def plans(unit: Any) -> list[str]:
        unit._connection = Asked(unit._connection)  # no port shows plans
        named = [Named(one.sid if at % 2 else one.phone_number, NOTHING) for at, one in enumerate(numbers)]
        list(named_numbers(unit, account(unit), named))
        asked: list[str] = unit._connection.plans
        return asked

    by_number, by_sid = database.read_sync(plans)
    assert "(phone_number=?)" in by_number
    assert "(sid=?)" in by_sid
