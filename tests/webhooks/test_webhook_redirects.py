"""
| status | POST becomes | GET stays |
|---|---|---|
| 301, 302, 303 | GET without parameters | GET |
| 307, 308 | POST with the same parameters | GET |
"""

import pytest
from aiohttp import web
from multidict import MultiDict
from tests.webhooks.web_app import AUTH_TOKEN, WebApp, web_request
from twilio.request_validator import RequestValidator

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirected_post_becomes_a_get(app: WebApp, client: WebhookClient, status: int) -> None:
    app.answer("/old", status=status, Location="/new?x=1")
    app.answer("/new", body="<Response/>")
    answer = await client.request(web_request(app.url("/old"), CallSid="CA1"))
    assert answer.url == app.url("/new?x=1")
    assert [(one.method, one.url, one.form) for one in app.asked[1:]] == [("GET", app.url("/new?x=1"), [])]
    assert "Content-Type" not in app.asked[1].headers


@pytest.mark.parametrize("status", [307, 308])
async def test_a_temporary_redirect_keeps_method_and_parameters(
    app: WebApp, other_app: WebApp, client: WebhookClient, status: int
) -> None:
    app.answer("/old", status=status, Location=other_app.url("/new"))
    other_app.answer("/new", body="<Response/>")
    await client.request(web_request(app.url("/old"), CallSid="CA1"))
    assert [(one.method, one.form) for one in other_app.asked] == [("POST", [("CallSid", "CA1")])]


async def test_each_hop_is_signed_with_its_own_url(app: WebApp, client: WebhookClient) -> None:
    app.answer("/a", status=307, Location="/b")
    app.answer("/b", status=302, Location="/c?d=e")
    app.answer("/c", body="<Response/>")
    await client.request(web_request(app.url("/a"), CallSid="CA1"))
    validator = RequestValidator(AUTH_TOKEN)
    for asked in app.asked:
        assert validator.validate(asked.url, MultiDict(asked.form), asked.headers["X-Twilio-Signature"])
    assert len({asked.headers["X-Twilio-Signature"] for asked in app.asked}) == 3
    assert len({asked.headers["I-Twilio-Idempotency-Token"] for asked in app.asked}) == 1


async def test_the_standard_parameters_are_not_appended_to_a_redirected_get(app: WebApp, client: WebhookClient) -> None:
    app.answer("/old", status=307, Location="/new")
    app.answer("/new", body="<Response/>")
    await client.request(web_request(app.url("/old"), "GET", CallSid="CA1"))
    assert [asked.url for asked in app.asked] == [app.url("/old?CallSid=CA1"), app.url("/new")]


async def test_ten_redirects_are_followed_and_eleven_are_not(app: WebApp, client: WebhookClient) -> None:
    async def count_down(request: web.Request) -> web.Response:
        left = int(request.query["left"])
        return web.Response(status=302, headers={"Location": f"/?left={left - 1}"}) if left else web.Response()

    app.answers["/"] = count_down
    assert (await client.request(web_request(app.url("/?left=10")))).status == 200
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/?left=11")))
    assert caught.value.code == 11215


async def test_a_redirect_to_something_else_than_the_web_is_refused(app: WebApp, client: WebhookClient) -> None:
    app.answer("/", status=302, Location="file:///etc/passwd")
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    assert caught.value.code == 11100


async def test_a_redirect_without_location_is_an_error_answer(app: WebApp, client: WebhookClient) -> None:
    app.answer("/", status=302)
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/")))
    assert (caught.value.code, caught.value.answer and caught.value.answer.status) == (11200, 302)
