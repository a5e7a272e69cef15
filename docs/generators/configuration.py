"""The page about configuration files: every setting of every section, from the declarations."""

from typing import Any

from docs.generators.markdown import NOTICE, code, table
from pydantic import BaseModel

from callwright.api.number_shown import NumberShown
from callwright.api.routes.applications import ApplicationSettings
from callwright.api.routes.carriers import CarrierFields
from callwright.api.routes.short_codes import ShortCodeFields
from callwright.api.routes.trunks import TrunkSettings
from callwright.model.configuration import SECTIONS, Section

_INTRODUCTION = """# Configuration files

What a file for `callwright plan` and `callwright apply` may hold, and the `document` of
[/v1/Configuration](extensions.md). [Configuration as code](../how-to/configuration-as-code.md) shows how to use it.

A file begins with `callwright: 1`. Each section is a list. A setting that is left out, or `null`, has its default.
Every item may have a `sid`; without one it is found by what is marked as its key, or created.

"""
#: Where each setting is described.
_DESCRIBED: dict[str, type[BaseModel]] = {
    "trunks": TrunkSettings,
    "carriers": CarrierFields,
    "applications": ApplicationSettings,
    "short_codes": ShortCodeFields,
    "numbers": NumberShown,
}
_OWN = {
    ("carriers", "secrets"): "By name: text, `env:NAME`, or `(kept)` for what the server has. Left out, they stay.",
    ("carriers", "settings"): "Plain settings of the kind, by name: see [kinds of carriers](carriers.md).",
    ("numbers", "phone_number"): "In E.164.",
    ("numbers", "friendly_name"): "1 to 64 characters; default the number as people write it.",
    ("numbers", "voice_application"): "The application of its calls: its name or its SID.",
    ("numbers", "sms_application"): "The application of its messages: its name or its SID.",
    ("numbers", "trunk"): "The trunk that its calls go on by: its name or its SID. Not with voice_application.",
    ("numbers", "tags"): "Up to 20 words of 1 to 32 characters, without commas.",
    ("numbers", "notes"): "Up to 5000 characters.",
}
_TYPES = {str: "text", bool: "true, false", int: "whole number", float: "number", list: "list", dict: "mapping"}


def pages() -> dict[str, str]:
    return {"configuration.md": NOTICE + _INTRODUCTION + "\n".join(_section(section) for section in SECTIONS)}


def _section(section: Section) -> str:
    rows = [(code(name), _type(section, name), _meaning(section, name)) for name in section.settings]
    return f"## {section.name}\n\n" + table(("Setting", "Type", "Meaning"), rows)


def _type(section: Section, name: str) -> str:
    marks = ["key"] if name == section.key else []
    marks += ["required"] if name in section.needs else []
    return "; ".join([_TYPES[section.kinds[name]], *marks])


def _meaning(section: Section, name: str) -> str:
    own = _OWN.get((section.name, name))
    if own is not None:
        return own
    fields: dict[str, Any] = {**ApplicationSettings.model_fields, **_DESCRIBED[section.name].model_fields}
    described = fields.get(name)
    return str(described.description or "") if described is not None else ""
