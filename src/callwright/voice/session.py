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
from callwright.twiml.ports import CallEnded, DocumentFailed, DocumentRequest, PromptFailed, Reply, SentReply
from callwright.usecases.ports import Ports, StorageUnavailable
from callwright.usecases.progress_call import progress_call
from callwright.usecases.report_problem import Problem, tell_debugger
from callwright.usecases.request_document import CallDocuments
from callwright.usecases.send_sms import send_sms
from callwright.usecases.web_ports import WebRequest
from callwright.voice.control import SessionControl
from callwright.voice.events import CallEvent, HangUpOrdered, LegEnded, MediaLost, RedirectOrdered, ScriptDone
from callwright.voice.ports import MediaGone, MediaLeg, MediaPlane, NoPortLeft, Speaker

log = structlog.get_logger()

_INTERNAL = 12400
_NO_MEDIA = 503
_SERVER_ERROR = 500
_TERMINATED = 487
_LONGEST_CALL_S = 14_400
#: How long the end of a call waits for the other side to take note; the goodbye itself goes on after that.
_GOODBYE_S = 2.0
#: Pauses before another attempt to store the final status: a call must not look live for ever.
_STORE_AGAIN_S = (0.2, 1.0, 3.0)
#: What a refused call ends as, by the SIP status that it was refused with; the rest has failed.
_UNANSWERED = {404: "no-answer", 480: "no-answer", 486: "busy", _TERMINATED: "no-answer"}
_APOLOGY = "We are sorry. This call cannot go on, because of an error in its application. Goodbye."

Opening = Callable[[], Awaitable[Document]]


class Leg(Protocol):
    """The signalling side of a call, answered or not."""

    @property
    def is_answered(self) -> bool: ...

    @property
    def sip_status(self) -> int | None:
        """The SIP status that ended the leg unanswered; None until then."""

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
        self._account = account
        self._ports = ports
        self._plane = plane
        self._leg = leg
        self._media: MediaLeg | None = None
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._over = False
        self._is_canceled = False
        self._answering: asyncio.Task[MediaLeg] | None = None
        self._goodbye: asyncio.Task[None] | None = None
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
                    # A redirected script leaves its ScriptDone behind; that must not end the one that replaced it.
                    if isinstance(event, ScriptDone) and not script.done():
                        continue
                    self._decide(event)
                    return
                await _cancelled(script)
                script = asyncio.create_task(self._script(self._redirection(event), None))
        finally:
            self._over = True
            await _cancelled(script)

    def _decide(self, event: CallEvent) -> None:
        """What an unanswered call ends as, unless it was refused already."""
        self._is_canceled = isinstance(event, HangUpOrdered) and self._leg.sip_status is None
        if isinstance(event, MediaLost | ScriptDone) and not self._leg.is_answered and self._leg.sip_status is None:
            self.refuse(_NO_MEDIA if isinstance(event, MediaLost) else _SERVER_ERROR)

    async def _next_event(self) -> CallEvent:
        limit_s = float(self.call.dialing.get("time_limit_s") or _LONGEST_CALL_S)
        while (left_s := limit_s - self._elapsed_s()) > 0:  # again when the call was answered meanwhile
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    return await self._events.get()
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
        finally:
            self.post(ScriptDone())

    async def _apologise(self) -> None:
        """The caller hears that it is the application's fault, instead of silence."""
        with contextlib.suppress(CallEnded, PromptFailed, DocumentFailed):
            await interpreter.run(document.say_text(_APOLOGY, None), self._control, self._documents)

    async def pick_up(self) -> MediaLeg:
        """Answer, once: a redirect drops the verb that asked for it, but not an answer that is on its way."""
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer())
        return await asyncio.shield(self._answering)

    async def _answer(self) -> MediaLeg:
        media = self._media or await self._open_media()
        if not self._leg.is_answered:
            await self._leg.answer(media)
            await self._progress("in-progress")
        return media

    async def _open_media(self) -> MediaLeg:
        try:
            media = await self._plane.open_leg()
        except (MediaGone, NoPortLeft) as error:
            await self.report(Problem(_INTERNAL, f"The call cannot be answered: {error}"))
            self.refuse(_NO_MEDIA)
            raise CallEnded from error
        self.adopt_media(media)
        return media

    async def end_leg(self) -> None:
        if not self._leg.is_answered and self._leg.sip_status is None:
            await self.pick_up()
        await self._leg.hang_up()

    def refuse(self, sip_status: int) -> None:
        self._leg.refuse(sip_status)

    async def report(self, problem: Problem) -> None:
        """Tell the debugger."""
        await tell_debugger(self._ports.storage, self.call, problem)

    def audio_request(self, url: str) -> WebRequest:
        return self._documents.audio_request(url)

    async def send_sms(self, reply: Reply) -> SentReply:
        return await send_sms(self._ports, self.call, self._account, reply)

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
        try:
            await self._say_goodbye()
            await self._release_media()
            await self._store_final_status()
        except Exception:
            log.exception("call not ended cleanly; the next start ends its row", call_sid=self.call.sid)
        finally:
            self._ports.webhooks.end_session(self.call.sid)

    async def _say_goodbye(self) -> None:
        """Hang up. An answer that is on its way gets a moment to be acknowledged, for only then may a BYE follow."""
        self._goodbye = asyncio.create_task(self._hang_up())
        waited: list[asyncio.Task[Any]] = [self._goodbye]
        if self._answering is not None:
            waited.append(self._answering)
        _, late = await asyncio.wait(waited, timeout=_GOODBYE_S)
        if self._answering is None:
            return
        if self._answering in late:
            await _cancelled(self._answering)
        if not self._answering.cancelled():
            self._answering.exception()  # the verb that asked for it was told; it may be gone

    async def _hang_up(self) -> None:
        try:
            await self._leg.hang_up()
        except Exception:  # a leg that cannot be told goodbye is over all the same
            log.exception("goodbye failed", call_sid=self.call.sid)

    async def _release_media(self) -> None:
        for task in list(self._watchers):
            task.cancel()
        if self._media is not None:
            await self._media.close()

    async def _store_final_status(self) -> None:
        final = self._final_status()
        for pause_s in _STORE_AGAIN_S:
            try:
                await self._progress(*final)
            except StorageUnavailable:
                log.warning("final status not stored yet", call_sid=self.call.sid)
                await self._ports.sleep(pause_s)
            else:
                return
        await self._progress(*final)

    def _final_status(self) -> tuple[str, dict[str, Any]]:
        if self._leg.is_answered:
            return "completed", {"sip_response_code": 200}
        sip_status = self._leg.sip_status or _TERMINATED
        status = "canceled" if self._is_canceled else _UNANSWERED.get(sip_status, "failed")
        return status, {"sip_response_code": sip_status}


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])
