"""What Twilio's own library can write is known here: run, or refused as to come later, never as misspelt."""

import functools
import inspect
import re
from dataclasses import dataclass

import pytest
from twilio.twiml import voice_response

from callwright.twiml import document  # loads the verbs  # noqa: F401
from callwright.twiml.declaration import Declared, declared_class, declared_names, register
from callwright.twiml.later import LATER
from callwright.twiml.ssml import TAGS

#: Only ever written inside elements that come later.
INSIDE_OTHERS = {"Header", "Headers", "Language", "Uri"}
#: Arguments of the library's methods that are the element's content.
CONTENT = {"Say": "message", "Play": "url", "Redirect": "url"}


@functools.cache
def sdk_classes() -> dict[str, type]:
    found = {"Response": voice_response.VoiceResponse}
    for _, member in inspect.getmembers(voice_response, inspect.isclass):
        if member.__module__ != voice_response.__name__:
            continue
        name = re.search(r'self\.name = "([^"]+)"', inspect.getsource(member))
        if name:
            found[name.group(1)] = member
    return found


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_every_element_of_the_sdk_is_known() -> None:
    known = {*declared_names(Declared), *LATER, *TAGS, *INSIDE_OTHERS, "Response"}
    assert sdk_classes().keys() - known == set()


@pytest.mark.parametrize("name", sorted(declared_names(Declared)))
def test_every_attribute_of_the_sdk_is_declared_and_no_other(name: str) -> None:
    writer = next(found for parent in sdk_classes().values() if (found := getattr(parent, name.lower(), None)))
    arguments = {camel(key) for key in inspect.signature(writer).parameters} - {"self", "kwargs"}
    declared = declared_class(name)
    assert declared is not None
    assert arguments - {CONTENT.get(name)} == set(declared.attributes)


def test_a_name_is_declared_once() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Again(Declared):
        element_name = "Say"

    with pytest.raises(ValueError, match="twice"):
        register(Again)
