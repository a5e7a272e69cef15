"""Handlers of durable work, by the name of the job. A handler re-reads its rows and is safe to run twice."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from callwright.usecases.ports import Ports

JobHandler = Callable[[Ports, Mapping[str, Any]], Awaitable[None]]

HANDLERS: dict[str, JobHandler] = {}


class RunAgain(Exception):
    """The job could not be done now: run it again after `delay` (the storage's back-off when None)."""

    def __init__(self, delay: timedelta | None = None) -> None:
        super().__init__()
        self.delay = delay


def handles(name: str) -> Callable[[JobHandler], JobHandler]:
    """Register the function as the handler of jobs of that name."""

    def register(handler: JobHandler) -> JobHandler:
        if name in HANDLERS:
            raise RuntimeError(f"job {name} has two handlers")
        HANDLERS[name] = handler
        return handler

    return register
