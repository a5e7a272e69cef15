"""<Play>: play an audio file, or send key tones."""

from dataclasses import dataclass

from callwright.twiml.attribute import SCHEMA_WARNING, Pattern, WholeNumber, attribute
from callwright.twiml.declaration import Content, PlainText, Reading, content, register
from callwright.twiml.markup import Element
from callwright.twiml.ports import CallControl
from callwright.twiml.repetition import times
from callwright.twiml.verb import Flow, Step, Verb
from callwright.twiml.vocabulary import VOICE

NO_URL = 11100


class _AudioUrl(Content[str | None]):
    """The audio's URL, or None when nothing is written (an empty <Play> never means its own document)."""

    def read(self, element: Element, reading: Reading) -> str | None:
        text = PlainText().read(element, reading)
        return reading.resolve_url(text, element) if text else None


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Play(Verb):
    """Plays `url`, or sends `digits`, `loop` times (0: until the caller hangs up, at most 1000)."""

    element_name = "Play"
    needs_answer = True
    passes_time = True

    url: str | None = content(_AudioUrl())
    loop: int = attribute("loop", WholeNumber(0), default=1, code=13410)
    digits: str | None = attribute(
        "digits", Pattern("[0-9A-Da-d#*wW]{1,500}", "1 to 500 of 0-9 A-D # * w W"), default=None
    )

    def check(self, reading: Reading) -> None:
        if self.url is None and self.digits is None:
            reading.warn(NO_URL, "<Play> names neither a URL nor digits: left out", self)
        elif self.url is not None and self.digits is not None:
            reading.warn(SCHEMA_WARNING, "<Play> has digits and a URL: only the digits are sent", self)

    async def run(self, call: CallControl) -> Flow:
        if self.digits is not None:
            for _ in times(self.loop):
                await call.play_digits(self.digits)
        elif self.url is not None:
            for _ in times(self.loop):
                await call.play(self.url)
        return Step.NEXT
