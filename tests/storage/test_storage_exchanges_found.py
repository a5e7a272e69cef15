"""How exchanges are found: failures among millions without reading those that are none."""

from typing import Any

import pytest
from tests.storage.records import AC

from callwright.model.actor import SERVER
from callwright.model.exchange import Exchange, endpoint_of
from callwright.storage.database import Database
from callwright.storage.engine import Connection
from callwright.usecases.ports import Condition, UnitOfWork

URL = "https://app.test/voice"
OF_ACCOUNT = Condition("account_sid", AC)


def exchange(unit: UnitOfWork, **fields: Any) -> Exchange:
    given = {"sid": unit.new_sid("EX"), "account_sid": AC, "endpoint": endpoint_of(URL)}
    return unit.insert(Exchange.model_construct(**{**given, **fields}))


async def test_the_last_failure_of_a_url_is_found(database: Database) -> None:
    def work(unit: UnitOfWork) -> tuple[list[Exchange], list[Exchange]]:
        for other in ({"is_failure": False}, {"is_failure": True, "account_sid": "AC" + "f" * 32}):
            exchange(unit, **other)
        failed = exchange(unit, is_failure=True)
        exchange(unit)
        exchange(unit, is_failure=True, endpoint=endpoint_of("https://app.test/other"))
        conditions = [OF_ACCOUNT, Condition("endpoint", endpoint_of(URL)), Condition("is_failure", True)]
        return [failed], unit.select(Exchange, conditions, limit=1)

    expected, found = await database.write(work, SERVER)
    assert found == expected
    fine = await database.read(
        lambda unit: unit.count(Exchange, [OF_ACCOUNT, Condition("is_failure", False)])
    )  # fmt: skip
    assert fine == 2


@pytest.mark.parametrize(
    ("conditions", "index"),
    [
        ([Condition("endpoint", "e"), Condition("is_failure", True)], "ix_exchanges_failures_of_endpoint"),
        ([Condition("is_failure", True)], "ix_exchanges_failures"),
        ([Condition("is_failure", True), Condition("sid", "EX0", "ge")], "ix_exchanges_failures"),
        ([Condition("replay_of", "EX1")], "ix_exchanges_replay_of"),
        ([Condition("request_id", "r")], "ix_exchanges_request_id"),
        ([Condition("endpoint", "e")], "ix_exchanges_endpoint"),
        ([Condition("sid", "EX0", "ge"), Condition("sid", "EX1", "lt")], "ix_exchanges_account_sid"),
    ],
)
async def test_every_filter_has_an_index_that_is_in_the_lists_order(
    database: Database, conditions: list[Condition], index: str
) -> None:
    if database.engine.dialect_name != "sqlite":
        pytest.skip("PostgreSQL decides by what the tables hold")
    statements = database._tools.statements.of(Exchange)
    shapes, values = statements.conditions([OF_ACCOUNT, *conditions])
    sql = f"EXPLAIN QUERY PLAN {statements.select(shapes, None)}"

    def explained(connection: Connection) -> list[str]:
        return [str(row[3]) for row in connection.query(sql, (*values, 1))]

    plan = await database.transact(explained, writes=False)
    assert f"USING INDEX {index} (" in plan[0]
    assert len(plan) == 1, "no sorting"


def test_an_endpoint_is_the_url_without_credentials_and_overrides() -> None:
    same = {endpoint_of(url) for url in (URL, f" {URL}#rc=2&rp=all", "https://me:secret@app.test/voice#x")}
    assert len(same) == 1
    others = (f"{URL}?a=b@c", f"{URL}/", "http://app.test/voice", "https://app.test:443/voice", "", "\ud800")
    assert len({endpoint_of(url) for url in (URL, *others)}) == 1 + len(others)
