"""Ends the process when its stop does not come to an end by itself.

Python waits at its end for every thread of an executor, without a limit: one that hangs in a file system or in a name
look-up would keep a server that was told to stop for ever, until somebody kills it in the middle of anything.
"""

import logging
import os
import sys
import threading

import structlog

log = structlog.get_logger()


class StopGuard:
    """A limit at a time; the last one set counts."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def limit(self, seconds: float, status: int) -> None:
        """End the process after that long with that exit status, whatever it is waiting for then."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, _end, (status,))
        self._timer.daemon = True
        self._timer.start()


def _end(status: int) -> None:
    """Everything committed is durable already; what is logged is written out."""
    waited_for = [
        thread.name
        for thread in threading.enumerate()
        if not thread.daemon and thread not in (threading.main_thread(), threading.current_thread())
    ]
    log.warning("the stop did not come to an end in time: the process ends now", threads=waited_for)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
