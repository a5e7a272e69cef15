"""The /v1 API in this process, on storage in memory, with web apps that answer what a test tells them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.fakes.rest_api import RestApi
from tests.fakes.voice import FakeWebhooks

from callwright.api.app import build_api
from callwright.model.resources.account import Account
from callwright.usecases.web_ports import WebAnswer, WebhookFailure


class ExtensionsApi:
    """`await api("POST", "/Checks", {...})` acts as the first account of `api.rest`."""

    def __init__(self, answers: Mapping[str, WebAnswer | WebhookFailure] | None = None, **settings: Any) -> None:
        self.rest = RestApi(**settings)
        self.storage = self.rest.storage
        self.account = self.rest.account
        self.webhooks = FakeWebhooks(answers)
        self.ports = replace(self.rest.ports, webhooks=self.webhooks)
        self.app = Starlette(routes=[Mount("/v1", build_api(self.ports))])

    async def __call__(
        self, method: str, path: str, body: Any = None, *, account: Account | None = None, **options: Any
    ) -> httpx.Response:
        owner = account or self.account
        options.setdefault("auth", (owner.sid, owner.auth_token))
        if body is not None:
            options["json"] = body
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            return await client.request(method, f"/v1{path}", **options)
