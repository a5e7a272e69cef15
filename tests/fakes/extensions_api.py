"""The /v1 API in this process, on storage in memory, with web apps that answer what a test tells them."""

import json
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
        self.api = build_api(self.ports)
        self.app = Starlette(routes=[Mount("/v1", self.api)])

    def openapi(self) -> dict[str, Any]:
        """The description of the API."""
        return self.api.openapi()

    async def __call__(
        self, method: str, path: str, body: Any = None, *, account: Account | None = None, **options: Any
    ) -> httpx.Response:
        owner = account or self.account
        options.setdefault("auth", (owner.sid, owner.auth_token))
        if body is not None:
            headers = {"Content-Type": "application/json", **options.get("headers", {})}
            options |= {"content": json.dumps(body), "headers": headers}  # unlike httpx's, of any text
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            return await client.request(method, f"/v1{path}", **options)


def refusal(answer: httpx.Response) -> tuple[int, int]:
    """Status and code of an error, which has the form of all errors, and nothing beside it."""
    told = answer.json()
    assert set(told) == {"code", "message", "more_info", "status"}
    assert told["status"] == answer.status_code
    return answer.status_code, told["code"]
