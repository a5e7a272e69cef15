"""The contract of messaging verbs: add one by adding one file to `message_verbs/`.

As voice verbs (`verb`), but what runs them answers a message, through MessageControl.
"""

from callwright.twiml.declaration import Declared
from callwright.twiml.ports import MessageControl
from callwright.twiml.verb import Flow


class MessageVerb(Declared):
    """An instruction of a messaging document. Frozen, and free of state."""

    async def run(self, message: MessageControl) -> Flow:
        """Do it, and say where the document goes on."""
        raise NotImplementedError
