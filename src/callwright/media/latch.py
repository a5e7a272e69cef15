"""Symmetric RTP: whose packets are taken, and where ours go."""

import ipaddress
from typing import Any, Literal

#: Socket address as recvfrom gives it: host, port (and flow and scope in IPv6).
Address = tuple[Any, ...]

#: Who besides the signalled address may be the peer: nobody; another port of the signalled host; also
#: another host when the signalled one is a private address (a phone behind NAT that does not know).
Latching = Literal["off", "same-host", "nat"]

#: A peer keeps its place until it was quiet this long (1 s of 5 ms ticks); then another may take it.
_QUIET_TICKS = 200


class Latch:
    """The peer of one leg. Packets from elsewhere are refused, so that nobody can speak into a call."""

    __slots__ = ("_latching", "_may_move", "_signalled", "source", "target")

    def __init__(self, latching: Latching) -> None:
        self._latching = latching
        self._signalled: Address = ()
        self._may_move = False
        #: The only source taken without asking; None until the first packet.
        self.source: Address | None = None
        #: Where to send; None while nothing is signalled.
        self.target: Address | None = None

    def signal(self, host: str, port: int) -> None:
        """SDP says where the peer is. Forgets what was learnt when that changes."""
        if self._signalled == (host, port):
            return
        self._signalled = self.target = (host, port)
        self.source = None
        self._may_move = self._latching == "nat" and ipaddress.ip_address(host).is_private

    def admit(self, source: Address, heard_tick: int, tick: int) -> bool:
        """Whether a valid packet from a source other than the known one makes it the peer.

        `heard_tick` is when the leg's peer was last heard, `tick` is now.
        """
        if not self._signalled or (self.source is not None and tick - heard_tick < _QUIET_TICKS):
            return False
        same_host = source[0] == self._signalled[0]
        if source[:2] == self._signalled or (same_host and self._latching != "off") or self._may_move:
            self.source = self.target = source
            return True
        return False
