"""Canary, schedule and check on a started server: real SIP calls, real messages, a real restart."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Reply, WebApp
from tests.storage.postgresql_server import PostgresqlServer

from callwright.voice.phone import Phone as SipPhone

HANG_UP = "<Response><Hangup/></Response>"
GUARD = {"failure_percent": 50, "least_requests": 4, "window_s": 60}
_numbers = itertools.count(15_558_000_001)


def new_number(server: RunningServer, **settings: str) -> str:
    number = f"+{next(_numbers)}"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number, **settings)
    return number


def call(server: RunningServer, number: str, caller: str) -> None:
    """One SIP call to its end."""

    async def make() -> None:
        async with SipPhone("127.0.0.1") as phone:
            made = await phone.call(number, server.sip, from_number=caller)
            async with asyncio.timeout(20):
                await made.ended

    asyncio.run(make())


def callers_at(web_app: WebApp, path: str) -> list[str]:
    return [asked.parameters["From"] for asked in web_app.requests_to(path)]


def ahead(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def status_of(server: RunningServer, change: Any) -> str:
    return str(server.v1("GET", f"/ScheduledChanges/{change['sid']}")["status"])


def test_a_canary_that_fails_takes_itself_away_and_its_callers_get_the_good_url_again(
    server: RunningServer, web_app: WebApp
) -> None:
    good = web_app.answer("/canary1/good", HANG_UP)
    bad = web_app.answer("/canary1/bad", Reply("boom", "text/plain", 500))
    fallback = web_app.answer("/canary1/fallback", HANG_UP)
    app = server.v1("POST", "/Applications", friendly_name="canary1", voice_url=good, voice_fallback_url=fallback)
    path = f"/Applications/{app['sid']}"
    server.v1("POST", path, voice_variants=[{"url": bad, "weight": 60}], variant_guard=GUARD)
    number = new_number(server, VoiceApplicationSid=app["sid"])
    callers = (f"+1555444{place:04}" for place in itertools.count())
    while len(callers_at(web_app, "/canary1/bad")) < GUARD["least_requests"]:
        variants = server.v1("GET", f"{path}/Variants")["voice"]
        assert [variant["failures"] for variant in variants] == [len(callers_at(web_app, "/canary1/bad"))]
        call(server, number, next(callers))
    hit = callers_at(web_app, "/canary1/bad")
    assert callers_at(web_app, "/canary1/fallback") == hit, "every call that hit the variant was saved"
    assert server.v1("GET", path)["voice_variants"] == []
    for caller in hit:
        call(server, number, caller)
    assert callers_at(web_app, "/canary1/good")[-len(hit) :] == hit
    assert len(callers_at(web_app, "/canary1/bad")) == len(hit)
    told = [one for one in server.rest("GET", "/Notifications")["notifications"] if one["error_code"] == "99001"]
    assert "4 of 4 requests" in told[0]["message_text"]
    revision = server.v1("GET", f"/Revisions?sid={app['sid']}")["revisions"][0]
    assert (revision["credential"], revision["operation"]) == ("guard", "update")
    assert "variant taken away" in revision["reason"]
    server.v1("POST", f"/RevisionGroups/{revision['group_id']}/Rollback")
    assert [one["url"] for one in server.v1("GET", path)["voice_variants"]] == [bad]


def test_a_scheduled_change_takes_effect_on_the_next_call_and_ends_again(
    server: RunningServer, web_app: WebApp
) -> None:
    paths = ("/sched1/before", "/sched1/then", "/sched1/holiday")
    before, then, holiday = (web_app.answer(path, HANG_UP) for path in paths)
    app = server.v1("POST", "/Applications", friendly_name="sched1", voice_url=before)
    number = new_number(server, VoiceApplicationSid=app["sid"])
    call(server, number, "+15554440001")
    made_by_schedule(server, target_sid=app["sid"], changes={"voice_url": then}, at=ahead(1))
    call(server, number, "+15554440002")
    over = made_by_schedule(
        server, target_sid=app["sid"], changes={"voice_url": holiday}, at=ahead(1), until=ahead(4)
    )  # fmt: skip
    call(server, number, "+15554440003")
    asked = [callers_at(web_app, path) for path in paths]
    assert asked == [["+15554440001"], ["+15554440002", "+15554440003"], []]
    made, ended = (server.v1("GET", f"/Revisions?group_id={over[name]}") for name in ("group_id", "ended_group_id"))
    assert [one["difference"][0]["after"] for one in (*made["revisions"], *ended["revisions"])] == [holiday, then]


def made_by_schedule(server: RunningServer, **order: Any) -> Any:
    """The change once it is over."""
    change = server.v1("POST", "/ScheduledChanges", **order)
    eventually(lambda: status_of(server, change), lambda status: status == "done")
    return server.v1("GET", f"/ScheduledChanges/{change['sid']}")


def survives_a_restart(server: RunningServer, web_app: WebApp, stop: Callable[[], object]) -> None:
    """A change that comes due while no server runs, and one that is due later, are made by the next."""
    then = web_app.answer("/sched2/then", HANG_UP)
    server.start()
    app = server.v1("POST", "/Applications", friendly_name="sched2", voice_url=f"{web_app.url}/sched2/before")
    number = new_number(server, VoiceApplicationSid=app["sid"])
    soon = {"changes": {"voice_url": then}, "at": ahead(4)}
    later = {"changes": {"friendly_name": "moved"}, "at": ahead(8)}
    changes = [server.v1("POST", "/ScheduledChanges", target_sid=app["sid"], **order) for order in (soon, later)]
    stop()
    stopped_at = datetime.now(UTC)
    eventually(lambda: datetime.now(UTC), lambda now: now > datetime.fromisoformat(str(soon["at"])))
    server.start()
    eventually(lambda: {status_of(server, change) for change in changes}, lambda statuses: statuses == {"done"})
    made = server.v1("GET", f"/ScheduledChanges/{changes[0]['sid']}")
    assert datetime.fromisoformat(made["started_at"]) > stopped_at, "by the server that was started then"
    shown = server.v1("GET", f"/Applications/{app['sid']}")
    assert (shown["voice_url"], shown["friendly_name"]) == (then, "moved")
    call(server, number, caller := f"+1555443{number[-4:]}")
    assert caller in callers_at(web_app, "/sched2/then")


def test_a_restart_before_the_moment_loses_nothing(own_server: RunningServer, web_app: WebApp) -> None:
    survives_a_restart(own_server, web_app, own_server.stop)


def test_a_crash_before_the_moment_loses_nothing_on_postgresql_either(tmp_path: Path, web_app: WebApp) -> None:
    with contextlib.ExitStack() as running:
        postgresql = PostgresqlServer()
        postgresql.start()
        running.callback(postgresql.stop)
        server = RunningServer(tmp_path / "data", ("--database", postgresql.create_database()))
        running.callback(server.close)
        survives_a_restart(server, web_app, server.kill)


def test_a_check_says_what_a_call_would_get(server: RunningServer, web_app: WebApp) -> None:
    good = web_app.answer("/check/good", "<Response><Say>Hello</Say><Hangup/></Response>")
    broken = web_app.answer("/check/broken", "<Response>\n  <Sya>Hello</Sya>\n</Response>")
    moved = web_app.answer("/check/moved", Reply("", status=302, headers={"Location": "/check/good"}))
    slow = web_app.answer("/check/slow", Reply(delay_s=3))
    cases: list[tuple[str, bool, int | None, int | None]] = [
        (good, True, 200, None),
        (broken, False, 200, 12200),
        (f"{web_app.url}/check/missing", False, 404, 11200),
        (moved, True, 200, None),
        (f"{slow}#rt=300", False, None, 11200),
        ("http://127.0.0.1:9/", False, None, 11205),
    ]
    for url, is_usable, status, code in cases:
        result = server.v1("POST", "/Checks", url=url)
        assert (result["is_usable"], result["status"], result["code"]) == (is_usable, status, code), result
        assert bool(result["cause"]) is bool(result["fix"]) is not is_usable
    asked = web_app.requests_to("/check/good")[0]
    assert asked.parameters["CallSid"] == "CA" + "0" * 32
    assert "X-Twilio-Signature" in asked.headers
    assert server.v1("POST", "/Checks", url=moved)["redirects"] == [good]
    place = server.v1("POST", "/Checks", url=broken)["problems"][0]
    assert (place["line"], place["column"]) == (2, 3)
    kinds = eventually(
        lambda: [one["kind"] for one in server.v1("GET", "/Exchanges?limit=100")["exchanges"]],
        lambda found: found.count("check") >= len(cases),
    )
    assert "check" in kinds


def test_a_check_reaches_no_further_than_webhooks(own_server: RunningServer, web_app: WebApp) -> None:
    own_server.environment = {"CALLWRIGHT_EGRESS": "public"}
    server = own_server.start()
    url = web_app.answer("/check/inside", HANG_UP)
    result = server.v1("POST", "/Checks", url=url)
    assert (result["is_usable"], result["code"]) == (False, 11205)
    assert "not a public address" in result["cause"]
    assert web_app.requests_to("/check/inside") == []


def test_checks_are_limited_for_each_account(server: RunningServer, web_app: WebApp) -> None:
    url = web_app.answer("/check/often", HANG_UP)
    accounts = f"{server.url}/2010-04-01/Accounts.json"
    sub = httpx.post(accounts, data={"FriendlyName": "checks"}, auth=server.credentials, timeout=30).json()
    credentials = (sub["sid"], sub["auth_token"])

    def check(_: int) -> int:
        return httpx.post(f"{server.url}/v1/Checks", json={"url": url}, auth=credentials, timeout=30).status_code

    with ThreadPoolExecutor() as pool:
        answered = list(pool.map(check, range(30)))
    assert answered.count(200) >= 10
    assert 429 in answered, "another one is only to be had every two seconds"
    assert set(answered) == {200, 429}
    assert server.v1("POST", "/Checks", url=url)["is_usable"], "other accounts go on"
