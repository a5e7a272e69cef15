"""Store, show, list, change and delete a record: what a resource does unless a use case of its own says otherwise."""

from functools import lru_cache
from typing import Any

from callwright.model.errors import NotFound
from callwright.model.fields import NotYet
from callwright.model.record import Parameters, Record
from callwright.model.resource import RESOURCES, Operation, Resource
from callwright.usecases.filters import conditions_of
from callwright.usecases.operations import PERFORMERS, Page, Performer, Request
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.store_changes import store_changes


def create(unit: UnitOfWork, request: Request) -> Record:
    """Insert a record with the parameters that were sent; the record's defaults fill the rest."""
    record: Record = new_record(unit, request, settings_of(request.parameters))
    return unit.insert(record)


def new_record(unit: UnitOfWork, request: Request, fields: dict[str, Any]) -> Any:
    """A record of the request's resource with a fresh SID, not inserted yet."""
    sid = unit.new_sid(request.resource.sid_prefix)
    return request.resource.record.model_construct(sid=sid, account_sid=request.account.sid, **fields)


def fetch(unit: UnitOfWork, request: Request) -> Record:
    record: Record = stored(unit, request)
    return record


def stored(unit: UnitOfWork, request: Request) -> Any:
    """The record the path names; raises NotFound when there is none below this path."""
    record = unit.get(request.resource.record, request.sid)
    if record is None or any(getattr(record, name) != sid for name, sid in _owners(request)):
        raise NotFound()
    return record


def list_records(unit: UnitOfWork, request: Request) -> Page:
    """A page of the records below this path that meet the filters, newest first."""
    return page_of(unit, request, conditions_of(request.resource.record, request.parameters))


def page_of(unit: UnitOfWork, request: Request, conditions: list[Condition]) -> Page:
    """A page of the records below this path that meet the conditions; NotFound when what is above is not there."""
    check_parents(unit, request)
    below = [Condition(name, sid) for name, sid in _owners(request)]
    return page_where(unit, request, request.resource.record, below + conditions)


def page_where(unit: UnitOfWork, request: Request, record: type[Record], conditions: list[Condition]) -> Page:
    """The page asked for of any records, whatever the path."""
    if request.after_sid is not None:
        # Reached backwards: the page it was reached from follows it.
        return Page(unit.select(record, conditions, limit=request.page_size, after_sid=request.after_sid), True)
    # One row more than asked for tells whether another page follows.
    limit = request.page_size + 1
    records = unit.select(record, conditions, limit=limit, before_sid=request.before_sid)
    return Page(records[: request.page_size], len(records) > request.page_size)


def check_parents(unit: UnitOfWork, request: Request) -> None:
    """Raises NotFound unless the account has the records that the path goes through (the call of its events)."""
    for name, sid in request.path.items():
        parent = _parent(request.resource, name)
        if parent is not None:
            record = unit.get(parent.record, sid)
            if record is None or record.account_sid != request.account.sid:
                raise NotFound()


def _parent(resource: Resource, variable: str) -> Resource | None:
    """The resource whose instance a variable within the path names; not for the account, which has been checked."""
    above, found, _ = resource.path.partition(f"/{{{variable}}}")
    if not found or variable == "AccountSid":
        return None
    return next((other for other in RESOURCES.values() if other.path == above), None)


def update(unit: UnitOfWork, request: Request) -> Record:
    """Change what was sent and nothing else."""
    record: Record = stored(unit, request)
    changes = settings_of(request.parameters)
    return store_changes(unit, record, changes)


def delete(unit: UnitOfWork, request: Request) -> None:
    unit.delete(stored(unit, request))


def settings_of(parameters: Parameters | None) -> dict[str, Any]:
    """The parameters that were sent and are to be stored; cleared ones are None."""
    if parameters is None:
        return {}
    refused = _not_yet(type(parameters))
    return {name: value for name, value in parameters.given().items() if name not in refused}


@lru_cache
def _not_yet(parameters: type[Parameters]) -> frozenset[str]:
    fields = parameters.model_fields.items()
    return frozenset(name for name, field in fields if any(isinstance(item, NotYet) for item in field.metadata))


def _owners(request: Request) -> list[tuple[str, str]]:
    """Columns a record below this path has to have: account_sid, and call_sid below a call."""
    inner = [(name, sid) for name, sid in request.path.items() if name not in ("Sid", "AccountSid")]
    return [("account_sid", request.account.sid), *((request.resource.column_of(name), sid) for name, sid in inner)]


STORED = {
    Operation.CREATE: Performer(create),
    Operation.FETCH: Performer(fetch),
    Operation.LIST: Performer(list_records),
    Operation.UPDATE: Performer(update),
    Operation.DELETE: Performer(delete),
}


def performer_of(resource_name: str, operation: Operation) -> Performer:
    """The use case that registered for the operation, or the one of this module."""
    return PERFORMERS.get((resource_name, operation), STORED[operation])
