"""
| field | accepted | refused |
|---|---|---|
| those of the 2010-04-01 API | as there, by snake_case name | as there, with the same codes |
| tags | list of words | a text, commas |
| notes | up to 5000 characters, "" and null clear | longer |
| voice_variants, sms_variants | [{"url", "weight"}] | weights above 100 |
| variant_guard | failure_percent 1..100, least_requests 1.., window_s 10..86400 | anything else |
| opening_hours | time_zone, week … | unknown zones |
"""

import json
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from tests.fakes.extensions_api import ExtensionsApi
from tests.fakes.unit_of_work import FakeUnitOfWork
from tests.fakes.voice import xml

from callwright.model.exchange import Exchange
from callwright.model.record import Record, position_of
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message

R = TypeVar("R", bound=Record)

HOURS = {
    "time_zone": "Europe/Berlin",
    "week": {"monday": ["09:00-17:00"]},
    "closed_voice_url": "https://a.example/shut",
}
OURS: dict[str, Any] = {
    "tags": ["vip", "retail"],
    "notes": "Ask Ann first.",
    "voice_variants": [{"url": "https://new.example/v", "weight": 10}],
    "sms_variants": [{"url": "https://new.example/s", "weight": 0.5}],
    "variant_guard": {"failure_percent": 5, "least_requests": 50, "window_s": 60},
    "opening_hours": HOURS,
}
TWILIO: dict[str, Any] = {
    "friendly_name": "Front desk",
    "api_version": "2008-08-01",
    "voice_url": "https://a.example/v",
    "voice_method": "GET",
    "voice_fallback_url": "https://a.example/vf",
    "voice_fallback_method": "GET",
    "voice_caller_id_lookup": True,
    "status_callback": "https://a.example/c",
    "status_callback_method": "GET",
    "sms_url": "https://a.example/s",
    "sms_method": "GET",
    "sms_fallback_url": "https://a.example/sf",
    "sms_fallback_method": "GET",
    "sms_status_callback": "https://a.example/sc",
    "message_status_callback": "https://a.example/mc",
    "public_application_connect_enabled": True,
}


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


async def created(api: ExtensionsApi, **settings: Any) -> Any:
    api.storage.pass_time(1)
    answer = await api("POST", "/Applications", settings)
    assert answer.status_code == 201, answer.text
    return answer.json()


def add(api: ExtensionsApi, kind: type[R], prefix: str, **fields: Any) -> R:
    """Store such a record of the account a second later than all before."""
    api.storage.pass_time(1)

    def work(unit: FakeUnitOfWork) -> R:
        sid = unit.new_sid(prefix)
        given: dict[str, Any] = {"account_sid": api.account.sid, **fields}
        if kind is Message:
            given["position"] = position_of(sid)
        record: Any = kind.model_construct(sid=sid, **given)
        stored: R = unit.insert(record)
        return stored

    return api.storage.write_sync(work)


def add_number(api: ExtensionsApi, phone_number: str, **fields: Any) -> IncomingPhoneNumber:
    return add(api, IncomingPhoneNumber, "PN", phone_number=phone_number, **fields)


def add_call(api: ExtensionsApi, application_sid: str, **fields: Any) -> Call:
    return add(api, Call, "CA", **{"application_sid": application_sid, "status": "completed", **fields})


def add_message(api: ExtensionsApi, application_sid: str) -> Message:
    return add(api, Message, "SM", application_sid=application_sid, status="received", from_="+1", to="+2")


def add_failure(api: ExtensionsApi, application_sid: str, *, is_failure: bool = True) -> None:
    add(api, Exchange, "EX", application_sid=application_sid, is_failure=is_failure)


