"""HTTP load from a process of its own, over kept-alive connections; every answer has to be a success."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import aiohttp

CONNECTIONS = 32


@dataclass(frozen=True)
class Load:
    url: str
    method: str
    credentials: tuple[str, str] | None = None
    form: dict[str, str] | None = None
    seconds: float = 5.0


def per_second(load: Load) -> float:
    """Successful answers per second."""
    command = [sys.executable, "-m", "bench.http_load", json.dumps(asdict(load))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=load.seconds + 60)
    return float(done.stdout)


async def _run(load: Load) -> float:
    auth = aiohttp.BasicAuth(*load.credentials) if load.credentials else None
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(auth=auth, connector=connector) as session:
        began_s = time.monotonic()
        counts = await asyncio.gather(*(_client(session, load, began_s + load.seconds) for _ in range(CONNECTIONS)))
        return sum(counts) / (time.monotonic() - began_s)


async def _client(session: aiohttp.ClientSession, load: Load, until_s: float) -> int:
    count = 0
    while time.monotonic() < until_s:
        async with session.request(load.method, load.url, data=load.form) as answer:
            await answer.read()
            if answer.status >= 300:
                raise SystemExit(f"{load.url} answered {answer.status}: {(await answer.text())[:300]}")
        count += 1
    return count


if __name__ == "__main__":
    description = json.loads(sys.argv[1])
    if description["credentials"]:
        description["credentials"] = tuple(description["credentials"])
    print(asyncio.run(_run(Load(**description))))
