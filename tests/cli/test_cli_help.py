"""`--help` explains parameters as their declarations do, and keeps the options of each kind of carrier together."""

import re

import pytest
from tests.cli.conftest import Run

from callwright.cli.field_comments import field_comments_of
from callwright.model.fields import NotYet
from callwright.model.naming import parameter_name
from callwright.model.resources.message import MessageCreation


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def words(text: str) -> str:
    """On one line: help is folded to the terminal."""
    return " ".join(text.split())


def test_the_parameters_of_a_message_are_explained_as_they_are_declared(run: Run) -> None:
    told = words(run("messages", "send", "--help").out)
    comments = field_comments_of(MessageCreation)
    own = {"to", "from_", "body", "media_url", "application_sid"}
    supported = {
        name
        for name, field in MessageCreation.model_fields.items()
        if not any(isinstance(marker, NotYet) for marker in field.metadata)
    }
    for name in supported - own:
        assert f"{parameter_name(name)}: {comments[name]}" in told
    assert "--risk-check enable|disable" in told
    assert "--status-callback URL" in told
    assert "or a sender name that one of your carriers lists" in told


def test_options_of_a_kind_stand_below_its_name(run: Run) -> None:
    told = run("carriers", "add", "--help").out
    sections = dict(re.findall(r"^(\S[^\n]*):\n((?:  [^\n]*\n)+)", told, re.MULTILINE))
    assert "--system-id" in sections["Kind smpp"]
    assert "--id-path" in sections["Kind http"]
    assert "--kind" in sections["Options"]
    assert "--system-id" not in sections["Options"]
    assert "--token" in sections["Which server"]
