"""<Say>: the caller hears text.

| attribute | takes                         | otherwise         | warning |
|-----------|-------------------------------|-------------------|---------|
| voice     | any name, to 100 characters   | man               | 13511   |
| language  | a tag shaped like en-US       | en-US             | 13512   |
| loop      | 0 and up; 0 and 1000 = 1000   | 1                 | 13510   |
| (text)    | 1 to 4096 characters and SSML | nothing is spoken | 13520   |
"""

import pytest
from tests.unit.twiml.running import document, run

from callwright.twiml.ports import Speech
from callwright.twiml.verbs.say import Say


def say(inner: str, attributes: str = "") -> tuple[Say, list[int]]:
    read = document(f"<Say {attributes}>{inner}</Say>")
    (verb,) = read.verbs
    assert isinstance(verb, Say)
    return verb, [warned.code for warned in read.warnings]


def test_say_answers_and_speaks_then_the_document_ends_the_call() -> None:
    assert run("<Say>Hello</Say>").story == ["answer", "say Hello", "hang up"]


def test_say_does_not_answer_twice() -> None:
    assert run("<Say>a</Say><Say>b</Say>", is_answered=True).story == ["say a", "say b", "hang up"]


def test_voice_and_language_reach_the_engine() -> None:
    verb, codes = say("Hallo", "voice='Polly.Marlene' language='de-DE'")
    assert Speech(verb.ssml, verb.voice, verb.language) == Speech("Hallo", "Polly.Marlene", "de-DE")
    assert codes == []


def test_defaults() -> None:
    verb, codes = say("a")
    assert (verb.voice, verb.language, verb.loop, codes) == ("man", "en-US", 1, [])


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ("voice=''", 13511),
        (f"voice='{'v' * 101}'", 13511),
        ("language='English (US)'", 13512),
        ("language=''", 13512),
        ("loop='-1'", 13510),
        ("loop='twice'", 13510),
        ("loop='1.0'", 13510),
        ("loop='٣'", 13510),
    ],
)
def test_a_wrong_value_is_the_default_with_a_warning(attributes: str, code: int) -> None:
    verb, codes = say("a", attributes)
    assert (verb.voice, verb.language, verb.loop, codes) == ("man", "en-US", 1, [code])


@pytest.mark.parametrize(("loop", "spoken"), [("1", 1), ("3", 3), ("0", 1000), ("1000", 1000), ("999999999", 1000)])
def test_loop_repeats(loop: str, spoken: int) -> None:
    assert run(f"<Say loop='{loop}'>a</Say>").story.count("say a") == spoken


def test_an_endless_loop_ends_with_the_call() -> None:
    ran = run("<Say loop='0'>a</Say>", caller_leaves_at_s=7)
    assert ran.story == ["answer", "say a", "say a", "say a"]
    assert (ran.done[-1].cut_s, ran.took_s) == (7, 7)


@pytest.mark.parametrize("inner", ["", "  \n ", "<!-- only this -->"])
def test_nothing_to_say_is_a_warning_and_the_next_verb(inner: str) -> None:
    ran = run(f"<Say>{inner}</Say><Pause/>")
    assert (ran.story, ran.codes) == (["answer", "pause 1", "hang up"], [13520])


def test_text_is_trimmed_and_escaped_again() -> None:
    assert say("\n  Fish &amp; chips &lt; 5 <![CDATA[<b>]]> \n")[0].ssml == "Fish &amp; chips &lt; 5 &lt;b&gt;"


def test_text_beyond_4096_characters_is_not_spoken() -> None:
    verb, codes = say("é" * 4096)
    assert (len(verb.ssml), codes) == (4096, [])
    verb, codes = say("é" * 4097)
    assert (verb.ssml, codes) == ("", [13520])


def test_markup_does_not_count_as_text() -> None:
    verb, codes = say("<s>a</s>" * 2000)
    assert (len(verb.ssml), codes) == (16_000, [])


@pytest.mark.parametrize(
    "ssml",
    [
        '<break strength="weak" time="1s"></break>',
        'a<break></break>b <emphasis level="strong">c <sub alias="World Wide Web">W3</sub></emphasis>',
        '<p><s>a</s><s>b</s></p><lang xml:lang="fr-FR">ça</lang>',
        '<prosody rate="85%" volume="loud" pitch="low"><phoneme alphabet="ipa" ph="ˈa">b</phoneme></prosody>',
        '<say-as interpret-as="date" format="mdy">1/2/2026</say-as><w role="amazon:VB">read</w>',
        '<sub alias="&quot;&amp;&lt;">x</sub>',
    ],
)
def test_ssml_is_kept(ssml: str) -> None:
    verb, codes = say(ssml)
    assert (verb.ssml, codes) == (ssml, [])


def test_unknown_markup_is_unwrapped_with_a_warning() -> None:
    verb, codes = say("<speak>Hello <b>dear</b> <emphasis>friend</emphasis></speak>")
    assert (verb.ssml, codes) == ("Hello dear <emphasis>friend</emphasis>", [13520, 13520])


def test_misplaced_ssml_is_unwrapped_with_a_warning() -> None:
    verb, codes = say("<s><p>a</p></s>")
    assert (verb.ssml, codes) == ("<s>a</s>", [13520])


def test_unknown_ssml_attributes_are_dropped_with_a_warning() -> None:
    verb, codes = say("<break time='1s' style='x'/>")
    assert (verb.ssml, codes) == ('<break time="1s"></break>', [13520])


def test_a_voice_that_fails_is_told_and_the_next_verb_runs() -> None:
    ran = run("<Say loop='5'>a</Say>\n<Say>b</Say>", broken={"a": 13520})
    assert ran.story == ["answer", "say b", "hang up"]
    (warned,) = ran.warnings
    assert (warned.code, warned.line, warned.column, warned.is_error) == (13520, 1, 11, True)
