"""
| field | accepted | refused |
|---|---|---|
| friendly_name | 1 to 64 characters | empty, long, NUL, lone surrogates |
| host | numeric address, null | names, multicast, 0.0.0.0 |
| port | 1..65535 | text, true, 0 |
| transport | udp | tcp, tls (not yet) |
| allowed_sources | addresses and blocks | host bits, names, another account's blocks (409) |
| country_code | 1 to 3 digits | + or a leading 0 |
| strip_prefix | 0-9 + * # | letters |
"""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.extensions_api import ExtensionsApi, refusal

from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.ports import StorageUnavailable, UnstorableValue

CARRIER = {
    "friendly_name": "My carrier",
    "host": "198.51.100.20",
    "port": 5080,
    "allowed_sources": ["198.51.100.0/24", "2001:db8::1"],
    "country_code": "49",
    "strip_prefix": "9",
    "priority": 1,
    "any_caller_id": True,
}


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


async def test_a_trunk_is_created_shown_listed_changed_and_deleted(api: ExtensionsApi) -> None:
    created = await api("POST", "/Trunks", CARRIER)
    assert created.status_code == 201
    trunk = created.json()
    assert trunk["sid"].startswith("TK")
    assert trunk["account_sid"] == api.rest.account.sid
    assert trunk["allowed_sources"] == ["198.51.100.0/24", "2001:db8::1/128"]
    assert {name: trunk[name] for name in CARRIER if name != "allowed_sources"} == {
        name: value for name, value in CARRIER.items() if name != "allowed_sources"
    }
    path = f"/Trunks/{trunk['sid']}"
    assert (await api("GET", path)).json() == trunk
    assert (await api("GET", "/Trunks")).json() == {"trunks": [trunk], "next_before": None}
    changed = (await api("POST", path, {"port": None, "host": "::1"})).json()
    assert (changed["port"], changed["host"], changed["friendly_name"]) == (5060, "::1", "My carrier")
    deleted = await api("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert refusal(await api("GET", path)) == (404, 20404)


async def test_a_name_alone_makes_a_trunk_with_the_defaults(api: ExtensionsApi) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "x"})).json()
    assert (trunk["host"], trunk["port"], trunk["transport"], trunk["allowed_sources"]) == (None, 5060, "udp", [])
    assert (trunk["priority"], trunk["any_caller_id"], trunk["country_code"]) == (10, False, None)


async def test_every_write_keeps_a_revision_with_its_actor(api: ExtensionsApi) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "x"})).json()
    await api("POST", f"/Trunks/{trunk['sid']}", {"friendly_name": "y"})
    await api("DELETE", f"/Trunks/{trunk['sid']}")
    actors = [revision.actor for revision in api.rest.storage.content.revisions]
    assert [actor.credential for actor in actors if actor] == [api.rest.account.sid] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        *({"friendly_name": ""}, {"friendly_name": "x" * 65}, {"friendly_name": "a\x00"}, {"friendly_name": None}),
        *({"friendly_name": "\ud800"}, {"friendly_name": 5}, {"what": 1}),
        *({"host": "sip.example.com"}, {"host": "224.0.0.1"}, {"host": "0.0.0.0"}, {"host": ""}, {"host": "fe80::1%1"}),
        *({"port": 0}, {"port": 65536}, {"port": "5060"}, {"port": True}, {"port": 10**30}),
        *({"transport": "tcp"}, {"transport": "tls"}, {"transport": ""}),
        *({"allowed_sources": ["10.0.0.1/8"]}, {"allowed_sources": ["example.com"]}, {"allowed_sources": [5]}),
        *({"allowed_sources": "10.0.0.0/8"}, {"allowed_sources": ["::ffff:10.0.0.0/104"]}),
        *({"allowed_sources": ["10.0.0.0/33"]}, {"allowed_sources": ["10.0.0.1"] * 201}),
        *({"country_code": "+49"}, {"country_code": "049"}, {"country_code": 49}, {"country_code": "٤٩"}),
        *({"strip_prefix": "x"}, {"strip_prefix": "1" * 17}, {"priority": -1}, {"any_caller_id": "yes"}),
    ],
)
async def test_a_wrong_field_is_refused_when_creating_and_when_updating(
    api: ExtensionsApi, wrong: dict[str, Any]
) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "x"})).json()
    assert refusal(await api("POST", "/Trunks", {"friendly_name": "y", **wrong})) == (400, 20422)
    assert refusal(await api("POST", f"/Trunks/{trunk['sid']}", wrong)) == (400, 20422)
    assert (await api("GET", "/Trunks")).json()["trunks"] == [trunk]


