"""Cookies and credentials live as long as the call."""

import hashlib
import re
from base64 import b64decode

import pytest
from aiohttp import web
from tests.webhooks.web_app import Handler, WebApp, web_request

from callwright.usecases.web_ports import WebhookFailure
from callwright.webhooks.client import WebhookClient

DOCUMENT = "<Response/>"


async def test_cookies_come_back_within_the_call_only(app: WebApp, client: WebhookClient) -> None:
    async def set_two(request: web.Request) -> web.Response:
        headers = [("Set-Cookie", "step=2; Path=/"), ("Set-Cookie", "hidden=1; Path=/other")]
        return web.Response(headers=headers)

    app.answers["/"] = set_two
    await client.request(web_request(app.url("/")))
    await client.request(web_request(app.url("/")))
    await client.request(web_request(app.url("/"), session="CA2"))
    await client.request(web_request(app.url("/"), session=None))
    assert [asked.headers.get("Cookie") for asked in app.asked] == [None, "step=2", None, None]
    client.end_session("CA" + "1" * 32)
    await client.request(web_request(app.url("/")))
    assert "Cookie" not in app.asked[-1].headers


async def test_a_cookie_set_by_a_redirect_is_sent_to_its_target(app: WebApp, client: WebhookClient) -> None:
    app.answer("/in", status=302, Location="/", Set_Cookie="a=b")
    app.answer("/", body=DOCUMENT)
    await client.request(web_request(app.url("/in"), session=None))
    assert app.asked[1].headers["Cookie"] == "a=b"


async def test_cookies_of_one_host_do_not_reach_another(app: WebApp, client: WebhookClient) -> None:
    app.answer("/", Set_Cookie="a=b")
    await client.request(web_request(app.url("/")))
    await client.request(web_request(app.url("/", host="localhost")))
    assert "Cookie" not in app.asked[1].headers


def demand_basic(username: str, password: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").removeprefix("Basic ")
        if b64decode(given).decode() == f"{username}:{password}":
            return web.Response(text=DOCUMENT, content_type="text/xml")
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="app"'})

    return handle


async def test_basic_credentials_go_out_after_the_challenge_and_then_at_once(
    app: WebApp, client: WebhookClient
) -> None:
    app.answers["/"] = demand_basic("me", "pä:ss")
    url = app.url("/").replace("//", "//me:p%C3%A4%3Ass@")
    answer = await client.request(web_request(url))
    assert answer.url == app.url("/"), "credentials stay out of what people see"
    await client.request(web_request(app.url("/")))
    assert ["Authorization" in asked.headers for asked in app.asked] == [False, True, True]
    client.end_session("CA" + "1" * 32)
    with pytest.raises(WebhookFailure):
        await client.request(web_request(app.url("/")))


async def test_wrong_credentials_are_tried_once(app: WebApp, client: WebhookClient) -> None:
    app.answers["/"] = demand_basic("me", "secret")
    with pytest.raises(WebhookFailure) as caught:
        await client.request(web_request(app.url("/").replace("//", "//me:wrong@")))
    assert caught.value.answer is not None
    assert caught.value.answer.status == 401
    assert len(app.asked) == 2
    assert "wrong" not in caught.value.message


async def test_credentials_do_not_follow_a_redirect_to_another_origin(
    app: WebApp, other_app: WebApp, client: WebhookClient
) -> None:
    app.answers["/"] = demand_basic("me", "secret")
    await client.request(web_request(app.url("/").replace("//", "//me:secret@")))
    app.answer("/", status=302, Location=other_app.url("/"))
    other_app.answers["/"] = demand_basic("me", "secret")
    with pytest.raises(WebhookFailure):
        await client.request(web_request(app.url("/").replace("//", "//me:secret@")))
    assert all("Authorization" not in asked.headers for asked in other_app.asked)


def demand_digest(algorithm: str | None, qop: str | None, uses_per_nonce: int = 100) -> Handler:
    """RFC 7616 by the book, written apart from the client; checks the request's own target and counts."""
    used: dict[str, int] = {}

    def h(text: str) -> str:
        return (hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5)(text.encode()).hexdigest()

    async def handle(request: web.Request) -> web.Response:
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get("Authorization", "")))
        nonce = given.get("nonce", "")
        if used.get(nonce, uses_per_nonce) < uses_per_nonce:
            used[nonce] += 1
            a1, a2 = h("me:the app:secret"), h(f"{request.method}:{given['uri']}")
            middle = f"{given['nc']}:{given['cnonce']}:auth:" if qop else ""
            right = (
                given["response"] == h(f"{a1}:{nonce}:{middle}{a2}")
                and given["uri"] == request.rel_url.raw_path_qs
                and (not qop or int(given["nc"], 16) == used[nonce])
            )
            return web.Response(text=DOCUMENT) if right else web.Response(status=403)
        fresh = f"nonce{len(used)}"
        used[fresh] = 0
        challenge = f'Digest realm="the app", nonce="{fresh}", opaque="o"'
        challenge += f", algorithm={algorithm}" if algorithm else ""
        challenge += f', qop="{qop}"' if qop else ""
        return web.Response(status=401, headers={"WWW-Authenticate": f'Basic realm="x", {challenge}'})

    return handle


@pytest.mark.parametrize(
    ("algorithm", "qop"), [("MD5", "auth"), ("SHA-256", "auth,auth-int"), (None, "auth"), (None, None)]
)
async def test_digest_is_answered_and_kept_for_the_call(
    app: WebApp, client: WebhookClient, algorithm: str | None, qop: str | None
) -> None:
    app.answers["/a"] = demand_digest(algorithm, qop)
    url = app.url("/a?b=c%20d").replace("//", "//me:secret@")
    for method in ("POST", "GET", "POST"):
        assert (await client.request(web_request(url, method, Digits="1"))).status == 200
    assert len(app.asked) == 4, "one challenge, then each at once"


async def test_a_used_up_nonce_is_replaced_by_the_new_one(app: WebApp, client: WebhookClient) -> None:
    app.answers["/"] = demand_digest("MD5", "auth", uses_per_nonce=1)
    for _ in range(3):
        assert (await client.request(web_request(app.url("/").replace("//", "//me:secret@")))).status == 200
