"""
| filter | accepted | refused |
|---|---|---|
| application_sid, voice_application_sid, sms_application_sid, trunk_sid | a SID of that kind | other text |
| url, text | 1 to 500 characters | blank, NUL, lone surrogates |
| phone_number | digits, *, letters | no digit in it |
| country | two letters, in any case | others |
| type | local, mobile, tollfree | others |
| capability | voice, sms, mms, fax; several | others |
| tag | a tag; several | commas, blank, 33 characters |
| target | voice:none, sms:none, voice:deleted, sms:deleted, deleted; several | others |
| any other name | | always |
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.extensions_api import ExtensionsApi
from tests.fakes.voice import xml

from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk

AP, OTHER_AP, TK = "AP" + "1" * 32, "AP" + "2" * 32, "TK" + "3" * 32


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


def add(api: ExtensionsApi, index: int, **fields: Any) -> IncomingPhoneNumber:
    fields = {"account_sid": api.rest.account.sid, "phone_number": f"+1510555{index:04d}", "revision": 1, **fields}
    number = IncomingPhoneNumber.model_construct(sid=f"PN{index:032x}", **fields)
    api.rest.storage.put(number)
    return number


def add_application(api: ExtensionsApi, sid: str = AP, **fields: Any) -> None:
    account_sid = api.rest.account.sid
    fields = {"account_sid": account_sid, "friendly_name": "Front desk", "voice_url": "https://a.example/v", **fields}
    api.rest.storage.put(Application.model_construct(sid=sid, **fields))


async def found(api: ExtensionsApi, query: str = "") -> list[str]:
    answer = await api("GET", f"/Numbers?{query}")
    assert answer.status_code == 200, answer.text
    return [row["phone_number"] for row in answer.json()["numbers"]]


async def test_numbers_are_searched_by_each_filter_and_by_all_of_several(api: ExtensionsApi) -> None:
    add_application(api)
    one = add(api, 1, voice_application_sid=AP, tags=["vip", "50%"], notes="Ask Ann", type="mobile")
    two = add(api, 2, sms_application_sid=AP, voice_url="https://B.example/Voice?a=1&b=2", trunk_sid=TK)
    tri = add(api, 3, phone_number="+4930555001", sms_application_sid=OTHER_AP, capabilities={"sms": True})
    wanted = {
        "": [tri, two, one],
        f"application_sid={AP}": [two, one],
        f"voice_application_sid={AP}": [one],
        f"sms_application_sid={AP.lower().replace('ap', 'AP')}": [two],
        f"trunk_sid={TK}": [two],
        "url=b.EXAMPLE": [two],
        "url=a%3D1%26b": [two],
        "text=ann": [one],
        "text=50%25": [one],
        "phone_number=KKK": [tri, two, one],
        "phone_number=0*2": [two],
        "country=de": [tri],
        "country=US": [two, one],
        "type=mobile": [one],
        "capability=voice": [two, one],
        "capability=voice&capability=mms": [two, one],
        "tag=vip&tag=50%25": [one],
        "tag=VIP": [],
        "target=voice:none": [tri],
        "target=sms:none": [one],
        "target=deleted": [tri],
        "target=sms:deleted": [tri],
        "target=voice:deleted": [],
        f"application_sid={AP}&capability=sms&text=5100&country=US": [],
        f"application_sid={AP}&capability=sms&text=510&country=US": [two, one],
        f"ApplicationSid={AP}&TrunkSid={TK}": [two],
    }
    for query, numbers in wanted.items():
        assert await found(api, query) == [number.phone_number for number in numbers], query


WRONG = [
    "application_sid=AP1", f"application_sid={TK}", "trunk_sid=", "url=", "url=%20", "text=%00", "text=" + "x" * 501,
    "phone_number=--", "phone_number=", "country=DEU", "country=d3", "country=", "type=fax", "capability=video",
    "capability=", "tag=a,b", "tag=", f"tag={'x' * 33}", "target=none", "target=voice", "target=", "colour=red",
    "applicatoin_sid=AP1", "tags=vip", "limit=0", "limit=1001", "before=PN1", "count=maybe",
    "&".join(f"tag={index}" for index in range(21)),
]  # fmt: skip


async def test_a_wrong_filter_is_refused_by_name_and_never_ignored(api: ExtensionsApi) -> None:
    for query in WRONG:
        answer = await api("GET", f"/Numbers?{query}")
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] == 20422
        assert query.partition("=")[0] in answer.json()["message"]


async def test_pages_lead_on_and_the_total_is_told_when_asked_for(api: ExtensionsApi) -> None:
    numbers = [add(api, index, tags=["a"]) for index in range(7)]
    add(api, 50, account_sid="AC" + "b" * 32, tags=["a"])
    seen, query = [], "tag=a&limit=3&count=true"
    for _ in range(3):
        page = (await api("GET", f"/Numbers?{query}")).json()
        assert page["total"] == 7
        seen += [row["sid"] for row in page["numbers"]]
        query = f"tag=a&limit=3&count=true&before={page['next_before']}"
    assert page["next_before"] is None
    assert seen == [number.sid for number in reversed(numbers)]
    assert (await api("GET", "/Numbers?tag=a")).json()["total"] is None


async def test_a_number_is_shown_with_its_applications_by_sid_and_by_number(api: ExtensionsApi) -> None:
    add_application(api)
    number = add(api, 1, voice_application_sid=AP, sms_url="https://a.example/s", tags=["vip"], notes="Ask Ann")
    shown = await api("GET", f"/Numbers/{number.sid}")
    told = shown.json()
    assert told["voice_application_name"] == "Front desk"
    assert told["sms_application_name"] is None
    assert (told["country"], told["tags"], told["notes"]) == ("US", ["vip"], "Ask Ann")
    assert told["problems"] == []
    assert shown.headers["ETag"] == '"1"'
    for reference in (number.phone_number, number.phone_number[1:], number.phone_number.replace("+", "%2B")):
        assert (await api("GET", f"/Numbers/{reference}")).json() == told
    assert (await api("GET", "/Numbers")).json()["numbers"] == [told]


ABSENT = ["PN" + "9" * 32, "+4915112345678", "Nonsense", "PN1", "+", "%00", "AP" + "1" * 32]


async def test_a_number_that_the_account_does_not_have_is_not_found(api: ExtensionsApi) -> None:
    theirs: dict[str, Any] = {"sid": "PN" + "9" * 32, "account_sid": "AC" + "b" * 32, "phone_number": "+4915112345678"}
    api.rest.storage.put(IncomingPhoneNumber.model_construct(**theirs))
    for reference in ABSENT:
        for method, body in (("GET", None), ("POST", {"notes": "x"})):
            answer = await api(method, f"/Numbers/{reference}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, 20404)


async def test_what_is_broken_is_told_with_cause_and_fix(api: ExtensionsApi) -> None:
    add_application(api, sms_url=None)
    add_application(api, OTHER_AP, account_sid="AC" + "b" * 32, sms_url="https://a.example/s")
    problems = {
        add(api, 1).sid: [("voice", "no_target"), ("sms", "no_target")],
        add(api, 2, capabilities={"voice": True}, voice_fallback_url="https://a.example/f").sid: [],
        add(api, 3, voice_application_sid=OTHER_AP, sms_application_sid=AP).sid: [
            ("voice", "application_deleted"),
            ("sms", "application_without_url"),
        ],
        add(api, 4, trunk_sid=TK, sms_fallback_url="https://a.example/f").sid: [
            ("voice", "trunk_not_supported"),
            ("sms", "no_target"),
        ],
    }
    for row in (await api("GET", "/Numbers")).json()["numbers"]:
        assert [(one["channel"], one["kind"]) for one in row["problems"]] == problems[row["sid"]]
        assert all(one["message"].endswith(".") for one in row["problems"])


async def test_a_number_is_changed_with_a_revision_and_its_new_state_told(api: ExtensionsApi) -> None:
    add_application(api)
    number = add(api, 1, friendly_name="Old", tags=["b"], trunk_sid=TK)
    body = {"voice_application_sid": AP, "add_tags": ["a "], "Notes": "Ask Ann", "voice_method": "get"}
    changed = await api("POST", f"/Numbers/{number.phone_number}", body)
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["voice_application_sid"], told["trunk_sid"], told["voice_method"]) == (AP, None, "GET")
    assert (told["tags"], told["notes"], told["revision"]) == (["a", "b"], "Ask Ann", 2)
    assert changed.headers["ETag"] == '"2"'
    cleared = await api("POST", f"/Numbers/{number.sid}", {"tags": None, "notes": "", "friendly_name": None})
    assert (cleared.json()["tags"], cleared.json()["notes"]) == ([], None)
    assert cleared.json()["friendly_name"] == "(510) 555-0001"


async def test_a_lost_update_is_refused_with_the_difference(api: ExtensionsApi) -> None:
    number = add(api, 1)
    headers = {"If-Match": '"1"', "Content-Type": "application/json"}
    assert (await api("POST", f"/Numbers/{number.sid}", content='{"notes": "a"}', headers=headers)).status_code == 200
    refused = await api("POST", f"/Numbers/{number.sid}", content='{"notes": "b"}', headers=headers)
    assert (refused.status_code, refused.json()["code"], refused.json()["revision"]) == (412, 20412, 2)
    assert api.rest.storage.one(IncomingPhoneNumber, number.sid).notes == "a"


WRONG_CHANGES: list[tuple[dict[str, Any], int]] = [
    ({}, 20422), ({"tags": "vip"}, 20422), ({"tags": ["a,b"]}, 20422), ({"tags": [f"{n}" for n in range(21)]}, 20422),
    ({"tags": ["a"], "add_tags": ["b"]}, 20422), ({"notes": "x" * 5001}, 20422), ({"colour": "red"}, 20422),
    ({"voice_application_sid": "AP" + "9" * 32}, 22108), ({"trunk_sid": "TK" + "9" * 32}, 20422),
    ({"voice_url": "nonsense"}, 21402), ({"voice_method": "PUT"}, 21403), ({"account_sid": "AC1"}, 20422),
]  # fmt: skip


async def test_wrong_changes_are_refused_and_nothing_is_stored(api: ExtensionsApi) -> None:
    number = add(api, 1)
    for body, code in WRONG_CHANGES:
        answer = await api("POST", f"/Numbers/{number.sid}", body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), body
    assert api.rest.storage.one(IncomingPhoneNumber, number.sid) == number


async def test_another_accounts_application_and_trunk_cannot_be_used(api: ExtensionsApi) -> None:
    number = add(api, 1)
    add_application(api, OTHER_AP, account_sid="AC" + "b" * 32)
    api.rest.storage.put(Trunk.model_construct(sid=TK, account_sid="AC" + "b" * 32, friendly_name="Theirs"))
    for body in ({"sms_application_sid": OTHER_AP}, {"trunk_sid": TK}):
        assert (await api("POST", f"/Numbers/{number.sid}", body)).status_code == 400


async def test_a_subaccounts_numbers_are_searched_by_its_parent_alone(api: ExtensionsApi) -> None:
    child = api.rest.add_account("AC" + "c" * 32, owner=api.rest.account.sid)
    stranger = api.rest.add_account("AC" + "d" * 32)
    number = add(api, 1, account_sid=child.sid)
    assert await found(api) == []
    assert await found(api, f"account_sid={child.sid}") == [number.phone_number]
    assert (await api("GET", f"/Numbers?account_sid={child.sid}", account=stranger)).status_code == 401
    assert (await api("GET", "/Numbers", auth=None)).status_code == 401


NAMES = st.sampled_from(["text", "url", "tag", "phone_number", "country", "target"])
SHARED = ExtensionsApi()


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(NAMES, st.text(max_size=9)))
async def test_any_filter_is_answered_or_refused(values: dict[str, str]) -> None:
    add(SHARED, 1, friendly_name="a%_*[", tags=["x"])
    answer = await SHARED("GET", "/Numbers", params=values)
    assert answer.status_code in (200, 400)


GOOD, BAD = "http://app.test/good", "http://app.test/bad"


async def test_urls_that_change_are_checked_before_they_are_saved_when_that_is_asked_for() -> None:
    api = ExtensionsApi({GOOD: xml("<Say>hi</Say>"), BAD: xml("<Play>x</Say>")})
    number = add(api, 1, sms_url="http://app.test/as-before")
    path = f"/Numbers/{number.sid}"
    refused = await api("POST", f"{path}?check=true", {"voice_url": GOOD, "voice_fallback_url": BAD})
    told = refused.json()
    assert (refused.status_code, told["code"]) == (422, 20422)
    assert {check["url"]: check["is_usable"] for check in told["checks"]} == {GOOD: True, BAD: False}
    assert api.rest.storage.one(IncomingPhoneNumber, number.sid).voice_url is None
    assert {asked.parameters["To"] for asked in api.webhooks.requests} == {number.phone_number}
    saved = await api("POST", f"{path}?Check=true&SaveAnyway=true", {"voice_url": BAD, "tags": ["vip"]})
    assert (saved.status_code, saved.json()["voice_url"], saved.json()["tags"]) == (200, BAD, ["vip"])
    assert [check["is_usable"] for check in saved.json()["checks"]] == [False]
    assert saved.headers["ETag"] == f'"{saved.json()["revision"]}"'
    unchecked = await api("POST", path, {"voice_fallback_url": BAD})
    assert (unchecked.status_code, unchecked.json()["checks"]) == (200, [])


async def test_wrong_or_old_changes_of_numbers_are_refused_before_anything_is_asked() -> None:
    api = ExtensionsApi({GOOD: xml("")})
    path = f"/Numbers/{add(api, 1).sid}?check=true"
    wrong = await api("POST", path, {"voice_url": GOOD, "sms_url": "x"})
    old = await api("POST", path, {"voice_url": GOOD}, headers={"If-Match": "7"})
    missing = await api("POST", f"/Numbers/PN{'f' * 32}?check=true", {"voice_url": GOOD})
    assert (wrong.status_code, old.status_code, missing.status_code) == (400, 412, 404)
    assert api.webhooks.requests == []
