import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvloop
from tests.webhooks.web_app import WebApp, web_app

from callwright.webhooks.client import WebhookClient


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The server's own event loop: its sockets fail with errors of their own."""
    return {"uvloop": uvloop.new_event_loop}


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
