import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.speech.engine import MAX_UTTERANCE_CHARACTERS, all_voices
from callwright.speech.engines.nanotts import plain_words
from callwright.speech.say_as import read_as
from callwright.speech.ssml import Manner, Silence, Spoken, parse_ssml
from callwright.speech.synthesis import split_text
from callwright.speech.voices import choose_voice, unspeakable_letters

MARKUP = [
    *("<p>", "</p>", "<s>", "</s>", '<break time="3s"/>', "<w role='x'>", "</w>", "<prosody rate='fast'>"),
    *("</prosody>", "&amp;", "&lol;", "<!DOCTYPE a [<!ENTITY lol 'x'>]>", "<![CDATA[", "]]>"),
    *("<say-as interpret-as='date'>", "1/2/3"),
]


def test_text_and_breaks_come_in_order() -> None:
    assert parse_ssml('One <break time="1.5s"/>two<break strength="none"/>.') == [
        Spoken("One ", Manner()),
        Silence(1500),
        Spoken("two", Manner()),
        Spoken(".", Manner()),
    ]


def test_plain_text_that_is_no_xml_is_spoken_as_it_stands() -> None:
    assert parse_ssml("Tom & Jerry <3") == [Spoken("Tom & Jerry <3", Manner())]


def test_nested_prosody_multiplies_and_lang_is_kept() -> None:
    [segment] = parse_ssml(
        '<prosody rate="50%" pitch="+12st"><lang xml:lang="fr-FR">'
        '<prosody rate="slow" volume="+6dB">oui</prosody></lang></prosody>'
    )
    assert isinstance(segment, Spoken)
    assert segment.manner.language == "fr-FR"
    assert segment.manner.rate == pytest.approx(0.375)
    assert segment.manner.pitch == pytest.approx(2.0)
    assert segment.manner.volume == pytest.approx(1.995, abs=0.001)


def test_sub_says_its_alias_and_a_long_break_is_cut() -> None:
    assert parse_ssml('<sub alias="World Wide Web">WWW</sub>') == [Spoken("World Wide Web", Manner())]
    assert parse_ssml('<break time="9000s"/>') == [Silence(10_000)]


def test_a_paragraph_ends_in_a_pause() -> None:
    assert parse_ssml("<p>Hi</p>") == [Spoken("Hi", Manner()), Silence(400)]


@pytest.mark.parametrize(
    ("text", "interpret_as", "form", "read"),
    [
        ("1024", "digits", "", "1 0 2 4"),
        ("ab1", "spell-out", "", "A, B, 1"),
        ("+1 555-0100", "telephone", "", "plus 1, 5 5 5, 0 1 0 0"),
        ("12,345", "cardinal", "", "12345"),
        ("22", "ordinal", "", "22nd"),
        ("112", "ordinal", "", "112th"),
        ("2026-11-23", "date", "", "November 23rd, 2026"),
        ("23/11/2026", "date", "dmy", "November 23rd, 2026"),
        ("????0401", "date", "", "April 1st"),
        ("99/99", "date", "md", "99/99"),
        ("1'21\"", "time", "", "1 minute 21 seconds"),
        ("damn", "expletive", "", ""),
        ("x", "nonsense", "", "x"),
    ],
)
def test_say_as_reads_the_way_asked_for(text: str, interpret_as: str, form: str, read: str) -> None:
    assert read_as(text, interpret_as, form) == read


@given(st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=20)), max_size=15))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_segments(parts: list[str]) -> None:
    for segment in parse_ssml("".join(parts)):
        if isinstance(segment, Spoken):
            assert all(len(piece) <= MAX_UTTERANCE_CHARACTERS for piece in split_text(segment.text))


@given(st.text(max_size=2000))
@settings(max_examples=100, deadline=None)
def test_pieces_lose_no_word(text: str) -> None:
    assert "".join("".join(split_text(text)).split()) == "".join(text.split())


@given(st.text(alphabet="ab1<>[]. ,$\x00", max_size=300))
@settings(max_examples=100, deadline=None)
def test_an_engine_is_given_only_plain_words(text: str) -> None:
    words = plain_words(text)
    assert not set(words) & set("<>[]\x00")
    assert all(len(word) <= 40 for word in words.split())


def test_a_price_after_a_colon_keeps_its_currency() -> None:
    assert plain_words("costs: $50") == "costs: $50"


@pytest.mark.parametrize(
    ("voice", "language", "spoken_by", "reason"),
    [
        ("man", "en-US", "en-US", None),
        ("woman", "de-DE", "de-DE", None),
        ("alice", "en", "en-US", None),
        ("", "", "en-US", None),
        ("man", "en-AU", "en-GB", "No voice speaks en-AU"),
        ("man", "es-MX", "es-ES", "No voice speaks es-MX"),
        ("man", "ja-JP", "en-US", "No voice speaks ja-JP"),
        ("Polly.Marlene", "en-US", "de-DE", "'Polly.Marlene' does not exist here: the de-DE"),
        ("Polly.Joanna-Neural", "en-US", "en-US", "does not exist here"),
        ("Polly.Mizuki", "en-US", "en-US", "does not exist here and no voice speaks ja-JP"),
        ("Google.it-IT-Wavenet-A", "en-US", "it-IT", "does not exist here"),
        ("Nobody", "fr-FR", "fr-FR", "'Nobody' does not exist here"),
    ],
)
def test_voices_of_others_are_mapped_with_the_reason(
    voice: str, language: str, spoken_by: str, reason: str | None
) -> None:
    choice = choose_voice(voice, language, all_voices())
    assert choice.voice.language == spoken_by
    assert (choice.substitution is None) == (reason is None)
    assert reason is None or reason in (choice.substitution or "")


def test_a_man_speaks_lower_than_a_woman() -> None:
    man, woman = (choose_voice(voice, "en-US", all_voices()) for voice in ("man", "woman"))
    assert man.pitch < woman.pitch


def test_letters_nobody_here_pronounces_are_told() -> None:
    assert unspeakable_letters("Crème brûlée für 3 €") is None
    assert unspeakable_letters("Hello 日本") == "The voices speak the Latin alphabet only: '日本' is left out"