async def test_a_name_as_host_is_told_what_to_give(api: ExtensionsApi) -> None:
    answer = await api("POST", "/Trunks", {"friendly_name": "x", "host": "sip.example.com"})
    assert "numeric address" in answer.json()["message"]


@pytest.mark.parametrize("mine", ["10.0.0.0/8", "10.1.2.3", "10.1.2.0/25", "0.0.0.0/0"])
async def test_sources_of_two_accounts_may_not_overlap(api: ExtensionsApi, mine: str) -> None:
    other = api.rest.add_account("AC" + "b" * 32)
    await api("POST", "/Trunks", {"friendly_name": "other", "allowed_sources": ["10.1.2.0/24"]}, account=other)
    wanted = {"friendly_name": "mine", "allowed_sources": [mine]}
    assert refusal(await api("POST", "/Trunks", wanted)) == (409, 20409)
    trunk = (await api("POST", "/Trunks", {"friendly_name": "mine", "allowed_sources": ["11.0.0.0/8"]})).json()
    assert refusal(await api("POST", f"/Trunks/{trunk['sid']}", {"allowed_sources": [mine]})) == (409, 20409)


async def test_one_account_may_have_a_smaller_block_within_a_larger_one(api: ExtensionsApi) -> None:
    for block in ("127.0.0.0/8", "127.0.0.1", "::/0"):
        answer = await api("POST", "/Trunks", {"friendly_name": block, "allowed_sources": [block]})
        assert answer.status_code == 201


async def test_a_trunk_that_numbers_name_is_not_deleted(api: ExtensionsApi) -> None:
    trunk = (await api("POST", "/Trunks", {"friendly_name": "x"})).json()
    number = IncomingPhoneNumber.model_construct(
        sid="PN" + "1" * 32,
        account_sid=api.rest.account.sid,
        phone_number="+15555550100",
        friendly_name="",
        trunk_sid=trunk["sid"],
    )
    api.rest.storage.put(number)
    answer = await api("DELETE", f"/Trunks/{trunk['sid']}")
    assert refusal(answer) == (409, 20409)
    assert "1 phone number(s)" in answer.json()["message"]
    assert (await api("GET", f"/Trunks/{trunk['sid']}")).status_code == 200


async def test_lists_are_paged(api: ExtensionsApi) -> None:
    for name in "abc":
        await api("POST", "/Trunks", {"friendly_name": name})
    first = (await api("GET", "/Trunks?limit=2")).json()
    second = (await api("GET", f"/Trunks?limit=2&before={first['next_before']}")).json()
    assert [trunk["friendly_name"] for trunk in first["trunks"] + second["trunks"]] == ["c", "b", "a"]
    assert second["next_before"] is None
    assert refusal(await api("GET", "/Trunks?limit=0")) == (400, 20422)


async def test_without_genuine_credentials_nothing_is_done(api: ExtensionsApi) -> None:
    wrong = (api.rest.account.sid, "wrong")
    for auth in (None, wrong, ("AC" + "9" * 32, "x")):
        for method, path in (("GET", "/Trunks"), ("POST", "/Trunks"), ("DELETE", "/Trunks/TK1")):
            body = {"friendly_name": "x"} if method == "POST" else None
            answer = await api(method, path, body, auth=auth)
            assert refusal(answer) == (401, 20003)
            assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_accounts_see_only_their_own_trunks_and_a_parent_its_subaccounts(api: ExtensionsApi) -> None:
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.rest.account.sid)
    stranger = api.rest.add_account("AC" + "c" * 32)
    trunk = (await api("POST", "/Trunks", {"friendly_name": "x"}, account=sub)).json()
    path = f"/Trunks/{trunk['sid']}"
    for method in ("GET", "DELETE"):
        assert refusal(await api(method, path, account=stranger)) == (404, 20404)
        assert refusal(await api(method, f"{path}?account_sid={sub.sid}", account=stranger)) == (401, 20003)
        assert refusal(await api(method, path)) == (404, 20404)
    assert (await api("GET", f"{path}?account_sid={sub.sid}")).json() == trunk


