"""Durable job: fetch the files that an outgoing message's MediaUrls name, then let the message be queued."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from callwright.model.actor import SERVER
from callwright.model.resources.account import Account
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.usecases.download_media import Downloaded, MediaUnusable, download_media
from callwright.usecases.jobs import handles
from callwright.usecases.message_file import files_deadline_s, media_record, write_file
from callwright.usecases.ports import Condition, Ports, UnitOfWork
from callwright.usecases.progress_message import progress_message
from callwright.usecases.queue_message import FETCH_MEDIA, queue_fetched
from callwright.usecases.report_problem import report_problem


@handles(FETCH_MEDIA)
async def fetch_media(ports: Ports, arguments: Mapping[str, Any]) -> None:
    """The message is queued with all its files, or fails with error_code 11200, 11751 or 12300 and the cause."""
    sid: str = arguments["message_sid"]
    waiting = await ports.storage.read(lambda unit: _waiting(unit, sid))
    if waiting is None:
        return
    message, account = waiting
    fetched: list[Media] = []
    deadline_s = files_deadline_s()
    try:
        for url in message.media_urls:
            file = await download_media(ports, account, message, url, deadline_s)
            fetched.append(await _stored(ports, message, file, len(fetched)))
    except MediaUnusable as failure:
        await ports.storage.write(partial(_fail, sid=sid, failure=failure), SERVER)
        await _forget(ports, fetched)
        return
    if not await ports.storage.write(lambda unit: _queue(unit, sid, fetched, ports.settings), SERVER):
        await _forget(ports, fetched)


def _waiting(unit: UnitOfWork, sid: str, *, for_update: bool = False) -> tuple[Message, Account] | None:
    """The message and its account, unless it is over, or has its files from an earlier run of the job."""
    message = unit.get(Message, sid, for_update=for_update)
    if message is None or message.is_final or unit.count(Media, [Condition("parent_sid", sid)]):
        return None
    account = unit.get(Account, message.account_sid)
    return (message, account) if account is not None else None


async def _stored(ports: Ports, message: Message, file: Downloaded, number: int) -> Media:
    sid = _media_sid(message.sid, number)
    await write_file(ports, sid, file.content)
    return media_record(message, sid, file.content_type, file.content, number)


def _media_sid(message_sid: str, number: int) -> str:
    """The same in every run of the job, so that a run that broke off leaves no file behind; in order of number.

    The upper 60 bits of a SID are its time (model.sid), the rest is random: these count the time on.
    """
    return f"ME{int(message_sid[2:], 16) + (number << 68):032x}"


def _queue(unit: UnitOfWork, sid: str, fetched: list[Media], settings: Any) -> bool:
    """Store the files' records and queue the message; False when it does not wait for them anymore."""
    waiting = _waiting(unit, sid, for_update=True)
    if waiting is None:
        return False
    for media in fetched:
        unit.insert(media)
    queue_fetched(unit, waiting[0], settings)
    return True


def _fail(unit: UnitOfWork, sid: str, failure: MediaUnusable) -> None:
    waiting = _waiting(unit, sid, for_update=True)
    if waiting is not None:
        report_problem(unit, waiting[0], failure.problem)
        facts = {"error_code": failure.code, "error_message": failure.problem.message}
        progress_message(unit, waiting[0], "failed", facts)


async def _forget(ports: Ports, fetched: list[Media]) -> None:
    """Delete files that no record names, now that the message will not be sent with them."""
    unused = await ports.storage.read(lambda unit: [media for media in fetched if unit.get(Media, media.sid) is None])
    for media in unused:
        await ports.media.delete(media.content_sid)
