"""/v1/docs: the OpenAPI description as one plain page that needs nothing from elsewhere."""

from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:56rem;margin:3rem auto;padding:0 1rem}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #ccd}code{background:#f3f5f9;border-radius:4px;padding:.1em .3em}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3em .8em .3em 0;vertical-align:top}"
)


def docs_page(openapi: Mapping[str, Any]) -> str:
    """HTML for a description as FastAPI makes it."""
    schemas = openapi.get("components", {}).get("schemas", {})
    operations = "".join(
        _operation(method, f"/v1{path}", operation, schemas)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    )
    info = openapi["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a>.</p>{operations}</html>'
    )


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    fields = [
        (f"{parameter['name']} ({parameter['in']})", parameter.get("description", ""))
        for parameter in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    properties = schemas.get(body.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    fields += [(f"{name} (body)", field.get("description", "")) for name, field in properties.items()]
    answers = [(status, answer["description"]) for status, answer in operation["responses"].items()]
    return (
        f"<h2>{escape(operation['summary'])}</h2><p><code>{method.upper()} {escape(path)}</code></p>"
        f"{_table('Parameter', fields)}{_table('Answer', answers)}"
    )


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = "".join(f"<tr><td><code>{escape(name)}</code></td><td>{escape(text)}</td></tr>" for name, text in rows)
    return f"<table><tr><th>{title}</th><th></th></tr>{lines}</table>"
