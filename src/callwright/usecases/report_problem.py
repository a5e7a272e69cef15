"""Tell the debugger: a notification about a call or message, with the request that led to it where there was one."""

import re
from dataclasses import dataclass
from typing import Any

import structlog

from callwright.model.actor import SERVER
from callwright.model.errors import ERROR_PAGE
from callwright.model.notices import NOTICES
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.model.resources.notification import ERROR, WARNING, Notification
from callwright.twiml.ports import Warned
from callwright.usecases.forget_text import without_gone_text
from callwright.usecases.ports import Storage, StorageUnavailable, UnitOfWork
from callwright.usecases.web_ports import WebAnswer

log = structlog.get_logger()

_LONGEST_BODY = 16_384
_CREDENTIALS = re.compile(r"^([^/?#]*//)[^/?#]*@")


def without_credentials(url: str) -> str:
    """The URL as people and other servers may see it: without user name and password."""
    return _CREDENTIALS.sub(r"\1", url)


@dataclass(frozen=True)
class Problem:
    """`code` is the debugger's (reference: conventions, Debugger codes); `message` names cause and fix."""

    code: int
    message: str
    is_warning: bool = False
    url: str | None = None
    method: str | None = None
    variables: str | None = None
    answer: WebAnswer | None = None


def problem_of(warned: Warned) -> Problem:
    """What a document has to be told about, with its place."""
    place = f" (line {warned.line}, column {warned.column})" if warned.line is not None else ""
    return Problem(warned.code, f"{warned.message}{place}", is_warning=not warned.is_error)


def report_problem(unit: UnitOfWork, subject: Call | Message, problem: Problem) -> Notification:
    """Store the notification; it belongs to the account of the call or message."""
    about: dict[str, Any] = {
        "account_sid": subject.account_sid,
        "call_sid": subject.sid if isinstance(subject, Call) else None,
        "message_sid": subject.sid if isinstance(subject, Message) else None,
        "api_version": subject.api_version,
    }
    told = _told(unit, problem)
    if isinstance(subject, Message) and (problem.variables or problem.answer):
        told = without_gone_text(unit, subject, told)
    return unit.insert(Notification.model_construct(sid=unit.new_sid("NO"), **about, **told))


def report_notice(unit: UnitOfWork, account_sid: str, problem: Problem, sid: str | None = None) -> Notification:
    """Store a notification that is about the account's configuration, and no call or message of it."""
    told = _told(unit, problem)
    return unit.insert(Notification.model_construct(sid=sid or unit.new_sid("NO"), account_sid=account_sid, **told))


def _told(unit: UnitOfWork, problem: Problem) -> dict[str, Any]:
    """The fields of a notification that say what is wrong."""
    answer = problem.answer
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()) if answer else None
    return {
        "error_code": str(problem.code),
        "log": WARNING if problem.is_warning else ERROR,
        "message_date": unit.now,
        "message_text": problem.message,
        "more_info": f"{ERROR_PAGE}/{problem.code}" if problem.code not in NOTICES else None,
        "request_method": problem.method,
        "request_url": without_credentials(problem.url) if problem.url else None,
        "request_variables": problem.variables,
        "response_headers": headers,
        "response_body": answer.text[:_LONGEST_BODY] if answer else None,
    }


async def tell_debugger(storage: Storage, subject: Call | Message, problem: Problem) -> None:
    """Store the notification in a transaction of its own; calls and messages go on also when that cannot be done."""
    try:
        await storage.write(lambda unit: report_problem(unit, subject, problem), SERVER)
    except StorageUnavailable:
        log.warning("notification not stored", sid=subject.sid, code=problem.code, message=problem.message)
