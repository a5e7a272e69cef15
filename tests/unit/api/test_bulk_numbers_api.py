"""
| field of /v1/Numbers/Bulk | accepted | refused |
|---|---|---|
| where | filters of GET /v1/Numbers | unknown ones, empty ones, none at all (all: true says so) |
| numbers | PN…, +E164 | others' and unknown ones (404), where beside it |
| changes | settings of a number, tags, add_tags, remove_tags, notes | unknown ones, none, applications of others |
| expected_count | as many as match | any other (409) |
| text/csv | phone_number or sid, columns as in changes | told by line and column, all at once |
"""

import json
from typing import Any

import httpx
import pytest
from tests.fakes.extensions_api import ExtensionsApi

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk

MINE, FOREIGN, OLD = "AP" + "1" * 32, "AP" + "2" * 32, "AP" + "3" * 32
TRUNK = "TK" + "1" * 32
OTHER = "AC" + "b" * 32


class Numbers:
    """/v1/Numbers/Bulk on storage in memory, with some numbers."""

    def __init__(self) -> None:
        self.extensions = ExtensionsApi()
        self.rest = self.extensions.rest
        self.other = self.rest.add_account(OTHER)
        own = self.rest.account.sid
        self.put(Application, MINE, own, friendly_name="new", revision=1)
        self.put(Application, OLD, own, friendly_name="old", revision=1)
        self.put(Application, FOREIGN, OTHER, friendly_name="theirs", revision=1)
        self.put(Trunk, TRUNK, own, friendly_name="trunk", revision=1)
        for at in range(4):
            self.number(at, voice_application_sid=OLD, tags=["retail"] if at % 2 else [])

    def put(self, record: Any, sid: str, owner: str, **fields: Any) -> None:
        self.rest.storage.put(
            record.model_construct(
                sid=sid, account_sid=owner, date_created=self.rest.storage.now, date_updated=None, **fields
            )
        )

    def number(self, at: int, owner: str | None = None, **fields: Any) -> None:
        fields = {"phone_number": f"+1555010{at:04}", "friendly_name": f"number {at}", "revision": 1, **fields}
        self.put(IncomingPhoneNumber, pn(at), owner or self.rest.account.sid, **fields)

    def stored(self, at: int) -> IncomingPhoneNumber:
        return self.rest.storage.one(IncomingPhoneNumber, pn(at))

    async def __call__(self, body: Any = None, *, account: Account | None = None, **options: Any) -> httpx.Response:
        return await self.extensions("POST", "/Numbers/Bulk", body, account=account, **options)

    async def csv(self, text: str | bytes, **options: Any) -> httpx.Response:
        return await self(content=text, headers={"Content-Type": "text/csv; charset=utf-8"}, **options)


def pn(at: int) -> str:
    return f"PN{at:032x}"


@pytest.fixture
def api() -> Numbers:
    return Numbers()


def nothing_was_changed(api: Numbers) -> bool:
    return not api.rest.storage.content.revisions


async def test_all_numbers_of_a_selector_are_changed_as_one_group_that_can_be_undone(api: Numbers) -> None:
    answer = (await api({"where": {"application_sid": OLD}, "changes": {"voice_application_sid": MINE}})).json()
    assert (answer["matched"], answer["changed"], answer["unchanged"]) == (4, 4, 0)
    assert {api.stored(at).voice_application_sid for at in range(4)} == {MINE}
    groups = {revision.group_id for revision in api.rest.storage.content.revisions}
    assert groups == {answer["group_id"]}
    assert answer["undo"] == {"method": "POST", "path": f"/v1/RevisionGroups/{answer['group_id']}/Rollback"}
    assert answer["changes"] == [
        {"count": 4, "difference": [{"field": "voice_application_sid", "before": OLD, "after": MINE}]}
    ]


async def test_a_dry_run_answers_the_difference_and_changes_nothing(api: Numbers) -> None:
    body = {"where": {"tag": "retail"}, "changes": {"notes": "x", "trunk_sid": TRUNK}, "DryRun": True}
    answer = (await api(body)).json()
    assert nothing_was_changed(api)
    assert (answer["group_id"], answer["undo"], answer["dry_run"]) == (None, None, True)
    expected = [
        {"field": "trunk_sid", "before": None, "after": TRUNK},
        {"field": "notes", "before": None, "after": "x"},
        {"field": "voice_application_sid", "before": OLD, "after": None},  # the trunk takes its place
    ]
    assert [row["sid"] for row in answer["numbers"]] == [pn(3), pn(1)]
    assert sorted(answer["numbers"][0]["difference"], key=str) == sorted(expected, key=str)


