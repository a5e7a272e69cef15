"""Tables keep to the width of a terminal as far as they can, and are whole where there is none."""

import io
import sys
from datetime import UTC, datetime

import pytest

from callwright.cli.failure import with_code
from callwright.cli.moments import moment_of
from callwright.cli.output import Output, in_utc, moment

COLUMNS = (("SID", "sid"), moment("Created", "date_created"))
ROW = {"sid": "SM" + "0" * 32, "date_created": "Mon, 23 Nov 2026 14:58:17 +0000", "body": "All work and no play. " * 20}
TEXT = ("Text", "body")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, width: int | None) -> str:
    stream = Terminal() if width else io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width or 80))
    monkeypatch.setattr(sys, "stdout", stream)
    Output(as_json=False).rows([ROW], COLUMNS, "", text=TEXT)
    return stream.getvalue()


@pytest.mark.parametrize("width", [90, 120, 200])
def test_a_text_is_shortened_to_what_the_terminal_leaves(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    row = printed(monkeypatch, width).rstrip().splitlines()[-1]
    assert row.endswith("…")
    assert width - 5 <= len(row) <= width


def test_a_narrow_terminal_still_shows_the_beginning_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "All work and no pla…" in printed(monkeypatch, 40)


def test_without_a_terminal_a_table_is_as_wide_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    row = printed(monkeypatch, None).rstrip().splitlines()[-1]
    assert len(row) > 100
    assert row.count("All work and no play.") == 2


def test_moments_are_short_and_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    out = printed(monkeypatch, 120)
    assert "Created (UTC)" in out
    assert " 2026-11-23 14:58:17 " in out


@pytest.mark.parametrize(
    ("given", "age"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86_400), ("2h30m", None), ("2026-11-23", None)]
)
def test_a_moment_is_given_as_such_or_as_how_long_ago(given: str, age: float | None) -> None:
    told = moment_of(given)
    assert told is not None
    if age is None:
        assert told == given
    else:
        ago = (datetime.now(UTC) - datetime.fromisoformat(told)).total_seconds()
        assert age <= ago < age + 30
    assert moment_of(None) is None


def test_dates_of_both_apis_are_shown_alike() -> None:
    for text in ("Mon, 23 Nov 2026 14:58:17 +0000", "2026-11-23T14:58:17Z", "2026-11-23T15:58:17.123456+01:00"):
        assert in_utc(text) == "2026-11-23 14:58:17"


def test_definitions_are_folded_beside_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", stream)
    Output(as_json=False).definitions("smpp: SMPP", [("--host", "Where it is, and more words " * 4)])
    lines = stream.getvalue().splitlines()[1:]
    assert len(lines) > 2
    assert all(len(line.rstrip()) <= 60 for line in lines)
    assert lines[1].startswith(" " * 10)


@pytest.mark.parametrize("text", ["No such number.", "No such number", "No such number. "])
def test_a_code_follows_a_sentence_without_a_second_full_stop(text: str) -> None:
    assert with_code(text, "error 1") == "No such number (error 1)"
