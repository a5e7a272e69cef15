"""
| of any request to /v1 | accepted | refused |
|---|---|---|
| names in the query | declared, `dry_run` or `DryRun` | all others: the answer names those there are |
| moments | ISO 8601; naive is UTC; ` 01:00` for `+01:00` | other texts, beyond the calendar |
| names in bodies | `friendly_name` or `FriendlyName` | others, told in our words |
"""

from typing import Any

import pytest
from tests.fakes.extensions_api import ExtensionsApi, refusal

from callwright.api.failures import answer_of
from callwright.usecases.check_url import TooManyChecks


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return ExtensionsApi().openapi()


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


def operations(described: dict[str, Any]) -> list[tuple[str, str]]:
    return [(method, path) for path, methods in described["paths"].items() for method in methods]


async def test_every_request_refuses_a_query_name_it_does_not_have(described: dict[str, Any]) -> None:
    api = ExtensionsApi()
    for method, path in operations(described):
        at = path.replace("{number}", "+15550100").replace("{id}", "1")
        answer = await api(method.upper(), at, {} if method == "post" else None, params={"Frendly_Name": "x"})
        assert answer.status_code == 400, f"{method} {path}"
        assert "account_sid" in answer.json()["message"]


async def test_a_misspelt_filter_is_told_with_the_ones_there_are(api: ExtensionsApi) -> None:
    for path, known in (("/Exchanges?failure=true", "failures"), ("/Applications?frendly_name=x", "friendly_name")):
        answer = await api("GET", path)
        assert refusal(answer) == (400, 20422)
        assert known in answer.json()["message"]


async def test_what_has_no_dry_run_is_not_done_when_one_is_asked_for(api: ExtensionsApi) -> None:
    for path, body in (
        ("/Trunks", {"friendly_name": "x"}),
        ("/Configuration", {"document": {"callwright": 1, "trunks": [{"friendly_name": "x"}]}}),
    ):
        assert refusal(await api("POST", f"{path}?DryRun=true", body)) == (400, 20422)
    assert not api.storage.content.revisions


async def test_a_rollback_is_only_planned_when_the_query_says_so(api: ExtensionsApi) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "x"})).json()
    [row] = (await api("GET", f"/Revisions?Sid={trunk['sid']}")).json()["revisions"]
    for path in (f"/RevisionGroups/{row['group_id']}/Rollback", f"/Revisions/{row['id']}/Undo"):
        planned = await api("POST", f"{path}?DryRun=true")
        assert (planned.status_code, planned.json()["dry_run"]) == (200, True)
    assert (await api("GET", f"/Trunks/{trunk['sid']}")).json() == trunk
    assert (await api("POST", f"/RevisionGroups/{row['group_id']}/Rollback?force=true")).status_code == 200
    assert (await api("GET", f"/Trunks/{trunk['sid']}")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/Exchanges?since=", "/Revisions?until=", "/RevisionGroups?Since=", "/Explain?To=1&at="]
)
async def test_moments_are_read_alike_everywhere(api: ExtensionsApi, path: str) -> None:
    for moment in ("2026-11-23T12:00", "2026-11-23T12:00Z", "2026-11-23T12:00+01:00", "2026-11-23T12:00%2B01:00"):
        assert (await api("GET", path + moment)).status_code == 200, moment
    for moment in ("yesterday", "0001-01-01T00:00:00%2B14:00", "1700000000"):
        answer = await api("GET", path + moment)
        assert refusal(answer) == (400, 20422)
        name = path.rpartition("?")[2].rpartition("&")[2].strip("=").lower()
        assert answer.json()["message"].startswith(f"{name} "), answer.json()


