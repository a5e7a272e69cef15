"""/v1/Checks: what is accepted, what is answered."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.extensions_api import ExtensionsApi
from tests.fakes.voice import xml

from callwright.model.resources.application import Application

URL = "http://app.test/voice"


async def test_a_check_is_answered_with_its_verdict_and_changes_nothing() -> None:
    api = ExtensionsApi({URL: xml("<Say>hi</Say>")})
    answer = await api("POST", "/Checks", {"url": URL, "to": "+15555550123", "from": "+15555550124"})
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["is_usable"], shown["verbs"], shown["channel"]) == (True, ["Say"], "voice")
    [asked] = api.webhooks.requests
    assert (asked.parameters["To"], asked.parameters["From"]) == ("+15555550123", "+15555550124")
    assert asked.account_sid == api.account.sid
    assert api.storage.all(Application) == []


async def test_names_may_be_written_as_in_twilios_api() -> None:
    api = ExtensionsApi({URL: xml("<Message>hi</Message>")})
    answer = await api("POST", "/Checks", {"Url": URL, "Method": "get", "Channel": "sms", "From": "+15555550124"})
    assert answer.json()["is_usable"]
    assert api.webhooks.requests[0].method == "GET"
    assert api.webhooks.requests[0].parameters["From"] == "+15555550124"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": ""}, 21402),
        ({"url": "ftp://x.test/"}, 21402),
        ({"url": "http://x.test/\ud800"}, 21402),
        ({"method": "PUT"}, 21403),
        ({"channel": "fax"}, 20422),
        ({"application_sid": "AP1"}, 20422),
        ({"to": "\ud800"}, 20422),
        ({"what": 1}, 20422),
    ],
)
async def test_a_wrong_order_is_refused_and_nothing_is_sent(wrong: dict[str, Any], code: int) -> None:
    api = ExtensionsApi({URL: xml("")})
    headers = {"Content-Type": "application/json"}
    content = json.dumps({"url": URL, **wrong}).encode()
    answer = await api("POST", "/Checks", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert api.webhooks.requests == []


async def test_too_many_checks_are_refused_with_429() -> None:
    api = ExtensionsApi({URL: xml("")})
    answers = [(await api("POST", "/Checks", {"url": URL})).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


async def test_a_subaccount_is_checked_with_its_own_token() -> None:
    api = ExtensionsApi({URL: xml("")})
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.account.sid, token="6" * 32)
    answer = await api("POST", f"/Checks?account_sid={sub.sid}", {"url": URL})
    assert answer.status_code == 200
    assert (api.webhooks.requests[0].account_sid, api.webhooks.requests[0].auth_token) == (sub.sid, "6" * 32)


@cache
def shared_api() -> ExtensionsApi:
    """One for all examples: making it takes longer than a request."""
    return ExtensionsApi({URL: xml("<Say>hi</Say>")})


@given(
    st.dictionaries(
        st.sampled_from(["url", "method", "channel", "to", "from", "application_sid"]),
        st.none()
        | st.integers()
        | st.text(max_size=8)
        | st.sampled_from([URL, "http://[::1", "http://a\u2603b.test/"]),
    )
)
@settings(max_examples=80, deadline=None)
async def test_any_order_is_checked_or_refused(order: dict[str, Any]) -> None:
    api = shared_api()
    api.storage.pass_time(2)
    content = json.dumps(order).encode()
    answer = await api("POST", "/Checks", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400), answer.text
    answer.json()


async def test_a_check_cannot_name_another_accounts_application() -> None:
    api = ExtensionsApi({URL: xml("")})
    foreign = Application.model_construct(sid="AP" + "f" * 32, account_sid="AC" + "f" * 32, friendly_name="Secret")
    api.storage.put(foreign)
    answer = await api("POST", "/Checks", {"url": URL, "application_sid": foreign.sid})
    assert answer.status_code == 404
    assert api.webhooks.requests == []
