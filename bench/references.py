"""References measured beside the product: the least that its building blocks cost on this machine."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running.ports import free_tcp_port

from bench.waiting import wait_until_it_answers


@contextmanager
def bare_starlette() -> Iterator[str]:
    """A Starlette application that answers a constant, under uvicorn like ours; its URL."""
    port = free_tcp_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_answer", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def sqlite_inserts_per_second(path: Path, seconds: float = 2.0) -> float:
    """One row and one durable commit at a time (WAL, synchronous=FULL), from one thread."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
    began_s, count = time.monotonic(), 0
    while time.monotonic() - began_s < seconds:
        database.execute("INSERT INTO row (text) VALUES (?)", ("x" * 400,))
        count += 1
    database.close()
    return count / seconds
