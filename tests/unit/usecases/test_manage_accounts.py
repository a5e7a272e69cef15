"""Accounts and subaccounts."""

import hashlib
from datetime import UTC, datetime

import pytest
from tests.fakes.rest_api import RestApi

from callwright.model.resources.account import Account

ACCOUNTS = "/2010-04-01/Accounts"


async def test_a_subaccount_gets_a_token_of_its_own_that_works() -> None:
    api = RestApi()
    made = await api.created(ACCOUNTS, FriendlyName="Shop")
    assert made["owner_account_sid"] == api.account.sid
    assert (made["status"], made["type"], made["friendly_name"]) == ("active", "Full", "Shop")
    assert made["auth_token"] not in ("", api.account.auth_token)
    assert made["subresource_uris"]["calls"] == f"{ACCOUNTS}/{made['sid']}/Calls.json"
    stored = api.storage.one(Account, made["sid"])
    assert stored.auth_token_sha256 == hashlib.sha256(made["auth_token"].encode()).hexdigest()
    own = await api.request("GET", f"{ACCOUNTS}/{made['sid']}.json", auth=(made["sid"], made["auth_token"]))
    assert own.json() == made


@pytest.mark.parametrize(
    ("hour", "name"),
    [
        (0, "SubAccount Created at 2026-11-23 12:05 am"),
        (9, "SubAccount Created at 2026-11-23 09:05 am"),
        (12, "SubAccount Created at 2026-11-23 12:05 pm"),
        (23, "SubAccount Created at 2026-11-23 11:05 pm"),
    ],
)
async def test_a_subaccount_without_a_name_is_named_after_its_moment(hour: int, name: str) -> None:
    api = RestApi()
    api.storage.now = datetime(2026, 11, 23, hour, 5, tzinfo=UTC)
    assert (await api.created(ACCOUNTS))["friendly_name"] == name
    assert (await api.created(ACCOUNTS, FriendlyName=""))["friendly_name"] == name


async def test_a_subaccount_cannot_have_subaccounts() -> None:
    api = RestApi()
    made = await api.created(ACCOUNTS)
    answer = await api.request("POST", f"{ACCOUNTS}.json", auth=(made["sid"], made["auth_token"]))
    assert (answer.status_code, answer.json()["code"]) == (400, 21101)


async def test_the_status_rules() -> None:
    api = RestApi()
    made = await api.created(ACCOUNTS)
    path, own = f"{ACCOUNTS}/{made['sid']}", (made["sid"], made["auth_token"])
    assert await api.refused(f"{ACCOUNTS}/{api.account.sid}", Status="suspended") == 21477
    itself = await api.request("POST", f"{path}.json", form={"Status": "closed"}, auth=own)
    assert itself.json()["code"] == 21477
    assert await api.refused(path, Status="asleep") == 20422
    for status in ("suspended", "active", "closed"):
        assert (await api.post(f"{path}.json", Status=status)).json()["status"] == status
    assert await api.refused(path, Status="active") == 21479


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_an_inactive_subaccount_can_do_nothing_and_its_parent_can_see_and_rename_it(status: str) -> None:
    api = RestApi()
    made = await api.created(ACCOUNTS)
    path, own = f"{ACCOUNTS}/{made['sid']}", (made["sid"], made["auth_token"])
    await api.post(f"{path}.json", Status=status)
    for url in (path, f"{path}/Applications"):
        answer = await api.request("GET", f"{url}.json", auth=own)
        assert (answer.status_code, answer.json()["code"]) == (403, 20005)
    assert (await api.get(f"{path}/Applications.json")).json()["code"] == 20005
    assert (await api.get(f"{path}.json")).json()["status"] == status
    assert (await api.post(f"{path}.json", FriendlyName="Old")).json()["friendly_name"] == "Old"


async def test_an_inactive_account_is_not_told_apart_by_a_wrong_token() -> None:
    api = RestApi()
    made = await api.created(ACCOUNTS)
    await api.post(f"{ACCOUNTS}/{made['sid']}.json", Status="suspended")
    answer = await api.request("GET", f"{ACCOUNTS}/{made['sid']}.json", auth=(made["sid"], "wrong"))
    assert answer.json()["code"] == 20003


async def test_accounts_are_listed_by_name_and_status() -> None:
    api = RestApi()
    one, two = await api.created(ACCOUNTS, FriendlyName="one"), await api.created(ACCOUNTS, FriendlyName="two")
    await api.post(f"{ACCOUNTS}/{two['sid']}.json", Status="suspended")

    async def listed(**filters: str) -> list[str]:
        return [row["sid"] for row in (await api.get(f"{ACCOUNTS}.json", **filters)).json()["accounts"]]

    assert sorted(await listed()) == sorted([api.account.sid, one["sid"], two["sid"]])
    assert await listed(FriendlyName="one") == [one["sid"]]
    assert await listed(Status="suspended") == [two["sid"]]
    assert await listed(Status="closed") == []
