"""A connection to what an SMSC's name leads to, as far as the carrier may connect there."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any


class AddressRefused(OSError):
    """The carrier may not connect to what the name leads to."""


async def connected_socket(host: str, port: int, may_reach: Callable[[str], bool], timeout_s: float) -> socket.socket:
    """A socket to the first address that answers, of those that `may_reach` (numeric address) allows.

    The name is resolved once, and what was checked is what is connected to: it may lead elsewhere the next time.
    Raises AddressRefused, and OSError (TimeoutError among them) or UnicodeError when there is no connection.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = list(dict.fromkeys((entry[0], entry[4]) for entry in found if may_reach(str(entry[4][0]))))
    if not allowed:
        raise AddressRefused(f"{host} leads to no address that this carrier may connect to")
    failure: OSError | None = None
    for family, destination in allowed:
        try:
            return await _connected(family, destination, timeout_s / len(allowed))
        except OSError as error:
            failure = failure or error
    raise failure or AssertionError("there was an address")


async def _connected(family: int, destination: Any, timeout_s: float) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(connection, destination)
    except BaseException:
        connection.close()
        raise
    return connection
