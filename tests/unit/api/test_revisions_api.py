"""
| path | what it is for |
|---|---|
| GET /Revisions | by resource, record, group, credential, time; paged by id |
| GET /Revisions/{id} | before, after, difference |
| GET /Revisions/{id}/Difference | against another revision of the record, or now |
| POST /Revisions/{id}/Rollback | the record as it was after it |
| POST /Revisions/{id}/Undo | that one write taken back |
| GET /RevisionGroups | what was written together, and what took it back |
| POST /RevisionGroups/{RG}/Rollback | all of it taken back |
"""

from typing import Any

import httpx
import pytest
from tests.fakes.extensions_api import ExtensionsApi, refusal

from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber

TRUNK = {"friendly_name": "Line", "host": "198.51.100.20", "priority": 1}


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


async def a_trunk(api: ExtensionsApi, **fields: Any) -> Any:
    api.rest.storage.pass_time(1)
    return (await api("POST", "/Trunks", {**TRUNK, **fields})).json()


async def change(api: ExtensionsApi, trunk: Any, **fields: Any) -> Any:
    api.rest.storage.pass_time(1)
    answer = await api("POST", f"/Trunks/{trunk['sid']}", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def revisions(api: ExtensionsApi, query: str = "", **options: Any) -> list[Any]:
    answer = await api("GET", f"/Revisions{query}", **options)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["revisions"])


async def test_a_write_is_told_with_who_when_why_and_what_differs(api: ExtensionsApi) -> None:
    trunk = await a_trunk(api)
    path = f"/Trunks/{trunk['sid']}"
    headers = {"X-Callwright-Reason": "Umzug nach Köln", "User-Agent": "curl/8", "Content-Type": "application/json"}
    await api("POST", path, headers={k: v.encode() for k, v in headers.items()}, content=b'{"priority": 5}')
    (row, created) = await revisions(api)
    assert (row["resource"], row["sid"], row["operation"], row["revision"]) == ("trunks", trunk["sid"], "update", 2)
    assert (row["credential"], row["address"], row["user_agent"]) == (api.rest.account.sid, "127.0.0.1", "curl/8")
    assert row["reason"] == "Umzug nach Köln"
    assert row["difference"] == [{"field": "priority", "before": 1, "after": 5}]
    assert {"field": "host", "before": None, "after": "198.51.100.20"} in created["difference"]
    shown = (await api("GET", f"/Revisions/{row['id']}")).json()
    assert (shown["before"]["priority"], shown["after"]["priority"]) == (1, 5)
    assert {name: shown[name] for name in row} == row


@pytest.mark.parametrize("name", ["Trunks", "trunks", "trunk", "TRUNKS"])
async def test_revisions_are_found_by_resource(api: ExtensionsApi, name: str) -> None:
    await a_trunk(api)
    await api("POST", "/ShortCodes", {"short_code": "12345"})
    assert [one["resource"] for one in await revisions(api, f"?resource={name}")] == ["trunks"]
    assert [one["resource"] for one in await revisions(api, "?Resource=ShortCodes")] == ["short_codes"]
    assert await revisions(api, "?resource=numbers") == []
    assert refusal(await api("GET", "/Revisions?resource=Calls")) == (400, 20422)


async def test_revisions_are_found_by_record_group_time_and_credential_and_paged(api: ExtensionsApi) -> None:
    start = api.rest.storage.now
    trunk, other = await a_trunk(api), await a_trunk(api, host="::1")
    for priority in (2, 3, 4):
        await change(api, trunk, priority=priority)
    own = await revisions(api, f"?sid={trunk['sid']}")
    assert [one["revision"] for one in own] == [4, 3, 2, 1]
    assert [one["sid"] for one in await revisions(api, f"?group_id={own[0]['group_id']}")] == [trunk["sid"]]
    assert len(await revisions(api, f"?credential={api.rest.account.sid}")) == 5
    assert await revisions(api, "?credential=server") == []
    until = start.replace(second=2).isoformat().replace("+00:00", "Z")
    assert [one["sid"] for one in await revisions(api, f"?until={until}")] == [trunk["sid"]]
    assert [one["sid"] for one in await revisions(api, f"?since={until}")][-1] == other["sid"]
    first = (await api("GET", "/Revisions?limit=3")).json()
    second = (await api("GET", f"/Revisions?limit=3&before={first['next_before']}")).json()
    assert [one["id"] for one in first["revisions"] + second["revisions"]] == [5, 4, 3, 2, 1]
    assert second["next_before"] is None


@pytest.mark.parametrize(
    "query",
    [
        *("sid=x", "sid=%00", "group_id=RG1", "since=yesterday", "since=0001-01-01T00:00:00%2B14:00", "limit=0"),
        *("before=0", "before=x", "before=99999999999999999999", "credential=%00", "resource=%00"),
    ],
)
async def test_filters_that_mean_nothing_are_refused(api: ExtensionsApi, query: str) -> None:
    assert refusal(await api("GET", f"/Revisions?{query}")) == (400, 20422)


