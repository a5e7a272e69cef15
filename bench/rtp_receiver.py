"""A process that receives RTP on one socket and keeps every arrival: `python -m bench.rtp_receiver PORT OUT`.

Arrival times are the kernel's (SO_TIMESTAMPNS), so that this program's own scheduling does not count. On SIGTERM
it writes a numpy array of rows (ssrc, sequence, arrival in ns).
"""

import signal
import socket
import struct
import sys
from array import array

import numpy as np

_SO_TIMESTAMPNS = 35
_MOST_PACKETS = 4_000_000


def main(port: int, out: str) -> None:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    receiver.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    receiver.bind(("127.0.0.1", port))
    receiver.settimeout(0.2)
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    rows = array("q")
    header = struct.Struct("!HHII")
    stamp = struct.Struct("qq")
    print("ready", flush=True)
    while not stopping and len(rows) < 3 * _MOST_PACKETS:
        try:
            data, ancillary, _, _ = receiver.recvmsg(400, 64)
        except TimeoutError:
            continue
        if len(data) < 12:
            continue
        _, sequence, _, ssrc = header.unpack_from(data)
        seconds, nanoseconds = stamp.unpack(ancillary[0][2])
        rows.extend((ssrc, sequence, seconds * 1_000_000_000 + nanoseconds))
    np.save(out, np.array(rows, dtype=np.int64).reshape(-1, 3))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
