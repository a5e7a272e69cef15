"""One page per declared resource: requests, parameters, filters, properties; and a page that lists them."""

from functools import singledispatch
from typing import Any, get_args

from docs.generators.markdown import NOTICE, code, table

from callwright.cli.field_comments import field_comments_of
from callwright.model.errors import ApiError, NotSupportedYet
from callwright.model.fields import Flag, Hidden, HttpMethod, NotYet, OneOf, SidOf, Text, Url
from callwright.model.naming import parameter_name, property_name
from callwright.model.record import Parameters
from callwright.model.resource import RESOURCES, Operation, Resource
from callwright.registry import load_all

_INTRODUCTION = """# Resources

The REST API lives below `/2010-04-01`. Without an extension it answers XML, with `.json` JSON, and lists also CSV
with `.csv`. Requests authenticate by HTTP Basic with AccountSid and AuthToken. Parameters are sent as a form;
`Name=` (an empty value) clears a field. Lists take `PageSize` (1 to 1000, 50 when left out) and
give `next_page_uri` and `previous_page_uri`, which are to be followed as they are.

"""
_VERBS = {
    Operation.CREATE: "POST",
    Operation.LIST: "GET",
    Operation.FETCH: "GET",
    Operation.UPDATE: "POST",
    Operation.DELETE: "DELETE",
}
_CONTENT = """
Fetched without an extension it is the file itself, with its `Content-Type` and an `ETag`; with `.json` or `.xml` it is
the record. The links that web apps and carriers are given (`?Expires=…&Signature=…`) open the file without
credentials until they expire.
"""
_OF_THE_LIST = (Operation.CREATE, Operation.LIST)


def declared_resources() -> list[Resource]:
    """All resources, by name."""
    load_all("callwright.model.resources")
    return [RESOURCES[name] for name in sorted(RESOURCES)]


def page_name(resource: Resource) -> str:
    """File name of the resource's page."""
    return resource.name.lower().replace("/", "-") + ".md"


def pages() -> dict[str, str]:
    resources = declared_resources()
    generated = {f"resources/{page_name(resource)}": NOTICE + _page(resource) for resource in resources}
    rows = [(f"[{resource.name}]({page_name(resource)})", resource.summary) for resource in resources]
    generated["resources/index.md"] = NOTICE + _INTRODUCTION + table(("Resource", "What it is"), rows)
    return generated


def _page(resource: Resource) -> str:
    sections = [
        f"# {resource.name}\n\n{resource.summary}\n",
        _requests(resource),
        _parameters("Parameters of create", resource.create),
        _parameters("Parameters of update", resource.update if resource.update is not resource.create else None),
        _parameters("Filters of the list", resource.filters),
        _properties(resource),
    ]
    if resource.update is not None and resource.update is resource.create:
        sections[2] = _parameters("Parameters of create and update", resource.create)
    return "\n".join(section for section in sections if section)


def _requests(resource: Resource) -> str:
    rows = [
        (
            operation.value,
            code(f"{_VERBS[operation]} /2010-04-01{_path(resource, operation)}"),
            _status(resource, operation),
        )
        for operation in resource.operations
    ]
    note = _CONTENT if resource.has_content else ""
    return "## Requests\n\n" + table(("Operation", "Request", "Status"), rows) + note


def _path(resource: Resource, operation: Operation) -> str:
    return resource.path if operation in _OF_THE_LIST else resource.path + "/{Sid}"


def _status(resource: Resource, operation: Operation) -> str:
    statuses = {Operation.CREATE: resource.created_status, Operation.DELETE: 204}
    return str(statuses.get(operation, 200))


def _parameters(title: str, parameters: type[Parameters] | None) -> str:
    if parameters is None or not parameters.model_fields:
        return ""
    comments = field_comments_of(parameters)
    rows = []
    for name, field in parameters.model_fields.items():
        marker = next((item for item in field.metadata if _is_described(item)), None)
        described = describe(marker) if marker is not None else _plain(field.annotation)
        refused = NotSupportedYet.code if isinstance(marker, NotYet) else getattr(marker, "refused_as", ApiError).code
        meaning = " ".join(part for part in (described, comments.get(name, "")) if part)
        rows.append((code(parameter_name(name)), meaning, str(refused or "")))
    return f"## {title}\n\n" + table(("Name", "Value", "Else error"), rows)


def _properties(resource: Resource) -> str:
    comments = field_comments_of(resource.record)
    rows = []
    for name, field in resource.record.model_fields.items():
        if name not in resource.omitted and not any(isinstance(item, Hidden) for item in field.metadata):
            note = " Not in lists." if name in resource.instance_only else ""
            rows.append((code(property_name(name)), _type(field.annotation), comments.get(name, "") + note))
    if resource.fetchable or resource.create is not None:
        rows.append((code("uri"), "text", "Path of the resource."))
    if resource.subresources:
        links = ", ".join(code(name) for name in resource.subresources)
        rows.append((code("subresource_uris"), "object", f"Paths of {links}."))
    return "## Properties\n\nJSON names; in XML they are PascalCase.\n\n" + table(("Name", "Type", "Meaning"), rows)


def _type(annotation: Any) -> str:
    arms = [arm for arm in (get_args(annotation) or (annotation,)) if arm is not type(None)]
    names = {"str": "text", "datetime": "date (RFC 2822)", "bool": "boolean", "int": "number", "dict": "object"}
    shown = [names.get(getattr(arm, "__name__", ""), "object") for arm in arms]
    nullable = type(None) in get_args(annotation)
    return (shown[0] if shown else "object") + (" or null" if nullable else "")


def _plain(annotation: Any) -> str:
    return "Text; may be repeated." if "list" in str(annotation) else "Text."


@singledispatch
def describe(marker: Any) -> str:
    """What a parameter with this marker accepts."""
    raise NotImplementedError(f"{type(marker).__name__} has no description for the reference pages")


def _is_described(item: object) -> bool:
    return describe.dispatch(type(item)) is not describe.dispatch(object)


@describe.register
def _(marker: Url) -> str:
    return "Absolute http or https URL."


@describe.register
def _(marker: HttpMethod) -> str:
    return f"`GET` or `POST`; {code(marker.default)} when empty."


@describe.register
def _(marker: SidOf) -> str:
    return "SID " + " or ".join(code(f"{prefix}…") for prefix in marker.prefixes) + "."


@describe.register
def _(marker: Text) -> str:
    return f"Text of {marker.shortest} to {marker.longest} characters."


@describe.register
def _(marker: Flag) -> str:
    default = "" if marker.default is None else f"; {code(str(marker.default).lower())} when empty"
    return f"`true` or `false`{default}."


@describe.register
def _(marker: OneOf) -> str:
    return "One of " + ", ".join(code(word) for word in marker.words) + "."


@describe.register
def _(marker: NotYet) -> str:
    harmless = [word for word in marker.harmless if word]
    taken = f"; only {', '.join(code(word) for word in harmless)} is accepted" if harmless else ""
    return f"Refused: not supported yet ({marker.comes_with}){taken}."
