"""Size, compression and charset of answers."""

import gzip
import tracemalloc
import zlib

import pytest
from aiohttp import web
from tests.webhooks.web_app import WebApp, web_request

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient

LIMIT = 64 * 1024


async def test_64_kilobytes_are_taken_and_one_byte_more_is_not(app: WebApp, client: WebhookClient) -> None:
    app.answer("/", body=b"x" * LIMIT)
    assert len((await client.request(web_request(app.url("/")))).body) == LIMIT
    app.answer("/", body=b"x" * (LIMIT + 1))
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    assert caught.value.code == 11750


async def test_an_endless_answer_is_left_after_64_kilobytes(app: WebApp, client: WebhookClient) -> None:
    sent = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 500 * LIMIT:
            await response.write(b"x" * 1024)
            sent += 1024
        return response

    app.answers["/"] = flood
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    assert caught.value.code == 11750
    assert sent < 500 * LIMIT
    app.answer("/ok")
    assert (await client.request(web_request(app.url("/ok")))).status == 200


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", gzip.compress), ("identity", bytes)],
)
async def test_compressed_answers_are_unfolded(app: WebApp, client: WebhookClient, encoding: str, compress) -> None:  # type: ignore[no-untyped-def]  # one of several compressors
    app.answer("/", body=compress(b"<Response/>"), Content_Encoding=encoding)
    assert (await client.request(web_request(app.url("/")))).body == b"<Response/>"


async def test_a_zip_bomb_is_never_unfolded(app: WebApp, client: WebhookClient) -> None:
    app.answer("/", body=gzip.compress(b"\0" * 60_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code == 11750
    assert peak_bytes < 5_000_000


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_compression_that_cannot_be_read_is_11206(app: WebApp, client: WebhookClient, encoding: str) -> None:
    app.answer("/", body=b"not compressed", Content_Encoding=encoding)
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    assert caught.value.code == 11206


@pytest.mark.parametrize(
    ("body", "content_type", "wanted"),
    [
        ("<a>ü</a>".encode(), "text/xml", "<a>ü</a>"),
        ("<a>ü</a>".encode("latin-1"), "text/xml; charset=ISO-8859-1", "<a>ü</a>"),
        ('<?xml version="1.0" encoding="latin-1"?><a>ü</a>'.encode("latin-1"), "text/xml;charset=latin-1", None),
        ('<?xml version="1.0" encoding="latin-1"?><a>ü</a>'.encode(), 'text/xml; charset="utf-8"', None),
        ("﻿<a>ü</a>".encode("utf-16"), "application/xml", "<a>ü</a>"),
        ("﻿<a>ü</a>".encode(), "text/plain; charset=ascii", "<a>ü</a>"),
        ("<a>ü</a>".encode(), "text/xml; charset=hex", "<a>ü</a>"),
        ("<a>ü</a>".encode(), "text/xml; charset=no-such-thing", "<a>ü</a>"),
    ],
)
async def test_text_arrives_in_utf_8(
    app: WebApp, client: WebhookClient, body: bytes, content_type: str, wanted: str | None
) -> None:
    app.answer("/", body=body, Content_Type=content_type)
    answer = await client.request(web_request(app.url("/")))
    assert answer.text.lstrip("﻿") == (wanted or '<?xml version="1.0"?><a>ü</a>')


async def test_without_a_charset_the_xml_declaration_decides(app: WebApp, client: WebhookClient) -> None:
    body = '<?xml version="1.0" encoding="latin-1"?><a>ü</a>'.encode("latin-1")
    app.answer("/", body=body)
    assert (await client.request(web_request(app.url("/")))).body == body
