"""What a web app sees of a request, and what the caller gets back."""

import asyncio

import pytest
from multidict import MultiDict
from tests.webhooks.web_app import AUTH_TOKEN, WebApp, web_request
from twilio.request_validator import RequestValidator

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient

DOCUMENT = "<Response><Hangup/></Response>"
SIGNATURE = "X-Twilio-Signature"


def is_signed(app: WebApp, index: int = -1) -> bool:
    asked = app.asked[index]
    return bool(RequestValidator(AUTH_TOKEN).validate(asked.url, MultiDict(asked.form), asked.headers[SIGNATURE]))


async def test_a_post_carries_the_parameters_as_a_signed_form(app: WebApp, client: WebhookClient) -> None:
    app.answer("/voice", body=DOCUMENT)
    answer = await client.request(web_request(app.url("/voice?x=1#rc=0"), CallSid="CA1", Body="ü & =\n", Empty=""))
    assert (answer.status, answer.body.decode(), answer.content_type) == (200, DOCUMENT, "text/xml")
    asked = app.asked[0]
    assert (asked.method, asked.url) == ("POST", app.url("/voice?x=1"))
    assert asked.form == [("CallSid", "CA1"), ("Body", "ü & =\n"), ("Empty", "")]
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert asked.headers["User-Agent"] == "TwilioProxy/1.1"
    assert asked.headers["Accept"] == "*/*"
    assert asked.headers["I-Twilio-Idempotency-Token"]
    assert is_signed(app)


async def test_a_get_carries_the_parameters_in_its_signed_query(app: WebApp, client: WebhookClient) -> None:
    app.answer("/voice", body=DOCUMENT)
    answer = await client.request(web_request(app.url("/voice?x=1"), "GET", From="+1555", Body="ü b"))
    assert app.asked[0].url == app.url("/voice?x=1&From=%2B1555&Body=%C3%BC+b")
    assert app.asked[0].form == []
    assert is_signed(app)
    assert answer.url == app.url("/voice?x=1"), "relative URLs start from the configured one"


async def test_a_lone_surrogate_is_signed_as_it_is_sent(app: WebApp, client: WebhookClient) -> None:
    app.answer("/voice", body=DOCUMENT)
    await client.request(web_request(app.url("/voice"), CallerName="a\udcffb"))
    assert app.asked[0].form == [("CallerName", "a?b")]
    assert is_signed(app)


async def test_an_error_status_is_a_failure_with_the_answer(app: WebApp, client: WebhookClient) -> None:
    app.answer("/voice", status=500, body="oops")
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/voice")))
    assert caught.value.code == 11200
    assert caught.value.answer is not None
    assert (caught.value.answer.status, caught.value.answer.text) == (500, "oops")
    assert len(app.asked) == 1, "an answered request is not repeated by default"


async def test_the_same_connection_serves_many_requests(app: WebApp, client: WebhookClient) -> None:
    app.answer("/voice", body=DOCUMENT)
    for _ in range(5):
        await client.request(web_request(app.url("/voice")))
    assert len(app.connections) == 1


async def test_bytes_that_are_no_text_in_a_header_are_read_as_latin_1(client: WebhookClient) -> None:
    """They would be half surrogate pairs, which nothing can store: the call would fail for a header."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; \xff\r\nX-Bad: caf\xe9\r\nX-Good: caf\xc3\xa9\r\n"
        writer.write(head + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await client.request(web_request(f"http://127.0.0.1:{port}/", "GET"))
    assert (answer.headers["X-Bad"], answer.headers["x-good"]) == ("caf\xe9", "caf\xe9")
    assert answer.content_type == "text/xml; \xff"
