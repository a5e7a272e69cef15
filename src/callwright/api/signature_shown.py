"""The signature doctor's questions and answers as /v1 has them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.body import Body
from callwright.api.refusal import ERRORS, refused
from callwright.model.errors import InvalidParameter
from callwright.model.signature_doctor import Reading
from callwright.usecases.diagnose_signature import MOST_PARAMETERS, Diagnosis, Evidence, PastedRequest
from callwright.usecases.report_problem import without_credentials
from callwright.usecases.setting_values import is_text

LONGEST_URL, LONGEST_BODY, LONGEST_SIGNATURE = 8192, 32_768, 200
_MOST_HOSTS = 5

TOO_MANY = refused(429, "More than 10 diagnoses at once or 60 a minute.")
DIAGNOSED = {
    **ERRORS,
    **refused(404, "The account has no such exchange, or not anymore."),
    **refused(409, "It was a request to a carrier: those are not signed."),
    **TOO_MANY,
}


class EvidenceGiven(Body):
    """What is known of your app. Leave all out to be told what it has to sign, and what usual mistakes give."""

    computed_signature: str | None = Field(
        None, max_length=LONGEST_SIGNATURE, description="The signature that your app computes."
    )
    received_url: str | None = Field(None, max_length=LONGEST_URL, description="The URL as your app sees it.")
    received_parameters: dict[str, str | list[str]] | None = Field(
        None, description="The form as your app sees it; several values of one name as a list."
    )
    received_body: str | None = Field(None, max_length=LONGEST_BODY, description="In place of them the raw body.")
    hosts: list[str] = Field([], max_length=_MOST_HOSTS, description="Host and X-Forwarded-Host as your app gets them.")


class PastedRequestGiven(Body):
    """A request as your app sees it."""

    url: str = Field(max_length=LONGEST_URL, description="The URL as your app builds it for the check.")
    method: str = Field("POST", pattern="^(?i:GET|POST)$", description="GET or POST.")
    parameters: dict[str, str | list[str]] | None = Field(
        None, description="The form as your app sees it; several values of one name as a list."
    )
    body: str | None = Field(None, max_length=LONGEST_BODY, description="In place of them the raw body.")
    signature: str = Field(max_length=LONGEST_SIGNATURE, description="The header X-Twilio-Signature.")
    computed_signature: str | None = Field(
        None, max_length=LONGEST_SIGNATURE, description="The signature that your app computes."
    )
    request_id: str | None = Field(None, max_length=100, description="The header I-Twilio-Idempotency-Token.")
    hosts: list[str] = Field([], max_length=_MOST_HOSTS, description="Host and X-Forwarded-Host as your app gets them.")


class FindingShown(BaseModel):
    """One thing that your app does differently."""

    model_config = ConfigDict(from_attributes=True)

    cause: str = Field(description="A word for programs: scheme, port, query-dropped, no-parameters, token …")
    what: str = Field(description="What is different.")
    fix: str = Field(description="What to change.")


class ReadingShown(BaseModel):
    """What a signature is made of."""

    url: str = Field(description="The URL; user name and password are left out.")
    parameters: dict[str, list[str]] = Field(description="The values of each parameter.")


class MistakeShown(BaseModel):
    """What your app computes when it makes a usual mistake."""

    signature: str = Field(description="The signature then.")
    finding: FindingShown = Field(description="The mistake.")


class DiagnosisShown(BaseModel):
    """What is the matter with a signature. Tokens are tried, and never shown."""

    verdict: str = Field(
        description="valid: the signature is right for what was sent; explained: the findings say what differs."
    )
    summary: str = Field(description="The result in words.")
    findings: list[FindingShown] = Field(description="What your app does differently, and what to change.")
    sent: ReadingShown | None = Field(description="What was sent and signed, where that is known.")
    signature: str | None = Field(description="The right signature of it.")
    signed_text: str | None = Field(description="The text it is made of: HMAC-SHA1 with the AuthToken, then base64.")
    received: ReadingShown | None = Field(description="What your app signs, where that is known.")
    usual_mistakes: list[MistakeShown] = Field(description="Where nothing is known of your app: compare with its log.")
    tried: int = Field(description="How many readings of the request were compared.")
    exchange_sid: str | None = Field(description="The exchange it was.")


def evidence_of(given: EvidenceGiven) -> Evidence:
    _check(given.model_dump(), given.received_parameters)
    return Evidence(
        given.computed_signature,
        given.received_url,
        given.received_parameters,
        given.received_body,
        tuple(given.hosts),
    )


def pasted_of(given: PastedRequestGiven) -> PastedRequest:
    _check(given.model_dump(), given.parameters)
    evidence = Evidence(given.computed_signature, None, given.parameters, given.body, tuple(given.hosts))
    return PastedRequest(given.url, given.method.upper(), given.signature, evidence, given.request_id)


def _check(given: Any, parameters: dict[str, Any] | None) -> None:
    if not _is_text(given):
        raise InvalidParameter("There are characters that cannot be sent: NUL, or half a surrogate pair.")
    if parameters is not None and len(parameters) > MOST_PARAMETERS:
        raise InvalidParameter(f"There are too many parameters: give at most {MOST_PARAMETERS}.")


def _is_text(given: Any) -> bool:
    if isinstance(given, dict):
        return all(is_text(name) and _is_text(value) for name, value in given.items())
    if isinstance(given, list):
        return all(map(_is_text, given))
    return given is None or is_text(given)


def shown(diagnosis: Diagnosis) -> DiagnosisShown:
    return DiagnosisShown(
        verdict=diagnosis.verdict,
        summary=diagnosis.summary,
        findings=[FindingShown.model_validate(finding) for finding in diagnosis.findings],
        sent=_reading(diagnosis.sent),
        signature=diagnosis.signature,
        signed_text=diagnosis.signed_text,
        received=_reading(diagnosis.received),
        usual_mistakes=[
            MistakeShown(signature=signature, finding=FindingShown.model_validate(finding))
            for signature, finding in diagnosis.instead
        ],
        tried=diagnosis.tried,
        exchange_sid=diagnosis.exchange_sid,
    )


def _reading(reading: Reading | None) -> ReadingShown | None:
    if reading is None:
        return None
    values: dict[str, list[str]] = {}
    for name, value in reading.pairs:
        values.setdefault(name, []).append(value)
    return ReadingShown(url=without_credentials(reading.url), parameters=values)
