from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.webhooks.web_app import WebApp, web_app

from callwright.webhooks.client import WebhookClient


@pytest.fixture
async def app() -> AsyncIterator[WebApp]:
    async with web_app() as running:
        yield running


@pytest.fixture
async def other_app() -> AsyncIterator[WebApp]:
    async with web_app() as running:
        yield running


@pytest.fixture
def exchanges() -> list[dict[str, Any]]:
    return []


@pytest.fixture
async def client(exchanges: list[dict[str, Any]]) -> AsyncIterator[WebhookClient]:
    running = WebhookClient(
        egress_policy="any", verify_certificates=True, record_exchange=lambda one: exchanges.append(dict(one))
    )
    await running.start()
    yield running
    await running.close()
