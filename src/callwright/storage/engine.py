"""The contract of the engines: where units of work run, and what one sees of its database connection."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from callwright.storage.columns import Codecs

T = TypeVar("T")


class Connection(Protocol):
    """A database connection inside a transaction. SQL has positional parameters in the driver's own style."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement that answers rows."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; answers how many rows it changed."""


class Completion(Protocol):
    """Told the outcome of a unit of work, once, in a thread of the engine."""

    def __call__(self, result: Any, error: BaseException | None) -> None: ...


class Engine(Protocol):
    """Runs functions of a connection, each as one transaction, in threads of its own.

    A `write` that is completed without error is durable. Any exception rolls back that unit alone. A write may run
    more than once (PostgreSQL: when it collided with another), so it has no effect outside its connection.
    """

    dialect_name: str
    codecs: Codecs

    def read(self, work: Callable[[Connection], Any], completed: Completion) -> None:
        """Queue a unit that only reads; it sees one state of the database."""

    def write(self, work: Callable[[Connection], Any], completed: Completion) -> None:
        """Queue a unit that may write."""

    def close(self) -> None:
        """Finish what is queued, then close all connections."""
