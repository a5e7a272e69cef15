"""Scheduled changes on real databases: what two that are scheduled at once see of one another."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.rest_api import RestApi
from tests.storage.records import ALICE

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.storage.database import Database
from callwright.usecases.schedule_change import ScheduledChangesOverlap, schedule_change

OWNER = RestApi().account


async def test_of_two_that_overlap_and_are_scheduled_at_once_one_is_refused(database: Database) -> None:
    def make(unit: Any) -> str:
        unit.insert(OWNER)
        application = Application.model_construct(sid=unit.new_sid("AP"), account_sid=OWNER.sid, friendly_name="A")
        return str(unit.insert(application).sid)

    target_sid = await database.write(make, ALICE)
    at = datetime.now(UTC) + timedelta(hours=1)
    order = {
        "target_sid": target_sid,
        "changes": {"notes": "x"},
        "at": at.isoformat(),
        "until": (at + timedelta(hours=1)).isoformat(),
    }
    is_scheduled, has_begun = threading.Event(), threading.Event()

    def first(unit: Any) -> None:
        schedule_change(unit, OWNER, ALICE, order)
        is_scheduled.set()
        has_begun.wait(0.5 if unit.is_serial else 10)

    def second(unit: Any) -> None:
        assert unit.get(Account, OWNER.sid)  # from here on it sees what was there now
        has_begun.set()
        schedule_change(unit, OWNER, ALICE, order)

    earlier = asyncio.create_task(database.write(first, ALICE))
    await asyncio.to_thread(is_scheduled.wait, 10)
    with pytest.raises(ScheduledChangesOverlap):
        await database.write(second, ALICE)
    await earlier
    assert len(await database.read(lambda unit: unit.select(ScheduledChange, limit=10))) == 1
