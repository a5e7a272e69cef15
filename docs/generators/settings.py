"""The settings page, from config.Settings."""

from typing import Any, Literal, get_args, get_origin

from docs.generators.markdown import NOTICE, code, table

from callwright.cli.field_comments import field_comments
from callwright.config import Settings

_INTRODUCTION = """# Settings

Every setting has an environment variable. Some also have an option of `callwright serve`
(see [Command line](cli.md)); an option given on the command line wins over the variable. `CALLWRIGHT_URL` is not among
them: it is where [SDK clients](../how-to/point-your-app-at-callwright.md) find the server.

"""


def pages() -> dict[str, str]:
    comments = field_comments(Settings)
    rows = [
        (
            code(f"CALLWRIGHT_{name.upper()}"),
            code(_shown(field.default)),
            _accepts(field.annotation),
            comments.get(name, ""),
        )
        for name, field in Settings.model_fields.items()
    ]
    return {"settings.md": NOTICE + _INTRODUCTION + table(("Variable", "Default", "Accepts", "Meaning"), rows)}


def _shown(default: object) -> object:
    return str(default).lower() if isinstance(default, bool) else default


def _accepts(annotation: Any) -> str:
    choices = [choice for part in (annotation, *get_args(annotation)) for choice in _choices(part)]
    if choices:
        return ", ".join(code(choice) for choice in choices)
    kinds = {bool: "true or false", int: "whole number", float: "number"}
    return next((word for kind, word in kinds.items() if annotation is kind), "text")


def _choices(part: Any) -> tuple[Any, ...]:
    return get_args(part) if get_origin(part) is Literal else ()
