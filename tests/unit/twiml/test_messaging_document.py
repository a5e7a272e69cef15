"""Messaging TwiML: its own verbs, what of the voice language is met in it, and the way from document to document."""

import pytest
from tests.fakes.message_control import FakeMessageControl, FakeMessageDocuments
from tests.unit.twiml.running import run
from tests.unit.twiml.running_messages import URL, run_messages

from callwright.twiml.document import parse_message, reply_text
from callwright.twiml.errors import InvalidUrl, NotWellFormed, SchemaViolation, TwimlError
from callwright.twiml.message_interpreter import MOST_DOCUMENTS, run_message
from callwright.twiml.ports import DocumentFailed, DocumentRequest


@pytest.mark.parametrize(
    "body", ["", "  \n", "<Response/>", "<Response></Response>", "<Response><!-- . --></Response>"]
)
async def test_no_verbs_mean_no_reply_and_no_warning(body: str) -> None:
    control = FakeMessageControl()
    await run_message(parse_message(body, URL), control, FakeMessageDocuments({}))
    assert (control.replies, control.warnings) == ([], [])


@pytest.mark.parametrize(
    "foreign",
    ["<Say>Hello</Say>", "<Play>x.wav</Play>", "<Gather><Say>x</Say></Gather>", "<Hangup/>", "<Dial>+1</Dial>"],
)
async def test_voice_verbs_are_left_out_with_a_hint_to_their_language(foreign: str) -> None:
    ran = await run_messages(f"<Message>one</Message>\n{foreign}<Message>two</Message>")
    assert ran.texts == ["one", "two"]
    assert ran.codes == [12200]
    assert "belongs in voice documents, not in messaging documents" in ran.warnings[0].message
    assert (ran.warnings[0].line, ran.warnings[0].is_error) == (2, False)


@pytest.mark.parametrize(
    "foreign", ["<Message>Hello</Message>", "<Message><Body>x</Body></Message>", "<Media>x</Media>"]
)
def test_messaging_verbs_in_a_call_are_left_out_with_a_hint_to_their_language(foreign: str) -> None:
    ran = run(f"<Say>one</Say>{foreign}<Say>two</Say>")
    assert ran.story == ["answer", "say one", "say two", "hang up"]
    assert ran.codes == [12200]
    assert "belongs in messaging documents, not in voice documents" in ran.warnings[0].message


@pytest.mark.parametrize(
    ("inner", "error"),
    [
        ("<Blink/>", SchemaViolation),
        ("<message>x</message>", SchemaViolation),
        ("<Message><Say>x</Say></Message>", SchemaViolation),
        ("<Message><Message>x</Message></Message>", SchemaViolation),
        ("<Message><Body><Media>x</Media></Body></Message>", SchemaViolation),
        ("<Body>x</Body>", SchemaViolation),
        ("<Message><Media>mailto:x</Media></Message>", InvalidUrl),
        ("<Message statusCallback='ftp://x/'>x</Message>", InvalidUrl),
        ("<Redirect>http://[</Redirect>", InvalidUrl),
        ("<Message>", NotWellFormed),
    ],
)
async def test_what_cannot_be_read_fails_the_document(inner: str, error: type[TwimlError]) -> None:
    with pytest.raises(error) as caught:
        await run_messages(inner)
    assert (caught.value.line, caught.value.message != "") == (1, True)


async def test_a_misspelt_verb_is_named_with_the_right_one() -> None:
    with pytest.raises(SchemaViolation, match="did you mean Message"):
        await run_messages("<message>x</message>")


async def test_plain_text_is_a_reply() -> None:
    control = FakeMessageControl()
    await run_message(reply_text(" a < b \n", None), control, FakeMessageDocuments({}))
    assert control.texts == ["a < b"]


async def test_redirect_goes_on_elsewhere_and_the_rest_does_not_run() -> None:
    ran = await run_messages(
        "<Message>one</Message><Redirect method='get'>next</Redirect><Message>never</Message>",
        {"https://app.example.com/sms/next": "<Message>two</Message>"},
    )
    assert ran.texts == ["one", "two"]
    assert ran.requests == [DocumentRequest("https://app.example.com/sms/next", "GET")]


async def test_a_circle_of_redirects_ends_with_an_error() -> None:
    ran = await run_messages("<Redirect/>", {URL: "<Redirect/>"})
    assert len(ran.requests) == MOST_DOCUMENTS
    assert [(warned.code, warned.is_error) for warned in ran.warnings] == [(14106, True)]
    assert URL in ran.warnings[0].message


async def test_a_document_that_cannot_be_had_leaves_what_was_sent() -> None:
    control = FakeMessageControl()
    document = parse_message("<Response><Message>one</Message><Redirect>gone</Redirect></Response>", URL)
    with pytest.raises(DocumentFailed):
        await run_message(document, control, FakeMessageDocuments({}))
    assert control.texts == ["one"]


async def test_warnings_of_later_documents_are_told_too() -> None:
    ran = await run_messages(
        "<Redirect>/b</Redirect>", {"https://app.example.com/b": "<Message colour='x'>b</Message>"}
    )
    assert (ran.texts, ran.codes) == (["b"], [12200])


async def test_a_document_that_comes_again_warns_once() -> None:
    ran = await run_messages("<Redirect colour='x'/>", {URL: "<Redirect colour='x'/>"})
    assert ran.codes == [12200, 14106]
