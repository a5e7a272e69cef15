"""Brings a database to the code's version by Alembic, one history for both engines.

`python -m callwright.storage.migration "why"` drafts the next migration from what tables.py declares.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from callwright.storage.errors import DatabaseTooNew

SCRIPTS = Path(__file__).parent / "migrations"
#: Any fixed number: nodes that start together on one PostgreSQL migrate one after the other.
_LOCK_ID = 4_025_118_772


def configuration(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings, without an alembic.ini; its commands run on that connection."""
    config = Config(attributes={} if connection is None else {"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def upgrade(connection: sa.Connection, afterwards: Callable[[sa.Connection], None] | None = None) -> None:
    """Apply the missing migrations, then what comes `afterwards`, and commit.

    Raises DatabaseTooNew for a database from a newer version.
    """
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:id)"), {"id": _LOCK_ID})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if _is_behind(connection):
            command.upgrade(configuration(connection), "head")
        if afterwards is not None:
            afterwards(connection)


def _is_behind(connection: sa.Connection) -> bool:
    present = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(configuration())
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise DatabaseTooNew(
            f"the database is at migration {present}, which this version of Callwright does not know: "
            "install the newer version that wrote it, or restore a backup"
        )
    return present != scripts.get_current_head()


def draft(message: str) -> None:
    """Write the next migration's file from the difference between tables.py and the migrations so far."""
    from callwright.storage.database import sqlite_connection

    with tempfile.TemporaryDirectory() as folder, sqlite_connection(Path(folder) / "draft.sqlite") as connection:
        upgrade(connection)
        with connection.begin():
            command.revision(configuration(connection), message, autogenerate=True)


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]))
