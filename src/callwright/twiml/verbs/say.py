"""<Say>: speak text to the caller."""

from dataclasses import dataclass

from callwright.twiml.attribute import Language, Text, WholeNumber, attribute
from callwright.twiml.declaration import content, register
from callwright.twiml.ports import CallControl, Speech
from callwright.twiml.repetition import times
from callwright.twiml.ssml import Ssml
from callwright.twiml.verb import Flow, Step, Verb
from callwright.twiml.vocabulary import VOICE


@register(VOICE)
@dataclass(frozen=True, kw_only=True)
class Say(Verb):
    """Speaks `ssml`, `loop` times (0: until the caller hangs up, at most 1000).

    Any voice name is taken: mapping it to one that exists, with a warning, is the speech engine's part.
    """

    element_name = "Say"
    needs_answer = True
    passes_time = True

    ssml: str = content(Ssml())
    voice: str = attribute("voice", Text(longest=100), default="man", code=13511)
    language: str = attribute("language", Language(), default="en-US", code=13512)
    loop: int = attribute("loop", WholeNumber(0), default=1, code=13510)

    async def run(self, call: CallControl) -> Flow:
        if self.ssml:
            speech = Speech(self.ssml, self.voice, self.language)
            for _ in times(self.loop):
                await call.say(speech)
        return Step.NEXT
