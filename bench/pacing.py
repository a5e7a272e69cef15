"""Reference: the least that streams can cost in Python, a loop that paces sendto calls."""

import os
import socket
import time


def cpu_percent_of_a_stream(streams: int, seconds: float = 2.0) -> float:
    """CPU of one stream (50 packets of 172 bytes per second) as a percentage of a core."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    target, packet = sink.getsockname(), bytes(172)
    before = os.times()
    began_s = next_s = time.monotonic()
    while next_s - began_s < seconds:
        for _ in range(streams):
            sender.sendto(packet, target)
        next_s += 0.02
        time.sleep(max(0.0, next_s - time.monotonic()))
    after = os.times()
    sender.close()
    sink.close()
    spent_s = after.user + after.system - before.user - before.system
    return spent_s / seconds / streams * 100