async def test_an_application_has_all_settings_of_both_apis(api: ExtensionsApi) -> None:
    shown = await created(api, **TWILIO, **OURS)
    expected = {
        **TWILIO,
        **OURS,
        "tags": ["retail", "vip"],
        "opening_hours": {
            **{"closed_sms_method": "POST", "closed_sms_url": None, "closed_voice_method": "POST", "exceptions": {}},
            **HOURS,
        },
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["sid"].startswith("AP")
    assert shown["revision"] == 1
    assert (await api("GET", f"/Applications/{shown['sid']}")).json() == {
        name: value for name, value in shown.items() if name != "checks"
    }


async def test_names_may_be_written_as_in_twilios_api(api: ExtensionsApi) -> None:
    shown = await created(api, FriendlyName="x", VoiceUrl="https://a.example/v")
    assert (shown["friendly_name"], shown["voice_url"]) == ("x", "https://a.example/v")


async def test_an_update_changes_what_it_names_and_null_sets_the_default_again(api: ExtensionsApi) -> None:
    sid = (await created(api, **TWILIO, **OURS))["sid"]
    nothing = dict.fromkeys(["notes", "tags", "voice_variants", "variant_guard", "opening_hours", "voice_method"])
    shown = (await api("POST", f"/Applications/{sid}", {**nothing, "sms_url": ""})).json()
    assert [shown[name] for name in nothing] == [None, [], [], None, None, "POST"]
    assert shown["sms_url"] is None
    assert (shown["voice_url"], shown["sms_variants"]) == (TWILIO["voice_url"], OURS["sms_variants"])
    assert shown["revision"] == 2
    assert (await api("POST", f"/Applications/{sid}", {})).json()["revision"] == 2


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        ({"voice_url": "ftp://x"}, 21402, "VoiceUrl is not a valid URL"),
        ({"voice_method": "PUT"}, 21403, "VoiceMethod"),
        ({"status_callback": "x"}, 21502, "StatusCallback"),
        ({"friendly_name": "x" * 65}, 20002, "FriendlyName"),
        ({"notes": "x" * 5001}, 20422, "5000"),
        ({"tags": ["a,b"]}, 20422, "comma"),
        ({"tags": "a"}, 20422, "tags"),
        ({"voice_variants": [{"url": "https://a.example/", "weight": 101}]}, 20422, "voice_variants[0]"),
        ({"sms_variants": [{"url": "https://a.example/", "weight": 60}] * 2}, 20422, "sms_variants"),
        ({"variant_guard": {"failure_percent": 0}}, 20422, "variant_guard.failure_percent"),
        ({"variant_guard": {"failure_percent": 101}}, 20422, "from 1 to 100"),
        ({"variant_guard": {"least_requests": 0}}, 20422, "variant_guard.least_requests"),
        ({"variant_guard": {"window_s": 9}}, 20422, "from 10 to 86400"),
        ({"variant_guard": {"window_s": 86_401}}, 20422, "from 10 to 86400"),
        ({"variant_guard": {"window": 60}}, 20422, "variant_guard has no 'window'"),
        ({"opening_hours": {"time_zone": "Europe/Berlim", "week": {}}}, 20422, "did you mean Europe/Berlin"),
        ({"colour": "red"}, 20422, "colour"),
        ({"voice_url": "http://a.example/\x00"}, 20422, "voice_url"),
        ({"voice_url": "http://a.example/\ud800"}, 20422, "cannot be stored"),
        ({"sms_variants": [{"url": "http://a.example/\ud800", "weight": 1}]}, 20422, "cannot be stored"),
        ({"opening_hours": {"time_zone": "UTC", "week": {"\ud800": []}}}, 20422, "cannot be stored"),
    ],
)
async def test_what_is_wrong_is_refused_with_cause_and_fix(
    api: ExtensionsApi, wrong: dict[str, Any], code: int, said: str
) -> None:
    content = json.dumps({"friendly_name": "x", **wrong}).encode()  # with half surrogate pairs escaped
    headers = {"Content-Type": "application/json"}
    answer = await api("POST", "/Applications?check=true", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert said in answer.json()["message"]
    assert api.storage.all(Application) == []


async def test_the_guard_has_defaults(api: ExtensionsApi) -> None:
    shown = await created(api, variant_guard={})
    assert shown["variant_guard"] == {"failure_percent": 20, "least_requests": 20, "window_s": 300}


async def test_an_account_has_at_most_as_many_applications_as_its_server_allows() -> None:
    api = ExtensionsApi(application_limit=1)
    await created(api)
    refused = await api("POST", "/Applications", {})
    assert (refused.status_code, refused.json()["code"]) == (400, 21301)


async def test_the_list_tells_how_each_is_used(api: ExtensionsApi) -> None:
    used, idle = await created(api, friendly_name="used"), await created(api, friendly_name="idle", **OURS)
    for index, fields in enumerate(
        [{"voice_application_sid": used["sid"]}] * 3 + [{"sms_application_sid": used["sid"]}]
    ):
        add_number(api, f"+1555000000{index}", **fields)
    add_failure(api, used["sid"])
    api.storage.pass_time(timedelta(hours=24).total_seconds())
    add_call(api, used["sid"])
    call = add_call(api, used["sid"], status="failed")
    message = add_message(api, used["sid"])
    add_failure(api, used["sid"])
    add_failure(api, used["sid"], is_failure=False)
    rows = (await api("GET", "/Applications")).json()["applications"]
    assert [row["friendly_name"] for row in rows] == ["idle", "used"]
    assert rows[1]["numbers"] == {"voice": 3, "sms": 1}
    assert (rows[1]["last_call"]["sid"], rows[1]["last_call"]["status"]) == (call.sid, "failed")
    assert rows[1]["last_call"]["at"].startswith("2026-11-24T")
    assert (rows[1]["last_message"]["sid"], rows[1]["failures_24h"]) == (message.sid, 1)
    assert (rows[1]["has_canary"], rows[1]["is_open"]) == (False, None)
    assert (rows[0]["numbers"], rows[0]["last_call"], rows[0]["failures_24h"]) == ({"voice": 0, "sms": 0}, None, 0)
    assert (rows[0]["has_canary"], rows[0]["is_open"]) == (True, False)
    assert idle["sid"] == rows[0]["sid"]


async def test_the_list_is_paged_by_the_last_sid(api: ExtensionsApi) -> None:
    sids = [(await created(api, friendly_name=str(index)))["sid"] for index in range(5)]
    found, before = [], None
    while True:
        query = f"&before={before}" if before else ""
        page = (await api("GET", f"/Applications?limit=2{query}")).json()
        found += [row["sid"] for row in page["applications"]]
        before = page["next_before"]
        if before is None:
            break
    assert found == sids[::-1]


async def test_applications_are_found_by_text_tag_and_use(api: ExtensionsApi) -> None:
    one = await created(api, friendly_name="Front DESK", tags=["vip"])
    two = await created(api, voice_url="https://desk.example/v", notes="old")
    three = await created(api, opening_hours=HOURS | {"closed_voice_url": "https://x.example/desk"}, tags=["vipper"])
    four = await created(api, sms_variants=[{"url": "https://desk.example/s", "weight": 1}])
    add_number(api, "+15550000001", sms_application_sid=two["sid"])

    async def found(query: str) -> list[str]:
        return [row["sid"] for row in (await api("GET", f"/Applications?{query}")).json()["applications"]]

    everything = [one["sid"], two["sid"], three["sid"], four["sid"]][::-1]
    assert await found("text=desk") == everything
    assert await found("Text=OLD") == [two["sid"]]
    assert await found("tag=vip") == [one["sid"]]
    assert await found("text=vip") == [three["sid"], one["sid"]]
    assert await found("unused=true") == [sid for sid in everything if sid != two["sid"]]
    assert await found("unused=false") == [two["sid"]]
    assert await found("text=desk&tag=vip&unused=true") == [one["sid"]]
    assert await found("tag=none") == []
    page = (await api("GET", "/Applications?text=desk&limit=3")).json()
    assert page["next_before"] == two["sid"]
    assert await found(f"text=desk&limit=3&before={two['sid']}") == [one["sid"]]


async def test_another_accounts_applications_are_not_there(api: ExtensionsApi) -> None:
    sid = (await created(api))["sid"]
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.account.sid, token="6" * 32)
    for method, path, body in (
        ("GET", "", None),
        ("POST", "", {"notes": "mine"}),
        ("DELETE", "", None),
        ("GET", "/Numbers", None),
        ("GET", "/Calls", None),
        ("GET", "/Messages", None),
    ):
        refused = await api(method, f"/Applications/{sid}{path}", body, account=sub)
        assert (refused.status_code, refused.json()["code"]) == (404, 20404)
    assert (await api("GET", "/Applications", account=sub)).json()["applications"] == []
    other = (await api("POST", f"/Applications?account_sid={sub.sid}", {})).json()
    assert other["account_sid"] == sub.sid


