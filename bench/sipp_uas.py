"""Reference: sipp's own UAS, a C program that answers and hangs up at once."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running.ports import free_udp_port

from bench.sipp import CallResult

SCENARIO = Path(__file__).parent / "scenarios" / "uas.xml"
RATES = (200, 400, 800, 1600)


@contextmanager
def running() -> Iterator[tuple[str, int]]:
    port = free_udp_port()
    command = ["sipp", "-sf", str(SCENARIO), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield "127.0.0.1", port
    finally:
        process.kill()
        process.wait(10)


def highest_rate(run: Callable[[int], CallResult], seconds: int) -> float:
    reached = 0.0
    for rate in RATES:
        result = run(rate)
        if result.failed or result.succeeded < rate * seconds:
            break
        reached = rate
    return reached
