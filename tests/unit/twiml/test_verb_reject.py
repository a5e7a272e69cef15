"""<Reject>: refuse without answering.

| attribute | takes            | otherwise | warning |
|-----------|------------------|-----------|---------|
| reason    | rejected or busy | rejected  | 13810   |

<Parameter>s inside are accepted.
"""

import pytest
from tests.unit.twiml.running import run


@pytest.mark.parametrize(
    ("attributes", "reason", "codes"),
    [
        ("", "rejected", []),
        ("reason='rejected'", "rejected", []),
        ("reason='busy'", "busy", []),
        ("reason='Busy'", "rejected", [13810]),
        ("reason=''", "rejected", [13810]),
    ],
)
def test_reject_refuses_without_answering(attributes: str, reason: str, codes: list[int]) -> None:
    ran = run(f"<Reject {attributes}/><Say>never</Say>")
    assert (ran.story, ran.codes) == ([f"reject {reason}"], codes)


def test_a_call_that_rang_through_a_pause_can_still_be_rejected() -> None:
    assert run("<Pause/><Reject/>").story == ["pause 1", "reject rejected"]


def test_a_call_that_was_answered_is_hung_up_with_a_warning() -> None:
    ran = run("<Say>a</Say>\n<Reject/>")
    assert ran.story == ["answer", "say a", "hang up"]
    (warned,) = ran.warnings
    assert (warned.code, warned.line, warned.column, warned.is_error) == (12200, 2, 1, False)


def test_parameters_are_accepted() -> None:
    assert run("<Reject><Parameter name='a' value='b'/></Reject>").codes == []
