"""<Gather>: collect keys that the caller presses, while prompts play."""

import asyncio
from dataclasses import dataclass, replace

from callwright.twiml.attribute import (
    SCHEMA_WARNING,
    Flag,
    Kind,
    Language,
    Method,
    Pattern,
    Phrases,
    Text,
    Url,
    WholeNumber,
    WholeNumberOrAuto,
    attribute,
)  # fmt: skip
from callwright.twiml.declaration import Nested, Reading, content, register
from callwright.twiml.digit_collection import DigitCollection
from callwright.twiml.errors import NotSupportedYet
from callwright.twiml.markup import Element
from callwright.twiml.ports import CallControl, DocumentRequest, PromptFailed
from callwright.twiml.verb import Flow, Step, Verb
from callwright.twiml.verbs.play import Play
from callwright.twiml.vocabulary import VOICE

#: Codes of nested prompts, by the code of the same problem outside <Gather> (Twilio's error pages).
NESTED_CODES = {13510: 13322, 13511: 13321, 13420: 13325}
INVALID_NESTED_VERB = 13320


class _InputKinds(Kind[frozenset[str]]):
    expected = "dtmf, speech or dtmf speech"

    def read(self, text: str, document_url: str | None) -> frozenset[str]:
        kinds = frozenset(text.split())
        if not kinds or not kinds <= {"dtmf", "speech"}:
            raise ValueError
        return kinds


class _Prompts(Nested[Verb]):
    """Say, Play and Pause; keys are not sent while keys are awaited."""

    def __init__(self) -> None:
        super().__init__(Verb, "Say", "Play", "Pause")

    def read(self, element: Element, reading: Reading) -> tuple[Verb, ...]:
        first = len(reading.warnings)
        prompts = super().read(element, reading)
        reading.warnings[first:] = [
            replace(warned, code=NESTED_CODES.get(warned.code, warned.code)) for warned in reading.warnings[first:]
        ]
        for prompt in prompts:
            if isinstance(prompt, Play) and prompt.digits is not None:
                reading.warn(INVALID_NESTED_VERB, "<Play digits> inside <Gather> is left out", prompt)
        return tuple(p for p in prompts if not (isinstance(p, Play) and p.digits is not None))


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Gather(Verb):
    """Requests `action` with Digits if a key was pressed, else goes on with the next verb.

    Prompts stop at the first key, which already counts; `timeout_s` runs after the prompts and anew after
    each key. A first key that is `finish_on_key` means no input. Speech is not recognised yet: its attributes
    are checked and otherwise unused, `dtmf speech` takes keys alone, and `speech` alone is refused.
    """

    element_name = "Gather"
    needs_answer = True
    passes_time = True

    prompts: tuple[Verb, ...] = content(_Prompts())
    action: str = attribute("action", Url(), default="")
    method: str = attribute("method", Method(), default="POST", code=13312)
    input: frozenset[str] = attribute("input", _InputKinds(), default=frozenset({"dtmf"}))
    timeout_s: int = attribute("timeout", WholeNumber(1, 14_400), default=5, code=13313)
    finish_on_key: str = attribute(
        "finishOnKey", Pattern("[0-9#*]?", "one of 0-9 # *, or empty"), default="#", code=13310
    )
    num_digits: int | None = attribute("numDigits", WholeNumber(1), default=None, code=13314)
    action_on_empty_result: bool = attribute("actionOnEmptyResult", Flag(), default=False, code=13338)
    speech_timeout: int | str | None = attribute("speechTimeout", WholeNumberOrAuto(1), default=None, code=13327)
    max_speech_time_s: int | None = attribute("maxSpeechTime", WholeNumber(1), default=None)
    language: str = attribute("language", Language(), default="en-US", code=13331)
    hints: tuple[str, ...] = attribute("hints", Phrases(most=500, longest=100), default=(), code=13330)
    profanity_filter: bool = attribute("profanityFilter", Flag(), default=True, code=13333)
    speech_model: str = attribute("speechModel", Text(longest=100), default="default", code=13334)
    enhanced: bool = attribute("enhanced", Flag(), default=False, code=13339)
    barge_in: bool = attribute("bargeIn", Flag(), default=True, code=13332)
    debug: bool = attribute("debug", Flag(), default=False, code=13336)
    partial_result_callback: str | None = attribute("partialResultCallback", Url(), default=None)
    partial_result_callback_method: str = attribute("partialResultCallbackMethod", Method(), default="POST")

    def check(self, reading: Reading) -> None:
        if "dtmf" not in self.input:
            message = '<Gather input="speech">: speech recognition is not supported yet, use dtmf'
            raise NotSupportedYet(message, self.line, self.column)
        if "speech" in self.input:
            message = "<Gather>: speech recognition is not supported yet, only keys are taken"
            reading.warn(SCHEMA_WARNING, message, self)

    async def run(self, call: CallControl) -> Flow:
        digits = await self._collect(call)
        if digits:
            return DocumentRequest(self.action, self.method, {"Digits": digits})
        if self.action_on_empty_result:
            return DocumentRequest(self.action, self.method, {"Digits": "", "msg": "Gather End"})
        return Step.NEXT

    async def _collect(self, call: CallControl) -> str:
        call.forget_digits()
        collection = DigitCollection(self.finish_on_key, self.num_digits)
        key = await self._first_key_during_prompts(call) if self.prompts else None
        if key is None:
            key = await call.next_digit(self.timeout_s)
        while key is not None and not collection.add(key):
            key = await call.next_digit(self.timeout_s)
        return collection.digits

    async def _first_key_during_prompts(self, call: CallControl) -> str | None:
        """Prompt until a key is pressed; the key, or None when the prompts came to their end first."""
        prompting = asyncio.create_task(self._prompt(call))
        listening = asyncio.create_task(call.next_digit(None))
        try:
            await asyncio.wait((prompting, listening), return_when=asyncio.FIRST_COMPLETED)
            if prompting.done() and not listening.done():
                prompting.result()
                return None
            return listening.result()
        finally:
            prompting.cancel()
            listening.cancel()
            await asyncio.gather(prompting, listening, return_exceptions=True)

    async def _prompt(self, call: CallControl) -> None:
        for prompt in self.prompts:
            try:
                await prompt.run(call)
            except PromptFailed as failure:
                code = NESTED_CODES.get(failure.code, failure.code)
                await call.warn(prompt.warned(code, failure.message, is_error=True))
