"""Carriers with an HTTP API: what is sent over real HTTP, and what its answers mean."""

import asyncio
import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.messaging.http_link import CARRIER, linked
from tests.messaging.smpp_link import until
from tests.running.ports import free_tcp_port
from tests.running.web_app import Asked, Reply, WebApp

from callwright.messaging.http import link as link_module
from callwright.model.resources.message import Message
from callwright.usecases.carrier_traffic import (
    Accepted,
    Outcome,
    Postponed,
    Refused,
    SendableMedia,
    Sending,
    Unacknowledged,
)

_paths = itertools.count(1)
MEDIA = (SendableMedia("https://h.example/a?x=1&y=2", "image/png"), SendableMedia("https://h.example/b", "image/gif"))


def sending(body: str = "Hello", media: tuple[SendableMedia, ...] = (), **fields: Any) -> Sending:
    message = Message.model_construct(
        sid="SM" + "2" * 32,
        account_sid="AC" + "1" * 32,
        body=body,
        from_="+15555550100",
        to="+15555550101",
        num_segments="2",
        **fields,
    )
    return Sending("QM" + "3" * 32, message, CARRIER, 1, datetime.now(UTC) + timedelta(hours=1), media)


async def sent(web_app: WebApp, reply: Reply, message: Sending | None = None, **settings: Any) -> tuple[Outcome, Asked]:
    """Send one message to an API that answers so."""
    path = f"/carrier/{next(_paths)}"
    url = web_app.answer(path, reply)
    query = settings.pop("query", "")
    async with linked(url + query, **settings) as carrier:
        outcome = await carrier.link.submit(message or sending())
    (asked,) = web_app.requests_to(path)
    return outcome, asked


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(json.dumps(value), "application/json", status, headers or {})


OK = as_json({"id": "m-1"})


async def test_a_form_carries_the_message(web_app: WebApp) -> None:
    outcome, asked = await sent(web_app, OK, sending("a&b=c ü €"), id_path="id")
    assert outcome == Accepted(("m-1",))
    assert asked.method == "POST"
    assert asked.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert asked.parameters == {"from": "+15555550100", "to": "+15555550101", "body": "a&b=c ü €"}


@pytest.mark.parametrize("content", ["form", "json", "query"])
async def test_what_is_not_to_be_kept_is_sent_but_not_logged(web_app: WebApp, content: str) -> None:
    path, body = f"/carrier/{next(_paths)}", 'The code is "1234", é'
    url = web_app.answer(path, as_json({"id": "m-1", "to": "15555550101", "echo": body}))
    retention = {"content_retention": "discard", "address_retention": "obfuscate"}
    fields = {"to": "{to}", "from": "{from}", "text": "{sid}: {body}"}
    async with linked(url, content=content, fields=fields) as carrier:
        await carrier.link.submit(sending(body, sending=retention))
        await carrier.link.submit(sending(body))
        await carrier.link.submit(sending("yes", sending=retention))
        await asyncio.sleep(0)
        kept, whole, short = carrier.exchanges
    asked = web_app.requests_to(path)[0]
    assert body in str(asked.parameters or json.loads(asked.body))
    for secret in ("1234", "5550101", "é", "%C3%A9"):
        assert secret not in repr(kept)
    assert "5550101" in repr(whole)
    assert "yes" not in repr((short["url"], short["request_parameters"]))
    assert "5550100" in repr(kept)
    assert kept["message_sid"] == whole["message_sid"]


async def test_json_is_built_by_its_encoder_and_keeps_lists_and_numbers(web_app: WebApp) -> None:
    fields = {
        "messages": [{"from": "{from}", "to": ["{to}"], "text": "{body}", "media": "{media_urls}"}],
        "parts": "{segments}",
        "flash": False,
        "note": "{{ {sid} }}: {media_urls}",
        "callback": "{callback_url}",
    }
    hostile = '", "to": "+19005550000" \\ {body} \n'
    _, asked = await sent(web_app, OK, sending(hostile, MEDIA), content="json", fields=fields)
    assert asked.headers["Content-Type"] == "application/json"
    assert json.loads(asked.body) == {
        "messages": [
            {
                "from": "+15555550100",
                "to": ["+15555550101"],
                "text": hostile,
                "media": [media.url for media in MEDIA],
            }
        ],
        "parts": 2,
        "flash": False,
        "note": "{ SM22222222222222222222222222222222 }: https://h.example/a?x=1&y=2,https://h.example/b",
        "callback": f"http://127.0.0.1:8080/carriers/{CARRIER.sid}/receipts",
    }


