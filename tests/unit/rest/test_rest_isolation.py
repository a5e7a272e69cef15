"""Nothing crosses accounts: every route of every resource, for every pair of strangers and relatives."""

from itertools import product
from typing import Any

import pytest
from tests.fakes.populated_api import PopulatedApi
from tests.fakes.rest_api import RestApi

from callwright.model.record import Record
from callwright.model.resource import RESOURCES, Operation, Resource
from callwright.model.resources.account import Account

RestApi()
OPERATIONS = [(resource, operation) for resource in RESOURCES.values() for operation in resource.operations]
NAMES = [f"{operation} {resource.name}" for resource, operation in OPERATIONS]
ON_INSTANCES = {Operation.FETCH, Operation.UPDATE, Operation.DELETE}

every_operation = pytest.mark.parametrize(("resource", "operation"), OPERATIONS, ids=NAMES)


class Family(PopulatedApi):
    """A parent (the first account), a subaccount of it with one of everything, and a stranger likewise."""

    def __init__(self) -> None:
        super().__init__()
        parent = self.account.sid
        self.child = self.add_account("AC" + "b" * 32, owner=parent, token="c" * 32)
        self.stranger = self.add_account("AC" + "d" * 32, token="d" * 32)
        self.of_child = self.populate(self.child, "+15555550101")
        self.of_stranger = self.populate(self.stranger, "+15555550102")

    def path(self, resource: Resource, operation: Operation, account: Account, owned: dict[str, Record]) -> str:
        """The path within an account, with the SIDs of what `owned` has."""
        sid = owned[resource.sid_prefix].sid if resource.sid_prefix in owned else ""
        is_instance = operation in ON_INSTANCES
        sids = {"CallSid": owned["CA"].sid, "MessageSid": owned["MM"].sid, "Sid": sid}
        return self.path_of(resource, is_instance=is_instance, account=account, **sids)

    def rows(self) -> Any:
        return {record_type: dict(table) for record_type, table in self.storage.content.rows.items() if table}


def credentials(account: Account) -> tuple[str, str]:
    return account.sid, account.auth_token


@every_operation
async def test_a_stranger_is_refused_on_every_path_of_an_account(resource: Resource, operation: Operation) -> None:
    family = Family()
    before = family.rows()
    path = family.path(resource, operation, family.account, family.owned)
    for sender in (family.stranger, family.child):
        answer = await family.perform(resource, operation, path=path, auth=credentials(sender))
        if resource.name == "Accounts" and operation not in ON_INSTANCES:
            continue  # the list of accounts is the sender's own
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
        assert "www-authenticate" in answer.headers
    if resource.name != "Accounts":
        assert family.rows() == before


NAMING = [
    (resource, operation)
    for resource, operation in OPERATIONS
    if operation in ON_INSTANCES or "CallSid" in resource.path or "MessageSid" in resource.path
]


@pytest.mark.parametrize(("resource", "operation"), NAMING, ids=[f"{one} {resource.name}" for resource, one in NAMING])
async def test_a_foreign_sid_within_ones_own_path_is_not_found(resource: Resource, operation: Operation) -> None:
    family = Family()
    for sender, foreign in product([family.account, family.child], [family.of_stranger]):
        path = family.path(resource, operation, sender, foreign)
        answer = await family.perform(resource, operation, path=path, auth=credentials(sender))
        expected = (401, 20003) if resource.name == "Accounts" else (404, 20404)
        assert (answer.status_code, answer.json()["code"]) == expected
    path = family.path(resource, operation, family.child, family.owned)
    answer = await family.perform(resource, operation, path=path, auth=credentials(family.child))
    assert answer.status_code in (401, 404)


@every_operation
async def test_a_parent_acts_on_its_subaccounts_paths(resource: Resource, operation: Operation) -> None:
    family = Family()
    path = family.path(resource, operation, family.child, family.of_child)
    answer = await family.perform(resource, operation, path=path, auth=credentials(family.account))
    refused = {"Calls": 21210, "Messages": 21606, "SMS/Messages": 21606}.get(resource.name)
    if refused and operation is Operation.CREATE:
        assert answer.json()["code"] == refused  # the number is the parent's, not the subaccount's
        return
    assert answer.status_code in (200, 201, 204), answer.text
    if operation is Operation.LIST and resource.name not in ("Accounts", "Calls/Events"):
        owners = {row["account_sid"] for row in answer.json()[resource.list_key]}
        assert owners == {family.child.sid}


@every_operation
async def test_wrong_tokens_open_nothing(resource: Resource, operation: Operation) -> None:
    family = Family()
    before = family.rows()
    path = family.path(resource, operation, family.account, family.owned)
    for auth in [(family.account.sid, "6" * 32), (family.account.sid, ""), ("AC" + "9" * 32, "5" * 32), ("x", "y")]:
        answer = await family.perform(resource, operation, path=path, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert family.rows() == before


async def test_lists_show_the_senders_accounts_only() -> None:
    family = Family()

    async def seen(account: Account) -> set[str]:
        answer = await family.request("GET", "/2010-04-01/Accounts.json", auth=credentials(account))
        return {row["sid"] for row in answer.json()["accounts"]}

    assert await seen(family.account) == {family.account.sid, family.child.sid}
    assert await seen(family.child) == {family.child.sid}
    assert await seen(family.stranger) == {family.stranger.sid}


async def test_foreign_applications_trunks_and_numbers_cannot_be_used() -> None:
    family = Family()
    number = f"/IncomingPhoneNumbers/{family.owned['PN'].sid}"
    for foreign in (family.of_stranger, family.of_child):
        application = foreign["AP"].sid
        assert await family.refused(number, VoiceApplicationSid=application) == 22108
        assert await family.refused(number, SmsApplicationSid=application) == 22108
        assert await family.refused(number, TrunkSid=foreign["TK"].sid) == 20422
        call = {"To": "+15555550111", "From": "+15555550100"}
        assert await family.refused("/Calls", **call, ApplicationSid=application) == 21218
    theirs = {"To": "+15555550111", "Twiml": "<Response/>"}
    assert await family.refused("/Calls", **theirs, From="+15555550102") == 21210
    assert await family.refused("/Calls", **theirs, From="+15555550100", CallerId="+15555550102") == 21210
