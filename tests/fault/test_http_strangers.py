"""Strangers on the HTTP port: what they send without end neither fills the memory nor holds a connection."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from callwright.server.http import HttpServer, listen
from callwright.server.http_protocol import LARGEST_HEAD_BYTES, BoundedHttpProtocol

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Impatient(BoundedHttpProtocol):
    request_s = 0.2


async def _echo_size(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    listener = listen("127.0.0.1:0", "--http")
    server = HttpServer(Starlette(routes=[Route("/", _echo_size, methods=["GET", "POST"])]), listener, _Impatient)
    await server.start()
    yield int(listener.getsockname()[1])
    await server.stop()


async def _connected(port: int) -> Connection:
    return await asyncio.open_connection("127.0.0.1", port)


async def _sent_until_closed(connection: Connection, piece: bytes, most_bytes: int) -> int:
    """How much of an endless stream was taken before the server closed."""
    _, writer = connection
    sent = 0
    try:
        while sent < most_bytes:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)
            await asyncio.sleep(0)
    except ConnectionError:
        return sent
    return sent


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: ", id="a header"),
        pytest.param(b"GET /", id="a path"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: ", id="a trailer"),
    ],
)
async def test_headers_without_end_are_cut_off(port: int, beginning: bytes) -> None:
    connection = await _connected(port)
    connection[1].write(beginning)
    taken = await _sent_until_closed(connection, b"a" * 65_536, 24 * 1024 * 1024)
    assert taken < 20 * 1024 * 1024  # most of it lies in the kernel's buffers
    connection[1].close()


async def test_too_large_headers_are_answered_431(port: int) -> None:
    reader, writer = await _connected(port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * LARGEST_HEAD_BYTES)
    assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")
    writer.close()


@pytest.mark.parametrize("beginning", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234"])
async def test_a_request_that_does_not_end_is_given_up(port: int, beginning: bytes) -> None:
    reader, writer = await _connected(port)
    writer.write(beginning)
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError):
            raise ConnectionResetError(await reader.read())
    writer.close()


async def test_large_bodies_and_further_requests_on_the_connection_are_served(port: int) -> None:
    reader, writer = await _connected(port)
    for size in (3 * LARGEST_HEAD_BYTES, 5, 0):
        writer.write(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode() + b"b" * size)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(len(str(size))) == str(size).encode()
        await asyncio.sleep(_Impatient.request_s * 1.5)  # an idle connection waits for uvicorn's time-out, not ours
    writer.close()
