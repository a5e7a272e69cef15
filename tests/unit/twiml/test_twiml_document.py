"""Reading documents: what is refused, with which code and place, and what is only warned about."""

import pytest
from tests.unit.twiml.running import URL, document

from callwright.twiml.document import parse, play_audio, say_text
from callwright.twiml.errors import (
    BodyTooLarge,
    InvalidUrl,
    NotSupportedYet,
    NotWellFormed,
    SchemaViolation,
    TwimlError,
)  # fmt: skip
from callwright.twiml.markup import MAX_BODY_BYTES, MAX_DEPTH
from callwright.twiml.verbs.say import Say


def refused(text: str | bytes, url: str | None = URL, content_type: str | None = None) -> TwimlError:
    with pytest.raises(TwimlError) as caught:
        parse(text, url, content_type)
    return caught.value


def test_verbs_are_read_in_order_with_their_places() -> None:
    read = parse('<?xml version="1.0"?>\n<Response>\n  <Say>é</Say><Pause/>\n\t<Hangup/></Response>', URL)
    assert [(verb.element_name, verb.line, verb.column) for verb in read.verbs] == [
        ("Say", 3, 3),
        ("Pause", 3, 15),
        ("Hangup", 4, 2),
    ]
    assert (read.url, read.warnings) == (URL, ())


def test_columns_count_characters_not_bytes() -> None:
    assert parse("<Response><Say>日本語</Say><Pause/></Response>".encode(), URL).verbs[1].column == 25


def test_comments_processing_instructions_and_namespaces_are_ignored() -> None:
    text = """<?xml version="1.0"?><?pi x?><!-- c --><Response xmlns="w" xmlns:x="u" x:y="v">
        <!-- <Dial/> --><Say>a<!-- b -->c</Say></Response>"""
    (say,) = (read := parse(text, URL)).verbs
    assert isinstance(say, Say)
    assert (say.ssml, read.warnings) == ("ac", ())


@pytest.mark.parametrize("body", ["", "  \n", b"", b"\n"])
def test_an_empty_body_is_an_empty_document_with_a_warning(body: str | bytes) -> None:
    read = parse(body, URL)
    assert (read.verbs, [warned.code for warned in read.warnings]) == ((), [11770])


def test_an_empty_response_has_no_verbs_and_no_warning() -> None:
    assert parse("<Response/>", URL) == document("")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("<Response>\n <Say>no end</Response>", 2, 15),
        ("plain words", 1, 1),
        ("<Response>", 1, 11),
        ("<Response><Say>a & b</Say></Response>", 1, 19),
        ("<Response/><Response/>", 1, 12),
        ("<Response><Say a='1' a='2'/></Response>", 1, 22),
        ("<Response>&nbsp;</Response>", 1, 11),
        ("\n <?xml version='1.0'?><Response/>", 2, 2),
        ("<Response>\n<Say>\x00</Say></Response>", 2, 6),
    ],
)
def test_malformed_xml_is_12100_with_line_and_column(text: str, line: int, column: int) -> None:
    error = refused(text)
    assert isinstance(error, NotWellFormed)
    assert (error.code, error.line, error.column) == (12100, line, column)


def test_the_usual_mistakes_are_explained() -> None:
    assert "&amp;" in refused("<Response><Play>http://h/?a=1&b=2</Play></Response>").message
    assert "before <?xml" in refused(" <?xml version='1.0'?><Response/>").message


def test_an_error_tells_the_debugger_its_place() -> None:
    warned = refused("<Response>\n <Dial/></Response>").warned
    assert (warned.code, warned.line, warned.column, warned.is_error) == (12200, 2, 2, True)


@pytest.mark.parametrize("root", ["response", "Html", "VoiceResponse"])
def test_the_root_must_be_response(root: str) -> None:
    error = refused(f"<{root}/>")
    assert (error.code, error.line, error.column) == (12100, 1, 1)
    assert ("did you mean Response?" in error.message) == (root == "response")


@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE Response>",
        '<!DOCTYPE Response SYSTEM "http://evil.example/x.dtd">',
        '<!DOCTYPE r [<!ENTITY a "b">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://evil.example/p"> %p;]>',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
)
def test_a_dtd_is_refused_before_anything_in_it_is_read(dtd: str) -> None:
    error = refused(f"<?xml version='1.0'?>\n{dtd}<Response><Say>&a;</Say></Response>")
    assert isinstance(error, NotWellFormed)
    assert error.line == 2
    assert (error.column or 0) <= (dtd.index("[") + 2 if "[" in dtd else len(dtd))
    assert "DTD" in error.message


