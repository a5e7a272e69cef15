"""Requests from sources that no trunk is known to admit: one look at storage for all of them, then 403 without state.

A trunk that was just made counts from the next INVITE on; a flood of strangers costs neither transactions nor a line
of the log each.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from callwright.voice.transport import Address
from callwright.wire.sip.message import Request

log = structlog.get_logger()

#: What waits for one look. More is dropped: who means it sends again.
_MOST_WAITING = 200
_TOLD_AGAIN_S = 60.0
_MOST_TOLD = 1000

Taker = Callable[[Request, Address], bool]


class Strangers:
    """Holds requests while `look_again` reads the trunks; `take` then answers whether the source was admitted."""

    def __init__(self, look_again: Callable[[], Awaitable[None]], take: Taker) -> None:
        self._look_again = look_again
        self._take = take
        self._waiting: list[tuple[Request, Address]] = []
        self._looking: asyncio.Task[None] | None = None
        self._told_s: dict[str, float] = {}

    def hold(self, request: Request, source: Address) -> None:
        """Keep the request for the next look; never waits."""
        if len(self._waiting) >= _MOST_WAITING:
            return
        self._waiting.append((request, source))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="strangers")

    def close(self) -> None:
        """Forget who waits."""
        self._waiting.clear()
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        try:
            while self._waiting:
                held, self._waiting = self._waiting, []
                await self._look_once()
                for request, source in held:
                    self._settle(request, source)
        finally:
            self._looking = None

    async def _look_once(self) -> None:
        try:
            await self._look_again()
        except Exception:
            log.exception("trunks could not be read; strangers are judged by those that are known")

    def _settle(self, request: Request, source: Address) -> None:
        try:
            if not self._take(request, source):
                self._tell(source[0])
        except Exception:
            log.exception("SIP request could not be handled", source=source)

    def _tell(self, host: str) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_s.get(host, -_TOLD_AGAIN_S) < _TOLD_AGAIN_S:
            return
        if len(self._told_s) >= _MOST_TOLD:
            self._told_s.clear()
        self._told_s[host] = now_s
        cause = "no trunk allows this source: callwright trunks add NAME --allow CIDR"
        log.warning("incoming call refused", source=host, cause=cause)
