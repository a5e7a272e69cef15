"""Orders to calls, their deletion, and the lists around them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.populated_api import PopulatedApi

from callwright.model.exchange import Exchange
from callwright.model.resources.call import FINAL_STATUSES, STATUSES, Call
from callwright.model.resources.notification import Notification


def call_in(api: PopulatedApi, status: str, *, node: str | None = "local", **fields: Any) -> Call:
    call = Call.model_construct(
        sid=api.storage.sids.make("CA"),
        account_sid=api.account.sid,
        to="+15555550111",
        from_="+15555550100",
        status=status,
        node=node,
        date_created=api.storage.now,
        date_updated=api.storage.now,
        **fields,
    )
    api.storage.put(call)
    live = {"in-progress": api.live_calls.talking, "ringing": api.live_calls.ringing, "queued": api.live_calls.ringing}
    if status in live and node is not None:
        live[status].add(call.sid)
    return call


def ends_as(api: PopulatedApi, status: str) -> None:
    def end(_: str, sid: str) -> None:
        call = api.storage.one(Call, sid)
        api.storage.put(call.model_copy(update={"status": status, "end_time": api.storage.now}))

    api.live_calls.on_order = end


async def test_a_queued_call_is_canceled_on_its_row_without_a_callback() -> None:
    api = PopulatedApi()
    for status in ("canceled", "completed"):
        call = call_in(api, "queued", node=None, status_callback="http://app.test/s")
        row = (await api.post(f"/Calls/{call.sid}.json", Status=status)).json()
        assert (row["status"], row["duration"]) == ("canceled", "0")
        assert row["end_time"] is not None
    assert api.live_calls.orders == []
    assert api.storage.jobs == []


@pytest.mark.parametrize(
    ("status", "asked", "order", "ends"),
    [
        ("queued", "canceled", "cancel", "canceled"),
        ("ringing", "canceled", "cancel", "canceled"),
        ("ringing", "completed", "hang_up", "canceled"),
        ("in-progress", "completed", "hang_up", "completed"),
    ],
)
async def test_a_live_call_is_told_and_the_answer_shows_its_end(status: str, asked: str, order: str, ends: str) -> None:
    api = PopulatedApi()
    call = call_in(api, status)
    ends_as(api, ends)
    row = (await api.post(f"/Calls/{call.sid}.json", Status=asked)).json()
    assert api.live_calls.orders == [(order, call.sid)]
    assert row["status"] == ends


async def test_an_end_that_takes_long_is_answered_as_it_stands() -> None:
    api = PopulatedApi()
    call = call_in(api, "in-progress")
    before = api.storage.now
    answer = await api.post(f"/Calls/{call.sid}.json", Status="completed")
    assert (answer.status_code, answer.json()["status"]) == (200, "in-progress")
    assert timedelta(seconds=1) < api.storage.now - before < timedelta(seconds=3)


async def test_a_call_that_no_server_runs_cannot_be_told() -> None:
    api = PopulatedApi()
    call = call_in(api, "in-progress")
    api.live_calls.talking.clear()
    assert await api.refused(f"/Calls/{call.sid}", Status="completed") == 21220


async def test_a_live_call_goes_to_another_document() -> None:
    api = PopulatedApi()
    call = call_in(api, "in-progress")
    assert (await api.post(f"/Calls/{call.sid}.json", Url="http://n.test/", Method="get")).status_code == 200
    assert (await api.post(f"/Calls/{call.sid}.json", Twiml="<Response/>")).json()["status"] == "in-progress"
    assert api.live_calls.orders == [
        ("redirect", call.sid, "http://n.test/", "GET", ""),
        ("redirect", call.sid, "", "POST", "<Response/>"),
    ]


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "in-progress"])
async def test_only_a_call_in_progress_can_be_redirected(status: str) -> None:
    api = PopulatedApi()
    call = call_in(api, status)
    answer = await api.post(f"/Calls/{call.sid}.json", Url="http://n.test/")
    assert (answer.status_code, answer.json()["code"]) == (400, 21220)
    assert answer.json()["message"].startswith("Unable to update record. Call is")
    assert api.live_calls.orders == []


async def test_the_documented_text_of_a_redirect_refused() -> None:
    api = PopulatedApi()
    answer = await api.post(f"/Calls/{call_in(api, 'ringing').sid}.json", Twiml="<Response/>")
    assert answer.json()["message"] == "Unable to update record. Call is not in-progress. Cannot redirect."


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
async def test_a_call_that_is_over_cannot_be_changed(status: str) -> None:
    api = PopulatedApi()
    call = call_in(api, status)
    for form in ({"Status": "completed"}, {"Status": "canceled"}, {"StatusCallback": "http://s.test/"}):
        assert await api.refused(f"/Calls/{call.sid}", **form) == 21220


async def test_a_talking_call_cannot_be_canceled() -> None:
    api = PopulatedApi()
    assert await api.refused(f"/Calls/{call_in(api, 'in-progress').sid}", Status="canceled") == 21220


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"Url": "http://a.test", "Twiml": "<Response/>"}, 20422),
        ({"Status": "completed", "Url": "http://a.test"}, 20422),
        ({"Status": "paused"}, 20422),
        ({"Twiml": "x" * 4001}, 32018),
        ({"Url": "nope"}, 21205),
        ({"Method": "PUT", "Url": "http://a.test"}, 21209),
        ({"TimeLimit": "x"}, 20422),
        ({"TimeLimit": "60"}, 20422),
    ],
)
async def test_bad_orders_are_refused(form: dict[str, str], code: int) -> None:
    api = PopulatedApi()
    call = call_in(api, "in-progress")
    assert await api.refused(f"/Calls/{call.sid}", **form) == code
    assert api.live_calls.orders == []
    assert api.storage.one(Call, call.sid) == call


async def test_settings_of_a_live_call_can_be_changed() -> None:
    api = PopulatedApi()
    call = call_in(api, "in-progress", status_callback="http://old.test/")
    form = {"StatusCallback": "http://new.test/", "StatusCallbackMethod": "GET", "FallbackUrl": "http://f.test/"}
    await api.post(f"/Calls/{call.sid}.json", **form)
    stored = api.storage.one(Call, call.sid)
    assert (stored.status_callback, stored.status_callback_method) == ("http://new.test/", "GET")
    assert stored.fallback_url == "http://f.test/"
    await api.post(f"/Calls/{call.sid}.json", StatusCallback="")
    assert api.storage.one(Call, call.sid).status_callback is None


async def test_the_time_limit_of_a_waiting_call_can_be_changed() -> None:
    api = PopulatedApi()
    call = call_in(api, "queued", node=None, dialing={"timeout_s": 60, "time_limit_s": 14_400})
    await api.post(f"/Calls/{call.sid}.json", TimeLimit="60")
    assert api.storage.one(Call, call.sid).dialing == {"timeout_s": 60, "time_limit_s": 60}


async def test_only_a_call_that_is_over_can_be_deleted() -> None:
    api = PopulatedApi()
    for status in STATUSES:
        call = call_in(api, status)
        answer = await api.delete(f"/Calls/{call.sid}.json")
        if status in FINAL_STATUSES:
            assert (answer.status_code, answer.content) == (204, b"")
            assert (await api.get(f"/Calls/{call.sid}.json")).status_code == 404
        else:
            assert (answer.status_code, answer.json()["code"]) == (400, 20009)


async def listed(api: PopulatedApi, query: str) -> list[str]:
    answer = await api.get(f"/Calls.json?{query}")
    assert answer.status_code == 200, answer.text
    return [row["sid"] for row in answer.json()["calls"]]


async def test_calls_are_filtered_by_every_filter() -> None:
    api = PopulatedApi()
    parent = api.owned["CA"].sid
    child = call_in(api, "busy", parent_call_sid=parent)
    assert await listed(api, "") == [child.sid, parent]
    assert await listed(api, "Status=busy") == [child.sid]
    assert await listed(api, f"ParentCallSid={parent}") == [child.sid]
    assert await listed(api, "To=%2B15555550111") == [child.sid]
    assert await listed(api, "From=%2B15555550123") == [parent]
    assert await listed(api, "From=%2B15555550123&Status=busy") == []
    assert (await api.get("/Calls.json?Status=asleep")).json()["code"] == 20422
    assert (await api.get("/Calls.json?ParentCallSid=x")).json()["code"] == 20422


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("StartTime=2026-11-21", [21]),
        ("StartTime<=2026-11-21", [21, 20]),
        ("StartTime%3C=2026-11-21", [21, 20]),
        ("StartTime>=2026-11-21", [22, 21]),
        ("StartTime%3E=2026-11-22", [22]),
        ("StartTime<=2026-11-21&StartTime>=2026-11-21", [21]),
        ("EndTime<=2026-11-20", [20]),
        ("EndTime=2026-11-22", [22]),
        ("StartTime=2026-11-21T23:59:59Z", [21]),
        ("StartTime=2026-11-21T00:00:00Z", [21]),  # what the SDKs make of a date
        ("StartTime<=2026-11-21T00:00:00Z", [21, 20]),
        ("StartTime<=2026-11-21T23:59:58Z", [20]),
        ("StartTime>=2026-11-22T00:59:59%2B01:00", [22, 21]),
        ("StartTime>=2026-11-22T00:59:59+01:00", [22, 21]),
        ("StartTime=", [22, 21, 20]),
    ],
)
async def test_calls_are_filtered_by_day_and_by_moment(query: str, days: list[int]) -> None:
    api = PopulatedApi()
    api.storage.content.rows[Call].clear()
    moments = {day: datetime(2026, 11, day, 23, 59, 59, 500, tzinfo=UTC) for day in (20, 21, 22)}
    sids = {call_in(api, "completed", start_time=at, end_time=at).sid: day for day, at in moments.items()}
    call_in(api, "queued")  # has not started: no date matches it
    found = [sids.get(sid) for sid in await listed(api, query)]
    assert [day for day in found if day] == days
    assert (None in found) == (query == "StartTime=")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-21T25:00:00Z", "1", "9999-12-31", "٢٠٢٦-11-21"])
@pytest.mark.parametrize("name", ["StartTime", "StartTime<", "EndTime>"])
async def test_what_is_no_date_is_refused(name: str, text: str) -> None:
    answer = await PopulatedApi().get("/Calls.json", **{name: text})
    if text == "9999-12-31":
        assert answer.status_code in (200, 400)  # the day after it cannot be written
        return
    assert (answer.status_code, answer.json()["code"]) == (400, 20422)
    assert name.rstrip("<>") in answer.json()["message"]


async def test_notifications_are_filtered_and_found_below_their_call() -> None:
    api = PopulatedApi()
    error = api.storage.one(Notification, api.owned["NO"].sid)
    other = call_in(api, "completed")
    warning = error.model_copy(
        update={
            "sid": api.storage.sids.make("NO"),
            "call_sid": other.sid,
            "log": "1",
            "message_date": datetime(2026, 1, 1, tzinfo=UTC),
        }
    )
    api.storage.put(warning)

    async def seen(path: str) -> list[str]:
        return [row["sid"] for row in (await api.get(path)).json()["notifications"]]

    assert await seen("/Notifications.json") == [warning.sid, error.sid]
    assert await seen("/Notifications.json?Log=0") == [error.sid]
    assert await seen("/Notifications.json?MessageDate<=2026-01-01") == [warning.sid]
    assert await seen("/Notifications.json?MessageDate=2026-11-23") == [error.sid]
    assert await seen(f"/Calls/{other.sid}/Notifications.json") == [warning.sid]
    assert (await api.get("/Notifications.json?Log=2")).json()["code"] == 20422
    below = await api.get(f"/Calls/{other.sid}/Notifications/{warning.sid}.json")
    assert below.json()["response_body"] == "<h1>Error</h1>"
    assert below.json()["uri"].endswith(f"/Calls/{other.sid}/Notifications/{warning.sid}.json")
    assert (await api.get(f"/Calls/{other.sid}/Notifications/{error.sid}.json")).status_code == 404


async def test_events_show_what_was_asked_and_answered() -> None:
    api = PopulatedApi()
    answered = api.storage.one(Exchange, api.owned["EX"].sid)
    api.storage.put(
        answered.model_copy(
            update={"sid": api.storage.sids.make("EX"), "status_code": None, "error_code": 11205, "method": "GET"}
        )
    )
    body = (await api.get(f"/Calls/{answered.call_sid}/Events.json?PageSize=1")).json()
    assert [(row["request"]["method"], row["response"]) for row in body["events"]] == [("GET", None)]
    (event,) = (await api.get(body["next_page_uri"])).json()["events"]
    assert event == {
        "request": {
            "method": "POST",
            "url": "http://app.test/?a=1&b=2",
            "parameters": {"CallSid": answered.call_sid, "odd name": "<&>"},
        },
        "response": {
            "response_code": 200,
            "request_duration": 12,
            "content_type": "text/xml",
            "response_body": "<Response/>",
            "date_created": "Mon, 23 Nov 2026 12:00:00 +0000",
        },
    }