def test_elements_are_not_nested_without_bound() -> None:
    def nested(depth: int) -> str:
        inner = depth - 2
        return f"<Response><Say>{'<prosody>' * inner}a{'</prosody>' * inner}</Say></Response>"

    assert len(parse(nested(MAX_DEPTH), URL).verbs) == 1
    assert "nested deeper" in refused(nested(MAX_DEPTH + 1)).message


def test_a_body_over_64_kb_is_11750() -> None:
    frame = "<Response><Say></Say></Response>"
    text = "<Response><Say>" + "a" * (MAX_BODY_BYTES - len(frame)) + "</Say></Response>"
    parse(text, URL)
    for body in (text + " ", (text + " ").encode()):
        error = refused(body)
        assert isinstance(error, BodyTooLarge)
        assert error.code == 11750


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<Response><Say>é</Say></Response>".encode(), None),
        ("\ufeff<Response><Say>é</Say></Response>".encode(), "text/xml"),
        ("<Response><Say>é</Say></Response>".encode("utf-16"), None),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><Response><Say>\xe9</Say></Response>', None),
        (b"<Response><Say>\xe9</Say></Response>", "text/xml; charset=ISO-8859-1"),
        (b"<Response><Say>\xe9</Say></Response>", 'text/xml;charset="windows-1252"; x=y'),
        ('<?xml version="1.0" encoding="utf-16"?><Response><Say>é</Say></Response>', None),
    ],
)
def test_encodings_are_understood(body: str | bytes, content_type: str | None) -> None:
    (say,) = parse(body, URL, content_type).verbs
    assert isinstance(say, Say)
    assert say.ssml == "é"


@pytest.mark.parametrize("charset", ["klingon", "shift_jis", "hex", "idna", "utf-7", "\x00", "undefined"])
def test_an_encoding_that_cannot_be_read_is_12100(charset: str) -> None:
    assert refused(b"<Response><Say>\xff</Say></Response>", URL, f"text/xml; charset={charset}").code == 12100


def test_bytes_that_are_not_the_encoding_are_12100() -> None:
    assert refused(b"<Response><Say>\xff\xfe</Say></Response>").code == 12100
    assert refused("<Response><Say>\ud800</Say></Response>").code == 12100


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("say", "did you mean Say?"),
        ("Playy", "did you mean Play?"),
        ("Hangout", ""),
        ("dial", "did you mean Dial?"),
    ],
)
def test_an_unknown_verb_fails_the_document_with_a_hint(name: str, hint: str) -> None:
    error = refused(f"<Response><Say>a</Say>\n<{name}/></Response>")
    assert type(error) is SchemaViolation
    assert (error.code, error.line, error.column) == (12200, 2, 1)
    assert hint in error.message
    assert "not supported yet" not in error.message


@pytest.mark.parametrize(
    "name",
    [
        "Dial",
        "Record",
        "Enqueue",
        "Leave",
        "Refer",
        "Start",
        "Stop",
        "Connect",
        "Pay",
        "Prompt",
    ],
)
def test_verbs_that_come_later_are_refused_as_such(name: str) -> None:
    error = refused(f"<Response>\n  <{name}>x</{name}></Response>")
    assert isinstance(error, NotSupportedYet)
    assert (error.code, error.line, error.column) == (12200, 2, 3)
    assert "not supported yet" in error.message


@pytest.mark.parametrize(
    "inner",
    [
        "<Gather action='/a'><Redirect/></Gather>",
        "<Gather action='/a'><Gather/></Gather>",
        "<Say><Play>http://h/a</Play></Say>",
        "<Redirect><Say>a</Say></Redirect>",
        "<Play><Pause/></Play>",
        "<Pause><Say>a</Say></Pause>",
        "<Hangup><Say>a</Say></Hangup>",
        "<Parameter name='a' value='b'/>",
        "<Response/>",
        "<Say><Response/></Say>",
    ],
)
def test_a_misplaced_element_fails_the_document(inner: str) -> None:
    error = refused(f"<Response>{inner}</Response>")
    assert error.code == 12200
    assert "cannot stand inside" in error.message


