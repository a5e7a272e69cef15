"""kill -9 in the middle: what was acknowledged is there, what had not finished runs again."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.storage.crashing import settings_of
from tests.storage.working import Notes, enqueue, until_no_jobs_wait, waiting_jobs, working

from callwright.config import Settings
from callwright.model.resources.application import Application
from callwright.model.revision import RevisionFilter
from callwright.storage.database import Database, open_database
from callwright.usecases.ports import Job


@contextmanager
def child(what: str, settings: Settings) -> Iterator[subprocess.Popen[str]]:
    place = settings.database or str(settings.data)
    command = [sys.executable, "-m", "tests.storage.crashing", what, place]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def lines(process: subprocess.Popen[str], how_many: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(how_many)]


async def test_nothing_acknowledged_is_lost(settings: Settings) -> None:
    with child("write", settings) as process:
        acknowledged = lines(process, 300)
        process.kill()
        assert process.stdout is not None
        rest = process.stdout.read()
    acknowledged += rest.rpartition("\n")[0].split()
    database = open_database(settings_of(settings.database or str(settings.data)))
    stored = await database.read(lambda unit: unit.select(Application, limit=1_000_000))
    sids = {one.sid for one in stored}
    assert set(acknowledged) <= sids
    revised = await database.read(lambda unit: unit.revisions(RevisionFilter(), limit=1_000_000))
    assert {one.sid for one in revised} == sids  # and nothing is stored by half
    assert await waiting_jobs(database) == len(sids)
    database.close()


async def test_jobs_of_a_killed_process_run_again(settings: Settings, database: Database) -> None:
    notes = Notes()

    async def finish(_: object, arguments: object) -> None:
        await notes.add(arguments)

    await enqueue(database, Job("note", {"note": "first"}, "lane"), Job("note", {"note": "second"}, "lane"))
    with child("work", settings) as process:
        assert lines(process, 1) == ["first"]
    async with working(database, {"note": finish}):
        assert await notes.until(2) == [{"note": "first"}, {"note": "second"}]
        await until_no_jobs_wait(database)
