"""RTP sockets: even ports of a range, the one freed longest ago first."""

import errno
import socket

#: Expedited Forwarding (RFC 3246) in the upper six bits: what networks expect of voice.
_TOS_VOICE = 0xB8
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


class PortsExhausted(OSError):
    """Every port of the range is in use."""


class RtpPorts:
    """Binds RTP sockets on one address. `low` and `high` are both inside the range."""

    def __init__(self, host: str, low: int, high: int) -> None:
        self._host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._ports = range(low + low % 2, high + 1, 2)
        self._used: set[int] = set()
        # Going round leaves a freed port alone as long as possible: late packets of its last call
        # must not end up in the next one.
        self._turn = 0

    def bind(self) -> socket.socket:
        """A non-blocking UDP socket on the next free even port (RFC 3550 §11); raises PortsExhausted."""
        for _ in self._ports:
            port = self._ports[self._turn]
            self._turn = (self._turn + 1) % len(self._ports)
            if port not in self._used:
                bound = self._try(port)
                if bound is not None:
                    self._used.add(port)
                    return bound
        raise PortsExhausted(errno.EADDRINUSE, "all RTP ports are in use: widen --rtp-ports")

    def release(self, port: int) -> None:
        """The socket on that port was closed."""
        self._used.discard(port)

    def _try(self, port: int) -> socket.socket | None:
        """The bound socket, or None when another program has the port."""
        bound = socket.socket(self._family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            bound.bind((self._host, port))
        except OSError as problem:
            bound.close()
            if problem.errno in _TAKEN:
                return None
            raise
        if self._family == socket.AF_INET:
            bound.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _TOS_VOICE)
        else:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _TOS_VOICE)
        return bound