async def test_its_numbers_are_listed_with_their_use(api: ExtensionsApi) -> None:
    sid = (await created(api))["sid"]
    voice = add_number(api, "+15550000001", voice_application_sid=sid, tags=["vip"])
    both = add_number(api, "+15550000002", voice_application_sid=sid, sms_application_sid=sid)
    sms = add_number(api, "+15550000003", sms_application_sid=sid)
    add_number(api, "+15550000004")

    async def found(query: str) -> dict[str, list[str]]:
        rows = (await api("GET", f"/Applications/{sid}/Numbers{query}")).json()["numbers"]
        return {row["sid"]: row["uses"] for row in rows}

    assert await found("") == {sms.sid: ["sms"], both.sid: ["voice", "sms"], voice.sid: ["voice"]}
    assert list(await found("?use=voice")) == [both.sid, voice.sid]
    assert list(await found("?Use=sms")) == [sms.sid, both.sid]
    first = (await api("GET", f"/Applications/{sid}/Numbers?limit=2")).json()
    assert [row["sid"] for row in first["numbers"]] == [sms.sid, both.sid]
    assert list(await found(f"?limit=2&before={first['next_before']}")) == [voice.sid]
    assert (await api("GET", f"/Applications/{sid}/Numbers?use=fax")).status_code == 400


