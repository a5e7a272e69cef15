"""How lists of /v1 are paged: newest first, by the SID of the last row."""

from typing import Annotated, TypeVar

from fastapi import Query

from callwright.api.caller import Caller
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.usecases.ports import Condition, Storage, UnitOfWork

R = TypeVar("R", bound=Record)

#: How many rows a page has at most. Its default, 50, stands in the routes: `= PAGE`.
Limit = Annotated[int, Query(ge=1, le=1000, description="How many rows the page has at most, up to 1000.")]
PAGE = 50
SID_PATTERN = "^[A-Z]{2}[0-9a-f]{32}$"
#: The cursor of a list: a SID of the page before.
Before = Annotated[str | None, Query(pattern=SID_PATTERN, description="next_before of the page before, a SID.")]


def page(found: list[R], limit: int) -> tuple[list[R], str | None]:
    """The rows of a page out of one row more than it has, and the `before` of the next (None on the last)."""
    return found[:limit], found[limit - 1].sid if len(found) > limit else None


async def page_of(
    caller: Caller, storage: Storage, record_type: type[R], limit: int, before: str | None
) -> tuple[list[R], str | None]:
    """The caller's records on that page, and the `before` of the next one (None on the last)."""

    def work(unit: UnitOfWork, account: Account) -> list[R]:
        # One row more than asked for tells whether another page follows.
        own = [Condition("account_sid", account.sid)]
        return unit.select(record_type, own, limit=limit + 1, before_sid=before)

    return page(await caller.read(storage, work), limit)
