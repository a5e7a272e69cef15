"""Messages and media messages in one list: newest first, over pages in both directions, by every filter."""

from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.rest_api import RestApi

from callwright.model.record import position_of
from callwright.model.resources.message import Message


def with_messages(count: int) -> RestApi:
    """Messages an hour apart, every other one with media; their bodies are "0", "1" and so on."""
    api = RestApi()
    for number in range(count):
        sid = api.storage.sids.make(("SM", "MM")[number % 2])
        message = Message.model_construct(
            sid=sid,
            account_sid=api.account.sid,
            position=position_of(sid),
            body=str(number),
            from_="+15555550100",
            to=f"+1555555020{number % 3}",
            date_sent=api.storage.now if number else None,
            date_created=api.storage.now,
        )
        api.storage.put(message)
        api.storage.pass_time(timedelta(hours=1).total_seconds())
    return api


async def page(api: RestApi, uri: str, **query: Any) -> tuple[str, Any]:
    """The bodies on the page, in one word, and the page."""
    answer = await api.get(uri, **query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return "".join(row["body"] for row in next(value for value in body.values() if isinstance(value, list))), body


@pytest.mark.parametrize("path", ["/Messages.json", "/SMS/Messages.json"])
async def test_both_kinds_share_a_list_in_both_directions(path: str) -> None:
    api = with_messages(7)
    assert (await page(api, path))[0] == "6543210"
    seen, envelope = await page(api, path, PageSize=2)
    forwards = [seen]
    while envelope["next_page_uri"]:
        seen, envelope = await page(api, envelope["next_page_uri"])
        forwards.append(seen)
    assert forwards == ["65", "43", "21", "0"]
    backwards = []
    while envelope["previous_page_uri"]:
        seen, envelope = await page(api, envelope["previous_page_uri"])
        backwards.append(seen)
    assert backwards == ["21", "43", "65"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"To": "+15555550201"}, "41"),
        ({"From": "+15555550100", "To": "+15555550200"}, "630"),
        ({"From": "+15555550199"}, ""),
        ({"DateSent": "2026-11-23"}, "654321"),
        ({"DateSent": "2026-11-24"}, ""),
        ({"DateSent": "2026-11-23T14:00:00Z"}, "2"),
        ({"DateSent<": "2026-11-23T14:00:00Z"}, "21"),
        ({"DateSent>": "2026-11-23T17:00:00Z"}, "65"),
        ({"DateSent>": "2026-11-23T13:00:00Z", "DateSent<": "2026-11-23T13:00:00Z"}, "1"),
    ],
)
async def test_messages_are_found_by_their_numbers_and_dates(filters: dict[str, str], found: str) -> None:
    assert (await page(with_messages(7), "/Messages.json", **filters))[0] == found


async def test_the_old_resource_shows_the_old_properties() -> None:
    api = with_messages(1)
    (row,) = (await api.get("/SMS/Messages.json")).json()["sms_messages"]
    assert " ".join(sorted(row)) == (
        "account_sid api_version body date_created date_sent date_updated direction from price price_unit sid status"
        " to uri"
    )
    assert row["uri"] == f"/2010-04-01/Accounts/{api.account.sid}/SMS/Messages/{row['sid']}.json"
    assert (await api.get(row["uri"])).json() == row
    xml = (await api.get("/SMS/Messages")).text
    assert "<SMSMessages " in xml
    assert "<SMSMessage>" in xml
