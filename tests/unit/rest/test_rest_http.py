"""HTTP around the resources: methods, headers, bodies, credentials, and what breaks."""

import base64
import contextlib
import re
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field
from tests.fakes.populated_api import PopulatedApi
from tests.fakes.rest_api import BASE, RestApi

from callwright.model.errors import AuthenticationFailed, MalformedRequest
from callwright.model.record import Parameters
from callwright.model.resource import RESOURCES, Operation, Resource
from callwright.model.resources.application import Application
from callwright.rest.authentication import parse_credentials
from callwright.rest.declarations import check_declarations
from callwright.rest.form import parse_fields, parse_parameters
from callwright.rest.http import LARGEST_BODY
from callwright.rest.routes import Routes
from callwright.usecases.ports import RecordGone, StorageUnavailable, UnstorableValue

RestApi()
ROUTES = Routes(RESOURCES.values(), ["json", "xml", "csv"])
AC, AP = "AC" + "a" * 32, "AP" + "b" * 32
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def send(api: RestApi, body: bytes, headers: dict[str, str] = FORM) -> httpx.Response:
    return await api.request("POST", "/Applications.json", content=body, headers=headers)


async def test_every_answer_carries_a_request_id_its_duration_and_the_cors_headers() -> None:
    api = PopulatedApi()
    answers = [
        await api.get("/Applications.json"),
        await api.get("/Nothing.json"),
        await api.post("/Calls.json"),
        await api.request("GET", "/Calls.json", auth=("x", "y")),
        await api.delete(f"/Applications/{api.owned['AP'].sid}.json"),
        await api.request("OPTIONS", "/Calls.json"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 400, 401, 204, 204]
    for answer in answers:
        assert re.fullmatch("RQ[0-9a-f]{32}", answer.headers["twilio-request-id"])
        assert float(answer.headers["twilio-request-duration"]) >= 0
        for name in ("origin", "methods", "headers", "credentials"):
            assert answer.headers[f"access-control-allow-{name}"]
        assert answer.headers["access-control-expose-headers"]
    assert len({answer.headers["twilio-request-id"] for answer in answers}) == len(answers)


async def test_a_preflight_needs_no_credentials() -> None:
    api = RestApi()
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        answer = await client.options(f"{BASE}/Accounts/{AC}/Applications.json")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "HEAD, GET, POST, OPTIONS"


async def test_head_answers_like_get_without_the_body() -> None:
    api = PopulatedApi()
    path = f"/Applications/{api.owned['AP'].sid}.json"
    full, head = await api.get(path), await api.request("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(full.content))
    assert head.headers["content-type"] == full.headers["content-type"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/Applications", "HEAD, GET, POST, OPTIONS"),
        ("DELETE", "/Applications", "HEAD, GET, POST, OPTIONS"),
        ("PUT", f"/Applications/{AP}", "HEAD, GET, POST, DELETE, OPTIONS"),
        ("PATCH", f"/Applications/{AP}", "HEAD, GET, POST, DELETE, OPTIONS"),
        ("POST", "/Notifications", "HEAD, GET, OPTIONS"),
        ("DELETE", f"/Notifications/NO{'0' * 32}", "HEAD, GET, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_refused_with_those_allowed(method: str, path: str, allow: str) -> None:
    answer = await RestApi().request(method, f"{path}.json")
    assert (answer.status_code, answer.json()["code"]) == (405, 20004)
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    "path",
    [
        "/applications.json",
        "/Applications/.json",
        "/Applications/",
        "/Applications.html",
        "/Applications.JSON",
        "/Calls//Events.json",
        f"/Applications/{AP}/Nothing.json",
        f"/Calls/CA{'0' * 32}/Events.json",
        f"/Calls/CA{'0' * 32}/Notifications.json",
        f"/Calls/CA{'0' * 32}/Events/EX{'0' * 32}.json",
        f"/IncomingPhoneNumbers/Local/PN{'0' * 32}.json",
        "/Applications/a%00b.json",
        f"/Applications/{AP}%0a.json",
    ],
)
async def test_what_is_not_there_is_not_found(path: str) -> None:
    answer = await RestApi().get(path)
    assert answer.status_code == 404
    if path.endswith("json"):
        assert answer.json()["code"] == 20404
        assert answer.json()["message"].startswith("The requested resource /2010-04-01/")


async def test_paths_outside_the_api_are_not_found() -> None:
    for path in ("/2010-04-01", "/2010-04-01/", "/2010-04-01.json", "/2010-04-01/Nope.json"):
        assert (await RestApi().request("GET", path)).status_code == 404


async def test_hex_digits_of_a_sid_may_be_capitals() -> None:
    api = PopulatedApi()
    sid = api.owned["AP"].sid
    assert (await api.get(f"/Applications/AP{sid[2:].upper()}.json")).json()["sid"] == sid


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"FriendlyName": "x"}', {"content-type": "application/json"}, 415),
        (b"--x\r\n", {"content-type": "multipart/form-data; boundary=x"}, 415),
        (b"FriendlyName=%ff", FORM, 400),
        (b"FriendlyName=\xff", FORM, 400),
        (b"FriendlyName=a%00b", FORM, 400),
        (b"VoiceUrl=" + b"x" * LARGEST_BODY, FORM, 413),
        (b"&".join(b"A=1" for _ in range(1001)), FORM, 400),
        (b"FriendlyName=" + b"x" * 65, FORM, 400),
    ],
)
async def test_bad_bodies_are_refused_and_nothing_is_stored(body: bytes, headers: Any, status: int) -> None:
    api = RestApi()
    answer = await send(api, body, headers)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.json()["code"]
    assert api.storage.all(Application) == []


