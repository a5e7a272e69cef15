"""Which texts are opt-out words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.config import Settings


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("STOP", "STOP"), (" stop\n", "STOP"), ("STOP.", "STOP"), ("“STOP”", "STOP"), ("'Stop!'", "STOP"),
        ("\uff33\uff34\uff2f\uff30", "STOP"), ("\u200bSTOP\ufeff", "STOP"), ("stop\u202c", "STOP"), ("¡STOP!", "STOP"),
        ("*unstop*", "START"), ("yes…", "START"), ("help?", "HELP"), ("\N{RAISED HAND} stop", "STOP"),
        ("STOP it", None), ("please stop", None), ("ST OP", None), ("nonstop", None), ("st.op", None), ("", None),
        ("...", None), ("\u200b", None), ("." * 100_000 + "STOP", None),
    ],
)  # fmt: skip
def test_only_the_word_alone_counts_however_it_is_dressed(text: str, kind: str | None) -> None:
    assert Settings().opt_out_type(text) == kind


@pytest.mark.parametrize("text", ["?", "parar", "¡PARAR!", "arrêt", "arre\u0302t.", "रोकें", "strasse"])
def test_words_of_the_settings_may_have_marks_of_their_own(text: str) -> None:
    settings = Settings(stop_words="¡Parar!,Arrêt,रोकें,straße", help_words="?")
    assert settings.opt_out_type(text) == ("HELP" if text == "?" else "STOP")
    assert settings.opt_out_type("stop") is None


def test_a_word_of_two_lists_has_the_meaning_of_the_first() -> None:
    assert Settings(stop_words="YES", start_words="YES").opt_out_type("yes") == "STOP"


def test_no_word_means_anything_when_opt_out_is_off() -> None:
    assert Settings(opt_out=False).opt_out_type("STOP") is None


@given(st.text(max_size=250))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert Settings().opt_out_type(text) in (None, "STOP", "START", "HELP")
