"""Any sequence of operations does to the database what it does to a dictionary."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from tests.storage.records import ALICE, application

from callwright.config import Settings
from callwright.model.resources.application import Application
from callwright.model.revision import RevisionFilter
from callwright.storage.database import open_database
from callwright.usecases.ports import Condition, RecordGone, UnitOfWork

NAMES = st.sampled_from(["Callertron", "", "a", "ä%_", "A"]) | st.none()
CHANGES = st.fixed_dictionaries(
    {}, optional={"friendly_name": NAMES, "voice_caller_id_lookup": st.booleans(), "sms_url": NAMES}
)


class Rollback(Exception):
    """Ends a unit of work that is to leave nothing behind."""


class DatabaseAgainstDictionary(RuleBasedStateMachine):
    """On SQLite; the other tests tell that both engines do the same."""

    records: Bundle[Application] = Bundle("records")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.database = open_database(Settings(data=self.folder))
        self.model: dict[str, dict[str, Any]] = {}
        self.revisions: list[tuple[str, int, str]] = []

    @rule(target=records, name=NAMES)
    def insert(self, name: str | None) -> Application:
        stored = self.database.write_sync(lambda unit: unit.insert(application(unit, friendly_name=name)), ALICE)
        self._remember("create", stored)
        return stored

    @rule(record=records, changes=CHANGES)
    def update(self, record: Application, changes: dict[str, Any]) -> None:
        try:
            stored = self.database.write_sync(lambda unit: unit.update(record, changes), ALICE)
        except RecordGone:
            assert record.sid not in self.model
            return
        before = self.model[record.sid]
        assert stored.model_dump() == {
            **before,
            **changes,
            "revision": before["revision"] + 1,
            "date_updated": stored.date_updated,
        }
        self._remember("update", stored)

    @rule(record=consumes(records), twice=st.booleans())
    def delete(self, record: Application, twice: bool) -> None:
        for _ in range(1 + twice):
            self.database.write_sync(lambda unit: unit.delete(record), ALICE)
        gone = self.model.pop(record.sid)
        self.revisions.append(("delete", gone["revision"] + 1, record.sid))

    @rule(record=records, name=NAMES)
    def fail(self, record: Application, name: str | None) -> None:
        def work(unit: UnitOfWork) -> None:
            unit.insert(application(unit, friendly_name=name))
            if record.sid in self.model:
                unit.update(record, {"friendly_name": name})
                unit.delete(record)
            raise Rollback

        try:
            self.database.write_sync(work, ALICE)
        except Rollback:
            return
        raise AssertionError("the unit of work did not fail")

    @rule(name=NAMES, size=st.integers(1, 3))
    def page_through(self, name: str | None, size: int) -> None:
        conditions = [Condition("friendly_name", name)]
        expected = sorted((sid for sid, row in self.model.items() if row["friendly_name"] == name), reverse=True)
        found: list[str] = []
        while page := self._page(conditions, size, found[-1] if found else None):
            found += [one.sid for one in page]
        assert found == expected
        assert self.database.read_sync(lambda unit: unit.count(Application, conditions)) == len(expected)

    def _page(self, conditions: list[Condition], size: int, before_sid: str | None) -> list[Application]:
        return self.database.read_sync(
            lambda unit: unit.select(Application, conditions, limit=size, before_sid=before_sid)
        )

    @invariant()
    def everything_is_as_in_the_dictionary(self) -> None:
        rows = self.database.read_sync(lambda unit: unit.select(Application, limit=1000))
        assert {row.sid: row.model_dump() for row in rows} == self.model
        revisions = self.database.read_sync(lambda unit: unit.revisions(RevisionFilter(), limit=1000))
        assert [(one.operation, one.revision, one.sid) for one in reversed(revisions)] == self.revisions

    def _remember(self, operation: str, stored: Application) -> None:
        self.model[stored.sid] = stored.model_dump()
        self.revisions.append((operation, stored.revision, stored.sid))

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)


TestDatabaseAgainstDictionary = DatabaseAgainstDictionary.TestCase
TestDatabaseAgainstDictionary.settings = hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None)
