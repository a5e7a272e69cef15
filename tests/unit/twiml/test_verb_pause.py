"""<Pause>: time passes in silence.

| attribute | takes        | otherwise | warning |
|-----------|--------------|-----------|---------|
| length    | 1 to 14400 s | 1         | 13910   |
"""

import pytest
from tests.unit.twiml.running import run


def test_pause_takes_its_length() -> None:
    ran = run("<Pause length='7'/>", is_answered=True)
    assert (ran.story, ran.took_s) == (["pause 7", "hang up"], 7)


def test_pause_first_delays_the_answer() -> None:
    ran = run("<Pause length='2'/><Say>a</Say>")
    assert [(done.what, done.at_s) for done in ran.done][:3] == [("pause", 0), ("answer", 2), ("say", 2)]


@pytest.mark.parametrize("length", ["0", "-1", "1.5", "", "14401", "ten", "9" * 30])
def test_a_wrong_length_is_one_second_with_a_warning(length: str) -> None:
    ran = run(f"<Pause length='{length}'/>")
    assert (ran.story[0], ran.codes) == ("pause 1", [13910])


def test_a_caller_who_leaves_ends_the_pause() -> None:
    ran = run("<Pause length='60'/><Say>a</Say>", caller_leaves_at_s=5)
    assert (ran.story, ran.took_s) == (["pause 60"], 5)
