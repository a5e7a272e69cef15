"""An HTTP carrier's link under test, on a real webhook client; its web requests by ASGI."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.messaging.smpp_link import NotedTraffic

from callwright.config import Settings
from callwright.messaging.carrier import LinkContext
from callwright.messaging.http.link import HttpLink
from callwright.messaging.http.settings import HttpSettings
from callwright.messaging.web import build_carrier_web
from callwright.model.resources.carrier import Carrier
from callwright.webhooks.client import WebhookClient

CARRIER = Carrier.model_construct(sid="CR" + "1" * 32, account_sid="AC" + "1" * 32, friendly_name="test", kind="http")
#: How web requests prove that they are the carrier's, unless a test is about that.
TOKEN = {"X-Webhook-Secret": "a long secret"}


@dataclass(frozen=True)
class Linked:
    link: HttpLink
    traffic: NotedTraffic
    exchanges: list[dict[str, Any]]
    web: httpx.AsyncClient

    async def inbound(self, **asked: Any) -> httpx.Response:
        return await self._post("inbound", **asked)

    async def receipt(self, **asked: Any) -> httpx.Response:
        return await self._post("receipts", **asked)

    async def _post(self, what: str, *, method: str = "POST", **asked: Any) -> httpx.Response:
        return await self.web.request(method, f"/carriers/{CARRIER.sid}/{what}", **{"headers": TOKEN, **asked})


@asynccontextmanager
async def linked(url: str = "http://127.0.0.1:1/", **settings: Any) -> AsyncIterator[Linked]:
    """A started link that sends to `url`; it takes webhooks with TOKEN unless the settings say otherwise."""
    webhooks = {"webhook_auth": "header", "webhook_secret": "a long secret"}
    exchanges: list[dict[str, Any]] = []
    client = WebhookClient(
        egress_policy="any", verify_certificates=True, record_exchange=lambda one: exchanges.append(dict(one))
    )
    await client.start()
    traffic = NotedTraffic()
    context = LinkContext(CARRIER, traffic, client, Settings(http="127.0.0.1:8080"), lambda: datetime.now(UTC), bool)
    link = HttpLink(HttpSettings.model_validate({"url": url, **webhooks, **settings}), context)
    app = Starlette(routes=[Mount("/carriers", build_carrier_web({CARRIER.sid: link}.get))])
    await link.start()
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as web:
            yield Linked(link, traffic, exchanges, web)
    finally:
        await link.stop(1.0)
        await client.close()
