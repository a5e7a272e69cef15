"""Files of media: sent to those who may see them, so that nothing in them runs."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree
from tests.fakes.populated_api import FILE, PopulatedApi

from callwright.model.resource import Resource
from callwright.model.resources.media import MEDIA, Media
from callwright.rest.declarations import check_declarations
from callwright.usecases.media_url import media_url


def path_of(api: PopulatedApi) -> str:
    return api.path_of(MEDIA, is_instance=True)


def link_of(api: PopulatedApi) -> str:
    """The signed link's path and query."""
    media = api.owned["ME"]
    assert isinstance(media, Media)
    parts = urlsplit(media_url(api.ports.secrets, api.ports.settings, media, api.storage.now))
    return f"{parts.path}?{parts.query}"


async def opened(api: PopulatedApi, link: str, method: str = "GET", **options: Any) -> httpx.Response:
    """What the link answers to a client without credentials."""
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        return await client.request(method, link, **options)


async def test_without_extension_it_is_the_file_and_with_one_the_record() -> None:
    api = PopulatedApi()
    answer = await api.get(path_of(api))
    assert (answer.status_code, answer.content) == (200, FILE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(FILE))
    assert answer.headers["content-disposition"] == f'inline; filename="{api.owned["ME"].sid}.png"'
    assert answer.headers["twilio-request-id"]
    assert (await api.get(f"{path_of(api)}.json")).json()["content_type"] == "image/png"
    assert etree.fromstring((await api.get(f"{path_of(api)}.xml")).content).findtext("Media/ContentType") == "image/png"


async def test_head_has_everything_but_the_bytes() -> None:
    api = PopulatedApi()
    full, head = await api.get(path_of(api)), await api.request("HEAD", path_of(api))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "content-disposition"):
        assert head.headers[name] == full.headers[name]
    assert (await opened(api, link_of(api), "HEAD")).status_code == 200


@pytest.mark.parametrize("asked", ["{}", "W/{}", '"other", {}', "*"])
async def test_a_client_that_has_the_file_is_not_sent_it_again(asked: str) -> None:
    api = PopulatedApi()
    tag = (await api.get(path_of(api))).headers["etag"]
    answer = await api.request("GET", path_of(api), headers={"if-none-match": asked.format(tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in answer.headers
    assert (await api.request("GET", path_of(api), headers={"if-none-match": '"other"'})).content == FILE


@pytest.mark.parametrize(
    ("content_type", "sent_as", "is_shown"),
    [
        ("image/jpeg", "image/jpeg", True),
        ("audio/ogg", "audio/ogg", True),
        ("image/svg+xml", "image/svg+xml", False),
        ("text/html", "text/html", False),
        ("text/vcard", "text/vcard", False),
        ("image/png\r\nset-cookie: a=b", "application/octet-stream", False),
        ("картинка", "application/octet-stream", False),
        (None, "application/octet-stream", False),
    ],
)
async def test_nothing_that_could_run_is_shown(content_type: str | None, sent_as: str, is_shown: bool) -> None:
    api = PopulatedApi()
    api.storage.put(api.owned["ME"].model_copy(update={"content_type": content_type}))
    answer = await opened(api, link_of(api))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, FILE, sent_as)
    assert answer.headers["content-disposition"].startswith("inline;" if is_shown else "attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_a_signed_link_opens_the_file_alone_and_for_a_while() -> None:
    api = PopulatedApi(media_url_lifetime_s=60)
    link = link_of(api)
    assert (await opened(api, link)).content == FILE
    path, query = link.split("?")
    for other in (f"{path}.json?{query}", f"{path.rpartition('/')[0]}?{query}", f"{path}", f"{path}?Expires=1"):
        assert (await opened(api, other)).status_code == 401
    assert (await opened(api, link, "DELETE")).status_code == 401
    api.storage.pass_time(61)
    late = await opened(api, link)
    assert (late.status_code, "has expired" in late.text) == (403, True)


async def test_a_changed_link_is_refused() -> None:
    api = PopulatedApi()
    link = link_of(api)
    other = api.populate(api.add_account("AC" + "b" * 32), "+15555550101")
    for changed in (
        f"{link}x",
        link.replace("Expires=1", "Expires=9"),
        link.replace(api.owned["ME"].sid, other["ME"].sid),
    ):
        answer = await opened(api, changed)
        assert (answer.status_code, "Signature" in answer.text) == (403, True)
        assert "<Code>20403</Code>" in answer.text


async def test_links_of_accounts_that_are_suspended_or_gone_open_nothing() -> None:
    api = PopulatedApi()
    link = link_of(api)
    api.storage.put(api.account.model_copy(update={"status": "suspended"}))
    assert (await opened(api, link)).status_code == 403
    del api.storage.content.rows[type(api.account)][api.account.sid]
    assert (await opened(api, link)).status_code == 403


async def test_credentials_count_before_a_link() -> None:
    api = PopulatedApi()
    stranger = api.add_account("AC" + "d" * 32, token="d" * 32)
    answer = await api.request("GET", link_of(api), auth=(stranger.sid, stranger.auth_token))
    assert answer.status_code == 401
    assert (await api.request("GET", f"{path_of(api)}?Signature=wrong")).content == FILE


async def test_a_lost_file_and_a_deleted_record_are_not_found() -> None:
    api = PopulatedApi()
    link = link_of(api)
    api.media.files.clear()
    assert (await opened(api, link)).status_code == 404
    await api.delete(f"{path_of(api)}.json")
    assert (await opened(api, link)).status_code == 404


def test_content_that_nothing_gives_stops_the_start() -> None:
    forgotten = Resource("Forgotten", Media, "/Forgotten", "A", "As", "as", "ME", has_content=True)
    with pytest.raises(RuntimeError, match="content that nothing gives: Forgotten"):
        check_declarations([forgotten])
