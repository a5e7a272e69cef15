"""The declaration of a REST resource. Routes, parsing, representation, paging and docs come from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callwright.model.naming import to_snake
from callwright.model.record import Parameters, Record

#: What every path of the API starts with.
BASE = "/2010-04-01"


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
    #: Columns of the record that hold the path's variables, where their names differ.
    path_columns: Mapping[str, str] = field(default_factory=dict)
    #: Fetched without extension it is a file: usecases.content.gives_content_of says which.
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

    def column_of(self, variable: str) -> str:
        """The column of the record that a variable of the path names."""
        return self.path_columns.get(variable, to_snake(variable))

    @property
    def list_uri_format(self) -> str:
        """The path of the list that a record is in, as a format that is given the record."""
        return BASE + re.sub(r"{(\w+)}", lambda match: f"{{0.{self.column_of(match[1])}}}", self.path)

    @property
    def uri_format(self) -> str:
        """A record's own path, as a format that is given the record."""
        return f"{self.list_uri_format}/{{0.sid}}"


RESOURCES: dict[str, Resource] = {}


def declare(resource: Resource) -> Resource:
    """Make the resource known; modules of `model/resources` call this when imported."""
    if resource.name in RESOURCES:
        raise RuntimeError(f"resource {resource.name} is declared twice")
    RESOURCES[resource.name] = resource
    return resource