def test_an_unknown_attribute_is_a_warning_with_a_hint() -> None:
    (warned,) = document("<Pause Length='3'/>").warnings
    assert (warned.code, warned.line, warned.column, warned.is_error) == (12200, 1, 11, False)
    assert "did you mean length?" in warned.message


def test_attributes_of_other_namespaces_are_none_of_ours() -> None:
    assert document("<Say xmlns='http://h/' xmlns:a='http://h/' a:b='c' xml:space='preserve'>a</Say>").warnings == ()


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        ("<Pause length='x'/>", '<Pause length="x">: must be a whole number from 1 to 14400; the default (1) is used'),
        ("<Gather debug='x'/>", "must be true or false; the default (false) is used"),
        ("<Gather input='x'/>", "must be dtmf, speech or dtmf speech; the default (dtmf) is used"),
        ("<Gather numDigits='x'/>", "must be a whole number from 1; the default is used"),
        ("<Reject reason='x'/>", "must be rejected or busy; the default (rejected) is used"),
    ],
)
def test_a_warning_names_what_was_written_what_is_expected_and_what_is_used(inner: str, told: str) -> None:
    (warned,) = document(inner).warnings
    assert told in warned.message


def test_stray_text_is_a_warning() -> None:
    read = document("Hello <Say>a</Say><Pause> b </Pause><Gather>c</Gather>")
    assert [warned.code for warned in read.warnings] == [12200] * 3
    assert len(read.verbs) == 3


def test_a_document_lists_so_many_warnings_and_no_more() -> None:
    read = document("<Pause x='1'/>" * 500)
    assert len(read.warnings) == 51
    assert "more warnings" in read.warnings[-1].message


def test_long_values_are_cut_in_messages() -> None:
    (warned,) = document(f"<Pause length='{'9' * 5000}'/>").warnings
    assert len(warned.message) < 300
    assert len(refused(f"<Response><{'x' * 5000}/></Response>").message) < 300


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("next", "https://app.example.com/voice/next"),
        ("/next?a=1&amp;b=2", "https://app.example.com/next?a=1&b=2"),
        ("?step=2", "https://app.example.com/voice/start?step=2"),
        ("//other.example.com/x", "https://other.example.com/x"),
        ("http://user:secret@h.example.com:81/x", "http://user:secret@h.example.com:81/x"),
        ("/next#rc=2&amp;rt=500", "https://app.example.com/next#rc=2&rt=500"),
        ("  /next\n ", "https://app.example.com/next"),
    ],
)
def test_urls_resolve_against_the_document(written: str, resolved: str) -> None:
    (redirect,) = document(f"<Redirect>{written}</Redirect>").verbs
    (gather,) = document(f"<Gather action='{written}'/>").verbs
    assert redirect.url == resolved  # type: ignore[attr-defined]  # a Redirect
    assert gather.action == resolved  # type: ignore[attr-defined]  # a Gather


@pytest.mark.parametrize("inner", ["<Redirect>/x</Redirect>", "<Redirect/>", "<Gather/>", "<Play>a.wav</Play>"])
def test_a_relative_url_in_a_document_without_a_url_is_11100(inner: str) -> None:
    error = refused(f"<Response>\n{inner}</Response>", url=None)
    assert isinstance(error, InvalidUrl)
    assert (error.code, error.line, error.column) == (11100, 2, 1)


def test_absolute_urls_need_no_document_url() -> None:
    document("<Redirect>http://h/x</Redirect><Play>https://h/a.wav</Play><Gather action='http://h/'/>", url=None)


@pytest.mark.parametrize("url", ["ftp://h/x", "mailto:a@b", "http://", "http://[::1", "javascript:x", "/a&#10;b"])
def test_a_url_that_is_not_http_is_11100(url: str) -> None:
    assert refused(f"<Response><Redirect>{url}</Redirect></Response>").code == 11100
    assert refused(f"<Response><Redirect>{url}</Redirect></Response>", url=None).code == 11100


def test_plain_text_becomes_a_document_that_speaks_it() -> None:
    (say,) = say_text("Fish & <chips>\n", URL).verbs
    assert isinstance(say, Say)
    assert say.ssml == "Fish &amp; &lt;chips&gt;"
    assert [warned.code for warned in say_text(" ", None).warnings] == [13520]


def test_audio_becomes_a_document_that_plays_it() -> None:
    (play,) = play_audio("https://app.example.com/hello.wav?v=1").verbs
    assert play.url == "https://app.example.com/hello.wav?v=1"  # type: ignore[attr-defined]  # a Play
