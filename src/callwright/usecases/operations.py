"""Which use case performs which operation of which resource."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from callwright.model.actor import Actor
from callwright.model.record import Parameters, Record
from callwright.model.resource import Operation, Resource
from callwright.model.resources.account import Account
from callwright.usecases.ports import Ports, UnitOfWork


@dataclass(frozen=True)
class Page:
    """Rows of one page and whether more follow."""

    records: list[Any]
    has_more: bool


@dataclass(frozen=True)
class Request:
    """One authenticated request. `account` is the account of the path; `path` its variables by name."""

    resource: Resource
    operation: Operation
    account: Account
    principal: Account
    actor: Actor
    settings: Any
    path: Mapping[str, str] = field(default_factory=dict)
    parameters: Parameters | None = None
    page_size: int = 50
    before_sid: str | None = None
    #: Set instead of `before_sid` when the page is reached backwards.
    after_sid: str | None = None

    @property
    def sid(self) -> str:
        return self.path["Sid"]


Answer = Record | Page | None
#: Runs inside one transaction, the one that also authenticated the request.
UnitHandler = Callable[[UnitOfWork, Request], Answer]
#: Runs outside any transaction and opens its own: for operations that also give orders to live calls.
AsyncHandler = Callable[[Ports, Request], Awaitable[Answer]]


@dataclass(frozen=True)
class Performer:
    """A registered use case; `reads` names parameters it uses that are no columns of the record."""

    handler: UnitHandler | AsyncHandler
    reads: frozenset[str] = frozenset()


PERFORMERS: dict[tuple[str, Operation], Performer] = {}


def performs(resource: Resource, operation: Operation, reads: frozenset[str] = frozenset()) -> Callable[[Any], Any]:
    """Register the function as what performs that operation; the rest are performed by usecases.stored."""

    def register(handler: Any) -> Any:
        key = (resource.name, operation)
        if key in PERFORMERS:
            raise RuntimeError(f"{operation} {resource.name} is performed twice")
        PERFORMERS[key] = Performer(handler, reads)
        return handler

    return register
