"""Paging by cursor: PageToken is `PA` and the SID of the row before the page; Page is decoration for the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from callwright.model.errors import InvalidPageToken, InvalidParameter, PageSizeTooLarge
from callwright.model.sid import is_sid
from callwright.rest.form import Fields
from callwright.usecases.operations import Page

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000
_LARGEST = 10**9
_TOKEN = "PA"  # noqa: S105 - a prefix, no secret
_OWN_NAMES = frozenset({"Page", "PageSize", "PageToken", "AfterSid"})


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked for. `filters` are the query's other fields, to be repeated in links."""

    number: int
    size: int
    before_sid: str | None
    filters: Fields


@dataclass(frozen=True)
class PageLinks:
    """The envelope of a list; links are paths below the server's root."""

    page: int
    page_size: int
    start: int
    end: int
    uri: str
    first_page_uri: str
    next_page_uri: str | None
    previous_page_uri: str | None


def parse_page(fields: Fields, sid_prefix: str) -> PageRequest:
    """Raises PageSizeTooLarge, InvalidPageToken (also for a Page without its token) or InvalidParameter."""
    own = {name: value for name, value in fields if name in _OWN_NAMES and value}
    size = _whole(own, "PageSize", DEFAULT_SIZE, smallest=1)
    if size > LARGEST_SIZE:
        raise PageSizeTooLarge()
    number = _whole(own, "Page", 0, smallest=0)
    before_sid = _cursor(own, sid_prefix)
    if number and before_sid is None:
        raise InvalidPageToken("Page alone does not move through a list: follow next_page_uri as it was given.")
    return PageRequest(number, size, before_sid, [field for field in fields if field[0] not in _OWN_NAMES])


def _whole(own: Mapping[str, str], name: str, default: int, *, smallest: int) -> int:
    text = own.get(name, str(default))
    # Digits beyond the largest number do not matter, but int() of thousands of them would take long.
    number = min(int(text[:12]), _LARGEST) if text.isascii() and text.isdigit() else -1
    if number < smallest:
        raise InvalidParameter(f"{name} has to be a whole number from {smallest} on.")
    return number


def _cursor(own: Mapping[str, str], sid_prefix: str) -> str | None:
    sid = own.get("AfterSid")
    if "PageToken" in own:
        token = own["PageToken"]
        sid = token.removeprefix(_TOKEN) if token.startswith(_TOKEN) else ""
    if sid is not None and not is_sid(sid, sid_prefix):
        raise InvalidPageToken()
    return sid


def links_of(path: str, asked: PageRequest, page: Page) -> PageLinks:
    """The envelope around a page; `path` has the request's extension."""

    def link(number: int, token: str | None = None) -> str:
        own = [("PageSize", str(asked.size)), ("Page", str(number))]
        tokens = [("PageToken", token)] if token else []
        return f"{path}?{urlencode([*asked.filters, *own, *tokens])}"

    start = asked.number * asked.size
    return PageLinks(
        page=asked.number,
        page_size=asked.size,
        start=start,
        end=max(start + len(page.records) - 1, start) if page.records else 0,
        uri=link(asked.number, _TOKEN + asked.before_sid if asked.before_sid else None),
        first_page_uri=link(0),
        next_page_uri=link(asked.number + 1, _TOKEN + page.records[-1].sid) if page.has_more else None,
        previous_page_uri=None,
    )
