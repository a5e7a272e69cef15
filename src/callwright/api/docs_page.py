"""/v1/docs: the OpenAPI description as one plain page that needs nothing from elsewhere."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_STYLE = (
    ":root{color-scheme:light dark;--line:light-dark(#ccd,#445);--soft:light-dark(#f3f5f9,#23262e)}"
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h2{margin-top:3rem;border-bottom:1px solid var(--line)}h3{margin:2.5rem 0 .3rem}"
    "code{background:var(--soft);border-radius:4px;padding:.1em .3em;overflow-wrap:anywhere}"
    "td:first-child code{white-space:nowrap}nav ul{columns:16rem;padding-left:1.2rem}nav li{break-inside:avoid}"
    "div.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.6rem 0}"
    "td,th{text-align:left;padding:.3em .8em .3em 0;vertical-align:top;border-bottom:1px solid var(--line)}"
    "summary{cursor:pointer}"
)
_CODE = re.compile(r"`([^`]+)`")
_JSON = "application/json"
_SUCCESS = "2"


def docs_page(openapi: Schema) -> str:
    """HTML for a description as FastAPI makes it."""
    page = _Page(openapi)
    info = openapi["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{_prose(info['description'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a>.</p>{page.contents()}{page.operations()}</html>'
    )


class _Page:
    def __init__(self, openapi: Schema) -> None:
        self._schemas: Mapping[str, Schema] = openapi.get("components", {}).get("schemas", {})
        self._by_tag: dict[str, list[tuple[str, str, Schema]]] = {}
        for path, methods in openapi["paths"].items():
            for method, operation in methods.items():
                tag = (operation.get("tags") or ["Others"])[0]
                self._by_tag.setdefault(tag, []).append((method.upper(), f"/v1{path}", operation))

    def contents(self) -> str:
        parts = []
        for tag, found in sorted(self._by_tag.items()):
            links = "".join(
                f'<li><a href="#{_anchor(method, path)}">{escape(operation["summary"])}</a></li>'
                for method, path, operation in found
            )
            parts.append(f"<h4>{escape(tag)}</h4><ul>{links}</ul>")
        return f"<nav><h2>Contents</h2>{''.join(parts)}</nav>"

    def operations(self) -> str:
        return "".join(
            f"<h2>{escape(tag)}</h2>{''.join(self._operation(*one) for one in found)}"
            for tag, found in sorted(self._by_tag.items())
        )

    def _operation(self, method: str, path: str, operation: Schema) -> str:
        rows = [
            (one["name"], one["in"], _type(one["schema"]), one.get("required", False), one.get("description", ""))
            for one in operation.get("parameters", [])
        ]
        rows += [(*row[:1], "body", *row[1:]) for row in self._fields(_json_of(operation.get("requestBody", {})))]
        return (
            f'<h3 id="{_anchor(method, path)}">{escape(operation["summary"])}</h3>'
            f"<p><code>{method} {escape(path)}</code></p><p>{_prose(operation.get('description', ''))}</p>"
            f"{_table(('Parameter', 'In', 'Type', 'Meaning'), map(_parameter, rows))}"
            f"{_table(('Status', 'Meaning'), self._answers(operation))}{self._answered(operation)}"
        )

    def _fields(self, schema: Schema, before: str = "") -> list[tuple[str, str, bool, str]]:
        """Name, type, whether it is needed, and meaning of each field of an object, and of objects in it."""
        known = self._resolved(schema)
        needed = known.get("required", ())
        fields = []
        for name, field in known.get("properties", {}).items():
            fields.append((f"{before}{name}", _type(field), name in needed, field.get("description", "")))
            if not before:
                fields += self._fields(field.get("items", field), f"{name}.")
        return fields

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" in schema:
            return self._schemas.get(_name(schema), {})
        arms = [arm for arm in schema.get("anyOf", ()) if arm.get("type") != "null"]
        return self._resolved(arms[0]) if arms else schema

    def _answers(self, operation: Schema) -> Iterator[tuple[str, str]]:
        for status, answer in operation["responses"].items():
            yield f"<code>{escape(status)}</code>", _prose(answer["description"])

    def _answered(self, operation: Schema) -> str:
        for status, answer in operation["responses"].items():
            fields = self._fields(_json_of(answer)) if status.startswith(_SUCCESS) else []
            if fields:
                rows = ((_code(name), escape(kind), _prose(meaning)) for name, kind, _, meaning in fields)
                table = _table(("Field", "Type", "Meaning"), rows)
                return f"<details><summary>Fields of the answer</summary>{table}</details>"
        return ""


def _json_of(content: Schema) -> Schema:
    found: Schema = content.get("content", {}).get(_JSON, {}).get("schema", {})
    return found


def _parameter(row: tuple[str, str, str, bool, str]) -> tuple[str, ...]:
    name, place, kind, is_needed, meaning = row
    return _code(name), escape(place), escape(kind) + (", needed" if is_needed else ""), _prose(meaning)


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema:
        return " or ".join(_type(arm) for arm in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _anchor(method: str, path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", f"{method}{path}").strip("-")


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _prose(text: str) -> str:
    """Text with what stands in backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not lines:
        return ""
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    return f'<div class="wide"><table><tr>{head}</tr>{lines}</table></div>'
