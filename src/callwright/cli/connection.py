"""Which server a command speaks to: the one at --url, the one running on --data, or none, on the data itself."""

import contextlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from callwright import __version__
from callwright.cli.api import Api
from callwright.cli.failure import CommandFailed
from callwright.cli.settings import read_settings
from callwright.config import Settings, parse_host_port

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
#: The history and the server's log tell who asked.
_HEADERS = {"User-Agent": f"callwright/{__version__}"}
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True)
class Target:
    """What was given on the command line."""

    data: Path | None = None
    url: str | None = None
    account: str | None = None
    token: str | None = None


@contextlib.asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Api]:
    """An API to speak to. Raises CommandFailed when there is none."""
    settings = read_settings(data=target.data)
    running = running_server(settings.data)
    if target.url or running:
        url = (target.url or f"http://{reachable(running['http'])}").rstrip("/")  # type: ignore[index]  # one is set
        _check_url(url)
        account, token = _credentials(target, settings, is_elsewhere=bool(target.url))
        auth = (account, token)
        async with httpx.AsyncClient(base_url=url, auth=auth, timeout=_TIMEOUT, headers=_HEADERS) as client:
            yield Api(client, account, url)
    else:
        async with _offline(target, settings) as api:
            yield api


@contextlib.asynccontextmanager
async def _offline(target: Target, settings: Settings) -> AsyncIterator[Api]:
    if settings.database is None and not (settings.data / "callwright.sqlite").exists():
        raise CommandFailed(
            f"there is no Callwright data in {settings.data}. Start a server with `callwright serve`, "
            "or say where one is: --data DIR or --url URL."
        )
    from callwright.server import build_offline_app  # most commands speak to a running server: slow to import

    app, database = build_offline_app(settings)
    try:
        account, token = _credentials(target, settings, is_elsewhere=False)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        base_url, auth = "http://callwright.invalid", (account, token)
        async with httpx.AsyncClient(transport=transport, base_url=base_url, auth=auth, headers=_HEADERS) as client:
            yield Api(client, account, f"the data in {settings.data}", is_running=False)
    finally:
        database.close()


def running_server(data: Path) -> dict[str, Any] | None:
    """What the server running on that directory wrote about itself; None when none runs."""
    server = _read_json(data / "server.json")
    if server is None:
        return None
    try:
        os.kill(int(server["pid"]), 0)
        parse_host_port(server["http"])
        parse_host_port(server["sip"])
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # it runs as somebody else
    except (KeyError, TypeError, ValueError) as error:
        raise CommandFailed(f"{data / 'server.json'} is damaged: stop the server and delete it") from error
    return server


def reachable(host_port: str) -> str:
    """The address to connect to for one that is listened on: 0.0.0.0:8080 becomes 127.0.0.1:8080."""
    host, port = parse_host_port(host_port)
    host = _ANYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _credentials(target: Target, settings: Settings, *, is_elsewhere: bool) -> tuple[str, str]:
    if bool(target.account) != bool(target.token):
        raise CommandFailed("--account and --token are given together", 2)
    if target.account and target.token:
        return target.account, target.token
    stored = _read_json(settings.data / "credentials.json")
    if stored and not (is_elsewhere and settings.account_sid):
        return str(stored.get("account_sid")), str(stored.get("auth_token"))
    if settings.account_sid and settings.auth_token:
        return settings.account_sid, settings.auth_token.get_secret_value()
    raise CommandFailed(
        f"no credentials: there is no credentials.json in {settings.data}. Give --account and --token, "
        "or set CALLWRIGHT_ACCOUNT_SID and CALLWRIGHT_AUTH_TOKEN."
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise CommandFailed(f"{path} cannot be read: run this as the user who runs the server") from error
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{path} cannot be read: {error}") from error
    return content if isinstance(content, dict) else None


def _check_url(url: str) -> None:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise CommandFailed(f"{url!r} is no URL: {error}. Give --url as http://HOST:PORT", 2) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise CommandFailed(f"{url!r} is no web address. Give --url as http://HOST:PORT", 2)