async def test_a_message_without_media_has_no_empty_field_for_them(web_app: WebApp) -> None:
    fields = {"text": "{body}", "media": "{media_urls}"}
    _, asked = await sent(web_app, OK, content="json", fields=fields)
    assert json.loads(asked.body) == {"text": "Hello"}


async def test_links_to_media_follow_the_text_where_the_template_has_no_place_for_them(web_app: WebApp) -> None:
    _, asked = await sent(web_app, OK, sending("Look", MEDIA))
    assert asked.parameters["body"] == "\n".join(["Look", *(media.url for media in MEDIA)])


async def test_media_repeat_a_form_field(web_app: WebApp) -> None:
    _, asked = await sent(web_app, OK, sending(media=MEDIA), fields={"media": "{media_urls}"})
    assert asked.body.count(b"media=") == 2


async def test_a_query_is_appended_to_that_of_the_url(web_app: WebApp) -> None:
    _, asked = await sent(
        web_app,
        OK,
        sending("a b&c"),
        method="GET",
        content="query",
        query="?v=2",
        numbers="digits",
        fields={"user": "{username}", "key": "{secret}", "to": "{to}", "text": "{body}"},
        username="me",
        secret="very&secret",
    )
    assert (asked.method, asked.body) == ("GET", b"")
    assert asked.parameters == {"v": "2", "user": "me", "key": "very&secret", "to": "15555550101", "text": "a b&c"}


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"auth": "basic", "username": "me"}, "Authorization", "Basic bWU6dG9wLXNlY3JldA=="),
        ({"auth": "bearer"}, "Authorization", "Bearer top-secret"),
        ({"auth": "header"}, "X-API-Key", "top-secret"),
        ({"auth": "header", "auth_header": "X-Token"}, "X-Token", "top-secret"),
    ],
)
async def test_the_secret_is_sent_and_nowhere_shown(
    web_app: WebApp, auth: dict[str, str], header: str, value: str
) -> None:
    url = web_app.answer("/carrier/secret", as_json({"echo": "top-secret"}))
    fields = {"key": "{secret}", "text": "{body}"}
    headers = {"X-Region": "eu"}
    async with linked(url, secret="top-secret", fields=fields, headers=headers, **auth) as carrier:
        await carrier.link.submit(sending())
        await until(lambda: carrier.exchanges)
    asked = web_app.requests_to("/carrier/secret")[-1]
    assert (asked.headers[header], asked.headers["X-Region"]) == (value, "eu")
    assert "X-Twilio-Signature" not in asked.headers
    (exchange,) = carrier.exchanges
    assert "top-secret" not in repr(exchange)
    assert (exchange["kind"], exchange["message_sid"]) == ("carrier", "SM" + "2" * 32)
    assert exchange["request_parameters"] == {"key": "[redacted]", "text": "Hello"}
    assert exchange["response_body"] == '{"echo": "[redacted]"}'


async def test_a_secret_in_a_query_is_not_shown_either(web_app: WebApp) -> None:
    url = web_app.answer("/carrier/query-secret", OK)
    fields = {"key": "{secret}"}
    async with linked(url, method="GET", content="query", secret="a b+c/d", fields=fields) as carrier:
        await carrier.link.submit(sending())
        await until(lambda: carrier.exchanges)
    assert carrier.exchanges[0]["url"] == f"{url}?key=[redacted]"