async def test_a_form_may_name_its_charset_or_no_type_at_all() -> None:
    api = RestApi()
    charset = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert (await send(api, b"FriendlyName=%C3%A4", charset)).json()["friendly_name"] == "ä"
    assert (await send(api, b"FriendlyName=ok", {})).json()["friendly_name"] == "ok"
    assert (await send(api, b"", {"content-type": "application/json"})).status_code == 201


async def test_names_are_case_sensitive_and_unknown_ones_ignored() -> None:
    body = b"friendlyName=a&friendly_name=b&FRIENDLYNAME=c&Sid=AP1&AccountSid=AC1&Nonsense=1&VoiceMethod=get"
    row = (await send(RestApi(), body)).json()
    assert row["friendly_name"] is None
    assert row["voice_method"] == "GET"
    assert row["account_sid"] == AC


async def test_a_refused_parameter_is_told_only_to_those_who_may_ask() -> None:
    api = RestApi()
    answer = await api.request("POST", "/Applications.json", form={"FriendlyName": "x" * 65}, auth=(AC, "wrong"))
    assert answer.json()["code"] == 20003


async def test_a_broken_request_is_answered_500_with_its_id_and_the_next_one_works() -> None:
    api = PopulatedApi()
    path = f"/Applications/{api.owned['AP'].sid}.json"
    real = api.storage.read_sync

    def broken(work: Any) -> Any:
        raise RuntimeError("the disk is gone")

    api.storage.read_sync = broken  # type: ignore[method-assign] # a storage that fails
    answer = await api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (500, 20500)
    assert "disk" not in answer.text
    api.storage.read_sync = real  # type: ignore[method-assign] # and works again
    assert (await api.get(path)).status_code == 200


async def test_a_storage_that_is_busy_or_down_is_answered_503() -> None:
    api = PopulatedApi()

    def unavailable(work: Any) -> Any:
        raise StorageUnavailable("the disk is full")

    api.storage.read_sync = unavailable  # type: ignore[method-assign] # a storage that is down
    answer = await api.get("/Applications.json")
    assert (answer.status_code, answer.json()["code"]) == (503, 20503)


