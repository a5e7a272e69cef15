"""<Message>: a message in reply. <Sms> is its old form, in messages and in calls.

| attribute      | takes                          | otherwise          | warning     |
|----------------|--------------------------------|--------------------|-------------|
| to             | text                           | the other party    | 14101       |
| from           | text                           | the number here    | 14102       |
| action         | URL                            | the next verb      | 11100 error |
| method         | GET or POST                    | POST               | 14104       |
| statusCallback | URL                            | nobody is told     | 11100 error |
| (text)         | text, or <Body> and <Media>s   | nothing is sent    | 14103       |
"""

import pytest
from tests.unit.twiml.running import run
from tests.unit.twiml.running_messages import run_messages

from callwright.twiml.errors import SchemaViolation
from callwright.twiml.ports import DocumentRequest, Reply

SID = f"SM{1:032x}"
NEXT = "https://app.example.com/sms/next"


@pytest.mark.parametrize(
    ("inside", "reply"),
    [
        ("Hello", Reply("Hello")),
        ("\n  Hello\n  you  ", Reply("Hello\n  you")),
        ("<![CDATA[a < b]]> &amp; c", Reply("a < b & c")),
        ("<Body>Hello</Body>", Reply("Hello")),
        ("\n <Body> Hello </Body>\n <Media>a.png</Media>", Reply("Hello", ("https://app.example.com/sms/a.png",))),
        ("<Media>http://h/a</Media><Media>/b</Media>", Reply("", ("http://h/a", "https://app.example.com/b"))),
        ("Hello<Media>http://h/a</Media>", Reply("Hello", ("http://h/a",))),
        ("Hello<Body>World</Body>", Reply("Hello\nWorld")),
        ("Hello<Body/>", Reply("Hello")),
    ],
)
async def test_content(inside: str, reply: Reply) -> None:
    ran = await run_messages(f"<Message>{inside}</Message>")
    assert (ran.replies, ran.codes) == ([reply], [])


@pytest.mark.parametrize("written", ["<Message/>", "<Message> <Body> </Body> </Message>", "<Sms>\n</Sms>"])
async def test_an_empty_message_is_warned_about_and_not_sent(written: str) -> None:
    ran = await run_messages(f"{written}<Message>next</Message>")
    assert (ran.texts, ran.codes) == (["next"], [14103])


async def test_the_action_of_an_empty_message_is_not_asked() -> None:
    assert (await run_messages("<Message action='next'/>")).requests == []


async def test_ten_media_are_sent_and_no_more() -> None:
    ran = await run_messages(f"<Message>{''.join(f'<Media>http://h/{n}</Media>' for n in range(12))}</Message>")
    assert ran.replies[0].media_urls == tuple(f"http://h/{n}" for n in range(10))
    assert ran.codes == [12200]


@pytest.mark.parametrize(
    ("attributes", "expected", "codes"),
    [
        ("to='+15005550001'", Reply("x", to="+15005550001"), []),
        ("to=''", Reply("x"), [14101]),
        ("from='Callwright'", Reply("x", from_="Callwright"), []),
        ("from=' '", Reply("x"), [14102]),
        ("statusCallback='/s#rc=2'", Reply("x", status_callback="https://app.example.com/s#rc=2"), []),
        ("colour='red'", Reply("x"), [12200]),
    ],
)
@pytest.mark.parametrize("verb", ["Message", "Sms"])
async def test_attributes(verb: str, attributes: str, expected: Reply, codes: list[int]) -> None:
    ran = await run_messages(f"<{verb} {attributes}>x</{verb}>")
    assert (ran.replies, ran.codes) == ([expected], codes)


@pytest.mark.parametrize(
    ("written", "method", "codes"), [("get", "GET", []), ("POST", "POST", []), ("x", "POST", [14104])]
)
async def test_method_of_the_action(written: str, method: str, codes: list[int]) -> None:
    ran = await run_messages(f"<Message action='next' method='{written}'>x</Message>", {NEXT: ""})
    assert (ran.requests[0].method, ran.codes) == (method, codes)


@pytest.mark.parametrize("verb", ["Message", "Sms"])
async def test_the_action_gets_what_was_sent_and_its_document_goes_on(verb: str) -> None:
    ran = await run_messages(
        f"<{verb} action='next'>one</{verb}><Message>never</Message>", {NEXT: "<Message>two</Message>"}
    )
    assert ran.texts == ["one", "two"]
    parameters = {
        "MessageSid": SID,
        "MessageStatus": "queued",
        "SmsSid": SID,
        "SmsStatus": "queued",
        "To": "+15005550006",
        "From": "+15555550100",
    }
    assert ran.requests == [DocumentRequest(NEXT, "POST", parameters)]


async def test_a_refusal_is_told_with_its_place_and_the_next_verb_runs() -> None:
    ran = await run_messages("<Message>one</Message>\n<Message>two</Message>", refused=(21610, "the pair is stopped"))
    assert ran.texts == ["one", "two"]
    assert [(warned.code, warned.line, warned.is_error) for warned in ran.warnings] == [
        (21610, 1, True),
        (21610, 2, True),
    ]
    assert "the pair is stopped" in ran.warnings[0].message


async def test_a_refusal_is_told_the_action_too() -> None:
    ran = await run_messages("<Message action='next'>one</Message>", {NEXT: ""}, refused=(21610, "stopped"))
    parameters = ran.requests[0].parameters
    assert (parameters["MessageSid"], parameters["MessageStatus"]) == ("", "failed")
    assert parameters["ErrorCode"] == "21610"


async def test_sms_takes_text_alone() -> None:
    with pytest.raises(SchemaViolation, match=r"<Media> cannot stand inside <Sms>"):
        await run_messages("<Sms>x<Media>http://h/a</Media></Sms>")


def test_sms_in_a_call_sends_and_goes_on_without_answering_by_itself() -> None:
    ran = run("<Sms>Hello</Sms><Reject/>")
    assert ran.story == ["sms Hello", "reject rejected"]


def test_the_action_of_sms_in_a_call_gets_its_old_names() -> None:
    ran = run("<Sms action='http://h/b' method='GET'>Hello</Sms><Say>never</Say>", {"http://h/b": "<Say>b</Say>"})
    assert ran.story == ["sms Hello", "answer", "say b", "hang up"]
    assert ran.requests == [DocumentRequest("http://h/b", "GET", {"SmsSid": SID, "SmsStatus": "queued"})]


def test_a_refused_sms_leaves_the_call_going() -> None:
    ran = run("<Sms>Hello</Sms><Say>b</Say>", sending_refused=(21606, "not a number of this account"))
    assert (ran.story[-2:], ran.codes) == (["say b", "hang up"], [21606])


def test_an_empty_sms_in_a_call_is_not_sent() -> None:
    ran = run("<Sms/><Say>b</Say>")
    assert (ran.story, ran.codes) == (["answer", "say b", "hang up"], [14103])
