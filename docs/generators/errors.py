"""The errors page: ApiErrors, delivery errors and TwimlErrors by their codes, with cause and fix."""

from collections.abc import Iterator
from typing import TypeVar

from docs.generators.markdown import NOTICE, escape, first_line, table
from docs.generators.twiml import verbs

from callwright.model.debugger_codes import DEBUGGER
from callwright.model.delivery_error import FIXES, TEXTS
from callwright.model.errors import ERROR_PAGE, ApiError
from callwright.model.notices import NOTICES
from callwright.model.webhook_failure import fix_of
from callwright.registry import load_all
from callwright.twiml.errors import TwimlError

E = TypeVar("E")

_INTRODUCTION = """# Errors

## Answers of the API

An error answers in the format of the request (XML without an extension, JSON with `.json`) and carries `code`,
`message`, `more_info` and `status`. The message names the cause and the fix; many messages add the value that was
refused. The numbers are Twilio's, so the SDKs' exception classes and your own error handling keep working.

"""
_DEBUGGER = """
## Errors in TwiML

These end the document. They become a Notification of the call, with line and column, and the fallback URL is asked
next. Attribute values that cannot be used are only warnings: the default is used instead. The codes of those
warnings are on the [TwiML page](twiml.md).

"""
_DELIVERY = """
## Errors of messages

A message whose status is `failed` or `undelivered` has one of these in `error_code`; `error_message` says more where
the carrier did. Status callbacks carry it as ErrorCode, and the message's notifications have it too.

"""
_NOTICES = """
## Notices

Warnings about the configuration itself: what the server did on its own, and what it could not do. They are
notifications too, with codes that Twilio does not have.

"""

_BY_CODE = """
## By code

Every code once, with all that it may mean. `callwright explain NUMBER` tells beforehand which of them a call or
message would meet.

"""


def pages() -> dict[str, str]:
    return {
        "errors.md": NOTICE
        + _INTRODUCTION
        + _api_errors()
        + _DELIVERY
        + _delivery_errors()
        + _DEBUGGER
        + _twiml_errors()
        + _NOTICES
        + table(("Code", "Cause", "What to do"), [(str(code), *told) for code, told in sorted(NOTICES.items())])
        + _BY_CODE
        + "\n".join(_section(code, told) for code, told in sorted(meanings().items()))
    }


def meanings() -> dict[int, list[tuple[str, str]]]:
    """All that each code may mean: where it is met, and cause and fix."""
    found: dict[int, list[tuple[str, str]]] = {}
    for error in api_errors():
        found.setdefault(error.code or 0, []).append((f"Answer of the API, status {error.status}", message_of(error)))
    for code, (cause, fix) in {**DEBUGGER, **NOTICES}.items():
        found.setdefault(code, []).append(("Debugger", f"{cause} {fix}"))
    for code, text in TEXTS.items():
        found.setdefault(code, []).append(("Message", f"{text} {FIXES[code]}"))
    for twiml_error in _below(TwimlError):
        found.setdefault(twiml_error.code, []).append(
            ("TwiML", f"{first_line(twiml_error)} {fix_of(twiml_error.code)}")
        )
    for code, names in _attributes().items():
        text = f"A value of {', '.join(sorted(names))} cannot be used, and the default is: give one of the TwiML page."
        found.setdefault(code, []).append(("Warning about TwiML", text))
    return found


def _attributes() -> dict[int, set[str]]:
    """Attributes by the code of the warning about them."""
    found: dict[int, set[str]] = {}
    for verb in verbs():
        for _, attribute in verb.attributes.values():
            found.setdefault(attribute.code, set()).add(f"`<{verb.element_name} {attribute.name}>`")
    return found


def _section(code: int, told: list[tuple[str, str]]) -> str:
    """Its heading is the anchor: errors.md#21218."""
    lines = [f"- {where}: {escape(' '.join(text.split()))}" for where, text in dict.fromkeys(told)]
    return f"### {code}\n\n" + "\n".join(lines) + "\n"


def api_errors() -> list[type[ApiError]]:
    """Every error with a code that the API can answer, in the order of the codes."""
    load_all("callwright.model.resources")
    load_all("callwright.usecases")
    return sorted(
        (error for error in _below(ApiError) if error.code is not None),
        key=lambda error: (error.code or 0, error.__name__),
    )


def message_of(error: type[ApiError]) -> str:
    """What an error says when nothing more special is known: cause and fix."""
    return " ".join((error.__doc__ or "").split())


def _api_errors() -> str:
    rows = [
        (f"[{error.code}]({ERROR_PAGE}/{error.code})", str(error.status), message_of(error)) for error in api_errors()
    ]
    return table(("Code", "HTTP status", "Message"), rows)


def _delivery_errors() -> str:
    rows = [(f"[{code}]({ERROR_PAGE}/{code})", text, FIXES[code]) for code, text in sorted(TEXTS.items())]
    return table(("Code", "Cause", "What to do"), rows)


def _twiml_errors() -> str:
    errors = sorted(_below(TwimlError), key=lambda error: error.code)
    rows = [(f"[{error.code}]({ERROR_PAGE}/{error.code})", first_line(error)) for error in errors]
    return table(("Code", "Meaning"), rows)


def _below(parent: type[E]) -> Iterator[type[E]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)
