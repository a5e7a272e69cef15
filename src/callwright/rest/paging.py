"""Paging by cursor; Page is decoration for the client.

PageToken is `PA` and the SID of the row before the page or, for a page reached backwards, `PB` and that of the row
behind it.
"""

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
_ONWARDS, _BACKWARDS = "PA", "PB"
_OWN_NAMES = frozenset({"Page", "PageSize", "PageToken", "AfterSid"})


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked for. `filters` are the query's other fields, to be repeated in links."""

    number: int
    size: int
    before_sid: str | None
    after_sid: str | None
    filters: Fields

    @property
    def token(self) -> str | None:
        """The PageToken it was asked with."""
        if self.after_sid is not None:
            return _BACKWARDS + self.after_sid
        return _ONWARDS + self.before_sid if self.before_sid is not None else None


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


def parse_page(fields: Fields, sid_prefixes: tuple[str, ...]) -> PageRequest:
    """Raises PageSizeTooLarge, InvalidPageToken (also for a Page without its token) or InvalidParameter."""
    own = {name: value for name, value in fields if name in _OWN_NAMES and value}
    size = _whole(own, "PageSize", DEFAULT_SIZE, smallest=1)
    if size > LARGEST_SIZE:
        raise PageSizeTooLarge()
    number = _whole(own, "Page", 0, smallest=0)
    before_sid, after_sid = _cursors(own, sid_prefixes)
    if number and before_sid is None and after_sid is None:
        raise InvalidPageToken("Page alone does not move through a list: follow next_page_uri as it was given.")
    filters = [field for field in fields if field[0] not in _OWN_NAMES]
    return PageRequest(number, size, before_sid, after_sid, filters)


def _whole(own: Mapping[str, str], name: str, default: int, *, smallest: int) -> int:
    text = own.get(name, str(default))
    # Digits beyond the largest number do not matter, but int() of thousands of them would take long.
    number = min(int(text[:12]), _LARGEST) if text.isascii() and text.isdigit() else -1
    if number < smallest:
        raise InvalidParameter(f"{name} has to be a whole number from {smallest} on.")
    return number


def _cursors(own: Mapping[str, str], sid_prefixes: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The SIDs the page lies before or after."""
    token = own.get("PageToken", _ONWARDS + own["AfterSid"] if "AfterSid" in own else None)
    if token is None:
        return None, None
    direction, sid = token[:2], token[2:]
    if direction not in (_ONWARDS, _BACKWARDS) or not is_sid(sid) or not sid.startswith(sid_prefixes):
        raise InvalidPageToken()
    return (sid, None) if direction == _ONWARDS else (None, sid)


def links_of(path: str, asked: PageRequest, page: Page) -> PageLinks:
    """The envelope around a page; `path` has the request's extension."""

    def link(number: int, token: str | None = None) -> str:
        own = [("PageSize", str(asked.size)), ("Page", str(number))]
        tokens = [("PageToken", token)] if token else []
        return f"{path}?{urlencode([*asked.filters, *own, *tokens])}"

    start = asked.number * asked.size
    first, last = (page.records[0], page.records[-1]) if page.records else (None, None)
    return PageLinks(
        page=asked.number,
        page_size=asked.size,
        start=start,
        end=max(start + len(page.records) - 1, start) if page.records else 0,
        uri=link(asked.number, asked.token),
        first_page_uri=link(0),
        next_page_uri=link(asked.number + 1, _ONWARDS + last.sid) if page.has_more and last else None,
        previous_page_uri=link(asked.number - 1, _BACKWARDS + first.sid) if asked.number and first else None,
    )
