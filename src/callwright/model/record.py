"""Records: what is stored. A record's fields are its columns; its visible fields are the API's properties."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from callwright.model.errors import ApiError, InvalidParameter
from callwright.model.fields import Computed, Hidden, Indexed
from callwright.model.naming import parameter_name

#: Every stored record type by the name of its table.
RECORDS: "dict[str, type[Record]]" = {}


@dataclass(frozen=True)
class SearchColumn:
    """A text column of a narrow table beside a wide one, that searches read: what it holds and of which fields."""

    fields: tuple[str, ...]
    work_out: Callable[[Any], str | None]
    is_field: bool = False

    @classmethod
    def same(cls, field: str) -> "SearchColumn":
        """The field itself."""
        return cls((field,), attrgetter(field), is_field=True)


class Record(BaseModel):
    """A stored row, immutable; build it with `model_construct` (storage and use cases have checked it).

    `history`: whether each write adds a revision row in the same transaction (configuration resources).
    `revision` counts the writes of a configuration record, from 1; storage sets it and the dates.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    history: ClassVar[bool] = False
    #: The column lists are ordered by, descending. Where SIDs of several prefixes share a table it is `position`.
    ordered_by: ClassVar[str] = "sid"
    #: What `UnitOfWork.search` searches by; storage keeps it in a table of its own, anew for each version. Only with
    #: history.
    searched: ClassVar[Mapping[str, SearchColumn]] = {}
    search_version: ClassVar[int] = 0
    table: ClassVar[str]

    sid: str
    account_sid: Annotated[str, Indexed()]
    date_created: datetime | None = None
    date_updated: datetime | None = None
    revision: Annotated[int, Hidden()] = 0

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        if "table" in cls.__dict__:
            RECORDS[cls.table] = cls

    @classmethod
    def columns(cls) -> list[str]:
        """Names of the stored fields."""
        return [name for name, field in cls.model_fields.items() if not _has(field.metadata, Computed)]

    @classmethod
    def properties(cls) -> list[str]:
        """Names of the fields the API shows, SID first."""
        return [name for name, field in cls.model_fields.items() if not _has(field.metadata, Hidden)]


def position_of(sid: str) -> str:
    """A SID's place in time: the SID without its prefix."""
    return sid[2:]


def _has(metadata: list[Any], kind: type) -> bool:
    return any(isinstance(item, kind) for item in metadata)


class Parameters(BaseModel):
    """Form parameters of one operation: PascalCase names, unknown names ignored, "" clears."""

    model_config = ConfigDict(alias_generator=parameter_name, populate_by_name=True, extra="ignore", frozen=True)

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Self:
        """Parameters by their names on the wire. Raises the ApiError of the first that is not acceptable."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            refusal = _first_refusal(error)
        # Not raised above: a refusal whose cause is the error that holds it is a cycle which nothing ever frees.
        raise refusal

    def given(self) -> dict[str, Any]:
        """The parameters that were in the request, by snake_case name, cleared ones included (None)."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _first_refusal(error: ValidationError) -> ApiError:
    detail = error.errors(include_url=False)[0]
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, ApiError):
        return cause
    name = ".".join(str(part) for part in detail["loc"])
    return InvalidParameter(f"{name}: {detail['msg']}.")
