"""Durable job: put the files that came with a message into the media store, before its web app is asked."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.delivery_error import MEDIA_TOO_LARGE
from callwright.model.resources.account import Account
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.usecases.jobs import handles
from callwright.usecases.message_file import download_file, files_deadline_s, media_record, type_of_file, write_file
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.report_problem import Problem, report_problem, without_credentials
from callwright.usecases.store_incoming import STORE_RECEIVED_MEDIA
from callwright.usecases.web_ports import WebhookFailure


@dataclass(frozen=True)
class _File:
    """Bytes with their type, under the SID that the file got when the message came in."""

    sid: str
    content_type: str
    content: bytes


@handles(STORE_RECEIVED_MEDIA)
async def store_received_media(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """The message is received then, with the files that could be had; the rest is told to the debugger."""
    sid: str = arguments["message_sid"]
    found = await ports.storage.read(lambda unit: _waiting(unit, sid))
    if found is None:
        return
    stored: list[Media] = []
    problems: list[Problem] = []
    deadline_s = files_deadline_s()
    for place, received in enumerate(arguments["files"]):
        outcome = await _load(ports, *found, received, deadline_s)
        if isinstance(outcome, Problem):
            problems.append(outcome)
            continue
        await write_file(ports, outcome.sid, outcome.content)
        stored.append(media_record(found[0], outcome.sid, outcome.content_type, outcome.content, place))
    if not await ports.storage.write(lambda unit: _complete(unit, sid, stored, problems), SERVER):
        for media in stored:  # the message was deleted meanwhile: nothing refers to them
            await ports.media.delete(media.content_sid)


def _waiting(unit: UnitOfWork, sid: str, *, for_update: bool = False) -> tuple[Message, Account] | None:
    """The message and its account, unless an earlier run of the job completed it."""
    message = unit.get(Message, sid, for_update=for_update)
    account = unit.get(Account, message.account_sid) if message else None
    if message is None or account is None or message.status != "receiving":
        return None
    return message, account


async def _load(
    ports: Ports, message: Message, account: Account, received: Mapping[str, Any], deadline_s: float
) -> _File | Problem:
    url: str | None = received["url"]
    told: str | None = received["content_type"]
    if received["content"] is not None:
        content = base64.b64decode(received["content"])
    elif url is not None:
        try:
            answer = await download_file(ports, account, message, url, deadline_s)
        except WebhookFailure as failure:
            return _lost(failure.code, url, failure.message)
        content, told = answer.body, told or answer.content_type
    else:
        content = b""
    most: int = ports.settings.largest_media_bytes
    if len(content) > most:
        fix = "raise CALLWRIGHT_LARGEST_MEDIA_BYTES to take such files"
        return _lost(MEDIA_TOO_LARGE, url, f"it has {len(content)} bytes, more than {most}: {fix}.")
    return _File(received["sid"], type_of_file(told, content), content)


def _lost(code: int, url: str | None, cause: str) -> Problem:
    named = f"The file {without_credentials(url)}" if url else "A file"
    return Problem(code, f"{named} of this message was left out: {cause}", url=url, method="GET" if url else None)


def _complete(unit: UnitOfWork, sid: str, stored: list[Media], problems: list[Problem]) -> bool:
    """Store the records and what went wrong; False when the message is gone. Run twice, it does so once."""
    waiting = _waiting(unit, sid, for_update=True)
    if waiting is None:
        return unit.get(Message, sid) is not None
    for media in stored:
        unit.insert(media)
    for problem in problems:
        report_problem(unit, waiting[0], problem)
    unit.update(waiting[0], {"status": "received", "num_media": str(len(stored))})
    return True
