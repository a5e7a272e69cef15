"""Files of messages on their way into the media store: how they are fetched, and of which types they are."""

import asyncio
import re
from datetime import timedelta

import structlog

from callwright.model.resources.account import Account
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.usecases.jobs import RunAgain
from callwright.usecases.ports import Ports
from callwright.usecases.web_ports import WebAnswer, WebhookFailure, WebRequest

log = structlog.get_logger()

#: A disk that is full is not emptied at once.
_WRITE_AGAIN = timedelta(seconds=30)
UNKNOWN_TYPE = "application/octet-stream"
#: All files of a message are fetched within that time: a web app that drips holds up its own message, and not for long.
FILES_S = 60.0
_TOO_SLOW = 11200

#: What messages carry, as Twilio's list of accepted content types.
_ACCEPTED = re.compile(
    r"(?:image|audio|video)/[\w.+-]+"
    r"|text/(?:vcard|x-vcard|csv|rtf|richtext|calendar|directory|plain)"
    r"|application/(?:pdf|vcard|rtf|vnd\.apple\.pkpass)",
    re.ASCII,
)
#: How files begin whose type was not told.
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"%PDF-": "application/pdf",
    b"BEGIN:VCARD": "text/vcard",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"#!AMR": "audio/amr",
}
#: ISO 14496-12: `ftyp` and the brand follow the size of the first box.
_BRAND_AT, _BRAND = 4, re.compile(rb"ftyp(3g[ep2]|....)", re.DOTALL)


def is_accepted(media_type: str) -> bool:
    """Whether messages carry files of that type (small letters, no parameters)."""
    return _ACCEPTED.fullmatch(media_type) is not None


def type_of_file(told: str | None, content: bytes) -> str:
    """The type that was told, if messages carry such; else what the first bytes look like, else UNKNOWN_TYPE."""
    media_type = (told or "").partition(";")[0].strip().lower()
    if is_accepted(media_type):
        return media_type
    brand = _BRAND.match(content, _BRAND_AT)
    if brand is not None:
        return "video/3gpp" if brand[1].startswith(b"3g") else "video/mp4"
    return next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), UNKNOWN_TYPE)


def files_deadline_s() -> float:
    """Until when, by the loop's clock, the files of a message may take that are fetched from now on."""
    return asyncio.get_running_loop().time() + FILES_S


async def download_file(ports: Ports, account: Account, message: Message, url: str, deadline_s: float) -> WebAnswer:
    """Fetch a file for the message, as a request that its owner can inspect. Raises WebhookFailure."""
    request = WebRequest(
        url=url,
        method="GET",
        parameters={},
        account_sid=account.sid,
        auth_token=account.auth_token,
        kind="media",
        message_sid=message.sid,
        application_sid=message.application_sid,
        most_bytes=ports.settings.largest_media_bytes,
    )
    try:
        async with asyncio.timeout_at(deadline_s):
            return await ports.webhooks.download(request)
    except TimeoutError as error:
        cause = f"The files of this message were not here within {FILES_S:g} seconds: serve smaller ones, or faster."
        raise WebhookFailure(_TOO_SLOW, cause) from error


def media_record(message: Message, sid: str, content_type: str, content: bytes, number: int) -> Media:
    """The record of a file of the message, kept under that SID; not inserted yet."""
    return Media.model_construct(
        sid=sid,
        account_sid=message.account_sid,
        parent_sid=message.sid,
        content_type=content_type,
        content_sid=sid,
        size_bytes=len(content),
        number=number,
    )


async def write_file(ports: Ports, sid: str, content: bytes) -> None:
    """Put a file into the store, from a job.

    Raises RunAgain while it cannot be written, which is not counted: a job that was given up would leave its message
    waiting for ever.
    """
    try:
        await ports.media.write(sid, content)
    except OSError as error:
        log.warning("a file of a message waits for the media store", media_sid=sid, cause=str(error))
        raise RunAgain(_WRITE_AGAIN) from error
