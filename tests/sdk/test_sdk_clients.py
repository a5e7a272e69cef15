"""The official Python SDK sends its requests to the server, and only what the server has."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import encode_basic_auth, web
from tests.webhooks.web_app import WebApp, web_app
from twilio.base.exceptions import TwilioException
from twilio.rest import Client as OfficialClient

import callwright.sdk
from callwright.sdk import async_http_client, http_client
from callwright.sdk.address import NotServedHere, redirected, server_url

ACCOUNT_SID = "AC" + "1" * 32
APPLICATIONS = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Applications.json"


@pytest.fixture
async def server() -> AsyncIterator[WebApp]:
    async def applications(request: web.Request) -> web.Response:
        row = {"sid": "AP" + "2" * 32, "friendly_name": "Callertron"}
        if request.method == "POST":
            return web.json_response(row, status=201)
        on_last_page = "Page" in request.query
        following = None if on_last_page else f"{APPLICATIONS}?Page=1&PageToken=x"
        return web.json_response({"applications": [row], "next_page_uri": following})

    async with web_app() as app:
        app.answers[APPLICATIONS] = applications
        yield app


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLWRIGHT_URL", "TWILIO_EDGE", "TWILIO_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")


async def test_two_lines_send_the_official_client_here(server: WebApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_URL", server.url("/"))
    client = OfficialClient(http_client=http_client())
    created = await asyncio.to_thread(client.applications.create, friendly_name="Callertron")
    assert created.friendly_name == "Callertron"
    asked = server.asked[0]
    assert (asked.method, asked.url) == ("POST", server.url(APPLICATIONS))
    assert asked.form == [("FriendlyName", "Callertron")]
    assert asked.headers["Authorization"].startswith("Basic ")


async def test_the_client_of_its_own_follows_pages_here_too(server: WebApp) -> None:
    client = callwright.sdk.Client(base_url=server.url(""))
    rows = await asyncio.to_thread(client.applications.list)
    assert len(rows) == 2
    assert [asked.url for asked in server.asked] == [
        server.url(f"{APPLICATIONS}?PageSize=1000") if "PageSize" in server.asked[0].url else server.url(APPLICATIONS),
        server.url(f"{APPLICATIONS}?Page=1&PageToken=x"),
    ]


async def test_edge_and_region_lead_here_as_well(server: WebApp) -> None:
    client = callwright.sdk.Client(base_url=server.url(""), edge="dublin", region="ie1")
    await asyncio.to_thread(client.applications.list)
    assert server.asked


async def test_the_asynchronous_methods_work(server: WebApp) -> None:
    async with async_http_client(server.url("")) as http:
        client = OfficialClient(http_client=http)
        created = await client.applications.create_async(friendly_name="Callertron")
    assert created.sid == "AP" + "2" * 32
    assert server.asked[0].headers["Authorization"] == encode_basic_auth(ACCOUNT_SID, "token")


async def test_a_product_that_is_not_here_is_refused_and_nothing_is_sent(server: WebApp) -> None:
    client = callwright.sdk.Client(base_url=server.url(""))
    with pytest.raises(TwilioException, match=r"'verify' .* is not part of Callwright"):
        await asyncio.to_thread(client.verify.v2.services.list)
    assert not server.asked


@pytest.mark.parametrize(
    ("url", "sent_to"),
    [
        ("https://api.twilio.com/2010-04-01/Accounts.json?a=b%20c", "http://here/x/2010-04-01/Accounts.json?a=b%20c"),
        ("https://api.dublin.ie1.twilio.com/2010-04-01", "http://here/x/2010-04-01"),
        ("https://api.ie1.twilio.com:8443/", "http://here/x/"),
        ("http://here/x/v1/Trunks", "http://here/x/v1/Trunks"),
    ],
)
def test_only_the_address_changes(url: str, sent_to: str) -> None:
    assert redirected(url, "http://here/x") == sent_to


@pytest.mark.parametrize(
    "url",
    [
        *("https://verify.twilio.com/v2", "https://api.twilio.com.evil.example/", "https://evilapi-twilio.com/"),
        *("https://here.example/", "http://here/xy", ""),
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(NotServedHere):
        redirected(url, "http://here/x")


def test_the_server_is_found_by_argument_then_environment_then_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    assert server_url() == "http://127.0.0.1:8080"
    monkeypatch.setenv("CALLWRIGHT_URL", "https://calls.example/")
    assert server_url() == "https://calls.example"
    assert server_url("http://other:1/") == "http://other:1"


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://x", "http://", "http://x/?y=1"])
def test_what_is_no_server_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not the URL of a Callwright server"):
        server_url(url)


def run_python(code: str) -> Any:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_without_the_official_sdk_the_error_names_what_to_install() -> None:
    result = run_python("import sys; sys.modules['twilio'] = None\nfrom callwright.sdk import http_client")
    assert "pip install 'callwright[sdk]'" in result.stderr


def test_nothing_of_the_server_is_imported() -> None:
    code = "import sys, callwright.sdk; callwright.sdk.Client; print([m for m in sys.modules if 'callwright' in m])"
    result = run_python(code)
    loaded = {"callwright", "callwright.sdk", "callwright.sdk.address", "callwright.sdk.client"}
    assert set(eval(result.stdout)) == {*loaded, "callwright.sdk.http_clients"}, result.stderr
