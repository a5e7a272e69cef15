"""The UDP socket of the SIP endpoint: it never dies of a packet, whatever address it is told to send to."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import structlog

from callwright.voice.local_address import advertised_host

log = structlog.get_logger()

Address = tuple[str, int]

_HIGHEST_PORT = 65535
#: A burst of call set-ups must survive a loop that is late by some milliseconds.
_RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
_REOPEN_PAUSE_S = 0.2


class Transport(Protocol):
    """What the SIP stack needs of UDP, TCP or TLS."""

    #: As in Via: "UDP".
    name: str

    @property
    def address(self) -> Address:
        """Where it listens. Raises RuntimeError while it is closed."""

    def host_toward(self, target: Address) -> str:
        """Our address as the target sees it."""

    def can_send_to(self, target: Address) -> bool:
        """Whether the target is a numeric address of our IP version."""

    def send(self, data: bytes, target: Address) -> bool:
        """Send, or answer False: the target is no address that can be sent to. Never raises."""

    async def open(self, host: str, port: int) -> None:
        """Listen. Raises OSError."""

    async def close(self) -> None:
        """Stop listening; returns when the socket is closed."""


class UdpTransport(asyncio.DatagramProtocol):
    """One UDP socket, opened again when the system closes it."""

    name = "UDP"

    def __init__(self, on_packet: Callable[[bytes, Address], None], public_host: str | None = None) -> None:
        self._on_packet = on_packet
        self._public_host = public_host
        self._socket: asyncio.DatagramTransport | None = None
        self._address: Address | None = None
        self._version = 4
        self._is_closing = False
        self._closed = asyncio.Event()
        self._reopening: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address:
        if self._address is None:
            raise RuntimeError("the SIP endpoint is not open")
        return self._address

    async def open(self, host: str, port: int) -> None:
        self._is_closing = False
        self._closed.clear()
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        raw: socket.socket = self._socket.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the kernel may allow less
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        bound = self._socket.get_extra_info("sockname")
        self._address = (str(bound[0]), int(bound[1]))
        self._version = 6 if raw.family == socket.AF_INET6 else 4

    async def close(self) -> None:
        self._is_closing = True
        if self._reopening is not None:
            self._reopening.cancel()
        if self._socket is not None:
            self._socket.close()
            await self._closed.wait()

    def abort(self) -> None:
        """Drop the socket as the system may do; it is opened again."""
        if self._socket is not None:
            self._socket.abort()

    def host_toward(self, target: Address) -> str:
        listening_host = self.address[0]
        is_everywhere = ipaddress.ip_address(listening_host).is_unspecified
        route_host = _route_host(target[0], self._version) if is_everywhere and not self._public_host else None
        return route_host or advertised_host(listening_host, self._public_host)

    def can_send_to(self, target: Address) -> bool:
        return is_sendable(target[0], target[1], self._version)

    def send(self, data: bytes, target: Address) -> bool:
        if self._socket is None or not self.can_send_to(target):
            return False
        try:
            self._socket.sendto(data, target)
        except (OSError, ValueError, RuntimeError) as error:
            log.warning("packet not sent", target=target, error=str(error))
            return False
        return True

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        try:
            self._on_packet(data, (str(addr[0]), int(addr[1])))
        except Exception:
            log.exception("SIP packet could not be handled", source=addr[:2], size=len(data))

    def error_received(self, exc: Exception) -> None:
        # ICMP errors and full buffers: the transaction's repeats and time-outs deal with both.
        log.debug("SIP socket reported an error", error=str(exc))

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket = None
        self._closed.set()
        if not self._is_closing:
            log.error("SIP socket was closed, opening it again", error=str(exc))
            self._reopening = asyncio.get_running_loop().create_task(self._reopen())

    async def _reopen(self) -> None:
        while self._socket is None and not self._is_closing:
            try:
                await self.open(*self.address)
            except OSError as error:
                log.error("SIP socket cannot be opened", error=str(error))
                await asyncio.sleep(_REOPEN_PAUSE_S)


@lru_cache(maxsize=4096)
def is_sendable(host: str, port: int, version: int) -> bool:
    """Whether a packet can go there: a numeric unicast address of the socket's IP version and a real port.

    Anything else makes asyncio's sendto() raise inside and close the socket for good.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    is_one_host = not (address.is_unspecified or address.is_multicast or host == "255.255.255.255")
    return is_one_host and address.version == version and 1 <= port <= _HIGHEST_PORT


@lru_cache(maxsize=1024)
def _route_host(target_host: str, version: int) -> str | None:
    """The local address the kernel would send from; a connected datagram socket tells without sending."""
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((target_host, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return None
