"""CallControl on a SIP leg and its media: what verbs do to a real call."""

import asyncio
from typing import Protocol

from callwright.twiml.ports import CallEnded, PromptFailed, Reply, SentReply, Speech, Warned
from callwright.usecases.ports import Ports
from callwright.usecases.report_problem import Problem, problem_of, without_credentials
from callwright.usecases.speaker import Clip, ClipFailed
from callwright.usecases.web_ports import WebhookFailure, WebRequest
from callwright.voice.ports import MediaGone, MediaLeg, Speaker

_BUSY, _NOT_FOUND = 486, 404
_SUBSTITUTED_VOICE = 13511
_SPEECH_FAILED = 13520
_AUDIO_UNKNOWN = 13420


class Conversation(Protocol):
    """What the controls need of the session they act for."""

    @property
    def call_sid(self) -> str: ...

    @property
    def is_answered(self) -> bool: ...

    @property
    def is_over(self) -> bool: ...

    async def pick_up(self) -> MediaLeg:
        """Answer if it is not answered yet; the leg's media."""

    async def end_leg(self) -> None: ...

    def refuse(self, sip_status: int) -> None: ...

    async def report(self, problem: Problem) -> None: ...

    def audio_request(self, url: str) -> WebRequest: ...

    async def send_sms(self, reply: Reply) -> SentReply: ...


class SessionControl:
    """Implements twiml.ports.CallControl for one call session."""

    def __init__(self, conversation: Conversation, ports: Ports, speaker: Speaker) -> None:
        self._conversation = conversation
        self._ports = ports
        self._speaker = speaker
        self._digits: asyncio.Queue[str] = asyncio.Queue()
        self._told: set[Problem] = set()

    @property
    def is_answered(self) -> bool:
        return self._conversation.is_answered

    def digit_pressed(self, digit: str) -> None:
        self._digits.put_nowait(digit)

    async def answer(self) -> None:
        await self._media()

    async def say(self, speech: Speech) -> None:
        try:
            spoken = await self._speaker.synthesize(speech.ssml, speech.voice, speech.language)
        except ClipFailed as failure:
            raise PromptFailed(_SPEECH_FAILED, f"The text could not be spoken: {failure}") from failure
        if spoken.substitution:
            await self.warn(Warned(_SUBSTITUTED_VOICE, spoken.substitution))
        await self._play(spoken.clip)

    async def play(self, url: str) -> None:
        try:
            answer = await self._ports.webhooks.download(self._conversation.audio_request(url))
        except WebhookFailure as failure:
            message = f"{without_credentials(url)} cannot be played: {failure.message}"
            raise PromptFailed(failure.code, message) from failure
        try:
            clip = await self._speaker.decode(answer.body, answer.content_type)
        except ClipFailed as failure:
            message = f"{without_credentials(url)} is no audio that can be played: {failure}"
            raise PromptFailed(_AUDIO_UNKNOWN, message) from failure
        await self._play(clip)

    async def play_digits(self, digits: str) -> None:
        media = await self._media()
        try:
            await media.send_digits(digits)
        except MediaGone as gone:
            raise CallEnded from gone

    async def pause(self, duration_s: float) -> None:
        self._check()
        await self._ports.sleep(duration_s)

    async def next_digit(self, timeout_s: float | None) -> str | None:
        self._check()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._digits.get()
        except TimeoutError:
            return None

    def forget_digits(self) -> None:
        while not self._digits.empty():
            self._digits.get_nowait()

    async def hang_up(self) -> None:
        await self._conversation.end_leg()

    async def reject(self, reason: str) -> None:
        self._conversation.refuse(_BUSY if reason == "busy" else _NOT_FOUND)

    async def send_sms(self, reply: Reply) -> SentReply:
        self._check()
        return await self._conversation.send_sms(reply)

    async def warn(self, warned: Warned) -> None:
        """Tell the debugger, the same thing once a call: a menu that loops would repeat it for ever."""
        problem = problem_of(warned)
        if problem in self._told:
            return
        self._told.add(problem)
        await self._conversation.report(problem)

    async def _play(self, clip: Clip) -> None:
        media = await self._media()
        try:
            await media.play(clip)
        except MediaGone as gone:
            raise CallEnded from gone
        except ClipFailed as failure:
            raise PromptFailed(_SPEECH_FAILED, f"The prompt is gone from the cache: {failure}") from failure

    async def _media(self) -> MediaLeg:
        self._check()
        return await self._conversation.pick_up()

    def _check(self) -> None:
        if self._conversation.is_over:
            raise CallEnded