async def test_a_naive_moment_is_meant_in_utc(api: ExtensionsApi) -> None:
    for moment in ("2026-11-23T12:00", "2026-11-23T13:00+01:00"):
        assert (await api("GET", f"/Explain?To=1&At={moment}")).json()["at"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/Trunks", {"what": 1}, "what is not known here"),
        ("/Trunks", {"friendly_name": 5}, "friendly_name is not valid: give text."),
        ("/Carriers", {"settings": []}, "settings is not valid: give an object."),
        ("/ShortCodes", {}, "short_code is missing: give it."),
        ("/Numbers/Bulk", {"changes": 5}, "changes is not valid: give an object."),
        ("/Numbers/Bulk", [], "The body is no JSON object"),
        ("/Trunks", [], "The body is no JSON object"),
        ("/Configuration", {"documents": {}}, "document is missing"),
    ],
)
async def test_a_body_that_does_not_fit_is_told_in_our_words(
    api: ExtensionsApi, path: str, body: Any, message: str
) -> None:
    answer = await api("POST", path, body)
    assert refusal(answer) == (400, 20422)
    assert answer.json()["message"].startswith(message)


async def test_what_is_no_json_is_told_in_the_same_words_everywhere(api: ExtensionsApi) -> None:
    headers = {"Content-Type": "application/json"}
    told = {
        (await api("POST", path, content=content, headers=headers)).json()["message"]
        for path in ("/Trunks", "/Numbers/Bulk", "/Configuration", "/Configuration/Plan")
        for content in (b"", b"{", b"\xff", b"[]")
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    ("query", "fix"),
    [
        ("/Exchanges?kind=x", "give document, fallback"),
        ("/Trunks?limit=1001", "give at most 1000"),
        ("/Trunks?before=x", "give a SID"),
        ("/Numbers?count=perhaps", "give true or false"),
        ("/Revisions/x", "give a whole number"),
    ],
)
async def test_a_wrong_value_in_the_query_is_told_with_what_to_give(api: ExtensionsApi, query: str, fix: str) -> None:
    answer = await api("GET", query)
    assert refusal(answer) == (400, 20422)
    assert fix in answer.json()["message"]


async def test_names_as_twilio_writes_them_are_known_in_all_bodies(api: ExtensionsApi) -> None:
    made = await api("POST", "/Trunks", {"FriendlyName": "x", "CountryCode": "49"})
    assert (made.status_code, made.json()["country_code"]) == (201, "49")
    assert (await api("POST", "/ShortCodes", {"ShortCode": "12345"})).status_code == 201
    assert (await api("POST", "/Carriers", {"FriendlyName": "x", "Kind": "loopback"})).status_code == 201


async def test_a_wrong_method_has_the_code_of_the_other_api(api: ExtensionsApi) -> None:
    answer = await api("PUT", "/Trunks")
    assert refusal(answer) == (405, 20004)
    assert "POST" in answer.headers["Allow"] or "GET" in answer.headers["Allow"]


async def test_what_is_no_number_is_told_what_to_give(api: ExtensionsApi) -> None:
    for method in ("GET", "POST"):
        answer = await api(method, "/Numbers/XX1")
        assert refusal(answer) == (404, 20404)
        assert "E.164" in answer.json()["message"]


async def test_an_empty_tag_is_refused_alike_by_numbers_and_applications(api: ExtensionsApi) -> None:
    told = {(await api("GET", f"/{of}?tag=")).text for of in ("Numbers", "Applications")}
    assert len(told) == 1
    assert "tag" in told.pop()


def test_too_many_requests_are_told_when_to_come_back() -> None:
    assert answer_of(TooManyChecks()).headers["Retry-After"] == "60"


def test_writing_operations_declare_the_reason_and_resources_their_etag(described: dict[str, Any]) -> None:
    for method, path in operations(described):
        names = [parameter["name"] for parameter in described["paths"][path][method].get("parameters", ())]
        assert ("X-Callwright-Reason" in names) == (method != "get"), f"{method} {path}"
    trunks = described["paths"]
    assert "ETag" in trunks["/Trunks/{sid}"]["get"]["responses"]["200"]["headers"]
    assert "ETag" in trunks["/Trunks"]["post"]["responses"]["201"]["headers"]
    assert "headers" not in trunks["/Trunks"]["get"]["responses"]["200"]
