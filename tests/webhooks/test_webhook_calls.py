"""Requests to somebody's API: unsigned, once, under the same guard, with their secrets kept out of the log."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from tests.webhooks.web_app import ACCOUNT_SID, WebApp

from callwright.usecases.web_ports import ApiRequest, NotReached, WebhookFailure
from callwright.webhooks.api_caller import LARGEST_ANSWER_BYTES
from callwright.webhooks.client import WebhookClient

SID = "SM" + "2" * 32


def api_request(url: str, **fields: Any) -> ApiRequest:
    return ApiRequest(url, fields.pop("method", "POST"), ACCOUNT_SID, message_sid=SID, **fields)


@pytest.mark.parametrize("status", [200, 204, 301, 404, 429, 500])
async def test_any_status_is_an_answer_and_nothing_is_repeated_or_followed(
    app: WebApp, client: WebhookClient, status: int
) -> None:
    app.answer("/api", status, Location="/elsewhere", X_Id="7")
    answer = await client.call(api_request(app.url("/api")))
    assert (answer.status, answer.headers["x-id"]) == (status, "7")
    assert len(app.asked) == 1


async def test_it_is_sent_as_it_is_and_not_signed(app: WebApp, client: WebhookClient) -> None:
    app.answer("/api")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer t", "Host": "evil"}
    await client.call(api_request(app.url("/api?x=a%20b"), method="PUT", headers=headers, body=b"a=1"))
    (asked,) = app.asked
    assert (asked.method, asked.url) == ("PUT", app.url("/api?x=a%20b"))
    assert asked.headers["Authorization"] == "Bearer t"
    assert not [name for name in asked.headers if "Twilio" in name or name == "Cookie"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://nowhere.invalid/", "ftp://h/", "http://[", "http://a b/"]
)
async def test_what_was_not_reached_is_told_apart(client: WebhookClient, url: str) -> None:
    with pytest.raises(NotReached):
        await client.call(api_request(url))


async def test_a_private_address_is_not_reached_under_the_public_policy(app: WebApp) -> None:
    app.answer("/api")
    guarded = WebhookClient(egress_policy="public", verify_certificates=True, record_exchange=lambda _: None)
    await guarded.start()
    with pytest.raises(NotReached, match="not a public address"):
        await guarded.call(api_request(app.url("/api")))
    await guarded.close()
    assert app.asked == []


async def test_what_may_have_arrived_is_another_failure(app: WebApp, client: WebhookClient) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response()

    app.answers["/slow"] = slow
    app.answer("/large", body=b"x" * (LARGEST_ANSWER_BYTES + 1))
    for path, timeout_s in (("/slow", 0.1), ("/large", 5.0)):
        with pytest.raises(WebhookFailure) as failed:
            await client.call(api_request(app.url(path), timeout_s=timeout_s))
        assert not isinstance(failed.value, NotReached)


async def test_secrets_are_redacted_wherever_they_occur(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/api", 400, "no such key: k&y-1 / k%26y-1", X_Echo="k&y-1")
    asked = api_request(
        app.url("/api?key=k%26y-1"),
        headers={"X-Key": "k&y-1", "Authorization": "Basic abc"},
        body=b"key=k%26y-1",
        shown={"key": "k&y-1", "text": "Hello"},
        secrets=("k&y-1",),
    )
    await client.call(asked)
    await asyncio.sleep(0)
    (exchange,) = exchanges
    assert "y-1" not in repr(exchange)
    assert exchange["request_parameters"] == {"key": "[redacted]", "text": "Hello"}
    assert exchange["request_headers"]["Authorization"] == "[redacted]"
    assert (exchange["kind"], exchange["message_sid"], exchange["status_code"]) == ("carrier", SID, 400)
    assert exchange["url"].endswith("/api?key=[redacted]")


async def test_a_short_secret_is_redacted_where_it_stands_alone(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/api", body="a b")
    await client.call(api_request(app.url("/api"), headers={"X-Key": "a"}, shown={"k": "a"}, secrets=("a", "")))
    await asyncio.sleep(0)
    (exchange,) = exchanges
    assert (exchange["request_headers"]["X-Key"], exchange["request_parameters"]) == ("[redacted]", {"k": "[redacted]"})
    assert exchange["response_body"] == "a b"


async def test_another_url_is_shown_than_was_asked_and_what_exchanges_are_found_by_stays(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/api", body='{"said": "a\\"\\u00fcb"}')
    shown_url = app.url("/api?to=x").replace("//", "//me:password@")
    secrets = ('a"üb', "carrier", "POST", SID[2:12])
    await client.call(api_request(app.url("/api?to=1"), shown_url=shown_url, secrets=secrets))
    await asyncio.sleep(0)
    (exchange,) = exchanges
    assert app.asked[0].url.endswith("to=1")
    assert exchange["url"] == app.url("/api?to=x")
    assert (exchange["kind"], exchange["method"], exchange["message_sid"]) == ("carrier", "POST", SID)
    assert exchange["response_body"] == '{"said": "[redacted]"}'


async def test_a_failure_is_logged_too(client: WebhookClient, exchanges: list[dict[str, Any]]) -> None:
    with pytest.raises(NotReached):
        await client.call(api_request("http://127.0.0.1:1/"))
    await asyncio.sleep(0)
    assert [(one["status_code"], one["error_code"]) for one in exchanges] == [(None, 11205)]


async def test_a_secret_is_not_shown_by_halves_where_something_is_cut(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/api", body="x" * (16_384 - 5) + "top-secret")
    shown = {"long": "x" * (2048 - 5) + "top-secret"}
    headers = {"X-Long": "x" * (2048 - 5) + "top-secret"}
    await client.call(api_request(app.url("/api"), shown=shown, headers=headers, secrets=("top-secret",)))
    await asyncio.sleep(0)
    (exchange,) = exchanges
    assert "top" not in str(exchange)
    assert len(exchange["response_body"]) == 16_384
