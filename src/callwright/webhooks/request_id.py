"""What one request is known by, over all its retries and redirects: a UUID whose beginning is the time.

RFC 9562 section 5.7 (version 7): sorted by time, so that the index over millions of exchanges grows at its end.
"""

import secrets
import time
import uuid

_VERSION, _VARIANT = 7, 2
_LOW_BITS = 62


def new_request_id() -> str:
    noise = secrets.randbits(12 + _LOW_BITS)
    high = (time.time_ns() // 1_000_000) << 16 | _VERSION << 12 | noise >> _LOW_BITS
    low = _VARIANT << _LOW_BITS | noise & ((1 << _LOW_BITS) - 1)
    return str(uuid.UUID(int=high << 64 | low))
