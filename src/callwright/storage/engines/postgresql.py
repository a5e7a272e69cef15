"""PostgreSQL through psycopg 3: a bounded pool of threads, each unit of work in a transaction of its own."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import sqlalchemy as sa

from callwright.storage.engine import StorageError, Work

T = TypeVar("T")

_THREADS = 8


class PostgresqlEngine:
    """One PostgreSQL database; several servers may share it."""

    def __init__(self, url: str) -> None:
        self.sql = sa.create_engine(driver_url(url), pool_size=_THREADS, max_overflow=2, pool_pre_ping=True)
        try:
            self.sql.connect().close()
        except sa.exc.OperationalError as error:
            self.sql.dispose()
            reason = str(error.orig).strip().splitlines()[0]
            raise StorageError(f"PostgreSQL cannot be reached ({reason}): check --database and that it runs.") from None
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="postgresql")

    def read(self, work: Work[T]) -> Future[T]:
        return self._threads.submit(self._run, work)

    def write(self, work: Work[T]) -> Future[T]:
        return self._threads.submit(self._run, work)

    def _run(self, work: Work[T]) -> T:
        with self.sql.begin() as connection:
            return work(connection)

    def close(self) -> None:
        self._threads.shutdown()
        self.sql.dispose()


def driver_url(url: str) -> sa.URL:
    """The URL with psycopg 3 as its driver. Raises StorageError when it is none."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StorageError(f"{url!r} is no database URL; for example postgresql://user@host/callwright") from error
    return parsed.set(drivername="postgresql+psycopg")
