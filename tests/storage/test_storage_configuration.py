"""A configuration on real databases: what is remembered of records is what the database gives back."""

import copy
from typing import Any

from tests.fakes.rest_api import RestApi
from tests.storage.records import ALICE

from callwright.model.resources.application import Application
from callwright.storage.database import Database
from callwright.usecases.apply_configuration import Applied, apply_configuration
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
