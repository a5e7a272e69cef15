"""What the inspector gets to see: every hop, no secret, and never in the way of the answer."""

import asyncio
import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.webhooks.web_app import ACCOUNT_SID, CALL_SID, WebApp, web_request

from callwright.model.exchange import Exchange, endpoint_of
from callwright.storage.columns import json_in
from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient


async def test_every_hop_is_recorded_with_all_fields_of_an_exchange(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/a", status=307, Location="/b")
    app.answer("/b", body="<Response/>", Set_Cookie="session=secret")
    await client.request(web_request(app.url("/a"), CallSid=CALL_SID))
    await asyncio.sleep(0)
    assert set(exchanges[0]) == set(Exchange.columns()) - {"sid", "date_created", "date_updated", "revision"}
    first, second = (Exchange.model_validate({"sid": "EX1", **one}) for one in exchanges)
    assert (first.url, first.status_code, first.error) == (app.url("/a"), 307, None)
    assert (second.url, second.status_code, second.method) == (app.url("/b"), 200, "POST")
    assert (second.account_sid, second.call_sid, second.kind) == (ACCOUNT_SID, CALL_SID, "document")
    assert second.request_parameters == {"CallSid": CALL_SID}
    assert (second.response_body, second.response_bytes) == ("<Response/>", 11)
    assert second.response_headers["Set-Cookie"] == "[redacted]"
    assert second.request_headers["X-Twilio-Signature"] == app.asked[1].headers["X-Twilio-Signature"]
    assert second.duration_ms > 0


async def test_header_names_are_plain_text_as_json_columns_demand(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/", body="<Response/>", X_From="app")
    await client.request(web_request(app.url("/")))
    await asyncio.sleep(0)
    (one,) = exchanges
    assert {type(name) for name in (*one["request_headers"], *one["response_headers"])} == {str}
    assert json.loads(json_in(one["response_headers"]) or "")["X-From"] == "app"


async def test_what_a_request_keeps_secret_is_not_recorded_after_a_redirect_either(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/a", 302, Location="/b")
    app.answer("/b", body="to 15555550111")
    parameters = {"To": "+15555550111", "From": "+15555550100"}
    await client.request(replace(web_request(app.url("/a"), **parameters), secrets=("15555550111",)))
    await asyncio.sleep(0)
    assert len(exchanges) == 2
    assert "15555550111" not in repr(exchanges)
    assert exchanges[0]["request_parameters"] == {"To": "+[redacted]", "From": "+15555550100"}


async def test_no_secret_is_recorded(app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]) -> None:
    app.answer("/", status=401, WWW_Authenticate='Basic realm="x"', Set_Cookie="cookie-secret=1")
    for _ in range(2):
        with pytest.raises(WebhookFailure):
            await client.request(web_request(app.url("/").replace("//", "//me:url-secret@")))
    await asyncio.sleep(0)
    assert len(exchanges) == 3
    assert app.asked[1].headers["Authorization"] not in str(exchanges)
    assert "secret" not in str(exchanges)
    assert "12345" not in str(exchanges)


async def test_a_long_body_is_shortened_and_audio_left_out(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/long", body="x" * 50_000)
    app.answer("/audio", body=b"RIFF" * 10, Content_Type="audio/wav")
    await client.request(web_request(app.url("/long")))
    await client.request(web_request(app.url("/audio")))
    await asyncio.sleep(0)
    assert [len(one["response_body"] or "") for one in exchanges] == [16_384, 0]
    assert [one["response_bytes"] for one in exchanges] == [50_000, 40]


async def test_failures_and_retries_are_recorded_with_their_code(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/", status=503)
    with pytest.raises(WebhookFailure):
        await client.request(web_request(app.url("/#rc=1&rp=5xx")))
    await asyncio.sleep(0)
    assert [(one["attempt"], one["status_code"], one["error_code"]) for one in exchanges] == [
        (0, 503, 11200),
        (1, 503, 11200),
    ]


async def test_a_broken_log_does_not_harm_the_answer(app: WebApp) -> None:
    def refuse(_: object) -> None:
        raise OSError("disk full")

    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    client = WebhookClient(egress_policy="any", verify_certificates=True, record_exchange=refuse)
    await client.start()
    app.answer("/", body="<Response/>")
    assert (await client.request(web_request(app.url("/")))).status == 200
    await client.close()
    assert [str(context["exception"]) for context in reported] == ["disk full"]


async def test_attempts_and_redirects_of_one_request_are_told_apart_and_together(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/a", 302, Location="/b")
    app.answer("/b", 503)
    for _ in range(2):
        with pytest.raises(WebhookFailure):
            await client.request(web_request(app.url("/a#rc=1&rp=5xx")))
    await asyncio.sleep(0)
    assert [(one["attempt"], one["hop"]) for one in exchanges] == [(0, 0), (0, 1), (1, 0), (1, 1)] * 2
    (first,), (second,) = {one["request_id"] for one in exchanges[:4]}, {one["request_id"] for one in exchanges[4:]}
    assert first != second
    assert first[:13] <= second[:13], "their beginning is the time"
    assert first == exchanges[0]["request_headers"]["I-Twilio-Idempotency-Token"]
    assert {one["endpoint"] for one in exchanges} == {endpoint_of(app.url("/a"))}


@pytest.mark.parametrize(
    ("status", "headers", "failures"),
    [
        (200, {}, [False]),
        (404, {}, [True]),
        (304, {}, [True]),
        (302, {}, [True]),
        (302, {"Location": "/fine"}, [False, False]),
        (302, {"Location": "ftp://elsewhere/"}, [True]),
        (302, {"Location": "/"}, [False] * 10 + [True]),
        (401, {}, [True]),
        (401, {"WWW_Authenticate": 'Basic realm="x"'}, [False, True]),
    ],
)
async def test_a_failure_is_what_ends_an_attempt_and_nothing_on_the_way(
    app: WebApp,
    client: WebhookClient,
    exchanges: list[dict[str, Any]],
    status: int,
    headers: dict[str, str],
    failures: list[bool],
) -> None:
    app.answer("/", status, **headers)
    app.answer("/fine")
    with contextlib.suppress(WebhookFailure):
        await client.request(web_request(app.url("/").replace("//", "//me:password@")))
    await asyncio.sleep(0)
    assert [one["is_failure"] for one in exchanges] == failures
    assert [one["error_code"] is not None for one in exchanges] == failures
    assert {one["endpoint"] for one in exchanges} == {endpoint_of(app.url("/"))}


async def test_what_no_longer_gives_the_signature_is_marked(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/")
    url = app.url("/")
    for request in (
        web_request(url, Body="x" * 2048),
        web_request(url, Body="x" * 2049),
        replace(web_request(url, To="+15555550111"), secrets=("15555550111",)),
        replace(web_request(url, "GET", To="+15555550111"), secrets=("15555550111",)),
        replace(web_request(url, To="+15555550111"), secrets=("text/xml",)),
    ):
        await client.request(request)
    await asyncio.sleep(0)
    assert [one["is_cut"] for one in exchanges] == [False, True, True, True, False]


async def test_the_time_is_told_in_parts(app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]) -> None:
    app.answer("/")
    for _ in range(2):
        await client.request(web_request(app.url("/")))
    await asyncio.sleep(0)
    new, reused = exchanges
    assert 0 < new["connect_ms"] < new["first_byte_ms"] < new["duration_ms"]
    assert reused["connect_ms"] is None
    assert 0 < reused["first_byte_ms"] < reused["duration_ms"]


async def test_an_answer_that_was_of_no_use_is_a_failure(
    app: WebApp, client: WebhookClient, exchanges: list[dict[str, Any]]
) -> None:
    app.answer("/voice", body="<Response><Sya/></Response>")
    answer = await client.request(web_request(app.url("/voice")))
    answer.refuse(12200, "<Sya> is no verb.")
    await asyncio.sleep(0)
    (exchange,) = exchanges
    assert (exchange["status_code"], exchange["is_failure"]) == (200, True)
    assert (exchange["error_code"], exchange["error"]) == (12200, "<Sya> is no verb.")
