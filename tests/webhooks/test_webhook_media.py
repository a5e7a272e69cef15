"""
| answer says | second <Play> of the same URL |
|---|---|
| max-age=60, Expires later than Date | not asked again until then |
| no-cache, ETag or Last-Modified alone | asked with If-None-Match / If-Modified-Since |
| no-store, private, Vary by cookie, nothing | fetched again |
"""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from tests.webhooks.web_app import ACCOUNT_SID, AUTH_TOKEN, WebApp, web_request

from callwright.usecases.web_ports import WebAnswer, WebhookFailure
from callwright.webhooks.client import LARGEST_AUDIO_BYTES, WebhookClient
from callwright.webhooks.media_cache import MediaCache


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def media_client(clock: Clock) -> AsyncIterator[WebhookClient]:
    client = WebhookClient(
        egress_policy="any", verify_certificates=True, record_exchange=lambda _: None, monotonic_s=clock
    )
    await client.start()
    yield client
    await client.close()


def serve(app: WebApp, **headers: str) -> None:
    """`/tune.wav` with these headers; answers 304 to the validators it gave."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}

    async def tune(request: web.Request) -> web.Response:
        by_tag = request.headers.get("If-None-Match", "?") == given.get("ETag")
        by_date = request.headers.get("If-Modified-Since", "?") == given.get("Last-Modified")
        if by_tag or by_date:
            return web.Response(status=304, headers=given)
        return web.Response(body=b"RIFF....", headers={"Content-Type": "audio/wav", **given})

    app.answers["/tune.wav"] = tune


async def play(client: WebhookClient, app: WebApp) -> WebAnswer:
    answer = await client.download(web_request(app.url("/tune.wav"), CallSid="CA1"))
    assert answer.body == b"RIFF...."
    return answer


async def test_audio_is_fetched_without_the_standard_parameters(app: WebApp, media_client: WebhookClient) -> None:
    serve(app)
    answer = await play(media_client, app)
    assert (answer.content_type, answer.url) == ("audio/wav", app.url("/tune.wav"))
    assert (app.asked[0].method, app.asked[0].url) == ("GET", app.url("/tune.wav"))


async def test_fresh_audio_is_not_asked_for_again_until_it_is_stale(
    app: WebApp, media_client: WebhookClient, clock: Clock
) -> None:
    serve(app, Cache_Control="public, max-age=60", Age="10", ETag='"1"')
    await play(media_client, app)
    clock.now_s += 49
    await play(media_client, app)
    assert len(app.asked) == 1
    clock.now_s += 2
    await play(media_client, app)
    assert len(app.asked) == 2, "ten of the sixty seconds had passed on the way (Age)"
    clock.now_s += 49
    await play(media_client, app)
    assert [asked.headers.get("If-None-Match") for asked in app.asked] == [None, '"1"']


async def test_expires_counts_from_the_servers_own_date(app: WebApp, media_client: WebhookClient, clock: Clock) -> None:
    serve(app, Date="Mon, 01 Jan 2001 00:00:00 GMT", Expires="Mon, 01 Jan 2001 00:01:00 GMT")
    await play(media_client, app)
    clock.now_s += 59
    await play(media_client, app)
    assert len(app.asked) == 1
    clock.now_s += 2
    await play(media_client, app)
    assert len(app.asked) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": '"1"'},
        {"Last_Modified": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"ETag": '"1"', "Cache_Control": "no-cache, max-age=60"},
    ],
)
async def test_validators_are_asked_with_each_time(
    app: WebApp, media_client: WebhookClient, headers: dict[str, str]
) -> None:
    serve(app, **headers)
    first = await play(media_client, app)
    assert await play(media_client, app) == first
    conditional = {"If-None-Match", "If-Modified-Since"}
    assert [bool(conditional & set(asked.headers)) for asked in app.asked] == [False, True]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": '"1"', "Cache_Control": "no-store"},
        {"ETag": '"1"', "Vary": "*"},
        {"ETag": '"1"', "Vary": "Accept-Encoding, Cookie"},
        {"Cache_Control": "private, max-age=60"},
    ],
)
async def test_what_must_not_be_kept_is_fetched_again(
    app: WebApp, media_client: WebhookClient, headers: dict[str, str]
) -> None:
    serve(app, **headers)
    await play(media_client, app)
    await play(media_client, app)
    assert all("If-None-Match" not in asked.headers for asked in app.asked)
    assert len(app.asked) == 2


async def test_one_accounts_audio_is_not_anothers(app: WebApp, media_client: WebhookClient) -> None:
    serve(app, Cache_Control="max-age=60")
    await play(media_client, app)
    request = web_request(app.url("/tune.wav"))
    await media_client.download(type(request)(**{**vars(request), "account_sid": "AC" + "9" * 32}))
    assert len(app.asked) == 2


async def test_audio_may_be_40_megabytes_and_no_more(app: WebApp, media_client: WebhookClient) -> None:
    async def announce_too_much(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(LARGEST_AUDIO_BYTES + 1)})
        await response.prepare(request)
        return response

    app.answer("/large", body=b"x" * 1_000_000, Content_Type="audio/wav")
    assert len((await media_client.download(web_request(app.url("/large")))).body) == 1_000_000
    app.answers["/huge"] = announce_too_much
    with pytest.raises(WebhookFailure) as caught:
        await media_client.download(web_request(app.url("/huge")))
    assert caught.value.code == 11750


async def test_the_least_recently_used_audio_is_dropped_first(clock: Clock) -> None:
    cache = MediaCache(clock, most_bytes=20)
    for name in ("a", "b"):
        cache.keep((ACCOUNT_SID, name), WebAnswer(name, 200, "audio/wav", b"x" * 10, {"ETag": "1"}))
    cache.get((ACCOUNT_SID, "a"))
    cache.keep((ACCOUNT_SID, "c"), WebAnswer("c", 200, "audio/wav", b"x" * 10, {"ETag": "1"}))
    cache.keep((ACCOUNT_SID, "d"), WebAnswer("d", 200, "audio/wav", b"x" * 21, {"ETag": "1"}))
    assert [name for name in "abcd" if cache.get((ACCOUNT_SID, name))] == ["a", "c"]


async def test_a_download_may_be_limited_further(app: WebApp, media_client: WebhookClient) -> None:
    app.answer("/half", body=b"x" * 1000, Content_Type="image/png")
    request = web_request(app.url("/half"))
    assert len((await media_client.download(replace(request, most_bytes=1000))).body) == 1000
    with pytest.raises(WebhookFailure) as caught:
        await media_client.download(replace(request, most_bytes=999))
    assert caught.value.code == 11750


async def test_a_signed_download_can_be_verified(app: WebApp, media_client: WebhookClient) -> None:
    from callwright.model.signature import sign

    serve(app)
    await play(media_client, app)
    assert app.asked[0].headers["X-Twilio-Signature"] == sign(AUTH_TOKEN, app.url("/tune.wav"))
