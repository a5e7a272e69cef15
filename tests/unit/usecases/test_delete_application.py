"""The guard on deletes of /v1: numbers are not left behind pointing at nothing, unless that is asked for."""

from typing import Any

import pytest
from tests.fakes.extensions_api import ExtensionsApi

from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.usecases.numbers_of_application import each_number_of, numbers_of
from callwright.usecases.roll_back import roll_back_group


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


async def created(api: ExtensionsApi, **settings: Any) -> str:
    api.storage.pass_time(1)
    return str((await api("POST", "/Applications", settings)).json()["sid"])


def add(api: ExtensionsApi, kind: Any, prefix: str, **fields: Any) -> Any:
    api.storage.pass_time(1)
    given = {"account_sid": api.account.sid, **fields}
    return api.storage.write_sync(lambda unit: unit.insert(kind.model_construct(sid=unit.new_sid(prefix), **given)))


def add_number(api: ExtensionsApi, index: int, **fields: Any) -> IncomingPhoneNumber:
    number: IncomingPhoneNumber = add(api, IncomingPhoneNumber, "PN", phone_number=f"+1555{index:07d}", **fields)
    return number


def add_change(api: ExtensionsApi, target_sid: str, **fields: Any) -> ScheduledChange:
    given = {"resource": "applications", "at": api.storage.now, "credential": api.account.sid, **fields}
    change: ScheduledChange = add(api, ScheduledChange, "SK", target_sid=target_sid, **given)
    return change


async def test_an_unused_application_is_deleted_with_the_token_that_undoes_it(api: ExtensionsApi) -> None:
    sid = await created(api)
    answer = await api("DELETE", f"/Applications/{sid}")
    nothing = {"voice": 0, "sms": 0}
    assert answer.status_code == 200
    deleted = answer.json()
    assert deleted == {
        **{"sid": sid, "replaced_by": None, "moved": nothing, "left": nothing, "live_calls": 0},
        "group_id": api.storage.content.revisions[-1].group_id,
    }
    assert (await api("DELETE", f"/Applications/{sid}")).status_code == 404


async def test_one_that_numbers_use_stays_and_the_refusal_names_them(api: ExtensionsApi) -> None:
    sid = await created(api)
    numbers = [add_number(api, index, voice_application_sid=sid) for index in range(25)]
    add_number(api, 99, sms_application_sid=sid, friendly_name="the last")
    refused = await api("DELETE", f"/Applications/{sid}")
    told = refused.json()
    assert (refused.status_code, told["code"], told["numbers"]) == (409, 20409, {"voice": 25, "sms": 1})
    assert len(told["first_numbers"]) == 20
    assert told["first_numbers"][0]["friendly_name"] == "the last"
    assert told["first_numbers"][1]["phone_number"] == numbers[-1].phone_number
    assert "25 number(s)" in told["message"]
    assert "replace_with" in told["message"]
    assert api.storage.one(Application, sid)


async def test_its_numbers_move_each_for_its_own_use_and_in_one_group(api: ExtensionsApi) -> None:
    sid, other, third = [await created(api) for _ in range(3)]
    voice = add_number(api, 1, voice_application_sid=sid, sms_application_sid=third)
    sms = add_number(api, 2, sms_application_sid=sid)
    both = add_number(api, 3, voice_application_sid=sid, sms_application_sid=sid)
    neither = add_number(api, 4, voice_application_sid=third)
    deleted = (await api("DELETE", f"/Applications/{sid}?ReplaceWith={other}")).json()
    assert deleted["moved"] == {"voice": 2, "sms": 2}
    assert (deleted["left"], deleted["replaced_by"]) == ({"voice": 0, "sms": 0}, other)
    targets = {
        number.sid: (number.voice_application_sid, number.sms_application_sid)
        for number in api.storage.all(IncomingPhoneNumber)
    }
    assert targets == {
        voice.sid: (other, third),
        sms.sid: (None, other),
        both.sid: (other, other),
        neither.sid: (third, None),
    }
    group = [one for one in api.storage.content.revisions if one.group_id == deleted["group_id"]]
    assert {one.sid for one in group} == {voice.sid, sms.sid, both.sid, sid}
    assert sid not in {application.sid for application in api.storage.all(Application)}


@pytest.mark.parametrize("replacement", ["itself", "of another account", "gone"])
async def test_numbers_move_only_to_another_application_of_the_account(api: ExtensionsApi, replacement: str) -> None:
    sid = await created(api)
    number = add_number(api, 1, voice_application_sid=sid)
    sub = api.rest.add_account("AC" + "b" * 32, owner=api.account.sid, token="6" * 32)
    theirs = (await api("POST", "/Applications", {}, account=sub)).json()["sid"]
    other = {"itself": sid, "of another account": theirs, "gone": "AP" + "9" * 32}[replacement]
    for force in ("", "&force=true"):
        refused = await api("DELETE", f"/Applications/{sid}?replace_with={other}{force}")
        assert (refused.status_code, refused.json()["code"]) == (400, 22108)
    assert api.storage.one(IncomingPhoneNumber, number.sid).voice_application_sid == sid
    assert api.storage.one(Application, sid)


