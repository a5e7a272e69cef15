"""The contract of verbs: add one by adding one file to `verbs/`.

A verb is a frozen dataclass with `@register`; its attributes and content are declared as fields
(`declaration`), and `run` acts on the call through CallControl and says where the document goes on.
"""

import enum
from typing import ClassVar

from callwright.twiml.declaration import Declared
from callwright.twiml.ports import CallControl, DocumentRequest


class Step(enum.Enum):
    """Where to go on without another document."""

    NEXT = enum.auto()
    STOP = enum.auto()


Flow = Step | DocumentRequest


class Verb(Declared):
    """An instruction of a document. Frozen, and free of state: one document may run in many calls."""

    #: An inbound call that still rings is answered before the verb runs.
    needs_answer: ClassVar[bool] = False
    #: The caller hears something or time passes: a document with such a verb is no tight loop.
    passes_time: ClassVar[bool] = False

    async def run(self, call: CallControl) -> Flow:
        """Do it. Raises CallEnded, and PromptFailed (told to the debugger; the next verb follows)."""
        raise NotImplementedError
