"""Calls without SIP, RTP, speech and web: fakes of what a session works with, on the running loop's clock."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.live_calls import FakeLiveCalls
from tests.fakes.messaging import FakeCarriers, FakeMediaStore, FakeSecrets
from tests.fakes.unit_of_work import START, FakeStorage

from callwright.config import Settings
from callwright.model.resources.account import Account
from callwright.twiml.ports import CallEnded
from callwright.usecases.media_plane import LegFormat, MediaGone, NoPortLeft
from callwright.usecases.ports import Ports, StorageUnavailable
from callwright.usecases.speaker import Clip, ClipFailed, SpokenClip
from callwright.usecases.web_ports import ApiRequest, WebAnswer, WebhookFailure, WebRequest

CLIP_S = 3.0


class FakeLeg:
    """A signalling leg that takes no time unless `answer_s` says so."""

    def __init__(self, *, is_answered: bool = False, answer_s: float = 0.0, refuses_sdp: bool = False) -> None:
        self._answered = is_answered
        self._answer_s = answer_s
        self._refuses_sdp = refuses_sdp
        self._status: int | None = None
        self._ended = asyncio.get_running_loop().create_future()
        self.said: list[str] = []
        self.goodbye_s = 0.0

    @property
    def is_answered(self) -> bool:
        return self._answered

    @property
    def sip_status(self) -> int | None:
        return self._status

    async def answer(self, media: "FakeMediaLeg") -> None:
        if self._refuses_sdp:
            self.refuse(488)
        if self._ended.done():
            raise CallEnded
        self._answered = True
        self.said.append("200")
        await asyncio.sleep(self._answer_s)
        if self._ended.done():
            raise CallEnded

    def refuse(self, sip_status: int) -> None:
        if not self._answered and not self._ended.done():
            self._status = sip_status
            self._end(str(sip_status))

    async def hang_up(self) -> None:
        if self._ended.done():
            return
        if not self._answered:
            self.refuse(480)
            return
        await asyncio.sleep(self.goodbye_s)
        if not self._ended.done():
            self._end("BYE")

    def gone(self) -> None:
        """The other side hung up, or cancelled."""
        if not self._ended.done():
            self._status = None if self._answered else 487
            self._ended.set_result(None)

    def on_ended(self, tell: Callable[[], None]) -> None:
        self._ended.add_done_callback(lambda _: tell())

    def _end(self, said: str) -> None:
        self.said.append(said)
        self._ended.set_result(None)


class FakeMediaLeg:
    """Plays a clip in CLIP_S seconds; remembers what was heard until when."""

    leg_id = "leg"
    local_port = 20_000

    def __init__(self) -> None:
        self._gone = asyncio.get_running_loop().create_future()
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self.heard: list[str] = []
        self.cut: list[str] = []
        self.closed = 0

    def press(self, keys: str) -> None:
        for key in keys:
            self._keys.put_nowait(key)

    def die(self) -> None:
        self._gone.set_result(None)

    async def connect(self, host: str, port: int, form: LegFormat, *, sends: bool = True) -> None:
        self.heard.append(f"to {host}:{port}")

    async def play(self, clip: Clip) -> None:
        await self._last(clip.path, CLIP_S)

    async def send_digits(self, digits: str) -> None:
        await self._last(f"digits {digits}", 0.2 * len(digits))

    async def _last(self, what: str, duration_s: float) -> None:
        self.heard.append(what)
        try:
            await asyncio.wait([self._gone], timeout=duration_s)
        except asyncio.CancelledError:
            self.cut.append(what)
            raise
        if self._gone.done():
            raise MediaGone("the media process died")

    async def next_digit(self) -> str:
        return await self._keys.get()

    @property
    def gone(self) -> Awaitable[None]:
        return asyncio.shield(self._gone)

    async def close(self) -> None:
        self.closed += 1


class FakePlane:
    """Hands out media legs; `broken` is raised instead."""

    def __init__(self) -> None:
        self.legs: list[FakeMediaLeg] = []
        self.broken: Exception | None = None

    async def open_leg(self) -> FakeMediaLeg:
        await asyncio.sleep(0)
        if self.broken is not None:
            raise self.broken
        self.legs.append(FakeMediaLeg())
        return self.legs[-1]

    def use_up(self) -> None:
        self.broken = NoPortLeft("all RTP ports are in use")


class FakeSpeaker:
    """A clip's path is its text; the text `unspeakable` fails."""

    async def synthesize(self, ssml: str, voice: str, language: str) -> SpokenClip:
        if ssml == "unspeakable":
            raise ClipFailed("no voice pronounces it")
        return SpokenClip(Clip(ssml, 3000), "another voice" if voice == "odd" else None)

    async def decode(self, audio: bytes, content_type: str) -> Clip:
        if not audio:
            raise ClipFailed("no audio")
        return Clip(audio.decode(), 3000)


def xml(body: str, url: str = "http://app.test/voice") -> WebAnswer:
    return WebAnswer(url, 200, "text/xml", f"<Response>{body}</Response>".encode())


class FakeWebhooks:
    """Answers from a mapping of URLs: an answer, or the failure it is; `delay_s` before each."""

    def __init__(self, answers: Mapping[str, WebAnswer | WebhookFailure] | None = None) -> None:
        self.answers = dict(answers or {})
        self.requests: list[WebRequest] = []
        self.delay_s = 0.0
        self.ended: list[str] = []

    async def request(self, request: WebRequest) -> WebAnswer:
        self.requests.append(request)
        await asyncio.sleep(self.delay_s)
        answer = self.answers.get(request.url, WebhookFailure(11200, f"{request.url} answered 404"))
        if isinstance(answer, WebhookFailure):
            raise answer
        return answer

    async def call(self, request: ApiRequest) -> WebAnswer:
        raise AssertionError("no carrier is asked here")

    async def download(self, request: WebRequest) -> WebAnswer:
        return await self.request(request)

    def end_session(self, session: str) -> None:
        self.ended.append(session)


class LoopStorage(FakeStorage):
    """Storage whose clock is the loop's. The next `fails` writes raise `failure`; each takes `write_s` to begin."""

    fails = 0
    failure: Exception = StorageUnavailable("the disk is full")
    write_s = 0.0

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    @now.setter
    def now(self, value: datetime) -> None:
        """The loop's clock cannot be set."""

    async def write(self, work: Any, actor: Any) -> Any:
        await asyncio.sleep(self.write_s)
        if self.fails:
            self.fails -= 1
            raise self.failure
        result = await super().write(work, actor)
        await asyncio.sleep(0)
        return result


def account(sid: str = "AC" + "a" * 32, **fields: Any) -> Account:
    given = {"owner_account_sid": sid, "status": "active", "auth_token": "5" * 32, "type": "Full", **fields}
    return Account.model_construct(sid=sid, account_sid=sid, **given)


def ports_on(storage: FakeStorage, webhooks: FakeWebhooks, live_calls: Any = None) -> Ports:
    return Ports(
        storage=storage,
        webhooks=webhooks,
        live_calls=live_calls or FakeLiveCalls(),
        carriers=FakeCarriers(),
        secrets=FakeSecrets(),
        media=FakeMediaStore(),
        settings=Settings(),
        now=lambda: storage.now,
        sleep=asyncio.sleep,
    )
