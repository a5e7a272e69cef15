"""Waiting for a program that was just started."""

import socket
import time

import httpx

START_S = 20.0


def wait_until_it_answers(url: str) -> None:
    """Return once the URL answers anything. Raises RuntimeError after START_S."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            time.sleep(0.02)
    raise RuntimeError(f"{url} did not start within {START_S} s")


def wait_until_it_listens(port: int) -> None:
    """Return once the port of this machine takes connections. Raises RuntimeError after START_S."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"port {port} did not open within {START_S} s")
