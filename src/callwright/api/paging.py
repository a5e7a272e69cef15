"""How lists of /v1 are paged."""

from typing import Annotated

from fastapi import Query

#: The cursor of a list: a SID of the page before.
Before = Annotated[
    str | None, Query(pattern="^[A-Z]{2}[0-9a-f]{32}$", description="next_before of the page before, a SID.")
]