async def test_what_cannot_be_stored_is_refused_with_the_fix() -> None:
    api = PopulatedApi()

    def unstorable(work: Any) -> Any:
        raise UnstorableValue("text with a NUL character cannot be stored: leave it out")

    api.storage.read_sync = unstorable  # type: ignore[method-assign] # a storage as the real one is
    answer = await api.get("/Applications.json")
    assert (answer.status_code, answer.json()["code"]) == (400, 20422)
    assert "leave it out" in answer.json()["message"]


async def test_a_record_that_goes_away_meanwhile_is_not_found() -> None:
    api = PopulatedApi()

    def gone(work: Any, actor: Any = None) -> Any:
        raise RecordGone("deleted by another server")

    api.storage.write_sync = gone  # type: ignore[method-assign] # a storage that others write to
    answer = await api.post(f"/Applications/{api.owned['AP'].sid}.json", FriendlyName="x")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@settings(max_examples=200)
@example("Basic \xff\xff")  # base64's own error for this one is a plain ValueError
@given(
    st.one_of(st.text(max_size=60), st.binary(max_size=40).map(lambda raw: "Basic " + base64.b64encode(raw).decode()))
)
def test_any_authorization_header_is_understood_or_refused(header: str) -> None:
    with contextlib.suppress(AuthenticationFailed):
        assert parse_credentials(header).account_sid.startswith("AC")


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=80), st.text(alphabet="ab=&%+<>;0f", max_size=80).map(str.encode)))
def test_any_form_is_parsed_or_refused(encoded: bytes) -> None:
    with contextlib.suppress(MalformedRequest):
        assert all("\x00" not in name + value for name, value in parse_fields(encoded))


class _Sample(Parameters):
    one: str | None = None
    many: list[str] = Field(default_factory=list)
    start_time_before: str | None = None


def test_repeated_keys_make_lists_and_blanks_are_kept() -> None:
    parsed = parse_parameters(_Sample, parse_fields(b"One=&Many=a&Many=&Many=b&One=2"))
    assert parsed.given() == {"one": "2", "many": ["a", "", "b"]}
    assert parse_parameters(_Sample, parse_fields(b"One=")).given() == {"one": ""}


@pytest.mark.parametrize("query", [b"StartTime<=2009-07-06", b"StartTime%3C=2009-07-06", b"StartTime%3c=2009-07-06"])
def test_an_inequality_is_part_of_the_name(query: bytes) -> None:
    assert parse_parameters(_Sample, parse_fields(query)).given() == {"start_time_before": "2009-07-06"}


@settings(max_examples=300)
@given(st.text(alphabet="/.%AaCSid201-4jsonxml\x00é", max_size=60))
def test_any_path_is_matched_or_not(path: str) -> None:
    match = ROUTES.find(f"{BASE}/Accounts{path}")
    if match is not None:
        assert all(match.variables.values())


@pytest.mark.parametrize("odd", ["a\x00b", "a\nb", "\x7f", "\u2028"])
def test_a_path_with_control_characters_names_nothing(odd: str) -> None:
    assert ROUTES.find(f"{BASE}/Accounts/{AC}/Applications/{odd}") is None


def test_a_parameter_that_nothing_reads_stops_the_start() -> None:
    class Extra(Parameters):
        voice_url: str | None = None
        never_read: str | None = None

    broken = Resource(
        name="Broken",
        record=Application,
        path="/Broken",
        singular="Broken",
        plural="Brokens",
        list_key="brokens",
        sid_prefix="AP",
        create=Extra,
        filters=Extra,
    )
    with pytest.raises(RuntimeError, match=r"Broken create: NeverRead, Broken list: NeverRead"):
        check_declarations([broken])


def test_every_resource_has_a_route_for_each_operation() -> None:
    for resource in RESOURCES.values():
        path = BASE + re.sub("{.*?}", "XX" + "0" * 32, resource.path)
        found = ROUTES.find(path)
        assert (found is not None) == bool({Operation.LIST, Operation.CREATE} & set(resource.operations))
