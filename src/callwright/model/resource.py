"""The declaration of a REST resource. Routes, parsing, representation, paging and docs come from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callwright.model.record import Parameters, Record


class Operation(StrEnum):
    """What a client can do with a resource."""

    CREATE = "create"
    LIST = "list"
    FETCH = "fetch"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Resource:
    """One resource of the 2010-04-01 API.

    `path` is the list's path below /2010-04-01, with the names of its variables: the last path variable of an
    instance is `{Sid}`. `list_key` names the rows in JSON, `plural` and `singular` the elements in XML.
    `subresources` maps a link's name to its path segment below the instance (subresource_uris).
    """

    name: str
    record: type[Record]
    path: str
    singular: str
    plural: str
    list_key: str
    sid_prefix: str
    summary: str = ""
    #: Prefixes that some of its SIDs have instead (MM for messages with media).
    other_prefixes: tuple[str, ...] = ()
    #: Fetched without extension it is a file: registered for `CONTENT_OF` in usecases.operations.
    has_content: bool = False
    create: type[Parameters] | None = None
    update: type[Parameters] | None = None
    filters: type[Parameters] | None = None
    fetchable: bool = True
    deletable: bool = False
    subresources: Mapping[str, str] = field(default_factory=dict)
    #: Fields that only an instance shows, not a row of the list.
    instance_only: frozenset[str] = frozenset()
    #: Properties of the record that this resource does not show at all.
    omitted: frozenset[str] = frozenset()
    #: HTTP status of a successful create.
    created_status: int = 201

    @property
    def operations(self) -> list[Operation]:
        declared = {
            Operation.CREATE: self.create is not None,
            Operation.LIST: self.filters is not None,
            Operation.FETCH: self.fetchable,
            Operation.UPDATE: self.update is not None,
            Operation.DELETE: self.deletable,
        }
        return [operation for operation, is_declared in declared.items() if is_declared]


RESOURCES: dict[str, Resource] = {}


def declare(resource: Resource) -> Resource:
    """Make the resource known; modules of `model/resources` call this when imported."""
    if resource.name in RESOURCES:
        raise RuntimeError(f"resource {resource.name} is declared twice")
    RESOURCES[resource.name] = resource
    return resource
