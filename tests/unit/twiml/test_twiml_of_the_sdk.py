"""What Twilio's own library can write is known here: run, or refused as to come later, never as misspelt."""

import functools
import inspect
import re
from dataclasses import dataclass
from types import ModuleType

import pytest
from tests.fakes.message_control import FakeMessageControl, FakeMessageDocuments
from twilio.twiml import TwiML, messaging_response, voice_response

from callwright.twiml.declaration import Declared, register
from callwright.twiml.document import MessageDocument, parse_message  # loads the verbs too
from callwright.twiml.message_interpreter import run_message
from callwright.twiml.ports import DocumentRequest, Reply
from callwright.twiml.ssml import TAGS
from callwright.twiml.vocabulary import MESSAGING, VOICE, Vocabulary

#: Only ever written inside elements that come later.
INSIDE_OTHERS = {"Header", "Headers", "Language", "Uri"}
#: Arguments of the library's methods that are the element's content.
CONTENT = {"Say": "message", "Play": "url", "Redirect": "url", "Sms": "message"}
MESSAGE_CONTENT = {"Message": "body", "Body": "message", "Media": "url", "Redirect": "url"}


@functools.cache
def sdk_classes(module: ModuleType) -> dict[str, type]:
    found: dict[str, type] = {}
    for _, member in inspect.getmembers(module, inspect.isclass):
        if member.__module__ != module.__name__:
            continue
        name = re.search(r'self\.name = "([^"]+)"', inspect.getsource(member))
        if name:
            found[name.group(1)] = member
    return found


def camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def attributes_the_sdk_writes(module: ModuleType, name: str) -> set[str]:
    parents = sdk_classes(module).values()
    writer = next(found for parent in parents if (found := getattr(parent, name.lower(), None)))
    return {camel(key) for key in inspect.signature(writer).parameters} - {"self", "kwargs"}


def declared_attributes(vocabulary: Vocabulary, name: str) -> set[str]:
    declared = vocabulary.find(name)
    assert declared is not None
    return set(declared.attributes)


def test_every_element_of_the_sdk_is_known() -> None:
    known = {*VOICE.names(Declared), *VOICE.later, *TAGS, *INSIDE_OTHERS, "Response"}
    assert sdk_classes(voice_response).keys() - known == set()
    assert sdk_classes(messaging_response).keys() == {*MESSAGING.names(Declared), "Response"} - {"Sms"}


@pytest.mark.parametrize("name", sorted(VOICE.names(Declared)))
def test_every_attribute_of_the_sdk_is_declared_and_no_other(name: str) -> None:
    written = attributes_the_sdk_writes(voice_response, name) - {CONTENT.get(name)}
    assert written == declared_attributes(VOICE, name)


@pytest.mark.parametrize("name", sorted(MESSAGE_CONTENT))
def test_every_attribute_of_the_sdk_for_messages_is_declared_and_no_other(name: str) -> None:
    written = attributes_the_sdk_writes(messaging_response, name) - {MESSAGE_CONTENT[name]}
    assert written == declared_attributes(MESSAGING, name)


async def test_a_messaging_response_of_the_sdk_does_what_it_says() -> None:
    response = messaging_response.MessagingResponse()
    response.message("Plain & simple", to="+15005550001", from_="+15005550002", status_callback="/status")
    with_media = response.message()
    with_media.body("Look")
    with_media.media("https://h.example/a.jpg")
    with_media.media("b.png")
    response.redirect("/more", method="GET")
    control, documents = FakeMessageControl(), FakeMessageDocuments({"http://h/more": sdk_document("<Response/>")})
    await run_message(sdk_document(response), control, documents)
    assert control.replies == [
        Reply("Plain & simple", (), "+15005550001", "+15005550002", "http://h/status"),
        Reply("Look", ("https://h.example/a.jpg", "http://h/dir/b.png")),
    ]
    assert documents.requests == [DocumentRequest("http://h/more", "GET")]
    assert control.warnings == []


def sdk_document(response: TwiML | str) -> MessageDocument:
    return parse_message(str(response), "http://h/dir/sms")


def test_a_name_is_declared_once() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Again(Declared):
        element_name = "Say"

    with pytest.raises(ValueError, match="twice"):
        register(VOICE)(Again)
