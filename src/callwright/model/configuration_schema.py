"""The document's form as JSON Schema (draft 2020-12): what editors complete and check by."""

from typing import Any

from callwright.model.configuration import SECTIONS, VERSION, VERSION_KEY, Section

_TYPES: dict[type, Any] = {
    str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"
}  # fmt: skip


def configuration_schema() -> dict[str, Any]:
    """Names and types; what else a value has to be, the server tells."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Callwright configuration",
        "type": "object",
        "additionalProperties": False,
        "required": [VERSION_KEY],
        "properties": {
            VERSION_KEY: {"const": VERSION},
            **{section.name: {"type": ["array", "null"], "items": _item(section)} for section in SECTIONS},
        },
    }


def _item(section: Section) -> dict[str, Any]:
    sid = {"type": "string", "pattern": f"^{section.prefix}[0-9a-f]{{32}}$"}
    settings = {name: {"type": [_TYPES[section.kinds[name]], "null"]} for name in section.settings}
    needed = {name: {"type": "string", "minLength": 1} for name in section.needs}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(section.needs),
        "properties": {"sid": sid, **settings, **needed},
    }
