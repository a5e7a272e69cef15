"""The speech client: implements usecases.speaker.Speaker over a speech process that it keeps running."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from callwright.speech.clip_store import ClipStore, clip_key
from callwright.speech.connection import Request, SpeechConnection, open_connection
from callwright.speech.engine import all_voices
from callwright.speech.voices import choose_voice, unspeakable_letters
from callwright.usecases.speaker import Clip, ClipFailed, SpokenClip

T = TypeVar("T")

_log = logging.getLogger("callwright.speech")

#: Part of every key: raise it when the same request would sound different.
_AUDIO_VERSION = "1"
_ANSWER_WITHIN_S = 90.0
_MOST_WAITING = 1000
_FIRST_BACK_OFF_S = 0.05
_LONGEST_BACK_OFF_S = 5.0
#: A process that lived this long starts the back-off anew.
_STABLE_AFTER_S = 10.0


class SpeechClient:
    """Clips from the cache in `cache_dir`, and from the speech process when they are not there yet."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir
        self._store = ClipStore(cache_dir)
        # Few threads of our own: a slow disk must not take the loop's other executors with it.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="clips")
        self._ids = itertools.count(1)
        self._waiting: dict[int, Request] = {}
        self._in_flight: dict[str, asyncio.Task[Clip]] = {}
        self._connection: SpeechConnection | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The speech process that runs now."""
        return self._connection.pid if self._connection else None

    async def start(self) -> None:
        """Start the process and wait until it can work. Raises OSError, TimeoutError."""
        self._connection = connection = await self._connect()
        self._supervisor = asyncio.create_task(self._supervise(connection), name="speech supervisor")

    async def stop(self) -> None:
        """End the process; requests that wait fail. Safe to call twice."""
        if self._supervisor:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        if self._connection:  # the supervisor may not have come to close it
            await self._connection.close()
            self._connection = None
        for request in self._waiting.values():
            request.fail("the server is shutting down")
        self._waiting.clear()
        await asyncio.gather(*self._in_flight.values(), return_exceptions=True)
        self._threads.shutdown(wait=False)

    async def synthesize(self, ssml: str, voice: str, language: str) -> SpokenClip:
        """Speak the inner XML of <Say> (plain text, or the SSML subset) into a cached clip. Raises ClipFailed."""
        choice = choose_voice(voice, language, all_voices())
        spoken_by = choice.voice
        key = clip_key(_AUDIO_VERSION, ssml, spoken_by.engine, spoken_by.name, str(choice.pitch))
        order = [ssml, spoken_by.engine, spoken_by.name, spoken_by.language, choice.pitch]
        told = [text for text in (choice.substitution, unspeakable_letters(ssml)) if text]
        return SpokenClip(await self._clip(key, {"speak": order}), ". ".join(told) or None)

    async def decode(self, audio: bytes, content_type: str) -> Clip:
        """Turn wav, aiff, mp3, flac or ogg (or raw µ-law) into a cached clip. Raises ClipFailed.

        The bytes decide what is cached, not an ETag: two web apps may tag different files alike.
        """
        kind = content_type.partition(";")[0].strip().lower()
        key = await self._off_loop(lambda: clip_key(_AUDIO_VERSION, "decoded", kind, audio))
        return await self._clip(key, {"audio": audio, "content_type": kind})

    async def _clip(self, key: str, order: dict[str, Any]) -> Clip:
        task = self._in_flight.get(key)
        if task is None:
            task = self._in_flight[key] = asyncio.create_task(self._find_or_make(key, order))
            task.add_done_callback(lambda done: self._forget(key, done))
        # Others may wait for the same clip: who gives up must not take it from them.
        return await asyncio.shield(task)

    def _forget(self, key: str, done: asyncio.Task[Clip]) -> None:
        self._in_flight.pop(key, None)
        if not done.cancelled():
            done.exception()  # looked at, also when everyone who waited has given up

    async def _find_or_make(self, key: str, order: dict[str, Any]) -> Clip:
        if clip := await self._off_loop(lambda: self._store.find(key)):
            return clip
        if self._supervisor is None:
            raise ClipFailed("the speech process is not running")
        if len(self._waiting) >= _MOST_WAITING:
            raise ClipFailed(f"{_MOST_WAITING} other clips are being prepared")
        request = Request({"id": next(self._ids), "key": key, **order})
        self._waiting[request.request_id] = request
        if self._connection:
            self._connection.send(request)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                return await request.answer
        except TimeoutError as error:
            raise ClipFailed(f"the speech process did not answer within {_ANSWER_WITHIN_S:.0f} s") from error
        finally:
            self._waiting.pop(request.request_id, None)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _connect(self) -> SpeechConnection:
        connection = await open_connection(self._cache_dir, self._waiting)
        try:
            await connection.ready()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _supervise(self, connection: SpeechConnection) -> None:
        back_off_s = _FIRST_BACK_OFF_S
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._serve(connection)
            back_off_s = _FIRST_BACK_OFF_S if loop.time() - began > _STABLE_AFTER_S else back_off_s
            connection, back_off_s = await self._restart(back_off_s)

    async def _restart(self, back_off_s: float) -> tuple[SpeechConnection, float]:
        while True:
            await asyncio.sleep(back_off_s)
            back_off_s = min(back_off_s * 2, _LONGEST_BACK_OFF_S)
            try:
                return await self._connect(), back_off_s
            except (OSError, TimeoutError) as error:
                _log.error("the speech process does not start: %s", error)

    async def _serve(self, connection: SpeechConnection) -> None:
        """Use the connection until its process dies. What it was working on fails; the rest is asked again."""
        self._connection = connection
        for request in list(self._waiting.values()):
            connection.send(request)
        try:
            deadly = await connection.run()
        finally:
            await connection.close()
            self._connection = None
        _log.error("the speech process %s died; starting another", connection.pid)
        if deadly is not None and deadly in self._waiting:
            self._waiting.pop(deadly).fail("the speech process died of it")
