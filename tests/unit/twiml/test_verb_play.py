"""<Play>: the caller hears a file, or key tones.

| attribute | takes                                  | otherwise | warning |
|-----------|----------------------------------------|-----------|---------|
| loop      | 0 and up; 0 = 1000                     | 1         | 13410   |
| digits    | 1 to 500 of 0-9 A-D # * w (½ s) W (1 s) | none      | 12200   |
| (text)    | URL of the audio, relative or absolute | nothing   | 11100   |
"""

import pytest
from tests.unit.twiml.running import run


def test_play_answers_and_plays_a_url_relative_to_the_document() -> None:
    assert run("<Play> hello.wav </Play>").story == [
        "answer",
        "play https://app.example.com/voice/hello.wav",
        "hang up",
    ]


def test_loop_repeats() -> None:
    assert run("<Play loop='2'>http://h/a</Play>").story.count("play http://h/a") == 2
    assert run("<Play loop='0'>http://h/a</Play>").story.count("play http://h/a") == 1000


def test_a_wrong_loop_is_one_with_a_warning() -> None:
    ran = run("<Play loop='many'>http://h/a</Play>")
    assert (ran.story.count("play http://h/a"), ran.codes) == (1, [13410])


def test_digits_are_sent_as_often_as_loop_says() -> None:
    assert run("<Play digits='12w#W*aD' loop='2'/>").story == ["answer", *["digits 12w#W*aD"] * 2, "hang up"]


@pytest.mark.parametrize("digits", ["", "12x", "1 2", "1" * 501])
def test_digits_that_no_phone_has_are_left_out(digits: str) -> None:
    ran = run(f"<Play digits='{digits}'/>")
    assert (ran.story, ran.codes) == (["answer", "hang up"], [12200, 11100])


def test_digits_win_over_a_url() -> None:
    ran = run("<Play digits='1'>http://h/a</Play>")
    assert (ran.story, ran.codes) == (["answer", "digits 1", "hang up"], [12200])


def test_nothing_to_play_is_a_warning_and_the_next_verb() -> None:
    ran = run("<Play/><Pause/>")
    assert (ran.story, ran.codes) == (["answer", "pause 1", "hang up"], [11100])


def test_audio_that_cannot_be_had_is_told_with_its_place_and_the_next_verb_runs() -> None:
    ran = run("<Pause/>\n<Play loop='3'>http://h/a</Play><Say>b</Say>", broken={"http://h/a": 13420})
    assert ran.story == ["pause 1", "answer", "say b", "hang up"]
    (warned,) = ran.warnings
    assert (warned.code, warned.line, warned.column, warned.is_error) == (13420, 2, 1, True)
