"""Links to media that open without credentials for a while: what web apps and carriers are given."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from callwright.model.errors import ApiError
from callwright.model.resources.media import MEDIA, Media
from callwright.usecases.carrier_traffic import SendableMedia
from callwright.usecases.ports import Condition, Secrets, UnitOfWork

_MOST_DIGITS = 15
_MOST_MEDIA = 10


class MediaLinkRefused(ApiError):
    """The link to this media is not valid: fetch it with the AccountSid and its AuthToken by HTTP Basic."""

    code = 20403
    status = 403


def media_url(secrets: Secrets, settings: Any, media: Media, now: datetime) -> str:
    """An absolute link to the file that works without credentials for `settings.media_url_lifetime_s`."""
    expires = int((now + timedelta(seconds=settings.media_url_lifetime_s)).timestamp())
    path = MEDIA.uri_format.format(media)
    return f"{settings.base_url}{path}?Expires={expires}&Signature={_signature(secrets, path, str(expires))}"


def check_media_link(secrets: Secrets, path: str, expires: str, signature: str, now: datetime) -> None:
    """`path` is the instance's, with its SIDs as stored. Raises MediaLinkRefused naming the cause and the fix."""
    # The signature first: who cannot sign learns nothing from trying dates.
    if not hmac.compare_digest(_signature(secrets, path, expires).encode(), signature.encode()):
        raise MediaLinkRefused(
            "The Signature of this link is wrong: use the link as it was given, unchanged, or fetch it with the "
            "AccountSid and its AuthToken by HTTP Basic."
        )
    if not _is_ahead(expires, now):
        raise MediaLinkRefused(
            "This link has expired: fetch it with the AccountSid and its AuthToken by HTTP Basic "
            "(CALLWRIGHT_MEDIA_URL_LIFETIME_S sets how long links last)."
        )


def sendable_media(unit: UnitOfWork, secrets: Secrets, settings: Any, message_sid: str) -> tuple[SendableMedia, ...]:
    """What a carrier is handed of a message's files, in their order."""
    files = unit.select(Media, [Condition("parent_sid", message_sid)], limit=_MOST_MEDIA)
    return tuple(
        SendableMedia(media_url(secrets, settings, media, unit.now), media.content_type or "application/octet-stream")
        for media in sorted(files, key=lambda media: media.number)
    )


def _is_ahead(expires: str, now: datetime) -> bool:
    is_number = expires.isascii() and expires.isdigit() and len(expires) <= _MOST_DIGITS
    return is_number and int(expires) > now.timestamp()


def _signature(secrets: Secrets, path: str, expires: str) -> str:
    """Over the SIDs of account, message and media (the path has them and nothing else) and the moment."""
    return secrets.sign(f"media {path} {expires}")
