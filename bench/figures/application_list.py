"""A page of applications with their use, and a page of one's numbers, on an account with 100 000 numbers."""

import time
from collections.abc import Iterable

import httpx

from bench.figure import Figure
from bench.many_numbers import APPLICATIONS, CALLS, ENGINES, NUMBERS, Crowd, crowded
from bench.stage import Stage

ORDER = 70
REQUESTS = 100
MUST_MS, AIM_MS = 50.0, 25.0
_SHARE = 0.95


def measure(stage: Stage) -> Iterable[Figure]:
    for engine in ENGINES:
        with crowded(stage.folder, engine) as crowd, _client(crowd) as client:
            newest, middle = crowd.application_sids[-1], crowd.number_sids[NUMBERS // 2]
            pages = {
                "applications with their use": "/v1/Applications",
                "applications by text": "/v1/Applications?text=app99",
                "numbers of one application": f"/v1/Applications/{newest}/Numbers?before={middle}",
                "calls of one application": f"/v1/Applications/{newest}/Calls",
            }
            # Of the bare answer of the same server, to tell what is ours from what is the machine's.
            bare_ms = p95_ms(client, "/healthz")
            for name, path in pages.items():
                yield Figure(
                    f"a page of {name}, p95, {engine}", p95_ms(client, path), "ms", MUST_MS, AIM_MS,
                    more_is_better=False, reference=bare_ms, reference_name="/healthz, p95",
                    note=f"{APPLICATIONS:,} applications, {NUMBERS:,} numbers, {CALLS:,} calls",
                )  # fmt: skip


def _client(crowd: Crowd) -> httpx.Client:
    return httpx.Client(base_url=crowd.server.url, auth=crowd.server.credentials, timeout=30)


def p95_ms(client: httpx.Client, path: str, requests: int = REQUESTS) -> float:
    """The 95th percentile of the time a request takes, one after the other on one connection."""
    times_ms = []
    for _ in range(requests):
        began_s = time.perf_counter()
        answer = client.get(path)
        times_ms.append((time.perf_counter() - began_s) * 1000)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return sorted(times_ms)[int(_SHARE * requests)]
