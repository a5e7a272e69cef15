"""<Hangup>: the call ends. No attributes; <Parameter>s inside are accepted."""

from tests.unit.twiml.running import document, run

from callwright.twiml.nouns.parameter import Parameter


def test_hangup_ends_the_call_and_the_rest_does_not_run() -> None:
    assert run("<Hangup/><Say>never</Say>", is_answered=True).story == ["hang up"]


def test_hangup_first_answers_for_only_reject_does_not() -> None:
    assert run("<Hangup/>").story == ["answer", "hang up"]


def test_parameters_are_accepted() -> None:
    read = document("<Hangup><Parameter name='result' value='ok'/></Hangup>")
    (verb,) = read.verbs
    assert verb.parameters == (  # type: ignore[attr-defined]  # a Hangup
        Parameter(name="result", value="ok", line=1, column=19),
    )
    assert read.warnings == ()
