"""A call without a network: what verbs did to it and when, and a caller who acts at given times."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.fakes.message_control import sent_reply

from callwright.twiml.document import Document
from callwright.twiml.ports import (
    CallEnded,
    DocumentFailed,
    DocumentRequest,
    PromptFailed,
    Reply,
    SentReply,
    Speech,
    Warned,
)

SECONDS_PER_PROMPT = 3.0


@dataclass(frozen=True)
class Done:
    """One thing that happened to the call; `cut_s` is when it was silenced before its end."""

    what: str
    detail: str = ""
    at_s: float = 0.0
    cut_s: float | None = None


class FakeCall:
    """Implements CallControl. Times are seconds since it was made, on the running loop's clock."""

    def __init__(
        self,
        *,
        is_answered: bool = False,
        keys: Iterable[tuple[float, str]] = (),
        caller_leaves_at_s: float | None = None,
        broken: Mapping[str, int] | None = None,
        sending_refused: tuple[int, str] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._start_s = self._loop.time()
        self._answered = is_answered
        self._broken = broken or {}
        self._sending_refused = sending_refused
        self.replies: list[Reply] = []
        self._keys: deque[str] = deque()
        self._key_pressed = asyncio.Event()
        self._over = asyncio.Event()
        self.done: list[Done] = []
        self.warnings: list[Warned] = []
        for at_s, key in keys:
            self._loop.call_at(self._start_s + at_s, self._press, key)
        if caller_leaves_at_s is not None:
            self._loop.call_at(self._start_s + caller_leaves_at_s, self._over.set)

    @property
    def now_s(self) -> float:
        return round(self._loop.time() - self._start_s, 6)

    @property
    def story(self) -> list[str]:
        return [f"{done.what} {done.detail}".strip() for done in self.done]

    @property
    def codes(self) -> list[int]:
        return [warned.code for warned in self.warnings]

    @property
    def is_answered(self) -> bool:
        return self._answered

    async def answer(self) -> None:
        self._check()
        if not self._answered:
            self._answered = True
            self._note("answer")

    async def say(self, speech: Speech) -> None:
        await self._prompt("say", speech.ssml)

    async def play(self, url: str) -> None:
        await self._prompt("play", url)

    async def play_digits(self, digits: str) -> None:
        await self._prompt("digits", digits)

    async def pause(self, duration_s: float) -> None:
        await self._last("pause", f"{duration_s:g}", duration_s)

    async def next_digit(self, timeout_s: float | None) -> str | None:
        deadline = None if timeout_s is None else self._loop.time() + timeout_s
        while not self._keys:
            self._key_pressed.clear()
            left_s = None if deadline is None else deadline - self._loop.time()
            if left_s is not None and left_s <= 0:
                return None
            await self._first_of(self._key_pressed, left_s)
        self._check()
        return self._keys.popleft()

    def forget_digits(self) -> None:
        self._keys.clear()

    async def hang_up(self) -> None:
        self._check()
        self._note("hang up")
        self._over.set()

    async def reject(self, reason: str) -> None:
        self._check()
        self._note("reject", reason)
        self._over.set()

    async def send_sms(self, reply: Reply) -> SentReply:
        self._check()
        self._note("sms", reply.body)
        self.replies.append(reply)
        return sent_reply(reply, len(self.replies), self._sending_refused)

    async def warn(self, warned: Warned) -> None:
        self.warnings.append(warned)

    def _press(self, key: str) -> None:
        self._keys.append(key)
        self._key_pressed.set()

    async def _prompt(self, what: str, detail: str) -> None:
        assert self._answered, f"{what} on a call that was not answered"
        if detail in self._broken:
            raise PromptFailed(self._broken[detail], f"{detail} is broken")
        await self._last(what, detail, SECONDS_PER_PROMPT)

    async def _last(self, what: str, detail: str, duration_s: float) -> None:
        self._check()
        place = len(self.done)
        self._note(what, detail)
        try:
            await self._first_of(None, duration_s)
        except (asyncio.CancelledError, CallEnded):
            self.done[place] = Done(what, detail, self.done[place].at_s, self.now_s)
            raise

    async def _first_of(self, event: asyncio.Event | None, timeout_s: float | None) -> None:
        """Until the event, the time-out, or the end of the call, which raises."""
        waits = [asyncio.create_task(e.wait()) for e in (self._over, event) if e is not None]
        try:
            await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._check()

    def _check(self) -> None:
        if self._over.is_set():
            raise CallEnded

    def _note(self, what: str, detail: str = "") -> None:
        self.done.append(Done(what, detail, self.now_s))


class FakeDocuments:
    """Implements Documents from a mapping of URLs, and remembers what was asked.

    Any other URL gives `otherwise`, or fails when there is none.
    """

    def __init__(self, documents: Mapping[str, Document], otherwise: Document | None = None) -> None:
        self._documents = documents
        self._otherwise = otherwise
        self.requests: list[DocumentRequest] = []

    async def fetch(self, request: DocumentRequest) -> Document:
        self.requests.append(request)
        found = self._documents.get(request.url, self._otherwise)
        if found is None:
            raise DocumentFailed(request.url)
        return found
