"""
| If-Match | meaning |
|---|---|
| none, * | any revision |
| "7", W/"7", 7 | that revision; 412 with the difference when it is another |
| anything else | refused |
"""

import json
from typing import Any

import pytest
from tests.fakes.extensions_api import ExtensionsApi, refusal

RESOURCES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "/Trunks": ({"friendly_name": "Line"}, {"priority": 1}, {"priority": 2}),
    "/Carriers": ({"friendly_name": "Acme", "kind": "loopback"}, {"priority": 1}, {"priority": 2}),
    "/ShortCodes": ({"short_code": "12345"}, {"sms_url": "https://a.example/"}, {"sms_url": "https://b.example/"}),
}


@pytest.fixture(params=RESOURCES)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


async def sent(api: ExtensionsApi, method: str, path: str, if_match: str | None, body: Any = None) -> Any:
    """As a client sends it: JSON, and If-Match."""
    headers = {"Content-Type": "application/json", **({"If-Match": if_match} if if_match is not None else {})}

    return await api(method, path, headers=headers, content=json.dumps(body).encode() if body is not None else b"")


async def test_each_answer_has_the_revision_as_its_etag(api: ExtensionsApi, path: str) -> None:
    create, change, _ = RESOURCES[path]
    created = await api("POST", path, create)
    assert (created.headers["ETag"], created.json()["revision"]) == ('"1"', 1)
    one = f"{path}/{created.json()['sid']}"
    changed = await api("POST", one, change)
    assert (changed.headers["ETag"], changed.json()["revision"]) == ('"2"', 2)
    shown = await api("GET", one)
    assert (shown.headers["ETag"], shown.json()) == ('"2"', changed.json())


async def test_a_change_made_from_an_older_state_is_refused_with_the_difference(api: ExtensionsApi, path: str) -> None:
    create, change, other = RESOURCES[path]
    one = f"{path}/{(await api('POST', path, create)).json()['sid']}"
    await api("POST", one, change)
    ((field, value),) = change.items()
    for method, body in (("POST", other), ("DELETE", None)):
        answer = await sent(api, method, one, '"1"', body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["status"], told["revision"]) == (412, 20412, 412, 2)
        assert [(one["field"], one["current"]) for one in told["difference"]] == [(field, value)]
    assert (await api("GET", one)).json()[field] == value
    assert (await sent(api, "POST", one, '"2"', other)).json()["revision"] == 3
    assert (await sent(api, "DELETE", one, '"3"')).status_code == 204


@pytest.mark.parametrize("tag", ["*", '"1"', 'W/"1"', "1", ' "1" '])
async def test_tags_are_read_as_clients_write_them(api: ExtensionsApi, tag: str) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "Line"})).json()
    assert (await sent(api, "POST", f"/Trunks/{trunk['sid']}", tag, {"priority": 1})).status_code == 200


@pytest.mark.parametrize("tag", ["", "x", '"1", "2"', '"-1"', "1.0", '"' + "9" * 40 + '"'])
async def test_tags_that_name_no_revision_are_refused(api: ExtensionsApi, tag: str) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "Line"})).json()
    answer = await sent(api, "POST", f"/Trunks/{trunk['sid']}", tag, {"priority": 1})
    assert refusal(answer) == (400, 20422)


async def test_a_revision_that_never_was_is_refused_without_a_difference(api: ExtensionsApi) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "Line"})).json()
    answer = await sent(api, "POST", f"/Trunks/{trunk['sid']}", '"99"', {"priority": 1})
    assert (answer.status_code, answer.json()["difference"]) == (412, [])


async def test_a_changed_secret_is_a_difference_that_tells_nothing_of_it(api: ExtensionsApi) -> None:
    fields = {"friendly_name": "Acme", "kind": "smpp", "settings": {"host": "a.example", "system_id": "x"}}
    created = await api("POST", "/Carriers", {**fields, "secrets": {"password": "before"}})
    assert created.status_code == 201, created.text
    one = f"/Carriers/{created.json()['sid']}"
    await api("POST", one, {"secrets": {"password": "after"}})
    answer = await sent(api, "POST", one, '"1"', {"priority": 3})
    assert answer.json()["difference"] == [
        {"field": "secrets", "expected": {"password": "(secret)"}, "current": {"password": "(secret, changed)"}}
    ]


async def test_short_codes_are_changed_by_the_rules_they_are_created_by(api: ExtensionsApi) -> None:
    code = (await api("POST", "/ShortCodes", {"short_code": "12345", "sms_url": "https://a.example/"})).json()
    one = f"/ShortCodes/{code['sid']}"
    assert refusal(await api("POST", one, {"sms_url": "ftp://x"}))[0] == 400
    assert refusal(await api("POST", one, {"short_code": "54321"})) == (400, 20422)
    changed = (await api("POST", one, {"sms_url": None, "friendly_name": None})).json()
    assert (changed["sms_url"], changed["friendly_name"]) == (None, "12345")
    stranger = api.rest.add_account("AC" + "c" * 32)
    for method in ("GET", "POST", "DELETE"):
        assert refusal(await api(method, one, {} if method == "POST" else None, account=stranger)) == (404, 20404)
