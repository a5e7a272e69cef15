"""Bring a database to the schema of this version: one Alembic history for all engines."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from callwright.storage.engine import StorageError

_SCRIPTS = Path(__file__).parent / "migrations"


def alembic_config() -> Config:
    """Alembic's configuration, without any file of the user's."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: sa.Engine) -> None:
    """Apply what is missing, in one transaction. Raises StorageError when the database is newer than this code."""
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == script.get_current_head():
            return
        if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
            message = f"the database has schema {current}, which this version does not know: install a newer Callwright"
            raise StorageError(message)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