async def test_numbers_that_have_the_values_already_are_not_written(api: Numbers) -> None:
    api.number(1, voice_application_sid=MINE)
    answer = (await api({"all": True, "changes": {"voice_application_sid": MINE}})).json()
    assert (answer["matched"], answer["changed"], answer["unchanged"]) == (4, 3, 1)
    assert api.stored(1).revision == 1
    again = (await api({"all": True, "changes": {"voice_application_sid": MINE}})).json()
    assert (again["changed"], again["group_id"], again["undo"]) == (0, None, None)


async def test_the_difference_is_told_page_by_page(api: Numbers) -> None:
    body: dict[str, Any] = {"all": True, "changes": {"notes": "x"}, "dry_run": True, "limit": 3}
    first = (await api(body)).json()
    second = (await api({**body, "before": first["next_before"]})).json()
    assert [row["sid"] for row in first["numbers"] + second["numbers"]] == [pn(at) for at in (3, 2, 1, 0)]
    assert (first["changed"], second["changed"], second["next_before"]) == (4, 4, None)
    assert (await api({**body, "limit": 4})).json()["next_before"] is None


async def test_numbers_are_named_by_sid_or_number(api: Numbers) -> None:
    body = {"numbers": [pn(0), "+15550100002", pn(0)], "changes": {"sms_url": "https://example.com/sms"}}
    assert (await api(body)).json()["changed"] == 2
    assert [bool(api.stored(at).sms_url) for at in range(4)] == [True, False, True, False]


async def test_numbers_that_are_not_the_accounts_are_named_and_nothing_is_changed(api: Numbers) -> None:
    api.number(9, owner=OTHER)
    unknown = [f"+1555999{at:04}" for at in range(30)]
    answer = await api({"numbers": [pn(0), pn(9), *unknown], "changes": {"notes": "x"}})
    told = answer.json()
    assert (answer.status_code, told["code"], told["missing_count"]) == (404, 20404, 31)
    assert told["missing"] == [pn(9), *unknown[:19]]
    assert nothing_was_changed(api)


async def test_other_accounts_numbers_never_match(api: Numbers) -> None:
    api.number(9, owner=OTHER)
    assert (await api({"all": True, "changes": {"notes": "x"}})).json()["matched"] == 4
    assert api.stored(9).notes is None
    theirs = await api({"all": True, "changes": {"notes": "y"}}, account=api.other)
    assert theirs.json()["matched"] == 1


async def test_tags_are_added_and_removed(api: Numbers) -> None:
    body = {"all": True, "changes": {"add_tags": ["vip", "new"], "remove_tags": ["retail"]}}
    answer = (await api(body)).json()
    assert {tuple(api.stored(at).tags) for at in range(4)} == {("new", "vip")}
    assert [change["count"] for change in answer["changes"]] == [2, 2]


async def test_another_count_than_expected_changes_nothing(api: Numbers) -> None:
    answer = await api({"all": True, "changes": {"notes": "x"}, "expected_count": 5})
    assert (answer.status_code, answer.json()["matched"]) == (409, 4)
    assert nothing_was_changed(api)
    assert (await api({"all": True, "changes": {"notes": "x"}, "expected_count": 4})).status_code == 200


async def test_the_reason_is_in_the_revisions(api: Numbers) -> None:
    await api({"all": True, "changes": {"notes": "x"}, "reason": "new web app"})
    actors = [revision.actor for revision in api.rest.storage.content.revisions]
    assert {actor.reason for actor in actors if actor} == {"new web app"}


@pytest.mark.parametrize(
    "body",
    [
        {"changes": {"notes": "x"}},
        {"where": {}, "changes": {"notes": "x"}},
        {"where": {"tag": "retail"}, "all": True, "changes": {"notes": "x"}},
        {"where": {"tga": "retail"}, "changes": {"notes": "x"}},
        {"where": {"tag": ""}, "changes": {"notes": "x"}},
        {"where": {"tag": None}, "changes": {"notes": "x"}},
        {"numbers": [pn(0)], "all": True, "changes": {"notes": "x"}},
        {"numbers": [pn(0)], "where": {}, "changes": {"notes": "x"}},
        {"numbers": ["+1555abc"], "changes": {"notes": "x"}},
        {"numbers": [5], "changes": {"notes": "x"}},
        {"all": True, "changes": {}},
        {"all": True},
        {"all": True, "changes": {"phone_number": "+15550100"}},
        {"all": True, "changes": {"sid": pn(0)}},
        {"all": True, "changes": {"revision": 7}},
        {"all": True, "changes": {"voice_url": "no url"}},
        {"all": True, "changes": {"notes": "a\0b"}},
        {"all": True, "changes": {"notes": "\ud800"}},
        {"all": True, "changes": {"tags": ["a,b"]}},
        {"all": True, "changes": {"tags": ["a"], "add_tags": ["b"]}},
        {"all": True, "changes": {"add_tags": ["b"], "remove_tags": ["b"]}},
        {"all": True, "changes": {"trunk_sid": "TK" + "9" * 32}},
        {"all": True, "changes": {"notes": "x"}, "limit": -1},
        {"all": True, "changes": {"notes": "x"}, "expected_count": -1},
        {"all": True, "changes": {"notes": "x"}, "what": 1},
        [],
        "x",
    ],
)
async def test_what_is_not_meant_clearly_is_refused(api: Numbers, body: Any) -> None:
    answer = await api(body)
    assert answer.status_code == 400, answer.text
    assert nothing_was_changed(api)


