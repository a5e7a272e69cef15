"""The contract of a database engine: runs synchronous functions, each in one transaction, off the event loop."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
Work = Callable[[sa.Connection], T]


class Engine(Protocol):
    """`engines/` holds one for each database."""

    sql: sa.Engine

    def read(self, work: Work[T]) -> Future[T]:
        """Run without writing, on a thread of a bounded pool."""

    def write(self, work: Work[T]) -> Future[T]:
        """Run in a transaction; the future resolves after the commit. An exception rolls the work back."""

    def close(self) -> None: ...


class StorageError(RuntimeError):
    """The database cannot be used; the text names cause and fix."""