async def test_its_calls_and_messages_are_listed_newest_first(api: ExtensionsApi) -> None:
    sid, other = (await created(api))["sid"], (await created(api))["sid"]
    calls = [add_call(api, sid, from_="+15550000009", application_revision=1) for _ in range(3)]
    message = add_message(api, sid)
    add_call(api, other)
    page = (await api("GET", f"/Applications/{sid}/Calls?limit=2")).json()
    assert [row["sid"] for row in page["calls"]] == [calls[2].sid, calls[1].sid]
    assert (page["calls"][0]["from"], page["calls"][0]["application_revision"]) == ("+15550000009", 1)
    rest = (await api("GET", f"/Applications/{sid}/Calls?limit=2&before={page['next_before']}")).json()
    assert ([row["sid"] for row in rest["calls"]], rest["next_before"]) == ([calls[0].sid], None)
    assert [row["sid"] for row in (await api("GET", f"/Applications/{sid}/Messages")).json()["messages"]] == [
        message.sid
    ]


async def test_a_lost_update_is_refused_with_the_difference(api: ExtensionsApi) -> None:
    answer = await api("POST", "/Applications", {"friendly_name": "a"})
    path, tag = f"/Applications/{answer.json()['sid']}", answer.headers["ETag"]
    assert tag == '"1"'
    changed = await api("POST", path, {"notes": "by Ann"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    refused = await api("POST", path, {"notes": "by Bob"}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"], refused.json()["revision"]) == (412, 20412, 2)
    assert refused.json()["difference"] == [{"field": "notes", "expected": None, "current": "by Ann"}]
    assert (await api("DELETE", path, headers={"If-Match": tag})).status_code == 412
    assert (await api("GET", path)).headers["ETag"] == '"2"'
    assert (await api("DELETE", path, headers={"If-Match": '"2"'})).status_code == 200


GOOD, OTHER, BAD = (f"http://app.test/{name}" for name in ("good", "other", "bad"))


async def test_a_url_that_is_not_usable_is_not_saved() -> None:
    api = ExtensionsApi({GOOD: xml("<Say>hi</Say>"), OTHER: xml(""), BAD: xml("<Play>x</Say>")})
    sid = (await created(api, voice_url=GOOD))["sid"]
    refused = await api("POST", f"/Applications/{sid}?check=true", {"voice_url": BAD, "voice_fallback_url": OTHER})
    told = refused.json()
    assert (refused.status_code, told["code"]) == (422, 20422)
    assert BAD in told["message"]
    assert "Nothing was saved" in told["message"]
    assert {check["url"]: check["is_usable"] for check in told["checks"]} == {BAD: False, OTHER: True}
    assert api.storage.one(Application, sid).voice_url == GOOD
    saved = await api("POST", f"/Applications/{sid}?Check=true&SaveAnyway=true", {"voice_url": BAD})
    assert (saved.status_code, saved.json()["voice_url"]) == (200, BAD)
    assert [check["is_usable"] for check in saved.json()["checks"]] == [False]
    refused = await api("POST", "/Applications?check=true", {"voice_url": BAD})
    assert refused.status_code == 422
    assert len(api.storage.all(Application)) == 1


async def test_only_urls_that_change_are_checked_each_with_its_method_and_channel() -> None:
    names = ("v", "vf", "s", "var", "shut")
    urls = {name: f"http://app.test/{name}" for name in names}
    api = ExtensionsApi({url: xml("") for url in urls.values()})
    sid = (await created(api, voice_url=urls["v"], sms_url=urls["s"], status_callback="http://app.test/c"))["sid"]
    changes = {
        "voice_fallback_url": urls["vf"],
        "voice_fallback_method": "GET",
        "voice_url": urls["v"],
        "sms_variants": [{"url": urls["var"], "weight": 5}],
        "opening_hours": {"time_zone": "UTC", "week": {}, "closed_sms_url": urls["shut"], "closed_sms_method": "GET"},
        "message_status_callback": "http://app.test/mc",
    }
    saved = (await api("POST", f"/Applications/{sid}?check=true", changes)).json()
    assert {(check["url"], check["method"], check["channel"]) for check in saved["checks"]} == {
        (urls["vf"], "GET", "voice"),
        (urls["var"], "POST", "sms"),
        (urls["shut"], "GET", "sms"),
    }
    saved = (await api("POST", f"/Applications/{sid}?check=true", {"voice_method": "GET"})).json()
    assert [(check["url"], check["method"]) for check in saved["checks"]] == [(urls["v"], "GET")]
    saved = (await api("POST", f"/Applications/{sid}?check=true", {"notes": "x", "voice_url": None})).json()
    assert saved["checks"] == []


async def test_an_application_with_many_urls_is_one_check_of_its_account() -> None:
    urls = [f"http://app.test/{number}" for number in range(10)]
    api = ExtensionsApi({url: xml("") for url in (GOOD, OTHER, *urls)})
    settings = {"voice_variants": [{"url": url, "weight": 5} for url in urls], "sms_url": GOOD, "voice_url": OTHER}
    saved = [await api("POST", "/Applications?check=true", settings) for _ in range(11)]
    assert [answer.status_code for answer in saved] == [201] * 10 + [429]
    assert len(saved[0].json()["checks"]) == 12
    assert len(api.webhooks.requests) == 120, "nothing is asked when it is refused"


async def test_settings_that_are_wrong_or_old_are_refused_before_anything_is_asked() -> None:
    api = ExtensionsApi({GOOD: xml("")})
    sid = (await created(api))["sid"]
    wrong = await api("POST", f"/Applications/{sid}?check=true", {"voice_url": GOOD, "sms_url": "x"})
    old = await api("POST", f"/Applications/{sid}?check=true", {"voice_url": GOOD}, headers={"If-Match": "7"})
    assert (wrong.status_code, old.status_code) == (400, 412)
    assert api.webhooks.requests == []


async def test_what_is_ours_is_not_shown_by_the_2010_api_and_kept_by_its_updates(api: ExtensionsApi) -> None:
    sid = (await created(api, **TWILIO, **OURS))["sid"]
    answer = await api.rest.post(f"/Applications/{sid}.json", FriendlyName="Renamed")
    assert not set(OURS) & set(answer.json())
    assert {name: value for name, value in answer.json().items() if name in TWILIO} == TWILIO | {
        "friendly_name": "Renamed"
    }
    for suffix in ("", ".json"):
        text = (await api.rest.get(f"/Applications/{sid}{suffix}")).text
        assert not [word for word in ("Ann", "new.example", "Berlin", "retail", "guard") if word in text]
    shown = (await api("GET", f"/Applications/{sid}")).json()
    assert (shown["notes"], shown["tags"], shown["revision"]) == (OURS["notes"], ["retail", "vip"], 2)