@pytest.mark.parametrize("sid", [FOREIGN, "AP" + "9" * 32])
async def test_applications_of_others_are_refused(api: Numbers, sid: str) -> None:
    answer = await api({"all": True, "changes": {"sms_application_sid": sid}})
    assert (answer.status_code, answer.json()["code"]) == (400, 22108)
    assert nothing_was_changed(api)


async def test_a_body_that_is_no_json_is_refused(api: Numbers) -> None:
    answer = await api(content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, 20422)
    assert (await api(content=b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"})).status_code == 415


async def test_large_bodies_are_read_from_the_account_alone(api: Numbers) -> None:
    """What strangers send is not read: their answer comes before the body."""
    text = "phone_number,notes\n" + "".join(f"+1555010{at % 4:04},\n" for at in range(4)) + "\n" * 200_000
    assert (await api.csv(text)).status_code == 200
    read = 0

    async def parts() -> Any:
        nonlocal read
        for _ in range(40):
            read += 1
            yield b"x" * 1_000_000

    refused = await api(content=parts(), headers={"Content-Type": "text/csv"}, auth=("AC" + "a" * 32, "wrong"))
    assert (refused.status_code, read) == (401, 0)
    too_large = await api(content=parts(), headers={"Content-Type": "text/csv"})
    assert (too_large.status_code, too_large.json()["code"]) == (413, 20413)
    assert read < 20


async def test_a_table_changes_each_number_as_its_row_says(api: Numbers) -> None:
    text = (
        "\ufeffPhoneNumber,VoiceUrl,notes,add_tags\r\n"
        '+15550100000,https://a.example/,"two\nlines, ""quoted""",\r\n'
        '\'+15550100001,https://a.example/,,"x,y"\r\n'
        "\r\n"
        '"=""+15550100002""",-,,\r\n'
    )
    api.number(2, voice_url="https://old.example/")
    answer = (await api.csv(text)).json()
    assert (answer["matched"], answer["changed"]) == (3, 3), answer
    assert (api.stored(0).voice_url, api.stored(0).notes) == ("https://a.example/", 'two\nlines, "quoted"')
    assert (api.stored(1).notes, api.stored(1).tags) == (None, ["retail", "x", "y"])
    assert api.stored(2).voice_url is None
    assert api.stored(3).revision == 1


async def test_a_table_by_sid_with_semicolons(api: Numbers) -> None:
    assert (await api.csv(f"sid;voice_method\n{pn(1)};get\n")).json()["changed"] == 1
    assert api.stored(1).voice_method == "GET"


async def test_all_that_is_wrong_in_a_table_is_told_by_line_and_column(api: Numbers) -> None:
    text = (
        "phone_number,voice_url,voice_application_sid\n"
        "+15550100000,no url,\n"
        "1.555E+10,,\n"
        "+15550100001,https://a.example/,AP1\n"
        '"+15550100002","https://b.exa\nmple/",\n'
        "+15550100000,,\n"
        "+15550100003,,,,\n"
    )
    answer = await api.csv(text)
    told = answer.json()
    assert (answer.status_code, told["code"], told["error_count"]) == (400, 20422, 6)
    assert [(one["line"], one["column"]) for one in told["errors"]] == [
        (2, "voice_url"),
        (3, "phone_number"),
        (4, "voice_application_sid"),
        (5, "voice_url"),
        (7, "phone_number"),
        (8, None),
    ]
    assert "format the column as text" in told["errors"][1]["message"]
    assert nothing_was_changed(api)


async def test_of_many_problems_in_a_table_fifty_are_told(api: Numbers) -> None:
    told = (await api.csv("phone_number,voice_url\n" + "+15550100000,x\n" * 100)).json()
    assert (len(told["errors"]), told["error_count"]) == (50, 199)


async def test_reading_a_table_that_is_wrong_throughout_ends_early(api: Numbers) -> None:
    told = (await api.csv("phone_number,voice_url\n" + "+15550100000,x\n" * 5000)).json()
    assert told["error_count"] < 250
    told = (await api.csv(",".join(["phone_number", *map(str, range(5000))]) + "\n")).json()
    assert told["message"] == "Nothing was changed: line 1: there are 5001 columns: give 60 at most."


async def test_targets_a_table_names_wrongly_are_told_by_line(api: Numbers) -> None:
    text = f"phone_number,voice_application_sid\n+15550100000,{MINE}\n+15550100001,{FOREIGN}\n"
    told = (await api.csv(text)).json()
    assert (told["errors"][0]["line"], told["error_count"]) == (3, 1)
    missing = (await api.csv("phone_number,notes\n+15550100000,a\n+15559999999,a\n")).json()
    assert "+15559999999 (line 3)" in missing["message"]
    assert nothing_was_changed(api)


async def test_a_number_named_twice_by_sid_and_number_is_refused(api: Numbers) -> None:
    body = {"numbers": [pn(0), "+15550100000"], "changes": {"notes": "x"}}
    assert (await api(body)).status_code == 400
    assert nothing_was_changed(api)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"voice_url\nhttps://a.example/\n",
        b"phone_number,sid\n",
        b"phone_number,phone_number\n",
        b"phone_number,colour\n+15550100000,red\n",
        b'phone_number,notes\n+15550100000,"open\n',
        b"phone_number,notes\n" + b"+15550100000," + b"x" * 200_000 + b"\n",
        b"phone_number,capabilities\n+15550100000,x\n",
    ],
)
async def test_what_is_no_table_is_refused(api: Numbers, text: bytes) -> None:
    answer = await api.csv(text)
    assert (answer.status_code, answer.json()["code"]) == (400, 20422), answer.text
    assert nothing_was_changed(api)


