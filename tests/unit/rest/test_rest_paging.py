"""Paging by cursor: every row once, newest first, whatever happens to the list meanwhile."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.rest_api import RestApi

from callwright.model.resources.application import Application


async def fill(api: RestApi, count: int) -> list[str]:
    """SIDs of the new applications, newest first."""
    made = [(await api.created("/Applications", FriendlyName="x"))["sid"] for _ in range(count)]
    return made[::-1]


async def walk(api: RestApi, path: str, between: str = "nothing") -> list[str]:
    seen: list[str] = []
    url: str | None = path
    number = 0
    while url is not None:
        body = (await api.get(url)).json()
        rows = [row["sid"] for row in body["applications"]]
        assert body["page"] == number
        assert body["start"] == number * body["page_size"]
        assert body["end"] == (body["start"] + len(rows) - 1 if rows else 0)
        assert body["uri"].startswith("/2010-04-01/Accounts/")
        seen += rows
        url, number = body["next_page_uri"], number + 1
        if between == "insert":
            await api.created("/Applications", FriendlyName="x")
        if between == "delete" and rows:
            await api.delete(f"/Applications/{rows[-1]}")
    return seen


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(0, 12),
    page_size=st.integers(1, 13),
    between=st.sampled_from(["nothing", "insert", "delete"]),
)
def test_following_next_page_uri_shows_every_row_once(count: int, page_size: int, between: str) -> None:
    async def run() -> None:
        api = RestApi()
        there = await fill(api, count)
        assert await walk(api, f"/Applications.json?PageSize={page_size}", between) == there

    asyncio.run(run())


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 12), page_size=st.integers(1, 6))
def test_following_previous_page_uri_leads_back_over_the_same_rows(count: int, page_size: int) -> None:
    async def run() -> None:
        api = RestApi()
        await fill(api, count)
        there: list[list[str]] = []
        url: str | None = f"/Applications.json?PageSize={page_size}"
        back: str | None = None
        while url is not None:
            body = (await api.get(url)).json()
            there.append([row["sid"] for row in body["applications"]])
            url, back = body["next_page_uri"], body["previous_page_uri"]
        assert (back is None) == (len(there) == 1)
        await fill(api, 1)  # a row made meanwhile shifts nothing
        for number in range(len(there) - 2, -1, -1):
            body = (await api.get(str(back))).json()
            assert [row["sid"] for row in body["applications"]] == there[number]
            assert (body["page"], body["next_page_uri"] is not None) == (number, True)
            back = body["previous_page_uri"]
        assert back is None

    asyncio.run(run())


async def test_links_repeat_the_filters_and_keep_the_extension() -> None:
    api = RestApi()
    for name in ("a b&c", "a b&c", "other"):
        await api.created("/Applications", FriendlyName=name)
    first = (await api.get("/Applications.json?PageSize=1&FriendlyName=a%20b%26c")).json()
    assert "FriendlyName=a+b%26c" in first["next_page_uri"]
    assert ".json?" in first["next_page_uri"]
    assert f"PageToken=PA{first['applications'][0]['sid']}" in first["next_page_uri"]
    second = (await api.get(first["next_page_uri"])).json()
    assert second["next_page_uri"] is None
    assert second["first_page_uri"] == first["uri"]
    assert [row["friendly_name"] for row in second["applications"]] == ["a b&c"]


async def test_an_empty_page_ends_at_zero() -> None:
    body = (await RestApi().get("/Applications.json")).json()
    assert (body["start"], body["end"], body["page"], body["page_size"]) == (0, 0, 0, 50)
    assert body["next_page_uri"] is None
    assert body["previous_page_uri"] is None


async def test_the_older_cursor_after_sid_works_too() -> None:
    api = RestApi()
    newest, oldest = await fill(api, 2)
    body = (await api.get(f"/Applications.json?PageSize=1&AfterSid={newest}")).json()
    assert [row["sid"] for row in body["applications"]] == [oldest]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("PageSize=1001", 20007),
        ("PageSize=99999999999999999999999", 20007),
        ("PageSize=0", 20422),
        ("PageSize=-1", 20422),
        ("PageSize=ten", 20422),
        ("PageSize=٣", 20422),
        ("Page=-1", 20422),
        ("Page=1", 21481),
        ("PageToken=x", 21481),
        ("PageToken=PA", 21481),
        ("PageToken=PCAP" + "0" * 32, 21481),
        ("PageToken=PAAPxyz", 21481),
        ("PageToken=AP" + "0" * 32, 21481),
        ("PageToken=PACA" + "0" * 32, 21481),
        ("PageToken=PAAP" + "0" * 33, 21481),
    ],
)
async def test_bad_paging_is_refused(query: str, code: int) -> None:
    answer = await RestApi().get(f"/Applications.json?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_page_sizes_up_to_a_thousand_are_served() -> None:
    api = RestApi()
    await fill(api, 3)
    assert len((await api.get("/Applications.json?PageSize=1000&Page=0")).json()["applications"]) == 3
    assert len(api.storage.all(Application)) == 3
