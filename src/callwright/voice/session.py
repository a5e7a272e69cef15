"""A call session: one call's leg, media and running document, from the first document to the final status."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from callwright.model.actor import SERVER
from callwright.model.resources.account import Account
from callwright.model.resources.call import Call
from callwright.twiml import document, interpreter
from callwright.twiml.document import Document
from callwright.twiml.ports import CallEnded, DocumentFailed, DocumentRequest, PromptFailed
from callwright.usecases.ports import Ports, WebRequest
from callwright.usecases.progress_call import progress_call
from callwright.usecases.report_problem import Problem, report_problem
from callwright.usecases.request_document import CallDocuments
from callwright.voice.control import SessionControl
from callwright.voice.events import CallEvent, HangUpOrdered, LegEnded, MediaLost, RedirectOrdered, ScriptDone
from callwright.voice.ports import MediaGone, MediaLeg, MediaPlane, Speaker

log = structlog.get_logger()

_INTERNAL = 12400
_BUSY_HERE = 486
_APOLOGY = "We are sorry. This call cannot go on, because of an error in its application. Goodbye."

Opening = Callable[[], Awaitable[Document]]


class Leg(Protocol):
    """The signalling side of a call, answered or not."""

    @property
    def is_answered(self) -> bool: ...

    async def answer(self, media: MediaLeg) -> None:
        """Answer with the address of the media leg and connect it. Raises CallEnded."""

    def refuse(self, sip_status: int) -> None: ...

    async def hang_up(self) -> None: ...

    def on_ended(self, tell: Callable[[], None]) -> None:
        """Call back once, when the dialog is over."""


class CallSession:
    """Runs one call. Orders come in as events; whatever happens first decides (RFC 3261 crossing included)."""

    def __init__(
        self, ports: Ports, plane: MediaPlane, speaker: Speaker, call: Call, account: Account, leg: Leg
    ) -> None:
        self.call = call
        self.account = account
        self._ports = ports
        self._plane = plane
        self._leg = leg
        self._media: MediaLeg | None = None
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._over = False
        self._refused_with: int | None = None
        self._is_canceled = False
        self._picking_up = asyncio.Lock()
        self._watchers: set[asyncio.Task[None]] = set()
        self._control = SessionControl(self, ports, speaker)
        self._documents = CallDocuments(ports, account, lambda: self.call)
        leg.on_ended(lambda: self.post(LegEnded()))

    @property
    def call_sid(self) -> str:
        return self.call.sid

    @property
    def is_answered(self) -> bool:
        return self._leg.is_answered

    @property
    def is_over(self) -> bool:
        return self._over

    def post(self, event: CallEvent) -> None:
        """Tell the session that something happened; never waits."""
        self._events.put_nowait(event)

    def adopt_media(self, media: MediaLeg) -> None:
        """The leg's media, as soon as there is any: digits are heard from now on and its loss ends the call."""
        self._media = media
        for watch in (self._listen(media), self._watch(media)):
            task = asyncio.create_task(watch)
            self._watchers.add(task)
            task.add_done_callback(self._watchers.discard)

    async def run(self, opening: Opening | None = None, send_digits: str | None = None) -> None:
        """Run to the end and store the final status; raises nothing but cancellation."""
        try:
            await self._converse(opening or self._documents.first, send_digits)
        except Exception:
            log.exception("call session failed", call_sid=self.call.sid)
        finally:
            self._over = True
            await asyncio.shield(self._finish())

    async def _converse(self, opening: Opening, send_digits: str | None) -> None:
        script = asyncio.create_task(self._script(opening, send_digits))
        try:
            while True:
                event = await self._next_event()
                if not isinstance(event, RedirectOrdered):
                    if isinstance(event, ScriptDone) and not event_is_current(script):
                        continue
                    self._is_canceled = isinstance(event, HangUpOrdered)
                    return
                await _cancelled(script)
                script = asyncio.create_task(self._script(self._redirection(event), None))
        finally:
            self._over = True
            await _cancelled(script)

    async def _next_event(self) -> CallEvent:
        limit_s = float(self.call.dialing.get("time_limit_s") or 14_400)
        try:
            async with asyncio.timeout(limit_s - self._elapsed_s()):
                return await self._events.get()
        except TimeoutError:
            return HangUpOrdered()

    def _elapsed_s(self) -> float:
        started = self.call.answer_time or self.call.start_time
        return (self._ports.now() - started).total_seconds() if started else 0.0

    def _redirection(self, order: RedirectOrdered) -> Opening:
        if order.url is not None:
            request = DocumentRequest(order.url, order.method)
            return lambda: self._documents.fetch(request)
        return lambda: self._documents.inline(order.twiml or "")

    async def _script(self, opening: Opening, send_digits: str | None) -> None:
        try:
            if send_digits:
                await self._control.play_digits(send_digits)
            self._control.forget_digits()
            await interpreter.run(await opening(), self._control, self._documents)
        except DocumentFailed:
            await self._apologise()
        except CallEnded:
            pass
        except Exception as error:
            log.exception("document failed", call_sid=self.call.sid)
            await self.report(Problem(_INTERNAL, f"The document could not be run: {type(error).__name__}."))
        self.post(ScriptDone())

    async def _apologise(self) -> None:
        """The caller hears that it is the application's fault, instead of silence."""
        with contextlib.suppress(CallEnded, PromptFailed, DocumentFailed):
            await interpreter.run(document.say_text(_APOLOGY, None), self._control, self._documents)

    async def pick_up(self) -> MediaLeg:
        async with self._picking_up:
            if self._media is None:
                try:
                    self.adopt_media(await self._plane.open_leg())
                except (MediaGone, RuntimeError) as error:
                    await self.report(Problem(_INTERNAL, f"The call cannot be answered: {error}"))
                    self.refuse(503)
                    raise CallEnded from error
            media = self._media
            assert media is not None  # noqa: S101 - adopt_media has just set it
            if not self._leg.is_answered:
                await self._leg.answer(media)
                await self._progress("in-progress")
            return media

    async def end_leg(self) -> None:
        if not self._leg.is_answered and self._refused_with is None:
            await self.pick_up()
        await self._leg.hang_up()

    def refuse(self, sip_status: int) -> None:
        self._refused_with = sip_status
        self._leg.refuse(sip_status)

    async def report(self, problem: Problem) -> None:
        call = self.call
        await self._ports.storage.write(lambda unit: report_problem(unit, call, problem), SERVER)

    def audio_request(self, url: str) -> WebRequest:
        return WebRequest(
            url=url,
            method="GET",
            parameters={},
            account_sid=self.call.account_sid,
            auth_token=self.account.auth_token,
            kind="media",
            call_sid=self.call.sid,
            application_sid=self.call.application_sid,
            session=self.call.sid,
        )

    async def _listen(self, media: MediaLeg) -> None:
        with contextlib.suppress(MediaGone):
            while True:
                self._control.digit_pressed(await media.next_digit())

    async def _watch(self, media: MediaLeg) -> None:
        await media.gone
        self.post(MediaLost())

    async def _progress(self, status: str, facts: dict[str, Any] | None = None) -> None:
        changed = await self._ports.storage.write(
            lambda unit: progress_call(unit, self.call.sid, status, facts), SERVER
        )
        self.call = changed or self.call

    async def _finish(self) -> None:
        for task in list(self._watchers):
            task.cancel()
        with contextlib.suppress(Exception):  # a leg that cannot be told goodbye is over all the same
            await self._leg.hang_up()
        try:
            await self._progress(*self._final_status())
        except Exception:
            log.exception("final status not stored; the next start ends this call", call_sid=self.call.sid)
        if self._media is not None:
            await self._media.close()
        self._ports.webhooks.end_session(self.call.sid)

    def _final_status(self) -> tuple[str, dict[str, Any]]:
        if self._leg.is_answered:
            return "completed", {"sip_response_code": 200}
        if self._refused_with is None:
            return "canceled" if self._is_canceled else "no-answer", {"sip_response_code": 487}
        refused = {404: "no-answer", _BUSY_HERE: "busy"}.get(self._refused_with, "failed")
        return refused, {"sip_response_code": self._refused_with}


def event_is_current(script: asyncio.Task[None]) -> bool:
    """A ScriptDone that a redirected, cancelled script left behind must not end the one that replaced it."""
    return script.done()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
