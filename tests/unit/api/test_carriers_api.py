"""
| field | accepted | refused |
|---|---|---|
| friendly_name | 1 to 64 characters, unique in the account | empty, long, NUL, taken (409) |
| kind | a registered kind, when creating | others; another one when updating |
| senders | numbers, short codes, names, prefixes with * | other signs, * in the middle |
| destinations | prefixes in E.164 | national ones |
| messages_per_second | more than 0, null | 0, negative, text |
| settings, secrets | those of the kind | unknown, secret ones in settings and the reverse |
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, SecretStr
from tests.fakes.extensions_api import ExtensionsApi, refusal

from callwright.messaging.carrier import KINDS, CarrierKind, CarrierSettings, register
from callwright.model.fields import Secret
from callwright.model.resources.carrier import Carrier
from callwright.usecases.ports import CarrierState

KIND = "pigeon"


class PigeonSettings(CarrierSettings):
    host: str = Field(description="Where the loft is.")
    port: int = Field(2775, ge=1, le=65535, description="Its door.")
    password: SecretStr = Field(description="What the pigeons listen to.")
    pin: SecretStr | None = Field(None, description="For the lock.")
    routes: list[str] = Field([], description="Ways to fly.")


@pytest.fixture(scope="module", autouse=True)
def pigeons() -> Iterator[None]:
    """A kind of carrier with settings and secrets, whatever kinds there are besides."""
    register(CarrierKind(KIND, "By pigeon.", PigeonSettings, connect=lambda *_: None))  # type: ignore[arg-type]  # nothing connects here
    yield
    del KINDS[KIND]


CARRIER = {
    "friendly_name": "Loft",
    "kind": KIND,
    "priority": 3,
    "senders": ["+15555550100", "12345", "Acme", "+1555*"],
    "destinations": ["+49", "+44"],
    "messages_per_second": 12.5,
    "retry_unacknowledged": True,
    "is_enabled": True,
    "settings": {"host": "loft.example", "routes": ["a"]},
    "secrets": {"password": "coo-coo"},
}


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


@pytest.fixture
async def carrier(api: ExtensionsApi) -> Any:
    answer = await api("POST", "/Carriers", CARRIER)
    assert answer.status_code == 201, answer.text
    return answer.json()


def row(api: ExtensionsApi, carrier: Any) -> Carrier:
    return api.rest.storage.one(Carrier, carrier["sid"])


async def test_a_carrier_is_created_shown_listed_changed_and_deleted(api: ExtensionsApi, carrier: Any) -> None:
    assert carrier["sid"].startswith("CR")
    assert carrier["settings"] == {"host": "loft.example", "port": 2775, "routes": ["a"]}
    assert carrier["secrets"] == {"password": "set", "pin": None}
    same = set(CARRIER) - {"settings", "secrets"}
    assert {name: carrier[name] for name in same} == {name: CARRIER[name] for name in same}
    path = f"/Carriers/{carrier['sid']}"
    assert (await api("GET", path)).json() == carrier
    assert (await api("GET", "/Carriers")).json() == {"carriers": [carrier], "next_before": None}
    changed = (await api("POST", path, {"priority": None, "destinations": None, "settings": {"port": 1}})).json()
    assert (changed["priority"], changed["destinations"]) == (10, [])
    assert changed["settings"] == {"host": "loft.example", "port": 1, "routes": ["a"]}
    assert (await api("DELETE", path)).status_code == 204
    assert refusal(await api("GET", path)) == (404, 20404)


async def test_secrets_are_sealed_and_never_shown_nor_in_the_history(api: ExtensionsApi, carrier: Any) -> None:
    assert row(api, carrier).secrets == {"password": "sealed:ooc-ooc"}
    for path in ("/Carriers", f"/Carriers/{carrier['sid']}"):
        assert "coo" not in (await api("GET", path)).text
    assert any(isinstance(item, Secret) for item in Carrier.model_fields["secrets"].metadata)


async def test_an_update_keeps_the_secrets_it_leaves_out(api: ExtensionsApi, carrier: Any) -> None:
    path = f"/Carriers/{carrier['sid']}"
    await api("POST", path, {"secrets": {"pin": "1234"}})
    await api("POST", path, {"settings": {"port": 7}})
    assert row(api, carrier).secrets == {"password": "sealed:ooc-ooc", "pin": "sealed:4321"}
    cleared = (await api("POST", path, {"secrets": {"pin": None, "password": "new"}})).json()
    assert cleared["secrets"] == {"password": "set", "pin": None}
    assert row(api, carrier).secrets == {"password": "sealed:wen"}
    assert refusal(await api("POST", path, {"secrets": {"password": None}})) == (400, 20422)


async def test_a_secret_of_the_environment_is_kept_by_its_name(api: ExtensionsApi, carrier: Any) -> None:
    path = f"/Carriers/{carrier['sid']}"
    changed = (await api("POST", path, {"secrets": {"password": "env:LOFT_PASSWORD"}})).json()
    assert changed["secrets"]["password"] == "env:LOFT_PASSWORD"
    assert row(api, carrier).secrets == {"password": "env:LOFT_PASSWORD"}
    assert (await api("POST", path, {"settings": {"port": 9}})).status_code == 200
    for wrong in ("env:", "env:A B", "env:CALLWRIGHT_SECRET_KEY", "env:callwright_database"):
        assert refusal(await api("POST", path, {"secrets": {"password": wrong}})) == (400, 20422)


async def test_a_subaccount_cannot_read_the_servers_environment(api: ExtensionsApi) -> None:
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.rest.account.sid)
    wanted = {**CARRIER, "secrets": {"password": "env:LOFT_PASSWORD"}}
    answer = await api("POST", "/Carriers", wanted, account=sub)
    assert refusal(answer) == (400, 20422)
    assert "subaccounts" in answer.json()["message"]


async def test_a_secret_that_cannot_be_read_anymore_can_be_set_again(api: ExtensionsApi, carrier: Any) -> None:
    stored = row(api, carrier)
    api.rest.storage.put(stored.model_copy(update={"secrets": {"password": "of another key"}}))
    path = f"/Carriers/{carrier['sid']}"
    assert refusal(await api("POST", path, {"settings": {"port": 9}})) == (400, 20422)
    assert (await api("POST", path, {"friendly_name": "Still there"})).status_code == 200
    assert (await api("POST", path, {"secrets": {"password": "again"}})).status_code == 200


async def test_the_kind_of_a_carrier_cannot_be_changed(api: ExtensionsApi, carrier: Any) -> None:
    path = f"/Carriers/{carrier['sid']}"
    assert refusal(await api("POST", path, {"kind": "loopback"})) == (400, 20422)
    assert (await api("POST", path, {"kind": KIND, "priority": 4})).json()["priority"] == 4


async def test_a_loopback_carrier_needs_a_name_only_and_may_hand_over_again(api: ExtensionsApi) -> None:
    made = (await api("POST", "/Carriers", {"friendly_name": "here", "kind": "loopback"})).json()
    assert (made["retry_unacknowledged"], made["settings"], made["secrets"]) == (True, {}, {})
    pigeon = {**CARRIER, "retry_unacknowledged": None}
    assert (await api("POST", "/Carriers", pigeon)).json()["retry_unacknowledged"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        *({"friendly_name": ""}, {"friendly_name": "x" * 65}, {"friendly_name": "a\x00"}, {"friendly_name": None}),
        *({"priority": -1}, {"priority": "1"}, {"priority": True}, {"what": 1}, {"is_enabled": "yes"}),
        *({"senders": ["+1*5"]}, {"senders": ["Ünique"]}, {"senders": "x"}, {"senders": [5]}, {"senders": [""]}),
        *({"destinations": ["49"]}, {"destinations": ["+0"]}, {"destinations": ["+49*"]}, {"destinations": [""]}),
        *({"messages_per_second": 0}, {"messages_per_second": -1}, {"messages_per_second": "1"}),
        *({"retry_unacknowledged": "yes"}, {"settings": {"port": 0}}, {"settings": {"nest": 1}}, {"settings": []}),
        *({"settings": {"password": "x"}}, {"secrets": {"host": "x"}}, {"secrets": {"password": 5}}),
        *({"secrets": {"password": "a\x00"}}, {"secrets": {"password": "x" * 5000}}, {"settings": {"host": None}}),
    ],
)
async def test_a_wrong_field_is_refused_when_creating_and_when_updating(
    api: ExtensionsApi, wrong: dict[str, Any]
) -> None:
    carrier = (await api("POST", "/Carriers", CARRIER)).json()
    merged = {**CARRIER, "friendly_name": "y", **wrong}
    for name in ("settings", "secrets"):
        if isinstance(wrong.get(name), dict):
            merged[name] = {**CARRIER[name], **wrong[name]}  # type: ignore[dict-item]  # they are dictionaries
    assert refusal(await api("POST", "/Carriers", merged)) == (400, 20422)
    assert refusal(await api("POST", f"/Carriers/{carrier['sid']}", wrong)) == (400, 20422)
    assert (await api("GET", "/Carriers")).json()["carriers"] == [carrier]


async def test_an_unknown_kind_names_those_there_are(api: ExtensionsApi) -> None:
    for kind in ("drum", None, 5):
        answer = await api("POST", "/Carriers", {"friendly_name": "x", "kind": kind})
        assert refusal(answer) == (400, 20422)
    answer = await api("POST", "/Carriers", {"friendly_name": "x", "kind": "drum"})
    assert KIND in answer.json()["message"]
    assert "loopback" in answer.json()["message"]


async def test_refusals_never_repeat_a_secret(api: ExtensionsApi) -> None:
    wrongs: list[dict[str, Any]] = [
        {"settings": {}}, {"settings": {"host": "x", "port": "s3cret"}}, {"secrets": {"pine": "s3cret"}},
    ]  # fmt: skip
    for wrong in wrongs:
        answer = await api("POST", "/Carriers", {**CARRIER, "secrets": {"password": "s3cret"}, **wrong})
        assert refusal(answer) == (400, 20422)
        assert "s3cret" not in answer.text


async def test_two_carriers_of_an_account_cannot_have_one_name(api: ExtensionsApi, carrier: Any) -> None:
    assert refusal(await api("POST", "/Carriers", CARRIER)) == (409, 20409)
    other = (await api("POST", "/Carriers", {**CARRIER, "friendly_name": "Other"})).json()
    assert refusal(await api("POST", f"/Carriers/{other['sid']}", {"friendly_name": "Loft"})) == (409, 20409)
    assert (await api("POST", f"/Carriers/{carrier['sid']}", {"friendly_name": "Loft"})).status_code == 200
    stranger = api.rest.add_account("AC" + "b" * 32)
    assert (await api("POST", "/Carriers", CARRIER, account=stranger)).status_code == 201


async def test_the_connection_of_a_carrier_is_shown(api: ExtensionsApi, carrier: Any) -> None:
    since = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    api.rest.carriers.states[carrier["sid"]] = CarrierState("connecting", False, "refused: check host", since)
    path = f"/Carriers/{carrier['sid']}"
    shown = (await api("GET", path)).json()["connection"]
    assert shown == {
        "state": "connecting", "is_ready": False, "detail": "refused: check host", "since": "2026-11-23T12:00:00Z",
    }  # fmt: skip
    disabled = (await api("POST", path, {"is_enabled": False})).json()["connection"]
    assert (disabled["state"], disabled["is_ready"]) == ("disabled", False)


async def test_accounts_see_only_their_own_carriers(api: ExtensionsApi, carrier: Any) -> None:
    stranger = api.rest.add_account("AC" + "c" * 32)
    path = f"/Carriers/{carrier['sid']}"
    for method, body in (("GET", None), ("POST", {"priority": 1}), ("DELETE", None)):
        assert refusal(await api(method, path, body, account=stranger)) == (404, 20404)
        assert refusal(await api(method, path, body, auth=("AC" + "9" * 32, "x"))) == (401, 20003)
    assert (await api("GET", "/Carriers", account=stranger)).json()["carriers"] == []


async def test_every_write_keeps_a_revision(api: ExtensionsApi, carrier: Any) -> None:
    await api("POST", f"/Carriers/{carrier['sid']}", {"priority": 5})
    await api("DELETE", f"/Carriers/{carrier['sid']}")
    revisions = [one for one in api.rest.storage.content.revisions if one.record_type is Carrier]
    assert [(one.before is None, one.after is None) for one in revisions] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip


async def test_kinds_tell_their_settings(api: ExtensionsApi) -> None:
    kinds = {kind["name"]: kind for kind in (await api("GET", "/CarrierKinds")).json()["carrier_kinds"]}
    assert kinds["loopback"]["settings"] == []
    told = {setting["name"]: setting for setting in kinds[KIND]["settings"]}
    assert told["port"] == {
        "name": "port", "type": "whole number", "description": "Its door.", "is_required": False,
        "is_secret": False, "default": 2775,
    }  # fmt: skip
    assert (told["password"]["is_required"], told["password"]["is_secret"]) == (True, True)
    assert (told["pin"]["type"], told["pin"]["is_secret"]) == ("text", True)
    assert told["routes"]["type"] == "list of text"
    assert refusal(await api("GET", "/CarrierKinds", auth=None)) == (401, 20003)


async def test_credentials_that_are_no_basic_header_are_told_as_missing_ones(api: ExtensionsApi) -> None:
    for header in ("Basic %%%", "Basic", "Bearer x", "Basic bm8tY29sb24="):
        answer = await api("GET", "/Carriers", auth=None, headers={"Authorization": header})
        assert refusal(answer) == (401, 20003), header
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_short_codes_are_added_listed_and_deleted(api: ExtensionsApi) -> None:
    made = await api("POST", "/ShortCodes", {"short_code": "12345", "sms_url": "http://a.example/s"})
    assert made.status_code == 201
    code = made.json()
    assert code["sid"].startswith("SC")
    assert (code["friendly_name"], code["sms_method"]) == ("12345", "POST")
    assert (await api("GET", "/ShortCodes")).json() == {"short_codes": [code], "next_before": None}
    shown = await api.rest.get(f"/SMS/ShortCodes/{code['sid']}.json")
    assert shown.json()["sms_url"] == "http://a.example/s"
    stranger = api.rest.add_account("AC" + "b" * 32)
    assert refusal(await api("POST", "/ShortCodes", {"short_code": "12345"}, account=stranger)) == (409, 20409)
    assert refusal(await api("DELETE", f"/ShortCodes/{code['sid']}", account=stranger)) == (404, 20404)
    assert (await api("DELETE", f"/ShortCodes/{code['sid']}")).status_code == 204
    assert (await api("GET", "/ShortCodes")).json()["short_codes"] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        *(({"short_code": text}, 20422) for text in ("12", "123456789", "12a45", "+12345", "", "١٢٣٤")),
        *(({}, 20422), ({"short_code": 12345}, 20422), ({"short_code": "12345", "what": "x"}, 20422)),
        ({"short_code": "12345", "sms_url": "nonsense"}, 21402),
        ({"short_code": "12345", "sms_method": "PUT"}, 21403),
        ({"short_code": "12345", "friendly_name": "x" * 65}, 20002),
        ({"short_code": "12345", "friendly_name": "a\x00"}, 20422),
    ],
)
async def test_a_wrong_short_code_is_refused(api: ExtensionsApi, wrong: dict[str, Any], code: int) -> None:
    assert refusal(await api("POST", "/ShortCodes", wrong)) == (400, code)
    assert (await api("GET", "/ShortCodes")).json()["short_codes"] == []


@cache
def shared_api() -> ExtensionsApi:
    """One for all examples: making one takes half a second."""
    return ExtensionsApi()


@given(
    st.dictionaries(
        st.sampled_from(["friendly_name", "senders", "destinations", "settings", "secrets", "messages_per_second"]),
        st.none()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8)
        | st.lists(st.text(max_size=8), max_size=2)
        | st.dictionaries(st.sampled_from(["host", "port", "password", "pin"]), st.none() | st.text(max_size=6)),
    )
)
@settings(max_examples=60, deadline=None)
async def test_any_json_is_stored_or_refused(fields: dict[str, Any]) -> None:
    api = shared_api()
    answer = await api("POST", "/Carriers", {**CARRIER, **fields})
    assert answer.status_code == 201 or refusal(answer)[0] == 400
    if answer.status_code == 201:  # its name is for the next example
        assert (await api("DELETE", f"/Carriers/{answer.json()['sid']}")).status_code == 204