async def test_a_table_can_be_tried_first(api: Numbers) -> None:
    options = {"params": {"DryRun": "true", "limit": "1", "expected_count": "2"}}
    answer = (await api.csv("phone_number,notes\n+15550100000,=1+1\n+15550100001,b\n", **options)).json()
    assert (answer["dry_run"], answer["changed"], len(answer["numbers"])) == (True, 2, 1)
    assert nothing_was_changed(api)


async def test_options_of_the_query_hold_for_a_json_body_too(api: Numbers) -> None:
    body: dict[str, Any] = {"all": True, "changes": {"notes": "x"}}
    planned = (await api(body, params={"DryRun": "true", "limit": "3", "expected_count": "4"})).json()
    assert (planned["dry_run"], planned["changed"], len(planned["numbers"])) == (True, 4, 3)
    assert (await api({**body, "dry_run": False}, params={"dry_run": "true"})).json()["dry_run"] is True
    behind = {"dry_run": "true", "before": planned["next_before"]}
    assert len((await api(body, params=behind)).json()["numbers"]) == 1
    assert (await api(body, params={"expected_count": "5"})).status_code == 409
    contradiction = await api({**body, "expected_count": 4}, params={"expected_count": "5"})
    assert contradiction.status_code == 400
    assert "contradict" in contradiction.json()["message"]
    assert nothing_was_changed(api)


async def test_a_table_is_told_page_by_page(api: Numbers) -> None:
    table = "phone_number,notes\n" + "".join(f"+155501{at:05},b\n" for at in range(4))
    first = (await api.csv(table, params={"dry_run": "true", "limit": "3"})).json()
    rest = (await api.csv(table, params={"dry_run": "true", "before": first["next_before"]})).json()
    told = [one["sid"] for one in first["numbers"] + rest["numbers"]]
    assert (len(told), len(set(told)), rest["next_before"]) == (4, 4, None)


@pytest.mark.parametrize("form", ["application/x-ndjson", "text/event-stream"])
async def test_progress_is_streamed_and_the_result_comes_last(api: Numbers, form: str) -> None:
    content = json.dumps({"all": True, "changes": {"notes": "x"}})
    headers = {"Content-Type": "application/json", "Accept": form}
    answer = await api(content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, form)
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if "{" in line]
    result = json.loads(lines[-1])
    assert (result["stage"], result["result"]["changed"]) == ("done", 4)
    for line in lines[:-1]:
        assert set(json.loads(line)) == {"stage", "done", "total"}


async def test_an_error_ends_the_stream(api: Numbers) -> None:
    headers = {"Content-Type": "text/csv", "Accept": "application/x-ndjson"}
    answer = await api(content="phone_number,notes\nx,y\n", headers=headers)
    last = json.loads(answer.text.splitlines()[-1])
    assert (last["stage"], last["error"]["status"], last["error"]["error_count"]) == ("failed", 400, 1)
    assert last["error"]["more_info"].endswith(f"/{last['error']['code']}")


async def test_the_description_names_every_field(api: Numbers) -> None:
    described = (await api.extensions("GET", "/openapi.json")).json()
    body = described["paths"]["/Numbers/Bulk"]["post"]["requestBody"]["content"]
    fields = body["application/json"]["schema"]["properties"]
    assert {"where", "all", "numbers", "changes", "dry_run", "expected_count", "reason", "limit"} <= set(fields)
    assert "NumberChange" in described["components"]["schemas"]
    assert "text/csv" in body
