"""Download a file of a message, and refuse what messages do not carry."""

from dataclasses import dataclass

from callwright.model.delivery_error import MEDIA_TOO_LARGE, MEDIA_UNAVAILABLE, UNACCEPTED_MEDIA_TYPE
from callwright.model.resources.account import Account
from callwright.model.resources.message import Message
from callwright.usecases.message_file import download_file, is_accepted
from callwright.usecases.ports import Ports
from callwright.usecases.report_problem import Problem, without_credentials
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

#: What the webhook client says of an answer beyond its own limit.
_ANSWER_TOO_LARGE = 11750
_SMALLER = "Serve a smaller file, or raise CALLWRIGHT_LARGEST_MEDIA_BYTES."


@dataclass(frozen=True)
class Downloaded:
    """A file; `content_type` has no parameters and is in lower case."""

    content_type: str
    content: bytes


class MediaUnusable(Exception):
    """The file cannot be had or sent. `code` is the message's error_code, `problem` is for the debugger."""

    def __init__(self, code: int, problem: Problem) -> None:
        super().__init__(problem.message)
        self.code = code
        self.problem = problem


async def download_media(ports: Ports, account: Account, message: Message, url: str, deadline_s: float) -> Downloaded:
    """The file behind the URL, by `files_deadline_s`.

    Raises MediaUnusable naming the URL (without credentials), the cause and the fix.
    """
    try:
        answer = await download_file(ports, account, message, url, deadline_s)
    except WebhookFailure as failure:
        if failure.code == _ANSWER_TOO_LARGE:
            raise _unusable(url, MEDIA_TOO_LARGE, f"{failure.message} {_SMALLER}") from failure
        raise _unusable(url, MEDIA_UNAVAILABLE, failure.message, failure.answer, failure.code) from failure
    file = Downloaded(answer.content_type.partition(";")[0].strip().lower(), answer.body)
    _check(url, file, answer, ports.settings.largest_media_bytes)
    return file


def _check(url: str, file: Downloaded, answer: WebAnswer, most_bytes: int) -> None:
    """Raises MediaUnusable for what no message can carry."""
    if not is_accepted(file.content_type):
        named = f"the content type {file.content_type[:80]!r}" if file.content_type else "no content type"
        cause = f"The answer has {named}: serve an image, audio, video, vCard, calendar or PDF with its type."
        raise _unusable(url, UNACCEPTED_MEDIA_TYPE, cause, _without_body(answer))
    if len(file.content) > most_bytes:  # the client may have had it from before
        cause = f"The file has {len(file.content)} bytes, more than {most_bytes}. {_SMALLER}"
        raise _unusable(url, MEDIA_TOO_LARGE, cause, _without_body(answer))


def _without_body(answer: WebAnswer) -> WebAnswer:
    """For the debugger: the headers say what is wrong, and a file is no text to read."""
    return WebAnswer(answer.url, answer.status, answer.content_type, b"", answer.headers)


def _unusable(
    url: str, code: int, cause: str, answer: WebAnswer | None = None, debugger_code: int | None = None
) -> MediaUnusable:
    message = f"The MediaUrl {without_credentials(url)} could not be sent: {cause}"
    return MediaUnusable(code, Problem(debugger_code or code, message, url=url, method="GET", answer=answer))
