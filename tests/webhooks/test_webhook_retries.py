"""Time-outs, retries and how often an app is asked: once, unless the policy says otherwise."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from tests.webhooks.web_app import Handler, WebApp, web_request

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient


def fail_first(failures: int, status: int) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        nonlocal failures
        failures -= 1
        return web.Response(status=status if failures >= 0 else 200)

    return handle


async def failure_of(client: WebhookClient, url: str, method: str = "POST") -> WebhookFailure:
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(url, method))
    return caught.value


@pytest.mark.parametrize(
    ("fragment", "status", "times"),
    [
        ("", 500, 1),
        ("#rc=3", 500, 1),
        ("#rc=2&rp=5xx", 500, 3),
        ("#rc=2&rp=4xx", 500, 1),
        ("#rp=4xx", 404, 2),
        ("#rp=all", 503, 2),
        ("#rc=0&rp=all", 503, 1),
    ],
)
async def test_an_error_status_is_retried_by_policy_only(
    app: WebApp, client: WebhookClient, fragment: str, status: int, times: int
) -> None:
    app.answer("/", status=status)
    failure = await failure_of(client, app.url("/") + fragment)
    assert (failure.code, failure.answer and failure.answer.status) == (11200, status)
    assert len(app.asked) == times
    assert len({asked.headers["I-Twilio-Idempotency-Token"] for asked in app.asked}) == 1


async def test_a_retry_that_succeeds_is_the_answer(app: WebApp, client: WebhookClient) -> None:
    app.answers["/"] = fail_first(2, 500)
    assert (await client.request(web_request(app.url("/#rc=2&rp=5xx")))).status == 200


async def test_a_refused_connection_is_tried_twice_by_default(
    client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    failure = await failure_of(client, f"http://127.0.0.1:{port}/")
    await asyncio.sleep(0)
    assert failure.code == 11205
    assert "Is the web app running?" in failure.message
    assert [one["attempt"] for one in exchanges] == [0, 1]


async def test_an_unknown_host_is_11210(client: WebhookClient) -> None:
    assert (await failure_of(client, "http://no-such-host.invalid/")).code == 11210


@pytest.mark.parametrize("url", ["", "/voice", "ftp://a/", "http://my_app/"])
async def test_what_is_no_url_is_11100(client: WebhookClient, url: str) -> None:
    assert (await failure_of(client, url)).code == 11100


async def test_bad_overrides_are_told_and_nobody_is_asked(app: WebApp, client: WebhookClient) -> None:
    app.answer("/")
    assert (await failure_of(client, app.url("/#rc=9"))).code == 11241
    assert not app.asked


@asynccontextmanager
async def raw_server(
    answer: bytes, *, hangs: bool, arrived: asyncio.Event | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Reads one request per connection, writes these bytes, then hangs or closes."""
    requests: list[bytes] = []
    arrived = arrived or asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            arrived.set()
            writer.write(answer)
            await writer.drain()
            if hangs:
                await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], requests


@pytest.mark.parametrize(("fragment", "times"), [("#rt=100", 1), ("#rt=100&rp=rt", 2), ("#tt=100&rp=all", 1)])
async def test_silence_is_a_read_timeout(
    client: WebhookClient, exchanges: list[dict[str, Any]], fragment: str, times: int
) -> None:
    async with raw_server(b"", hangs=True) as (port, requests):
        failure = await failure_of(client, f"http://127.0.0.1:{port}/{fragment}")
        assert failure.code == 11200
        assert len(requests) == times
    await asyncio.sleep(0)
    assert len(exchanges) == times, "what was not sent is not recorded"


async def test_a_partial_answer_is_never_asked_for_again(client: WebhookClient) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    async with raw_server(half, hangs=True) as (port, requests):
        assert (await failure_of(client, f"http://127.0.0.1:{port}/#rt=100&rp=all&rc=3")).code == 11200
        assert len(requests) == 1
    async with raw_server(half, hangs=False) as (port, requests):
        assert (await failure_of(client, f"http://127.0.0.1:{port}/#rp=all&rc=3")).code == 11206
        assert len(requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_app_that_hangs_up_is_asked_once(client: WebhookClient, method: str) -> None:
    async with raw_server(b"", hangs=False) as (port, requests):
        assert (await failure_of(client, f"http://127.0.0.1:{port}/", method)).code == 11206
        assert len(requests) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"\x00" * 64,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000,
    ],
)
async def test_an_answer_that_is_not_http_is_11206(client: WebhookClient, nonsense: bytes) -> None:
    async with raw_server(nonsense, hangs=False) as (port, _):
        assert (await failure_of(client, f"http://127.0.0.1:{port}/")).code == 11206


async def test_a_kept_connection_that_died_meanwhile_is_replaced(client: WebhookClient) -> None:
    """The server closes it in the very moment the next request is on its way."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        first = True
        while await reader.readuntil(b"\r\n\r\n") if first else await reader.read(1):
            if not first:
                break
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            first = False
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert (await client.request(web_request(url))).status == 200
        assert (await client.request(web_request(url))).status == 200
    assert connections == 2


async def test_a_request_that_is_given_up_is_recorded_and_leaves_nothing_behind(
    client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    arrived = asyncio.Event()
    async with raw_server(b"", hangs=True, arrived=arrived) as (port, _):
        asking = asyncio.ensure_future(client.request(web_request(f"http://127.0.0.1:{port}/")))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.sleep(0)
        assert "ended" in exchanges[0]["error"]
