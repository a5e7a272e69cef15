"""A child process that is killed in the middle: `python -m tests.storage.crashing write|work URL-or-folder`."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.storage.records import ALICE, application
from tests.storage.working import ports_of

from callwright.config import Settings
from callwright.storage.database import Database, open_database
from callwright.usecases.ports import Job, Ports, UnitOfWork


def settings_of(place: str) -> Settings:
    if "://" in place:
        return Settings(data=Path("unused"), database=place)
    return Settings(data=Path(place))


def _tell(text: str) -> None:
    """One line that the parent sees at once, whatever happens next."""
    print(text, flush=True)


async def _write(database: Database) -> None:
    """Many units of work at once, without end; tells each SID once it was acknowledged."""

    def work(unit: UnitOfWork) -> str:
        sid = unit.insert(application(unit)).sid
        unit.enqueue(Job("never_run", {"sid": sid}))
        return sid

    async def write_on() -> None:
        while True:
            _tell(await database.write(work, ALICE))

    await asyncio.gather(*(write_on() for _ in range(8)))


async def _work(database: Database) -> None:
    """Runs jobs that never end; tells when one has started."""

    async def hang(_: Ports, arguments: Mapping[str, Any]) -> None:
        _tell(arguments["note"])
        await asyncio.Event().wait()

    await database.worker({"note": hang}, ports_of(database)).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    _, what, place = sys.argv
    asyncio.run({"write": _write, "work": _work}[what](open_database(settings_of(place))))
