"""Vectors: reference, webhooks "Signature"; the official validator is the judge of everything else."""

from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from callwright.model.signature import sign

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PARAMETERS = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
BODY_DIGEST = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def test_a_form_post_is_signed_as_documented() -> None:
    assert sign("12345", URL, PARAMETERS) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_url_with_a_body_digest_is_signed_alone() -> None:
    assert sign("12345", f"{URL}&bodySHA256={BODY_DIGEST}") == "a9nBmqA0ju/hNViExpshrM61xv4="


def test_repeated_values_are_sorted_and_count_once() -> None:
    repeated: dict[str, str | list[str]] = {
        "Sid": "CA123",
        "SidAccount": "AC123",
        "Digits": ["5678", "1234", "1234"],
    }
    assert sign("12345", URL, repeated) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@given(token=TEXT, parameters=st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=3), max_size=5))
@settings(max_examples=60)
def test_the_official_validator_accepts_every_signature(token: str, parameters: dict[str, list[str]]) -> None:
    received: MultiDict[str] = MultiDict((name, value) for name, values in parameters.items() for value in values)
    signature = sign(token, URL, parameters)
    assert RequestValidator(token).validate(URL, received, signature)
    assert not RequestValidator(token + "x").validate(URL, received, signature)