async def test_force_deletes_all_the_same_and_tells_what_is_left(api: ExtensionsApi) -> None:
    sid = await created(api)
    number = add_number(api, 1, voice_application_sid=sid)
    deleted = await api("DELETE", f"/Applications/{sid}?force=true")
    assert (deleted.status_code, deleted.json()["left"]) == (200, {"voice": 1, "sms": 0})
    assert api.storage.one(IncomingPhoneNumber, number.sid).voice_application_sid == sid


async def test_live_calls_are_told_and_go_on(api: ExtensionsApi) -> None:
    sid = await created(api)
    for status in ("in-progress", "ringing", "queued", "completed", "failed"):
        add(api, Call, "CA", application_sid=sid, status=status)
    add(api, Call, "CA", application_sid=None, status="in-progress")
    assert (await api("DELETE", f"/Applications/{sid}")).json()["live_calls"] == 3


async def test_scheduled_changes_that_name_it_are_in_the_way_while_they_are_to_come(api: ExtensionsApi) -> None:
    sid, other = await created(api), await created(api)
    number = add_number(api, 1, voice_application_sid=sid)
    pending = [
        add_change(api, sid, changes={"voice_url": "https://a.example/"}),
        add_change(api, number.sid, resource="incoming_phone_numbers", changes={"sms_application_sid": sid}),
        add_change(api, sid, status="active"),
    ]
    add_change(api, sid, status="done")
    add_change(api, other, changes={"notes": "x"})
    refused = await api("DELETE", f"/Applications/{sid}?replace_with={other}")
    assert (refused.status_code, refused.json()["code"]) == (409, 20409)
    told = {change["sid"] for change in refused.json()["scheduled_changes"]}
    assert told == {change.sid for change in pending}
    assert api.storage.one(IncomingPhoneNumber, number.sid).voice_application_sid == sid
    deleted = await api("DELETE", f"/Applications/{sid}?replace_with={other}&force=true")
    assert deleted.json()["moved"] == {"voice": 1, "sms": 0}


async def test_the_2010_api_deletes_as_twilio_does(api: ExtensionsApi) -> None:
    sid = await created(api)
    number = add_number(api, 1, voice_application_sid=sid)
    assert (await api.rest.delete(f"/Applications/{sid}.json")).status_code == 204
    assert api.storage.one(IncomingPhoneNumber, number.sid).voice_application_sid == sid


async def test_numbers_of_another_account_that_name_it_are_none_of_its_numbers(api: ExtensionsApi) -> None:
    sid = await created(api)
    own = [add_number(api, index, voice_application_sid=sid) for index in range(3)]
    for index in range(10, 15):
        add_number(api, index, voice_application_sid=sid, account_sid="AC" + "b" * 32)
    own.append(add_number(api, 20, voice_application_sid=sid))
    application = api.storage.one(Application, sid)
    newest_first = [number.sid for number in reversed(own)]

    def found(limit: int, before_sid: str | None = None) -> list[str]:
        numbers = api.storage.read_sync(lambda unit: numbers_of(unit, application, "voice", limit, before_sid))
        return [number.sid for number in numbers]

    assert found(2) == newest_first[:2]
    assert found(2, newest_first[1]) == newest_first[2:]
    assert found(10) == newest_first
    batches = api.storage.read_sync(lambda unit: list(each_number_of(unit, application)))
    assert [[number.sid for number in batch] for batch in batches] == [newest_first]


async def test_an_undo_of_the_group_brings_back_the_application_and_its_numbers(api: ExtensionsApi) -> None:
    settings = {"friendly_name": "Front desk", "tags": ["vip"], "voice_url": "https://a.example/v"}
    sid, other = await created(api, **settings), await created(api)
    number = add_number(api, 1, voice_application_sid=sid, sms_application_sid=sid)
    group_id = (await api("DELETE", f"/Applications/{sid}?replace_with={other}")).json()["group_id"]
    api.storage.write_sync(lambda unit: roll_back_group(unit, api.account, group_id))
    shown = (await api("GET", f"/Applications/{sid}")).json()
    assert {name: shown[name] for name in settings} == settings
    assert shown["numbers"] == {"voice": 1, "sms": 1}
    assert (await api("GET", f"/Applications/{other}")).json()["numbers"] == {"voice": 0, "sms": 0}
    put_back = api.storage.one(IncomingPhoneNumber, number.sid)
    assert (put_back.voice_application_sid, put_back.sms_application_sid) == (sid, sid)