@pytest.mark.parametrize(
    ("reply", "place", "identifier"),
    [
        (as_json({"data": {"messages": [{"id": 17}]}}), "data.messages[0].id", "17"),
        (as_json([{"id": "x"}]), "[0].id", "x"),
        (as_json({}, headers={"X-Message-Id": "h-1"}), "header:x-message-id", "h-1"),
        (Reply("OK 4711 queued\n", "text/plain"), "text:OK {id}", "4711"),
        (Reply("id=abc;cost=1", "text/plain"), "text:id={id};", "abc"),
        (Reply("4711", "text/plain"), "text:{id}", "4711"),
        (Reply("status=0&id=9", "text/plain"), "id", "9"),
    ],
)
async def test_the_identifier_is_found_where_the_settings_say(
    web_app: WebApp, reply: Reply, place: str, identifier: str
) -> None:
    outcome, _ = await sent(web_app, reply, id_path=place)
    assert outcome == Accepted((identifier,))


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        (as_json({"id": None}), "id"),
        (as_json({"id": ""}), "id"),
        (as_json({"id": {"x": 1}}), "id"),
        (as_json({"id": "x" * 300}), "id"),
        (Reply("<html>", "text/html"), "id"),
        (Reply("ERR 4711", "text/plain"), "text:OK {id}"),
        (as_json({}), "header:X-Id"),
    ],
)
async def test_success_without_the_identifier_is_not_taken_for_certain(
    web_app: WebApp, reply: Reply, place: str
) -> None:
    outcome, _ = await sent(web_app, reply, id_path=place)
    assert isinstance(outcome, Unacknowledged)
    assert place in outcome.reason


async def test_without_a_place_for_the_identifier_success_is_enough(web_app: WebApp) -> None:
    assert (await sent(web_app, Reply("", status=204)))[0] == Accepted(("",))
    assert (await sent(web_app, Reply("", status=202), success_statuses=[202]))[0] == Accepted(("",))


@pytest.mark.parametrize(
    ("reply", "code", "elsewhere"),
    [
        (as_json({"error": {"code": 17}}, 400), 30005, False),
        (as_json({"error": {"code": 99}}, 400), 30008, False),
        (as_json({"error": {"code": 17}}), 30005, False),
        (Reply("no", "text/plain", 404), 30006, False),
        (Reply("no", "text/plain", 401), 30008, True),
        (Reply("", status=302, headers={"Location": "http://127.0.0.1:1/"}), 30008, True),
    ],
)
async def test_refusals(web_app: WebApp, reply: Reply, code: int, elsewhere: bool) -> None:
    codes = {"17": 30005, "404": 30006}
    outcome, _ = await sent(web_app, reply, error_path="error.code", error_codes=codes)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.try_elsewhere) == (code, elsewhere)


@pytest.mark.parametrize("error", [0, "0", None, "", False, "none", [], {}])
async def test_what_stands_for_no_error_is_none(web_app: WebApp, error: Any) -> None:
    outcome, _ = await sent(web_app, as_json({"error": error, "id": 1}), error_path="error", id_path="id")
    assert outcome == Accepted(("1",))


@pytest.mark.parametrize(
    ("reply", "delay_s"),
    [
        (Reply("", status=429, headers={"Retry-After": "7"}), 7),
        (Reply("", status=503, headers={"Retry-After": "999999999999"}), 3600),
        (Reply("", status=503, headers={"Retry-After": "yesterday"}), 5),
        (Reply("", status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), 1),
    ],
)
async def test_not_now_is_later(web_app: WebApp, reply: Reply, delay_s: float) -> None:
    outcome, _ = await sent(web_app, reply)
    assert isinstance(outcome, Postponed)
    assert outcome.delay_s == delay_s


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_who_broke_off_may_have_it_unless_the_settings_say_that_it_has_not(web_app: WebApp, status: int) -> None:
    outcome, _ = await sent(web_app, Reply("", status=status))
    assert isinstance(outcome, Unacknowledged)
    outcome, _ = await sent(web_app, Reply("", status=status), retry_statuses=[status])
    assert isinstance(outcome, Postponed)


async def test_a_carrier_that_is_not_there_is_paused_and_tried_again(web_app: WebApp) -> None:
    async with linked(f"http://127.0.0.1:{free_tcp_port()}/") as carrier:
        outcome = await carrier.link.submit(sending())
        assert isinstance(outcome, Postponed)
        assert "No connection" in outcome.reason
        assert (carrier.link.state.state, carrier.link.state.is_ready, carrier.link.room) == ("paused", False, 0)
        assert "No connection" in (carrier.link.state.detail or "")
        changes = carrier.traffic.changes
        await until(lambda: carrier.link.state.is_ready)
        assert carrier.traffic.changes > changes
        assert carrier.link.room == 20


@pytest.mark.parametrize("status", [500, 502])
async def test_errors_in_a_row_pause_it_and_one_does_not(web_app: WebApp, status: int) -> None:
    url = web_app.answer("/carrier/failing", Reply("", status=status))
    async with linked(url) as carrier:
        for is_ready in (True, True, False):
            await carrier.link.submit(sending())
            assert carrier.link.state.is_ready is is_ready


