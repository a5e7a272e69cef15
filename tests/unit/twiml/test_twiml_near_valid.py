"""Documents that are almost right: nothing but TwimlError is raised, and whatever runs comes to an end."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.call_control import FakeCall, FakeDocuments
from tests.fakes.message_control import FakeMessageControl, FakeMessageDocuments
from tests.fakes.virtual_loop import run_virtually
from tests.unit.twiml.running import URL

from callwright.twiml import interpreter
from callwright.twiml.document import Document, parse, parse_message
from callwright.twiml.errors import TwimlError
from callwright.twiml.markup import read_markup
from callwright.twiml.message_interpreter import run_message

MESSAGE_NAMES = ["Message", "Body", "Media", "Sms", "Redirect"]
MESSAGE_ATTRIBUTES = ["to", "from", "action", "method", "statusCallback"]
NAMES = ["Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Reject", "Parameter"]
ODD_NAMES = ["say", "Dial", "Record", "Response", "break", "p", "prosody", "say-as", "blink", "x:y"]
ATTRIBUTES = [
    "voice", "language", "loop", "length", "action", "method", "input", "timeout", "finishOnKey", "numDigits",
    "actionOnEmptyResult", "speechTimeout", "hints", "digits", "reason", "name", "value", "Loop", "xml:lang", "time",
]  # fmt: skip
ODD_VALUES = [
    "0", "1", "2", "-1", "1.5", "999999999999", "١", "true", "false", "TRUE", "auto", "GET", "get", "PUT", "dtmf",
    "speech", "dtmf speech", "en-US", "#", "*", "##", "12w", "busy", "", " 3 ", "/next", "http://[", "http://h/a",
    "mailto:x", "&amp;", "&#0;",
]  # fmt: skip
VALUES = st.sampled_from(ODD_VALUES) | st.text(alphabet="abc019#*/:&;é日 ", max_size=8)
TEXTS = st.sampled_from(["", " ", "Hello", "/next", "https://h.example/a.wav", "a &amp; b", "&x;", "<", "日本"])


@st.composite
def elements(draw: st.DrawFn, names: list[str] = NAMES, known: list[str] = ATTRIBUTES, depth: int = 0) -> str:
    name = draw(st.sampled_from(names * 4 + ODD_NAMES))
    written = draw(st.dictionaries(st.sampled_from(known), VALUES, max_size=3))
    attributes = "".join(f' {key}="{value}"' for key, value in written.items())
    inside = elements(names, known, depth + 1)
    children = draw(st.lists(inside, max_size=2)) if depth < 2 and draw(st.booleans()) else []
    return f"<{name}{attributes}>{draw(TEXTS)}{''.join(children)}</{name}>"


bodies = st.lists(elements(), max_size=5).map(lambda inner: f"<Response>{''.join(inner)}</Response>")

message_bodies = st.lists(elements(MESSAGE_NAMES, MESSAGE_ATTRIBUTES), max_size=5).map(
    lambda inner: f"<Response>{''.join(inner)}</Response>"
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(bodies).encode())
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(body) - 1))
        match draw(st.sampled_from(["delete", "insert", "replace"])):
            case "delete" if len(body) > 1:
                del body[place]
            case "insert":
                body.insert(place, draw(st.integers(0, 255)))
            case _:
                body[place] = draw(st.sampled_from(b"<>&\"'/= \x00\xff"))
    return bytes(body)


def outcome_of(body: bytes, url: str | None, content_type: str | None) -> Document | TwimlError:
    try:
        return parse(body, url, content_type)
    except TwimlError as error:
        return error


@given(
    damaged(),
    st.sampled_from([URL, None]),
    st.none() | st.text(max_size=20).map("text/xml; charset={}".format),
)
@settings(max_examples=400, deadline=None)
def test_reading_raises_nothing_but_twiml_errors(body: bytes, url: str | None, content_type: str | None) -> None:
    outcome = outcome_of(body, url, content_type)
    if isinstance(outcome, TwimlError):
        place = (outcome.line, outcome.column)
        assert outcome.message
        assert place == (None, None) or min(outcome.line or 0, outcome.column or 0) >= 1
    else:
        assert all(not warned.is_error for warned in outcome.warnings)


@given(bodies, st.lists(st.tuples(st.floats(0, 40), st.sampled_from("12#*A")), max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_can_be_read_runs_to_its_end(body: str, keys: list[tuple[float, str]], is_answered: bool) -> None:
    try:
        read = parse(body, URL)
    except TwimlError:
        return

    async def main() -> FakeCall:
        call = FakeCall(is_answered=is_answered, keys=keys, caller_leaves_at_s=20_000)
        await interpreter.run(read, call, FakeDocuments({URL: read}, otherwise=Document(())))
        return call

    call = run_virtually(main())
    last = call.done[-1]
    assert last.what in ("hang up", "reject") or last.cut_s == 20_000


@given(message_bodies)
@settings(max_examples=200, deadline=None)
def test_messaging_documents_are_refused_cleanly_or_run_to_their_end(body: str) -> None:
    try:
        read = parse_message(body, URL)
    except TwimlError:
        return
    control = FakeMessageControl()
    asyncio.run(run_message(read, control, FakeMessageDocuments({}, otherwise=read)))
    assert all(reply.body or reply.media_urls for reply in control.replies)


@given(bodies)
@settings(max_examples=100, deadline=None)
def test_spoken_text_is_well_formed_again(body: str) -> None:
    try:
        read = parse(body, URL)
    except TwimlError:
        return
    for verb in read.verbs:
        if verb.element_name == "Say":
            read_markup(f"<Response>{verb.ssml}</Response>")  # type: ignore[attr-defined]  # a Say


def test_reading_happens_without_an_event_loop() -> None:
    assert asyncio.events._get_running_loop() is None
    assert parse("<Response/>", None).verbs == ()
