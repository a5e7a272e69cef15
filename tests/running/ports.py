"""Free ports on loopback."""

import random
import socket


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_rtp_range(size: int = 400) -> str:
    """A range below the ephemeral ports; drawn at random, as several test processes draw at the same time."""
    low = random.randrange(10_000, 32_000 - size, 2)
    return f"{low}-{low + size}"
