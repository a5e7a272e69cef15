"""What went wrong, as /v1 tells it: one form for every error, in words that name cause and fix."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import JSONResponse

from callwright.model.errors import (
    ApiError,
    AuthenticationFailed,
    InternalError,
    InvalidParameter,
    MalformedRequest,
    NotFound,
    ServiceUnavailable,
)
from callwright.usecases.ports import RecordGone, StorageUnavailable, UnstorableValue

#: The limits count a minute, so that after it there is room again.
_RETRY_AFTER_S = {429: "60", 503: "5"}

_NO_JSON = "The body is no JSON object: send one as UTF-8, with Content-Type: application/json."

#: What to give instead, by pydantic's type of an error; the names in braces are of its context.
_FIXES = {
    "string_type": "give text",
    "string_unicode": "give text without half surrogate pairs",
    "string_too_long": "give at most {max_length} characters",
    "string_too_short": "give at least {min_length} characters",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_parsing_size": "give a smaller whole number",
    "int_from_float": "give a whole number",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "finite_number": "give a finite number",
    "bool_type": "give true or false",
    "bool_parsing": "give true or false",
    "list_type": "give a list",
    "too_long": "give at most {max_length} of them",
    "too_short": "give at least {min_length} of them",
    "dict_type": "give an object",
    "mapping_type": "give an object",
    "model_type": "give an object",
    "model_attributes_type": "give an object",
    "literal_error": "give {expected}",
    "greater_than": "give more than {gt}",
    "greater_than_equal": "give at least {ge}",
    "less_than": "give less than {lt}",
    "less_than_equal": "give at most {le}",
}
#: The forms of texts that are checked by a pattern, in words.
_FORMS = {
    "^[A-Z]{2}[0-9a-f]{32}$": "give a SID: two capital letters and 32 hexadecimal digits",
    "^(AP|PN)[0-9a-f]{32}$": "give the SID of an application (AP…) or number (PN…)",
    "^AP[0-9a-f]{32}$": "give the SID of an application (AP…)",
    "^RG[0-9a-f]{32}$": "give the id of a group (RG…)",
    "^[A-Za-z0-9]{1,34}$": "give an AccountSid, or `server`",
    "^([1-9][0-9]{0,17}|current)$": "give the id of a revision, or `current`",
    "^(?i:GET|POST)$": "give GET or POST",
    r"^[^\x00]*$": "leave the NUL characters out",
}


def known(error: BaseException) -> ApiError:
    """The error that a client is told of this one; InternalError for what is none of its business."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RecordGone):
        return NotFound()
    if isinstance(error, UnstorableValue):
        return InvalidParameter(f"The request cannot be used: {error}.")
    if isinstance(error, RequestValidationError):
        return malformed(error.errors())
    return ServiceUnavailable() if isinstance(error, StorageUnavailable) else InternalError()


def in_words(error: ApiError) -> dict[str, Any]:
    """The fields of an error's JSON."""
    fields = {"code": error.code, "message": error.message, "more_info": error.more_info, "status": error.status}
    return {**error.details, **fields}


def answer_of(error: ApiError) -> JSONResponse:
    """The error as a response of its own status."""
    headers = {}
    if isinstance(error, AuthenticationFailed):
        headers["WWW-Authenticate"] = 'Basic realm="Callwright"'
    if error.status in _RETRY_AFTER_S:
        headers["Retry-After"] = _RETRY_AFTER_S[error.status]
    return JSONResponse(jsonable_encoder(in_words(error)), error.status, headers)


def no_json() -> ApiError:
    """The error of every body that is not what it says to be."""
    return MalformedRequest(_NO_JSON)


def unfit_body(error: ValidationError) -> ApiError:
    """The error of a body that a route reads itself."""
    problems = error.errors(include_url=False, include_input=False)
    return malformed([{**one, "loc": ("body", *one["loc"])} for one in problems])


def malformed(problems: Sequence[Mapping[str, Any]]) -> ApiError:
    """The first of pydantic's problems with a request: place, cause and fix, without what was sent."""
    problem = problems[0]
    where, *names = problem["loc"]
    if problem["type"] == "json_invalid" or (where == "body" and not names):
        return no_json()
    place = ".".join(str(name) for name in names) or str(where)
    return InvalidParameter(_sentence(place, where, problem))


def _sentence(place: str, where: Any, problem: Mapping[str, Any]) -> str:
    kind, context = problem["type"], problem.get("ctx") or {}
    cause = context.get("error")
    if isinstance(cause, ApiError):
        return cause.message
    if kind == "extra_forbidden":
        return f"{place} is not known here: leave it out, or see /v1/docs for how it is written."
    if kind == "missing":
        return f"{place} is missing: give it{' in the ' + str(where) if where != 'body' else ''}."
    if kind == "string_pattern_mismatch":
        return f"{place} is not valid: {_FORMS.get(context['pattern'], 'see /v1/docs for how it is written')}."
    if kind in _FIXES:
        return f"{place} is not valid: {_FIXES[kind].format(**context)}."
    return f"{place} is not valid: {problem['msg']}."
