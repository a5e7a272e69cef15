"""A configuration on real databases: what is remembered of records is what the database gives back."""

import asyncio
import copy
import threading
from typing import Any

import pytest
from tests.fakes.rest_api import RestApi
from tests.storage.records import ALICE

from callwright.model.errors import ApiError
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.storage.database import Database
from callwright.usecases.apply_configuration import Applied, apply_configuration
from callwright.usecases.change_application import change_application
from callwright.usecases.delete_application import delete_application
from callwright.usecases.expect_revision import RevisionMismatch
from callwright.usecases.export_configuration import export_configuration
from callwright.usecases.plan_configuration import plan_configuration
from callwright.usecases.roll_back import roll_back_group

REST = RestApi()
NUMBERS = [{"phone_number": f"+1444{at:07d}", "voice_application": f"App {at % 3}"} for at in range(1200)]
DOCUMENT: dict[str, Any] = {
    "callwright": 1,
    "trunks": [{"friendly_name": "Carrier", "allowed_sources": ["198.51.100.0/24"]}],
    "carriers": [{"friendly_name": "inside", "kind": "loopback"}],
    "applications": [{"friendly_name": f"App {at}", "tags": ["x"]} for at in range(3)],
    "short_codes": [{"short_code": "12345"}],
    "numbers": NUMBERS,
}


async def test_a_configuration_is_applied_changed_drifted_and_taken_back(database: Database) -> None:
    await database.write(lambda unit: unit.insert(REST.account), ALICE)

    async def apply(document: Any, **options: Any) -> Applied:
        planned = await database.read(lambda unit: plan_configuration(unit, REST.account, document, REST.ports))
        return await database.write(
            lambda unit: apply_configuration(unit, REST.account, document, REST.ports, planned=planned, **options),
            ALICE,
        )

    async def export() -> Any:
        return await database.read(lambda unit: export_configuration(unit, REST.account, REST.carriers))

    assert (await apply(DOCUMENT)).plan.count("create") == 1206
    again = await apply(DOCUMENT)
    assert (again.plan.steps, again.plan.drift, again.group_id) == ([], [], None)
    exported = await export()
    assert (await apply(exported)).plan.steps == []

    edited = copy.deepcopy(DOCUMENT)
    for number in edited["numbers"]:
        number["voice_application"] = "App 1"
    applied = await apply(edited)
    assert (applied.plan.count("update"), applied.plan.drift) == (800, [])
    assert ((again := await apply(edited)).plan.steps, again.plan.drift) == ([], [])

    group_id = applied.group_id or ""
    await database.write(lambda unit: roll_back_group(unit, REST.account, group_id), ALICE)
    assert await export() == exported
    drifted = await database.read(lambda unit: plan_configuration(unit, REST.account, edited, REST.ports))
    assert len(drifted.overwritten) == 800
    assert (await apply(edited, accept_drift=True)).plan.count("update") == 800

    def delete(unit: Any) -> None:
        unit.delete(unit.select(Application, limit=1)[0])

    await database.write(delete, ALICE)
    plan = await database.read(lambda unit: plan_configuration(unit, REST.account, exported, REST.ports))
    assert [one.is_deleted for one in plan.drift if one.section.name == "applications"] == [True]


async def _apply(database: Database, document: Any, **options: Any) -> Applied:
    return await database.write(
        lambda unit: apply_configuration(unit, REST.account, {"callwright": 1, **document}, REST.ports, **options),
        ALICE,
    )


async def test_a_renamed_carrier_leaves_its_name_to_a_new_one(database: Database) -> None:
    await database.write(lambda unit: unit.insert(REST.account), ALICE)
    old = {"friendly_name": "x", "kind": "loopback"}
    sid = (await _apply(database, {"carriers": [old]})).plan.steps[0].sid
    both = {"carriers": [{**old, "sid": sid, "friendly_name": "y"}, old]}
    applied = await _apply(database, both)
    carriers = await database.read(lambda unit: unit.select(Carrier, limit=10))
    assert {carrier.friendly_name: carrier.sid == sid for carrier in carriers} == {"x": False, "y": True}
    assert [(one.action, one.name) for one in applied.plan.steps] == [("update", "y"), ("create", "x")]
    assert (await _apply(database, both)).plan.steps == []
    group_id = applied.group_id or ""
    await database.write(lambda unit: roll_back_group(unit, REST.account, group_id), ALICE)
    (carrier,) = await database.read(lambda unit: unit.select(Carrier, limit=10))
    assert (carrier.sid, carrier.friendly_name) == (sid, "x")


async def test_a_record_made_again_under_its_sid_fits_no_revision_that_it_had(database: Database) -> None:
    await database.write(lambda unit: unit.insert(REST.account), ALICE)
    sid = (await _apply(database, {"applications": [{"friendly_name": "A"}]})).plan.steps[0].sid
    await database.write(lambda unit: delete_application(unit, REST.account, sid), ALICE)
    again = {"applications": [{"sid": sid, "friendly_name": "A", "voice_url": "https://new.example/"}]}
    await _apply(database, again, accept_drift=True)
    with pytest.raises(RevisionMismatch):
        await database.write(lambda unit: change_application(unit, REST.account, sid, {"notes": "mine"}, 1), ALICE)
    assert (await _apply(database, again)).plan.steps == []


async def test_a_plan_that_a_slower_transaction_has_outdated_is_made_again(database: Database) -> None:
    """Its revision has a smaller id than the newest that the plan was made on."""
    await database.write(lambda unit: unit.insert(REST.account), ALICE)
    if await database.read(lambda unit: unit.is_serial):
        return  # there is no such transaction
    document = {"callwright": 1, "applications": [{"friendly_name": "A"}, {"friendly_name": "B"}]}
    first, second = (step.sid for step in (await _apply(database, document)).plan.steps)
    is_written, may_end = threading.Event(), threading.Event()

    def slow(unit: Any) -> None:
        unit.update(unit.get(Application, first), {"voice_url": "https://hand.example/"})
        is_written.set()
        may_end.wait(10)

    slower = asyncio.create_task(database.write(slow, ALICE))
    await asyncio.to_thread(is_written.wait, 10)

    def quick(unit: Any) -> None:
        unit.update(unit.get(Application, second), {})

    await database.write(quick, ALICE)
    planned = await database.read(lambda unit: plan_configuration(unit, REST.account, document, REST.ports))
    assert planned.steps == []
    may_end.set()
    await slower
    with pytest.raises(ApiError, match="Others have changed"):
        await _apply(database, document, planned=planned)
