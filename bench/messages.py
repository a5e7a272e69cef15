"""What message figures share: a sender, a carrier, an SMSC, and waiting for the last status callback."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from tests.running.ports import free_tcp_port

from bench.stage import Stage
from bench.waiting import wait_until_it_listens

TO = "+15554440001"
BODY = "The train at 12:05 leaves from platform 3 today."
WINDOW = 100
_CONNECTIONS = 16
_LONGEST_S = 120.0


def buy_sender(stage: Stage, index: int) -> str:
    number = f"+1777{index:07d}"
    stage.server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number)
    return number


def add_carrier(stage: Stage, port: int) -> str:
    """An SMPP carrier at that port; its SID."""
    settings = {"host": "127.0.0.1", "port": port, "system_id": "bench", "window": WINDOW}
    secrets = {"password": "bench"}
    body = {"friendly_name": "bench", "kind": "smpp", "settings": settings, "secrets": secrets}
    answer = httpx.post(f"{stage.server.url}/v1/Carriers", auth=stage.server.credentials, json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


@contextmanager
def bare_smsc() -> Iterator[int]:
    """The SMSC of bench.smsc in a process of its own; its port."""
    port = free_tcp_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.smsc", str(port)])
    try:
        wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


async def send_all(stage: Stage, senders: list[str], count: int) -> None:
    """POST that many messages over a few connections, their status callbacks to the stage's web app."""
    url = f"{stage.server.url}/2010-04-01/Accounts/{stage.server.account_sid}/Messages.json"
    numbers = iter(range(count))
    auth = aiohttp.BasicAuth(*stage.server.credentials)

    async def client(session: aiohttp.ClientSession) -> None:
        for index in numbers:  # one iterator shared by all connections
            sender = senders[index % len(senders)]
            form = {"From": sender, "To": TO, "Body": BODY, "StatusCallback": f"{stage.web_url}/status"}
            async with session.post(url, data=form) as answer:
                if answer.status != 201:
                    raise RuntimeError(f"{url} answered {answer.status}: {await answer.text()}")

    async with aiohttp.ClientSession(auth=auth) as session:
        await asyncio.gather(*(client(session) for _ in range(_CONNECTIONS)))


def wait_for_callbacks(stage: Stage, status: str, count: int) -> list[int]:
    """Arrivals (monotonic ns) of that many status callbacks. Raises RuntimeError when they do not come."""
    deadline_s = time.monotonic() + _LONGEST_S
    arrivals: list[int] = []
    while len(arrivals) < count:
        if time.monotonic() > deadline_s:
            raise RuntimeError(f"{len(arrivals)} of {count} messages were {status} within {_LONGEST_S} s")
        time.sleep(0.2)
        arrivals += [at_ns for path, _, at_ns in stage.seen() if path == f"/status/{status}"]
    return arrivals
