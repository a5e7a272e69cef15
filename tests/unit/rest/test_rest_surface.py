"""Every declared route, parameter and property against Twilio's published surface (tests/contract/surface.json)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.populated_api import PopulatedApi
from tests.fakes.rest_api import RestApi

from callwright.model.naming import parameter_name
from callwright.model.resource import RESOURCES, Operation, Resource

SURFACE: dict[str, Any] = {
    **json.loads(Path("tests/contract/surface.json").read_text()),
    # What the published surface has no more, in the same form.
    **json.loads(Path("tests/contract/older_surface.json").read_text()),
}
METHODS = {
    Operation.LIST: ("GET", False),
    Operation.CREATE: ("POST", False),
    Operation.FETCH: ("GET", True),
    Operation.UPDATE: ("POST", True),
    Operation.DELETE: ("DELETE", True),
}
PAGING = {"Page", "PageSize", "PageToken"}

RestApi()  # so that all resources are declared
OPERATIONS = [(resource, operation) for resource in RESOURCES.values() for operation in resource.operations]
NAMES = [f"{operation} {resource.name}" for resource, operation in OPERATIONS]


def surface_of(resource: Resource, operation: Operation) -> Any:
    method, is_instance = METHODS[operation]
    path = f"{resource.path}/{{Sid}}" if is_instance else resource.path
    return SURFACE[f"{path}.json"][method]


def check_value(name: str, value: Any, wanted: dict[str, Any]) -> None:
    """Type, pattern, format and enumeration; null is allowed everywhere."""
    if value is None:
        return
    types = {"string": str, "boolean": bool, "integer": int, "object": dict}
    if "type" in wanted:
        assert isinstance(value, types[wanted["type"]]), (name, value)
    if "enum" in wanted:
        assert value in wanted["enum"], (name, value)
    if "pattern" in wanted:
        assert re.search(wanted["pattern"], value), (name, value)
    if wanted.get("format") == "date-time-rfc-2822":
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", value), (name, value)
    if "properties" in wanted:
        assert sorted(value) == wanted["properties"], (name, value)


def check_row(row: dict[str, Any], properties: dict[str, Any]) -> None:
    assert sorted(row) == sorted(properties)
    for name, wanted in properties.items():
        check_value(name, row[name], wanted)


def test_every_operation_of_the_surface_is_served() -> None:
    wanted = {(path, method) for path, methods in SURFACE.items() for method in methods}
    served = set()
    for resource, operation in OPERATIONS:
        method, is_instance = METHODS[operation]
        path = f"{resource.path}/{{Sid}}" if is_instance else resource.path
        served.add((f"{path}.json", method))
    assert served == wanted


@pytest.mark.parametrize(("resource", "operation"), OPERATIONS, ids=NAMES)
def test_every_parameter_of_the_surface_is_known(resource: Resource, operation: Operation) -> None:
    declared = {
        Operation.LIST: resource.filters,
        Operation.CREATE: resource.create,
        Operation.UPDATE: resource.update,
    }.get(operation)
    names = {parameter_name(name) for name in declared.model_fields} if declared else set()
    assert names == set(surface_of(resource, operation)["parameters"]) - PAGING


@pytest.mark.parametrize(("resource", "operation"), OPERATIONS, ids=NAMES)
async def test_every_property_is_present_and_of_its_type(resource: Resource, operation: Operation) -> None:
    api = PopulatedApi()
    wanted = surface_of(resource, operation)
    answer = await api.perform(resource, operation)
    assert answer.status_code == wanted["status"], answer.text
    if operation is Operation.DELETE:
        assert answer.content == b""
    elif operation is Operation.LIST:
        body = answer.json()
        assert sorted(body) == wanted["envelope"]
        assert body[wanted["list_key"]], "a list without rows proves nothing"
        for row in body[wanted["list_key"]]:
            check_row(row, wanted["properties"])
    else:
        check_row(answer.json(), wanted["properties"])


LINKED = [resource for resource in RESOURCES.values() if resource.subresources]


@pytest.mark.parametrize("resource", LINKED, ids=[resource.name for resource in LINKED])
async def test_every_link_to_a_subresource_leads_somewhere(resource: Resource) -> None:
    api = PopulatedApi()
    links = (await api.perform(resource, Operation.FETCH)).json()["subresource_uris"]
    assert set(links) == set(resource.subresources)
    for link in links.values():
        answer = await api.request("OPTIONS", link)
        assert answer.status_code == 204
        if "GET" in answer.headers["allow"]:
            assert (await api.request("GET", link)).status_code == 200
