"""Links to media: signed, and open for a while only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from callwright.config import Settings
from callwright.model.resources.media import Media
from callwright.server.secret_box import SecretBox
from callwright.usecases.media_url import MediaLink, MediaLinkRefused, check_media_link, media_url

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRETS = SecretBox(b"a key of sixteen bytes")
SETTINGS = Settings(public_url="https://calls.example.com/", media_url_lifetime_s=60)
MEDIA = Media.model_construct(sid="ME" + "1" * 32, account_sid="AC" + "2" * 32, parent_sid="MM" + "3" * 32)
PATH = f"/2010-04-01/Accounts/{MEDIA.account_sid}/Messages/{MEDIA.parent_sid}/Media/{MEDIA.sid}"


def link() -> MediaLink:
    """One that is made now."""
    url = media_url(SECRETS, SETTINGS, MEDIA, NOW)
    assert url.startswith(f"https://calls.example.com{PATH}?")
    query = parse_qs(urlsplit(url).query)
    return MediaLink(urlsplit(url).path, query["Expires"][0], query["Signature"][0])


def test_a_link_opens_until_it_expires() -> None:
    check_media_link(SECRETS, link(), NOW)
    check_media_link(SECRETS, link(), NOW + timedelta(seconds=59))
    with pytest.raises(MediaLinkRefused, match="has expired"):
        check_media_link(SECRETS, link(), NOW + timedelta(seconds=60))


def test_a_link_opens_nothing_else_and_not_for_longer() -> None:
    given = link()
    another = replace(given, path=given.path.replace("ME1", "ME2"))
    longer = replace(given, expires=str(int(given.expires) + 1))
    forged = replace(given, signature=given.signature[:-1] + "é")
    for changed in (another, longer, forged):
        with pytest.raises(MediaLinkRefused, match="Signature"):
            check_media_link(SECRETS, changed, NOW)


def test_another_servers_links_are_refused() -> None:
    with pytest.raises(MediaLinkRefused, match="Signature"):
        check_media_link(SecretBox(b"another key of sixteen"), link(), NOW)


@pytest.mark.parametrize("expires", ["", "x", "-1", "1e9", "٣" * 10, "9" * 5000])
def test_an_expiry_that_is_no_number_is_refused(expires: str) -> None:
    signature = SECRETS.sign(f"media {PATH} {expires}")
    with pytest.raises(MediaLinkRefused):
        check_media_link(SECRETS, MediaLink(PATH, expires, signature), NOW)
