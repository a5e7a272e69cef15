"""The options of a declared form: one for each parameter, told as its declaration tells it."""

from functools import singledispatch
from typing import Annotated, Any

import typer

from callwright.cli.field_comments import field_comments_of
from callwright.model.fields import Flag, HttpMethod, NotYet, OneOf, SidOf, Url
from callwright.model.naming import parameter_name
from callwright.model.record import Parameters


def form_options(form: type[Parameters], without: frozenset[str] | set[str]) -> dict[str, Any]:
    """Typer's annotations by field, for what is supported; text as it is typed, the server checks it."""
    comments = field_comments_of(form)
    return {
        name: _annotation(name, field, comments.get(name))
        for name, field in form.model_fields.items()
        if name not in without and not any(isinstance(marker, NotYet) for marker in field.metadata)
    }


def _annotation(name: str, field: Any, comment: str | None) -> Any:
    kind = list[str] | None if isinstance(field.default, list) else str | None
    flag = f"--{name.strip('_').replace('_', '-')}"
    parameter = parameter_name(name)
    text = f"{parameter}: {comment}" if comment else f"{parameter}."
    metavar = next(filter(None, map(_metavar, field.metadata)), "TEXT")
    return Annotated[kind, typer.Option(flag, metavar=metavar, help=text)]


@singledispatch
def _metavar(marker: Any) -> str | None:
    """What stands for the value in the help; None when the marker says nothing about it."""
    return None


@_metavar.register
def _(marker: Url) -> str:
    return "URL"


@_metavar.register
def _(marker: HttpMethod) -> str:
    return "GET|POST"


@_metavar.register
def _(marker: Flag) -> str:
    return "true|false"


@_metavar.register
def _(marker: OneOf) -> str:
    return "|".join(marker.words)


@_metavar.register
def _(marker: SidOf) -> str:
    return "SID"
