"""Parameters that are known but not supported: refused by name, unless their value asks for nothing."""

from typing import Any

import pytest
from pydantic import ValidationError

from callwright.model.resources.call import CallCreation

GIVEN = {"to": "+15555550100", "from_": "+15555550101"}


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("record", "Record is not supported yet (recordings): leave it out."),
        ("recording_status_callback", "RecordingStatusCallback is not supported yet (recordings): leave it out."),
    ],
)
def test_a_parameter_that_is_not_supported_is_refused_by_its_name(field: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CallCreation.model_validate({**GIVEN, field: "true"})
    assert told in str(refused.value)


@pytest.mark.parametrize("harmless", [None, "", "false"])
def test_a_value_that_asks_for_nothing_is_taken(harmless: Any) -> None:
    assert CallCreation.model_validate({**GIVEN, "record": harmless}).record is None