async def test_a_record_is_compared_with_another_state_and_with_now(api: ExtensionsApi) -> None:
    trunk = await a_trunk(api)
    await change(api, trunk, priority=2)
    await change(api, trunk, priority=3, host=None)
    then = (await api("GET", "/Revisions/1/Difference")).json()
    assert (then["to"], then["current_revision"], then["sid"]) == ("current", 3, trunk["sid"])
    assert then["difference"] == [
        {"field": "host", "before": "198.51.100.20", "after": None},
        {"field": "priority", "before": 1, "after": 3},
    ]
    assert (await api("GET", "/Revisions/1/Difference?To=2")).json()["difference"] == [
        {"field": "priority", "before": 1, "after": 2}
    ]
    await a_trunk(api)
    assert refusal(await api("GET", "/Revisions/1/Difference?to=4")) == (400, 20422)
    assert refusal(await api("GET", "/Revisions/1/Difference?to=99")) == (404, 20404)
    assert refusal(await api("GET", "/Revisions/1/Difference?to=x")) == (400, 20422)
    await api("DELETE", f"/Trunks/{trunk['sid']}")
    assert (await api("GET", "/Revisions/3/Difference")).json()["current_revision"] is None


async def test_a_record_is_made_what_it_was_and_one_write_is_taken_back(api: ExtensionsApi) -> None:
    trunk = await a_trunk(api)
    await change(api, trunk, priority=2)
    await change(api, trunk, host="::1")
    done = (await api("POST", "/Revisions/2/Undo")).json()
    assert done["steps"][0]["difference"] == [{"field": "priority", "before": 2, "after": 1}]
    shown = (await api("GET", f"/Trunks/{trunk['sid']}")).json()
    assert (shown["priority"], shown["host"]) == (1, "::1")
    await api("POST", "/Revisions/1/Rollback", {"reason": "as at first"})
    assert (await api("GET", f"/Trunks/{trunk['sid']}")).json()["host"] == "198.51.100.20"
    (last, *_) = await revisions(api)
    assert last["reason"] == f"rollback of {trunk['sid']} to revision 1: as at first"


async def test_a_rollback_with_if_match_is_refused_when_the_record_changed(api: ExtensionsApi) -> None:
    trunk = await a_trunk(api)
    await change(api, trunk, priority=2)
    await change(api, trunk, priority=3)
    for path in ("/Revisions/1/Rollback", "/Revisions/3/Undo"):
        answer = await api("POST", path, headers={"If-Match": '"2"'})
        assert (answer.status_code, answer.json()["code"]) == (412, 20412)
        assert answer.json()["difference"] == [{"field": "priority", "expected": 2, "current": 3}]
    assert (await api("POST", "/Revisions/1/Rollback", headers={"If-Match": '"3"'})).status_code == 200


async def test_a_group_is_listed_shown_taken_back_and_brought_forth_again(api: ExtensionsApi) -> None:
    trunk = await a_trunk(api)
    await change(api, trunk, priority=2)
    (group, first) = (await api("GET", "/RevisionGroups")).json()["revision_groups"]
    assert group["counts"] == [{"resource": "trunks", "operation": "update", "count": 1}]
    assert (await api("GET", f"/RevisionGroups/{group['group_id']}")).json() == group
    planned = (await api("POST", f"/RevisionGroups/{group['group_id']}/Rollback", {"DryRun": True})).json()
    assert (planned["group_id"], planned["dry_run"], planned["step_count"]) == (None, True, 1)
    done = (await api("POST", f"/RevisionGroups/{group['group_id']}/Rollback")).json()
    assert (await api("GET", f"/Trunks/{trunk['sid']}")).json()["priority"] == 1
    shown = (await api("GET", f"/RevisionGroups/{group['group_id']}")).json()
    assert shown["undone_by"] == [done["group_id"]]
    await api("POST", f"/RevisionGroups/{done['group_id']}/Rollback")
    assert (await api("GET", f"/Trunks/{trunk['sid']}")).json()["priority"] == 2
    assert (await api("POST", f"/RevisionGroups/{first['group_id']}/Rollback", {"force": True})).status_code == 200
    page = (await api("GET", "/RevisionGroups?limit=2")).json()
    following = (await api("GET", f"/RevisionGroups?limit=9&before={page['next_before']}")).json()
    assert len(page["revision_groups"] + following["revision_groups"]) == 5


