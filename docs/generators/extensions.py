"""The extensions page, from the OpenAPI document of /v1."""

from types import SimpleNamespace
from typing import Any, cast

from docs.generators.markdown import NOTICE, code, escape, table

from callwright.api.app import build_api
from callwright.config import Settings

_NOTE = """A running server serves the same as an OpenAPI document at `/v1/openapi.json`, and as a page at `/v1/docs`.
The status `default` stands for those that any request may be answered with: 403, 413 and 503.

"""


def pages() -> dict[str, str]:
    document = openapi()
    sections = [f"# Extensions\n\n{document['info']['description']}\n\n{_NOTE}"]
    sections.append("## Requests\n\n" + table(("What", "Request", "Query", "Body", "Statuses"), _requests(document)))
    schemas = {**document["components"]["schemas"], **_described_in_place(document)}
    sections += [_schema(name, schema) for name, schema in sorted(schemas.items())]
    return {"extensions.md": NOTICE + "\n".join(sections)}


def openapi() -> dict[str, Any]:
    """The OpenAPI document; only routes are declared, so no storage is needed."""
    return build_api(
        cast("Any", SimpleNamespace(storage=None, carriers=None, secrets=None, settings=Settings()))
    ).openapi()


def _described_in_place(document: dict[str, Any]) -> dict[str, Any]:
    """Schemas by name of the bodies that FastAPI does not read itself: large ones, which are read in a thread."""
    operations = (operation for methods in document["paths"].values() for operation in methods.values())
    bodies = (schema for operation in operations for schema in _bodies(operation).values())
    return {schema["title"]: schema for schema in bodies if "properties" in schema}


def _bodies(operation: dict[str, Any]) -> dict[str, Any]:
    """Schemas by content type."""
    content = operation.get("requestBody", {}).get("content", {})
    return {content_type: facts["schema"] for content_type, facts in content.items()}


def _body(operation: dict[str, Any]) -> str:
    named = []
    for content_type, schema in _bodies(operation).items():
        name = schema.get("$ref", "").rpartition("/")[2] or schema.get("title")
        named.append(code(name) if name else content_type)
    return " or ".join(named)


def _requests(document: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            operation["summary"],
            code(f"{method.upper()} /v1{path}"),
            _query(operation),
            _body(operation),
            ", ".join(operation["responses"]),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _query(operation: dict[str, Any]) -> str:
    names = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    return ", ".join(code(name) for name in names)


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = [(code(field), _type(facts), facts.get("description", "")) for field, facts in schema["properties"].items()]
    return f"## {name}\n\n{escape(schema.get('description', ''))}\n\n" + table(("Field", "Type", "Meaning"), rows)


def _type(facts: dict[str, Any]) -> str:
    arms = facts.get("anyOf", [facts])
    return " or ".join(_arm(arm) for arm in arms)


def _arm(arm: dict[str, Any]) -> str:
    if "$ref" in arm:
        return code(arm["$ref"].rpartition("/")[2])
    if arm.get("type") == "array":
        return f"list of {_arm(arm['items'])}"
    return str(arm.get("format") or arm.get("type") or "anything")
