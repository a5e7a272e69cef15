"""Which addresses webhooks may reach, checked on the address that is really connected to.

The check sits where the socket is made: decimal and IPv4-mapped addresses, names that resolve to private
addresses and names that change their address between look-up and connect all end here.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from aiohttp.abc import AbstractResolver, ResolveResult

EgressPolicy = Literal["public", "any"]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_RESOLVER_THREADS = 8

#: Beside what `ipaddress` knows: addresses that look public but lead inside.
_INSIDE = [
    ipaddress.ip_network(block)
    for block in (
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598; also Alibaba's metadata service
        "168.63.129.16/32",  # Azure's metadata and host service
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890; also Oracle's metadata service
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "64:ff9b:1::/48",  # local-use NAT64, RFC 8215
        "2001::/32",  # Teredo, RFC 4380: the address inside is obfuscated
        "fec0::/10",  # site-local, RFC 3879
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class EgressRefused(OSError):
    """The address is not one that webhooks may reach."""


def is_public(address: IpAddress) -> bool:
    """Whether it is an address of the open internet; IPv4 inside IPv6 is judged by the IPv4 address."""
    embedded = _embedded_ipv4(address)
    if embedded is not None:
        return is_public(embedded)
    if any(address.version == block.version and address in block for block in _INSIDE):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def may_reach(policy: EgressPolicy, address: str) -> bool:
    """Whether the policy allows a connection to that numeric address (IPv6 with or without a zone)."""
    return policy == "any" or is_public(ipaddress.ip_address(address))


def _embedded_ipv4(address: IpAddress) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def guarded_socket_factory(
    policy: EgressPolicy, exempt: Collection[tuple[str, int]] = ()
) -> Callable[[Any], socket.socket]:
    """A socket factory for aiohttp's connector that refuses addresses outside the policy with EgressRefused.

    `exempt` are (numeric address, port) pairs that may always be reached: the server's own demo app.
    """

    def open_socket(address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, destination = address_info
        if policy == "public" and (destination[0], destination[1]) not in exempt:
            address = ipaddress.ip_address(destination[0])
            if not is_public(address):
                raise EgressRefused(
                    f"{address} is not a public address, and this server's webhooks reach only those: "
                    "set CALLWRIGHT_EGRESS=any to let them reach private addresses."
                )
        return socket.socket(family=family, type=kind, proto=protocol)

    return open_socket


class ThreadedResolver(AbstractResolver):
    """Looks names up in threads of its own: a slow name server holds up neither the loop nor other work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="webhook-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=str(destination[0]),
                port=int(destination[1]),
                family=found_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found_family, _, protocol, _, destination in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