async def test_a_conflict_is_told_with_who_when_and_field(api: ExtensionsApi) -> None:
    trunk = await a_trunk(api)
    await change(api, trunk, priority=2)
    (group, *_) = (await api("GET", "/RevisionGroups")).json()["revision_groups"]
    await change(api, trunk, priority=3)
    answer = await api("POST", f"/RevisionGroups/{group['group_id']}/Rollback")
    told = answer.json()
    assert (answer.status_code, told["code"], told["conflict_count"]) == (409, 20409, 1)
    (conflict,) = told["conflicts"]
    assert (conflict["sid"], conflict["field"], conflict["credential"]) == (
        trunk["sid"],
        "priority",
        api.rest.account.sid,
    )
    assert conflict["at"].startswith("2026-11-23T12:00:03")


async def test_strangers_see_nothing_and_a_parent_acts_for_its_subaccount(api: ExtensionsApi) -> None:
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.rest.account.sid)
    stranger = api.rest.add_account("AC" + "c" * 32)
    await api("POST", "/Trunks", TRUNK, account=sub)
    ((group,),) = [(await api("GET", "/RevisionGroups", account=sub)).json()["revision_groups"]]
    for path in ("/Revisions/1", "/Revisions/1/Difference", f"/RevisionGroups/{group['group_id']}"):
        assert refusal(await api("GET", path, account=stranger)) == (404, 20404)
        assert refusal(await api("GET", path)) == (404, 20404)
        assert (await api("GET", f"{path}?account_sid={sub.sid}")).status_code == 200
    for path in ("/Revisions/1/Rollback", "/Revisions/1/Undo", f"/RevisionGroups/{group['group_id']}/Rollback"):
        assert refusal(await api("POST", path, account=stranger)) == (404, 20404)
    assert await revisions(api, account=stranger) == []
    assert (await api("POST", f"/Revisions/1/Undo?account_sid={sub.sid}")).status_code == 200
    assert (await api("GET", "/Trunks", account=sub)).json()["trunks"] == []


async def test_of_a_moved_number_each_account_sees_its_own_part(api: ExtensionsApi) -> None:
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.rest.account.sid)
    number = IncomingPhoneNumber.model_construct(
        sid="PN" + "1" * 32, account_sid=api.rest.account.sid, phone_number="+15555550100", voice_url="https://u:p@a/"
    )
    api.rest.storage.put(number)
    moved = await api.rest.post(f"/IncomingPhoneNumbers/{number.sid}.json", AccountSid=sub.sid, VoiceUrl="https://b/")
    assert moved.status_code == 200, moved.text
    (left,), (came,) = await revisions(api), await revisions(api, account=sub)
    assert {"field": "account_sid", "before": api.rest.account.sid, "after": sub.sid} in left["difference"]
    assert "https://u:p@a/" not in str(await api("GET", f"/Revisions/{came['id']}", account=sub))
    shown = (await api("GET", f"/Revisions/{came['id']}", account=sub)).json()
    assert shown["before"] == {"sid": number.sid, "account_sid": api.rest.account.sid}
    assert "https://b/" not in str((await api("GET", f"/Revisions/{left['id']}")).json())
    assert refusal_of(await api("POST", f"/Revisions/{came['id']}/Undo", account=sub)) == (409, 20409)
    assert (await api("POST", f"/Revisions/{left['id']}/Undo")).status_code == 200
    assert api.rest.storage.one(IncomingPhoneNumber, number.sid).voice_url == "https://u:p@a/"


def refusal_of(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("path", ["/Revisions/0", "/Revisions/x", f"/Revisions/{2**63}"])
async def test_an_id_that_is_none_is_refused(api: ExtensionsApi, path: str) -> None:
    assert refusal(await api("GET", path)) == (400, 20422)


@pytest.mark.parametrize("path", ["/RevisionGroups/%00", "/RevisionGroups/RG1", "/RevisionGroups/%ed%a0%80"])
async def test_a_group_that_is_none_is_not_found(api: ExtensionsApi, path: str) -> None:
    assert refusal(await api("GET", path)) == (404, 20404)
    assert refusal(await api("POST", f"{path}/Rollback")) == (404, 20404)


async def test_unknown_wishes_are_refused(api: ExtensionsApi) -> None:
    await a_trunk(api)
    wrong: list[Any] = [{"what": 1}, {"force": "yes"}, {"reason": "x" * 501}, []]
    for body in wrong:
        assert refusal(await api("POST", "/Revisions/1/Undo", body))[0] == 400


async def test_accounts_history_keeps_no_token(api: ExtensionsApi) -> None:
    sub = await api.rest.request("POST", "/2010-04-01/Accounts.json", form={"FriendlyName": "Customer"})
    told = sub.json()
    answer = await api("GET", f"/Revisions?account_sid={told['sid']}")
    assert told["auth_token"] not in answer.text
    assert answer.json()["revisions"][0]["resource"] == "accounts"
