"""Batches: what comes in while one call runs goes into the next one together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batches(Generic[T, R]):
    """Collects items for `perform`, which gets up to `most` of them in order, one call at a time.

    `perform` answers one outcome for each item, in their order; an exception among them is its item's alone. What
    `perform` raises itself goes to all items of that call.
    """

    def __init__(self, perform: Callable[[list[T]], Awaitable[Sequence[R | Exception]]], most: int = 100) -> None:
        self._perform = perform
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """The item's outcome, once its batch has been performed."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            # A task begins after what else is ready now has run: all of it comes along.
            self._task = asyncio.create_task(self._perform_all(), name="batches")
        return await future

    async def drain(self, timeout_s: float) -> None:
        """Wait that long until nothing waits anymore."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=timeout_s)

    async def _perform_all(self) -> None:
        try:
            while self._waiting:
                await self._perform_some([self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))])
        finally:
            self._task = None

    async def _perform_some(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            outcomes = await self._perform([item for item, _ in batch])
        except Exception as error:
            outcomes = [error] * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():  # whoever waited was cancelled
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