async def test_what_is_no_json_object_is_refused(api: ExtensionsApi) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b"null", b"5", b'{"a":' * 5000, b"\xff", b'{"port": NaN, "friendly_name": "x"}'):
        answer = await api("POST", "/Trunks", content=body, headers=headers)
        assert refusal(answer)[0] == 400, body[:20]
    form = await api("POST", "/Trunks", content=b'{"friendly_name": "x"}', headers={"Content-Type": "text/plain"})
    assert refusal(form)[0] == 400
    assert refusal(await api("POST", "/Trunks", content=b" " * 70_000, headers=headers)) == (413, 20413)


async def test_other_paths_and_methods_are_told_in_the_same_form(api: ExtensionsApi) -> None:
    assert refusal(await api("GET", "/Nothing")) == (404, 20404)
    assert refusal(await api("PUT", "/Trunks"))[0] == 405


async def test_the_description_and_its_page_are_there(api: ExtensionsApi) -> None:
    described = (await api("GET", "/openapi.json")).json()
    assert {"/Trunks", "/Trunks/{sid}", "/Carriers", "/Carriers/{sid}", "/Messages/{sid}"} <= set(described["paths"])
    page = await api("GET", "/docs")
    assert page.status_code == 200
    assert "POST /v1/Trunks/{sid}" in page.text
    bulk = page.text[page.text.index('id="POST-v1-Numbers-Bulk"') :].partition("<h3")[0]
    assert {"where", "changes", "changes.voice_application_sid"} <= set(re.findall("<code>([a-z_.]+)</code>", bulk))
    assert not re.search(r"(src|href|url|import)\W{1,4}(https?:)?//", page.text), "it loads nothing from elsewhere"
    assert "<script" not in page.text


@cache
def shared_api() -> ExtensionsApi:
    """One for all examples: making one takes half a second."""
    return ExtensionsApi()


@given(
    st.dictionaries(
        st.sampled_from(["friendly_name", "host", "port", "allowed_sources", "country_code", "strip_prefix"]),
        st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=2),
    )
)
@settings(max_examples=60, deadline=None)
async def test_any_json_is_stored_or_refused(fields: dict[str, Any]) -> None:
    answer = await shared_api()("POST", "/Trunks", fields)
    assert answer.status_code == 201 or refusal(answer)[0] == 400


@pytest.mark.parametrize("path", ["/Trunks", "/Carriers", "/ShortCodes"])
@pytest.mark.parametrize("before", ["%00", "%ed%a0%80", "TK1", "x" * 34])
async def test_a_cursor_that_is_no_sid_is_refused(api: ExtensionsApi, path: str, before: str) -> None:
    assert refusal(await api("GET", f"{path}?before={before}")) == (400, 20422)


async def test_what_cannot_be_stored_is_refused_and_a_storage_that_is_down_told(api: ExtensionsApi) -> None:
    def fail(work: Any, actor: Any = None) -> Any:
        raise failure

    api.rest.storage.write_sync = fail  # type: ignore[method-assign]  # a storage that fails
    failure: Exception = UnstorableValue("text with a NUL character cannot be stored: leave it out")
    refused = await api("POST", "/Trunks", CARRIER)
    assert refusal(refused) == (400, 20422)
    assert "NUL character cannot be stored: leave it out" in refused.json()["message"]
    failure = StorageUnavailable("the disk is full")
    assert refusal(await api("POST", "/Trunks", CARRIER)) == (503, 20503)