async def test_refused_credentials_are_shown_and_tried_again_later_by_one_message(
    web_app: WebApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert link_module._REFUSED_PAUSE_S == 60.0
    monkeypatch.setattr(link_module, "_REFUSED_PAUSE_S", 1.0)
    url = web_app.answer("/carrier/closed", Reply("", status=401))
    async with linked(url) as carrier:
        await carrier.link.submit(sending())
        state = carrier.link.state
        assert (state.state, state.is_ready, carrier.link.room) == ("refused", False, 0)
        assert state.detail == (
            "The carrier answered 401: it does not admit this server, check the carrier's auth, username and secret."
        )
        await until(lambda: carrier.link.state.is_ready)
        assert (carrier.link.state.state, carrier.link.state.detail, carrier.link.room) == ("refused", state.detail, 1)
        web_app.answer("/carrier/closed", Reply(""))
        assert await carrier.link.submit(sending()) == Accepted(("",))
        assert (carrier.link.state.state, carrier.link.state.detail, carrier.link.room) == ("ready", None, 20)


async def test_what_is_forbidden_may_be_one_number_and_is_taken_for_the_credentials_only_again_and_again(
    web_app: WebApp,
) -> None:
    url = web_app.answer("/carrier/forbidden", Reply("", status=403))
    async with linked(url) as carrier:
        for state in ("ready", "ready", "refused"):
            await carrier.link.submit(sending())
            assert carrier.link.state.state == state
    reply = as_json({"code": 21}, 403)
    outcome, _ = await sent(web_app, reply, error_path="code", error_codes={"21": 30004})
    assert outcome == Refused(30004, "The carrier answered 403: 21")


async def test_where_no_receipt_can_come_none_is_waited_for(web_app: WebApp) -> None:
    outcome, _ = await sent(web_app, OK, id_path="id", webhook_auth=None)
    assert outcome == Accepted(("",))


async def test_a_carrier_that_asks_to_wait_is_paused_at_once(web_app: WebApp) -> None:
    url = web_app.answer("/carrier/busy", Reply("", status=429, headers={"Retry-After": "1"}))
    async with linked(url) as carrier:
        await carrier.link.submit(sending())
        assert not carrier.link.state.is_ready
        assert isinstance(await carrier.link.submit(sending()), Postponed)
        await until(lambda: carrier.link.state.is_ready)
    assert len(web_app.requests_to("/carrier/busy")) == 1


async def test_an_answer_that_never_came_is_no_refusal(web_app: WebApp) -> None:
    outcome, _ = await sent(web_app, Reply("late", delay_s=1.0), timeout_s=0.2)
    assert isinstance(outcome, Unacknowledged)
    assert not outcome.reason.endswith(".")  # it becomes part of a sentence


async def test_a_request_whose_connection_was_lost_is_not_repeated() -> None:
    """Also on a connection that had served before: the carrier may have read it."""
    requests = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        for answers in (True, False):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            requests += 1
            if answers:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, linked(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/") as carrier:
        assert await carrier.link.submit(sending()) == Accepted(("",))
        assert isinstance(await carrier.link.submit(sending()), Unacknowledged)
    assert requests == 2


async def test_it_has_room_for_as_many_as_may_be_underway(web_app: WebApp) -> None:
    url = web_app.answer("/carrier/slow", Reply("", delay_s=0.3))
    async with linked(url, concurrency=3) as carrier:
        tasks = [asyncio.create_task(carrier.link.submit(sending())) for _ in range(3)]
        await until(lambda: carrier.link.room == 0)
        changes = carrier.traffic.changes
        await asyncio.gather(*tasks)
        assert (carrier.link.room, carrier.traffic.changes > changes) == (3, True)


async def test_stopping_waits_for_answers_and_takes_nothing_more(web_app: WebApp) -> None:
    url = web_app.answer("/carrier/stopping", Reply("", delay_s=0.2))
    async with linked(url) as carrier:
        task = asyncio.create_task(carrier.link.submit(sending()))
        await until(lambda: carrier.link.room == 19)
        await carrier.link.stop(5.0)
        assert task.result() == Accepted(("",))
        assert isinstance(await carrier.link.submit(sending()), Postponed)
