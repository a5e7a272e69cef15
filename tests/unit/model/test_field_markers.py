"""What markers refuse, they refuse by the parameter's name, and with the value that was given."""

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from callwright.model.errors import ApiError, InvalidCallbackUrl, InvalidParameter
from callwright.model.fields import Flag, HttpMethod, OneOf, SidOf, Text, Url
from callwright.model.record import Parameters


class Given(Parameters):
    voice_url: Annotated[str | None, Url()] = None
    status_callback: Annotated[str | None, Url(refused_as=InvalidCallbackUrl)] = None
    sms_method: Annotated[str, HttpMethod()] = "POST"
    trunk_sid: Annotated[str | None, SidOf("TK", "AP")] = None
    friendly_name: Annotated[str | None, Text(longest=4)] = None
    smart_encoded: Annotated[bool, Flag()] = False
    status: Annotated[str | None, OneOf(("canceled",))] = None
    start_time_before: Annotated[str | None, OneOf(("a", "b", "c"))] = None


def refusal(**given: Any) -> ApiError:
    with pytest.raises(ValidationError) as refused:
        Given.model_validate(given)
    error = refused.value.errors()[0]["ctx"]["error"]
    assert isinstance(error, ApiError)
    return error


@pytest.mark.parametrize(
    ("name", "value", "code", "told"),
    [
        (
            "VoiceUrl",
            "ftp://x",
            21402,
            "VoiceUrl is not a valid URL: give an absolute http or https URL. Got 'ftp://x'.",
        ),
        ("StatusCallback", "x", 21502, "StatusCallback is not a valid URL"),
        ("SmsMethod", "PUT", 21403, "SmsMethod is not a valid method: give GET or POST. Got 'PUT'."),
        ("TrunkSid", "PN" + "1" * 32, 20422, "TrunkSid is not a valid SID: give TK… or AP… (34 characters). Got 'PN1"),
        ("TrunkSid", "TK1", 20422, "TrunkSid is not a valid SID"),
        ("FriendlyName", "abcde", 20002, "FriendlyName is not valid: give 1 to 4 characters."),
        ("SmartEncoded", "yes", 20422, "SmartEncoded is not a boolean: give true or false. Got 'yes'."),
        ("Status", "done", 20422, "Status is not valid: give canceled. Got 'done'."),
        ("StartTime<", "d", 20422, "StartTime< is not valid: give one of a, b, c. Got 'd'."),
    ],
)
def test_a_refusal_names_the_parameter_and_the_fix(name: str, value: str, code: int, told: str) -> None:
    error = refusal(**{name: value})
    assert error.code == code
    assert error.message.startswith(told)


def test_what_was_given_is_not_repeated_at_any_length() -> None:
    error = refusal(VoiceUrl="x" * 100_000)
    assert len(error.message) < 400
    assert isinstance(refusal(Status="y" * 100_000), InvalidParameter)


def test_sids_are_kept_in_lower_case() -> None:
    assert Given.model_validate({"TrunkSid": "TK" + "AB" * 16}).trunk_sid == "TK" + "ab" * 16
    assert Given.model_validate({"TrunkSid": ""}).trunk_sid is None
