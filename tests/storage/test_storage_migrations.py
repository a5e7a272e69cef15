"""The schema's history: what is declared is what the migrations make, on both engines."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests.storage.postgresql_server import PostgresqlServer
from tests.storage.records import AC, stored_application

from callwright.config import Settings
from callwright.model.exchange import Exchange
from callwright.model.resources.application import Application
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.storage.database import open_database, postgresql_connection, sqlite_connection
from callwright.storage.errors import BadDatabaseUrl, CannotOpen, DatabaseFailed, DatabaseTooNew, DatabaseUnreachable
from callwright.storage.migration import configuration, upgrade
from callwright.storage.tables import metadata
from callwright.usecases.ports import UnitOfWork


@contextmanager
def connected(settings: Settings) -> Iterator[sa.Connection]:
    if settings.database is None:
        path = settings.data / "callwright.sqlite"
        path.parent.mkdir(exist_ok=True)
        with sqlite_connection(path) as connection:
            yield connection
    else:
        with postgresql_connection(settings.database) as connection:
            yield connection


def differences(connection: sa.Connection) -> list[Any]:
    def is_ours(name: str | None, kind: str, parents: object) -> bool:
        return not (kind == "table" and str(name).startswith("procrastinate_"))

    options = {"compare_type": True, "include_name": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_declared_tables_are_the_sum_of_the_migrations(settings: Settings) -> None:
    with connected(settings) as connection:
        upgrade(connection)
        assert differences(connection) == []


def test_the_comparison_would_see_a_forgotten_column(settings: Settings) -> None:
    with connected(settings) as connection:
        upgrade(connection)
        connection.execute(sa.text("ALTER TABLE applications DROP COLUMN sms_url"))
        assert [difference[0] for difference in differences(connection)] == ["add_column"]


def test_the_migrations_can_be_undone(settings: Settings) -> None:
    with connected(settings) as connection:
        upgrade(connection)
        with connection.begin():
            command.downgrade(configuration(connection), "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]


def test_a_database_of_the_version_before_messages_is_brought_forward_with_its_rows(settings: Settings) -> None:
    def told(unit: UnitOfWork) -> tuple[Notification, Exchange]:
        notification = Notification.model_construct(sid=unit.new_sid("NO"), account_sid=AC, call_sid="CA1")
        exchange = Exchange.model_construct(sid=unit.new_sid("EX"), account_sid=AC, url="http://app.test/")
        return unit.insert(notification), unit.insert(exchange)

    before = open_database(settings)
    notification, exchange = before.write_sync(told)
    before.close()
    with connected(settings) as connection, connection.begin():
        command.downgrade(configuration(connection), "0002_sip_parameters")
    after = open_database(settings)
    assert after.read_sync(lambda unit: unit.get(Notification, notification.sid)) == notification
    assert after.read_sync(lambda unit: unit.get(Exchange, exchange.sid)) == exchange
    assert after.read_sync(lambda unit: unit.count(Message)) == 0
    after.close()
    with connected(settings) as connection:
        assert differences(connection) == []


def test_opening_again_keeps_what_is_stored(settings: Settings) -> None:
    first = open_database(settings)
    stored = stored_application(first)
    first.close()
    second = open_database(settings)
    assert second.read_sync(lambda unit: unit.get(Application, stored.sid)) == stored
    second.close()


def test_nodes_that_start_together_migrate_once(settings: Settings) -> None:
    with ThreadPoolExecutor() as pool:
        databases = list(pool.map(lambda _: open_database(settings), range(4)))
    stored = stored_application(databases[0])
    for database in databases:
        assert database.read_sync(lambda unit: unit.get(Application, stored.sid)) == stored
        database.close()


def test_a_database_of_a_newer_version_is_left_alone(settings: Settings) -> None:
    open_database(settings).close()
    with connected(settings) as connection, connection.begin():
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    with pytest.raises(DatabaseTooNew, match=r"9999_from_the_future.*install the newer version"):
        open_database(settings)


def test_a_closed_database_says_so(settings: Settings) -> None:
    database = open_database(settings)
    database.close()
    database.close()
    with pytest.raises(DatabaseFailed, match="closed"):
        stored_application(database)


def test_the_data_folder_and_its_files_are_the_owners_alone(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    script = (
        "import os, sys; from pathlib import Path; os.umask(0o022)\n"
        "from callwright.config import Settings; from callwright.storage.database import open_database\n"
        "open_database(Settings(data=Path(sys.argv[1])))\n"
        "print([oct(path.stat().st_mode & 0o777) for path in Path(sys.argv[1]).iterdir()])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(data)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.strip("[]\n").split(", ")) == {"'0o600'"}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@pytest.mark.parametrize("url", ["mysql://root:hunter2@db/x", "sqlite:/one-slash", "nonsense"])
def test_other_databases_are_refused_without_repeating_the_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="postgresql://") as refused:
        open_database(Settings(data=tmp_path, database=url))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@127.0.0.1:1/x", "postgres://u:hunter2@127.0.0.1:1/x", "postgresql://%zz:hunter2@/"]
)
def test_an_unreachable_postgresql_is_told_in_one_line_without_the_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="--database") as refused:
        open_database(Settings(data=tmp_path, database=url))
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_database_that_does_not_exist_is_told(postgresql: PostgresqlServer, tmp_path: Path) -> None:
    url = postgresql.create_database()
    postgresql.drop_database(url)
    with pytest.raises(DatabaseUnreachable, match="does not exist"):
        open_database(Settings(data=tmp_path, database=url))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "callwright.sqlite").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(CannotOpen, match=r"callwright\.sqlite"):
        open_database(Settings(data=tmp_path))


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen, match="--data"):
        open_database(Settings(data=tmp_path / "file" / "below"))
