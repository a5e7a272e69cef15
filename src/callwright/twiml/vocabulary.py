"""The languages of TwiML, one for calls and one for messages: which elements each of them has.

An element's file says which vocabularies it belongs to (`declaration.register`); a name may stand in both, with
the same class or with one for each.
"""

from collections.abc import Set
from typing import TYPE_CHECKING

from callwright.twiml.later import LATER

if TYPE_CHECKING:
    from callwright.twiml.declaration import Declared


class Vocabulary:
    """The declared elements of one language. `documents` is how warnings call what is written in it.

    `later`: names that Twilio's language has and this server does not run yet.
    """

    def __init__(self, documents: str, later: Set[str] = frozenset()) -> None:
        self.documents = documents
        self._later = later
        self._declared: dict[str, type[Declared]] = {}

    @property
    def later(self) -> frozenset[str]:
        return frozenset(self._later - self._declared.keys())

    def add(self, declared: "type[Declared]") -> None:
        """Raises ValueError for a name taken twice."""
        name = declared.element_name
        if name in self._declared:
            raise ValueError(f"<{name}> is declared twice")
        self._declared[name] = declared

    def find(self, name: str) -> "type[Declared] | None":
        return self._declared.get(name)

    def names(self, base: "type[Declared]") -> frozenset[str]:
        """Names of all its elements that derive from `base`."""
        return frozenset(name for name, declared in self._declared.items() if issubclass(declared, base))

    def knows(self, name: str) -> bool:
        """Whether the language has the element, run or not."""
        return name in self._declared or name in self._later


VOICE = Vocabulary("voice documents", LATER)
MESSAGING = Vocabulary("messaging documents")


def vocabulary_of(name: str) -> Vocabulary | None:
    """The first language that has an element of that name."""
    return next((vocabulary for vocabulary in (VOICE, MESSAGING) if vocabulary.knows(name)), None)
