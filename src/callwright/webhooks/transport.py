"""One request over the network: connection, TLS, time-outs, bounded body. Redirects, retries: above."""

import asyncio
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from callwright.webhooks.bodies import read_body, too_large
from callwright.webhooks.egress import EgressPolicy, ThreadedResolver, guarded_socket_factory
from callwright.webhooks.failures import Disconnected, HopFailed, explain
from callwright.webhooks.target import Target

#: Shorter than what common app servers keep idle connections for (uvicorn and Node 5 s): a request that meets
#: a connection just being closed is lost.
_KEEPALIVE_S = 4.0
_NAME_CACHE_S = 2
_MOST_CONNECTIONS = 2000
_MOST_STALE_CONNECTIONS = 10
#: aiohttp rounds longer time-outs up to whole seconds; ours are exact.
_NEVER_ROUND_S = 3600.0
#: OpenSSL sends no server name for an address; used for `sni=n`.
_NO_SERVER_NAME = "127.0.0.1"


@dataclass(frozen=True)
class Timeouts:
    """In seconds; `total_s` is what is left of the whole request."""

    connect_s: float
    read_s: float
    total_s: float


@dataclass
class Timing:
    """Where the time went, filled in while a request runs; milliseconds since `started_s`, None until it is so far.

    `connect_ms` stays None on a connection that was open already. `first_byte_ms` is the head of the answer.
    """

    started_s: float = field(default_factory=time.monotonic)
    connect_ms: float | None = None
    first_byte_ms: float | None = None
    is_reused: bool = False

    def passed_ms(self) -> float:
        return round((time.monotonic() - self.started_s) * 1000, 3)


@dataclass(frozen=True)
class RawAnswer:
    """What came back, whatever the status. `refusals`: what those who wanted to use it found wrong, code and text."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    refusals: list[tuple[int, str]] = field(default_factory=list)

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")


class Transport:
    """One pool of connections for all web apps."""

    def __init__(
        self, policy: EgressPolicy, verify_certificates: bool, exempt: Collection[tuple[str, int]] = ()
    ) -> None:
        self._open_socket = guarded_socket_factory(policy, exempt)
        self._verify_certificates = verify_certificates
        self._session: aiohttp.ClientSession | None = None
        self._nameless: ssl.SSLContext | None = None

    async def start(self) -> None:
        context = await asyncio.to_thread(_tls_context, self._verify_certificates, self._verify_certificates)
        connector = aiohttp.TCPConnector(
            ssl=context,
            limit=_MOST_CONNECTIONS,
            resolver=ThreadedResolver(),
            ttl_dns_cache=_NAME_CACHE_S,
            keepalive_timeout=_KEEPALIVE_S,
            socket_factory=self._open_socket,
            timeout_ceil_threshold=_NEVER_ROUND_S,
        )
        notes = aiohttp.TraceConfig()
        notes.on_connection_reuseconn.append(_note_reuse)
        notes.on_connection_create_end.append(_note_connection)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[notes],
            middlewares=[_forbid_hidden_repeats],
        )

    async def _nameless_context(self) -> ssl.SSLContext:
        """For `sni=n`: the chain is verified, the name cannot be. Made when first needed: it reads all CAs."""
        if self._nameless is None:
            self._nameless = await asyncio.to_thread(_tls_context, self._verify_certificates, False)
        return self._nameless

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        timeouts: Timeouts,
        limit_bytes: int,
        sends_server_name: bool = True,
        replaces_dead_connections: bool = True,
        timing: Timing | None = None,
    ) -> RawAnswer:
        """Send and read the answer; raises HopFailed.

        Connections found dead on reuse are replaced, unless even a request that was lost so must not be repeated.
        """
        limits = aiohttp.ClientTimeout(
            total=max(timeouts.total_s, 0.001),
            connect=timeouts.connect_s,
            sock_read=timeouts.read_s,
            ceil_threshold=_NEVER_ROUND_S,
        )
        timing = timing or Timing()
        tls: dict[str, Any] = {}
        if not sends_server_name:
            tls = {"ssl": await self._nameless_context(), "server_hostname": _NO_SERVER_NAME}
        for stale in range(_MOST_STALE_CONNECTIONS + 1):
            try:
                return await self._send_once(method, target, headers, body, limits, limit_bytes, tls, timing)
            except Disconnected as error:
                if not replaces_dead_connections or not error.was_reused or stale == _MOST_STALE_CONNECTIONS:
                    raise explain(error, target.authority, limits) from error
        raise AssertionError("the loop returns or raises")

    async def _send_once(
        self,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        limits: aiohttp.ClientTimeout,
        limit_bytes: int,
        tls: dict[str, Any],
        timing: Timing,
    ) -> RawAnswer:
        if self._session is None:
            raise RuntimeError("the webhook client is not started")
        timing.is_reused = False
        answering = False
        try:
            async with self._session.request(
                method,
                URL(target.url, encoded=True),
                headers=headers,
                data=body,
                timeout=limits,
                allow_redirects=False,
                trace_request_ctx=timing,
                **tls,
            ) as response:
                answering = True
                timing.first_byte_ms = timing.passed_ms()
                return await _read(response, limit_bytes)
        except Disconnected as error:
            error.was_reused = timing.is_reused
            raise
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            failure = explain(error, target.authority, limits)
            if answering:
                failure.phase = "final"  # a partial response is never asked for again
            raise failure from error


async def _read(response: aiohttp.ClientResponse, limit_bytes: int) -> RawAnswer:
    declared = response.content_length
    try:
        if declared is not None and declared > limit_bytes:
            raise too_large(limit_bytes)
        encoding = response.headers.get("Content-Encoding", "")
        body = await read_body(response.content.iter_any(), encoding, limit_bytes)
    except HopFailed:
        response.close()  # what is left of the body would otherwise be drained into the pool
        raise
    return RawAnswer(response.status, _readable(response.headers), body)


def _readable(headers: CIMultiDictProxy[str]) -> CIMultiDictProxy[str]:
    """Headers without the half surrogate pairs that stand for bytes which are no UTF-8: those are read as Latin-1."""
    if all(value.isascii() for value in headers.values()):
        return headers
    return CIMultiDictProxy(CIMultiDict((name, _text(value)) for name, value in headers.items()))


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


async def _note_reuse(session: aiohttp.ClientSession, context: SimpleNamespace, parameters: Any) -> None:
    context.trace_request_ctx.is_reused = True


async def _note_connection(session: aiohttp.ClientSession, context: SimpleNamespace, parameters: Any) -> None:
    """Name looked up, connected, TLS shaken hands; waiting for a place in the pool counts as well."""
    context.trace_request_ctx.connect_ms = context.trace_request_ctx.passed_ms()


async def _forbid_hidden_repeats(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Aiohttp repeats a lost GET by itself; an app must be asked as often as the retry policy says."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise Disconnected(str(error)) from error


def _tls_context(verifies_chain: bool, verifies_name: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = verifies_name
    context.verify_mode = ssl.CERT_REQUIRED if verifies_chain else ssl.CERT_NONE
    return context
