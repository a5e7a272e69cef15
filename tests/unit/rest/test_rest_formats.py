"""XML holds the same values as JSON, and CSV the same rows."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.fakes.populated_api import PopulatedApi
from tests.fakes.rest_api import RestApi

from callwright.model.errors import ToRequired
from callwright.model.naming import to_pascal
from callwright.model.resource import RESOURCES, Operation, Resource
from callwright.rest.format import FORMATS
from callwright.rest.paging import PageLinks

RestApi()
APPLICATIONS = RESOURCES["Applications"]
LINKS = PageLinks(0, 50, 0, 0, "/u?A=1&B=2", "/first", None, None)
SHOWING = [
    (resource, operation)
    for resource in RESOURCES.values()
    for operation in resource.operations
    if operation is not Operation.DELETE
]
NAMES = [f"{operation} {resource.name}" for resource, operation in SHOWING]
CAPITALS = {"Sms": "SMS", "Mms": "MMS"}


def as_xml_says(value: Any) -> Any:
    """A JSON value as the text (or children) that XML has for it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {xml_name(name): as_xml_says(item) for name, item in value.items()} or None
    return str(value)


def xml_name(name: str) -> str:
    pascal = to_pascal(name)
    return CAPITALS.get(pascal, pascal)


def children_of(element: Any) -> Any:
    if len(element) == 0:
        return element.text
    return {(child.get("name") and to_pascal(child.get("name"))) or child.tag: children_of(child) for child in element}


def without_uris(row: dict[str, Any]) -> dict[str, Any]:
    """XML without extension has links without it."""
    return {name: value for name, value in row.items() if name not in ("uri", "subresource_uris", "sid")}


@pytest.mark.parametrize(("resource", "operation"), SHOWING, ids=NAMES)
@pytest.mark.parametrize("extension", ["", ".xml"])
async def test_xml_holds_the_values_of_json(resource: Resource, operation: Operation, extension: str) -> None:
    if resource.has_content and operation is Operation.FETCH and not extension:
        return  # the file itself (test_rest_content)
    from_json = (await PopulatedApi().perform(resource, operation, ".json")).json()
    answer = await PopulatedApi().perform(resource, operation, extension)
    assert answer.headers["content-type"] == "application/xml"
    root = etree.fromstring(answer.content)
    assert root.tag == "TwilioResponse"
    rows = [from_json]
    elements = [root[0]]
    if operation is Operation.LIST:
        assert root[0].tag == resource.plural
        rows, elements = from_json[resource.list_key], list(root[0])
        assert root[0].get("uri") == from_json["uri"].replace(".json", extension)
        assert root[0].get("nextpageuri") == ""
        assert root[0].get("page") == str(from_json["page"])
        assert root[0].get("pagesize") == str(from_json["page_size"])
    assert len(rows) == len(elements) > 0
    for row, element in zip(rows, elements, strict=True):
        assert element.tag == resource.singular
        if "uri" in row:
            assert element.findtext("Uri") == row["uri"].replace(".json", extension)
        shown = children_of(element)
        random = {"auth_token"} if operation is Operation.CREATE else set()
        for name, value in without_uris(row).items():
            if name not in random:
                assert shown[xml_name(name)] == as_xml_says(value), name


async def test_subresource_links_have_the_extension_of_the_request() -> None:
    api = PopulatedApi()
    call = await api.get(f"/Calls/{api.owned['CA'].sid}.json")
    assert call.json()["subresource_uris"]["events"].endswith("/Events.json")
    assert (await api.request("GET", call.json()["subresource_uris"]["events"])).status_code == 200
    bare = etree.fromstring((await api.get(f"/Calls/{api.owned['CA'].sid}")).content)
    assert str(bare.findtext("Call/SubresourceUris/Events")).endswith("/Events")


async def test_capabilities_keep_their_capitals() -> None:
    api = PopulatedApi()
    number = etree.fromstring((await api.get(f"/IncomingPhoneNumbers/{api.owned['PN'].sid}")).content)
    capabilities = number.findall("IncomingPhoneNumber/Capabilities/*")
    assert [child.tag for child in capabilities] == ["Voice", "SMS", "MMS", "Fax"]


LISTS = [resource for resource in RESOURCES.values() if Operation.LIST in resource.operations]


@pytest.mark.parametrize("resource", LISTS, ids=[resource.name for resource in LISTS])
async def test_csv_holds_the_rows_of_json(resource: Resource) -> None:
    api = PopulatedApi()
    rows = (await api.perform(resource, Operation.LIST)).json()[resource.list_key]
    answer = await api.perform(resource, Operation.LIST, ".csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert set(line) == {to_pascal(name) for name in row}
        for name, value in row.items():
            if isinstance(value, dict):
                continue
            expected = "" if value is None else str(value)
            assert line[to_pascal(name)] == {"True": "true", "False": "false"}.get(expected, expected).removesuffix(
                ".json" if name == "uri" else ""
            )


async def test_csv_is_for_lists_only() -> None:
    api = PopulatedApi()
    assert (await api.get(f"/Applications/{api.owned['AP'].sid}.csv")).status_code == 404
    assert (await api.post("/Applications.csv", FriendlyName="x")).status_code == 404


async def test_an_empty_csv_list_is_an_empty_body() -> None:
    answer = await RestApi().get("/Applications.csv")
    assert (answer.status_code, answer.text) == (200, "")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.one_of(st.none(), st.booleans(), TEXT, st.dictionaries(TEXT, TEXT, max_size=3))


@settings(max_examples=150)
@given(st.dictionaries(st.from_regex(r"[a-z]+(_[a-z]+)?", fullmatch=True), VALUES, max_size=6))
def test_any_row_is_well_formed_xml_and_json(row: dict[str, Any]) -> None:
    xml, as_json = FORMATS["xml"], FORMATS["json"]
    assert xml.instance is not None
    assert as_json.instance is not None
    assert json.loads(as_json.instance(APPLICATIONS, row)) == row
    element = etree.fromstring(xml.instance(APPLICATIONS, row))[0]
    for name, value in row.items():
        found = [child for child in element if child.tag in (xml_name(name), name.upper())]
        if isinstance(value, str) and value.isprintable() and "\ufffe" not in value:
            assert found[0].text == (value or None)
    page = etree.fromstring(xml.page(APPLICATIONS, [row, row], LINKS))
    assert page[0].get("uri") == LINKS.uri


@settings(max_examples=100)
@given(st.lists(TEXT, min_size=2, max_size=2))
def test_any_text_survives_csv(texts: list[str]) -> None:
    written = FORMATS["csv"].page(APPLICATIONS, [{"first": texts[0], "second": texts[1]}], LINKS).decode()
    lines = list(csv.reader(io.StringIO(written, newline="")))
    assert lines == [["First", "Second"], texts]


def test_errors_have_the_form_of_the_request() -> None:
    error = ToRequired("No <To>")
    assert json.loads(FORMATS["json"].error(error)) == {
        "code": 21201,
        "message": "No <To>",
        "more_info": "https://www.twilio.com/docs/errors/21201",
        "status": 400,
    }
    exception = etree.fromstring(FORMATS[""].error(error)).findall("RestException/*")
    assert [(child.tag, child.text) for child in exception] == [
        ("Status", "400"),
        ("Message", "No <To>"),
        ("Code", "21201"),
        ("MoreInfo", "https://www.twilio.com/docs/errors/21201"),
    ]
    assert FORMATS["csv"].error(error).decode().splitlines()[0] == "Status,Message,Code,MoreInfo"
