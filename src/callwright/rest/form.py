"""Parameters from forms and queries: PascalCase names, repeated keys, blanks kept, inequalities in names."""

from functools import lru_cache
from typing import get_args, get_origin
from urllib.parse import parse_qsl

from callwright.model.errors import MalformedRequest, UnsupportedContentType
from callwright.model.naming import parameter_name
from callwright.model.record import Parameters

MOST_FIELDS = 1000
_FORM = "application/x-www-form-urlencoded"

Fields = list[tuple[str, str]]


def parse_fields(encoded: bytes) -> Fields:
    """Names and values of a form or query, in order; `StartTime<=2009-07-06` has the name `StartTime<`.

    Raises MalformedRequest for what is not UTF-8, holds a NUL, or has more than a thousand fields.
    """
    try:
        fields = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise MalformedRequest() from error
    except ValueError as error:
        raise MalformedRequest(f"The request has more than {MOST_FIELDS} parameters.") from error
    if b"\x00" in encoded or b"%00" in encoded:
        raise MalformedRequest("The request holds a NUL character: leave it out.")
    return fields


def check_content_type(content_type: str, body: bytes) -> None:
    """Raises UnsupportedContentType for a body that is no form; clients that name no type are trusted."""
    if body and content_type and content_type.partition(";")[0].strip().lower() != _FORM:
        raise UnsupportedContentType()


def parse_parameters(declared: type[Parameters], fields: Fields) -> Parameters:
    """The declared parameters among the fields; unknown names are ignored, of a repeated one the last counts.

    Raises the ApiError of the first parameter that is not acceptable.
    """
    kinds = _is_list_by_name(declared)
    values: dict[str, str | list[str]] = {}
    for name, value in fields:
        is_list = kinds.get(name)
        if is_list is None:
            continue
        if is_list:
            _append(values, name, value)
        else:
            values[name] = value
    return declared.checked(values)


def _append(values: dict[str, str | list[str]], name: str, value: str) -> None:
    before = values.setdefault(name, [])
    if isinstance(before, list):
        before.append(value)


@lru_cache
def _is_list_by_name(declared: type[Parameters]) -> dict[str, bool]:
    return {parameter_name(name): _is_list(field.annotation) for name, field in declared.model_fields.items()}


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))
