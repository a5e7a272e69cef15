"""The address of ours that peers are told."""

import socket

_ANY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to


def advertised_host(listening_host: str, public_host: str | None) -> str:
    """`public_host` if it is set, else the address listened on, else (listening on all) that of the default route."""
    if public_host:
        return public_host
    if listening_host not in _ANY:
        return listening_host
    family = socket.AF_INET6 if listening_host == "::" else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only asks the kernel for a route (TEST-NET-1).
            probe.connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
