"""Links to media that open without credentials for a while: what web apps and carriers are given."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callwright.model.errors import AccountNotActive, ApiError
from callwright.model.resources.account import Account
from callwright.model.resources.media import MEDIA, Media
from callwright.usecases.authenticate import Permission
from callwright.usecases.carrier_traffic import SendableMedia
from callwright.usecases.media_of_message import media_of_message
from callwright.usecases.ports import Secrets, UnitOfWork

_MOST_DIGITS = 15


@dataclass(frozen=True)
class MediaLink:
    """What a signed link says: the path of the instance with its SIDs as stored, and the query's two values."""

    path: str
    expires: str
    signature: str


class MediaLinkRefused(ApiError):
    """The link to this media is not valid: fetch it with the AccountSid and its AuthToken by HTTP Basic."""

    code = 20403
    status = 403


def media_url(secrets: Secrets, settings: Any, media: Media, now: datetime) -> str:
    """An absolute link to the file that works without credentials for `settings.media_url_lifetime_s`."""
    expires = int((now + timedelta(seconds=settings.media_url_lifetime_s)).timestamp())
    path = MEDIA.uri_format.format(media)
    return f"{settings.base_url}{path}?Expires={expires}&Signature={_signature(secrets, path, str(expires))}"


def permission_of_link(unit: UnitOfWork, secrets: Secrets, link: MediaLink, account_sid: str) -> Permission:
    """What the link permits: reading that instance, as its account. Raises MediaLinkRefused and AccountNotActive."""
    check_media_link(secrets, link, unit.now)
    account = unit.get(Account, account_sid)
    if account is None:
        raise MediaLinkRefused()
    if account.status != "active":
        raise AccountNotActive()
    return Permission(account, account)


def check_media_link(secrets: Secrets, link: MediaLink, now: datetime) -> None:
    """Raises MediaLinkRefused naming the cause and the fix."""
    # The signature first: who cannot sign learns nothing from trying dates.
    if not hmac.compare_digest(_signature(secrets, link.path, link.expires).encode(), link.signature.encode()):
        raise MediaLinkRefused(
            "The Signature of this link is wrong: use the link as it was given, unchanged, or fetch it with the "
            "AccountSid and its AuthToken by HTTP Basic."
        )
    if not _is_ahead(link.expires, now):
        raise MediaLinkRefused(
            "This link has expired: fetch it with the AccountSid and its AuthToken by HTTP Basic "
            "(CALLWRIGHT_MEDIA_URL_LIFETIME_S sets how long links last)."
        )


def sendable_media(unit: UnitOfWork, secrets: Secrets, settings: Any, message_sid: str) -> tuple[SendableMedia, ...]:
    """What a carrier is handed of a message's files, in their order."""
    return tuple(
        SendableMedia(media_url(secrets, settings, media, unit.now), media.content_type or "application/octet-stream")
        for media in media_of_message(unit, message_sid)
    )


def _is_ahead(expires: str, now: datetime) -> bool:
    is_number = expires.isascii() and expires.isdigit() and len(expires) <= _MOST_DIGITS
    return is_number and int(expires) > now.timestamp()


def _signature(secrets: Secrets, path: str, expires: str) -> str:
    """Over the SIDs of account, message and media (the path has them and nothing else) and the moment."""
    return secrets.sign(f"media {path} {expires}")
