from typing import Any

import httpx
import pytest

from callwright.cli.api import Api
from callwright.cli.trunks import find_trunk

SIDS = [f"AP{index:032x}" for index in range(5)]


def _applications(request: httpx.Request) -> httpx.Response:
    """Two rows a page, and a link to the next one, as the 2010-04-01 API answers."""
    start = int(request.url.params.get("PageToken", "0"))
    following = f"{request.url.path}?PageToken={start + 2}" if start + 2 < len(SIDS) else None
    rows = [{"sid": sid} for sid in SIDS[start : start + 2]]
    return httpx.Response(200, json={"applications": rows, "next_page_uri": following})


def _trunks(request: httpx.Request) -> httpx.Response:
    """One row a page and the cursor to the next, as /v1 answers."""
    names = ["first", "second", "third"]
    start = int(request.url.params.get("before", "0"))
    row: dict[str, Any] = {"sid": f"TK{start:032x}", "friendly_name": names[start]}
    following = str(start + 1) if start + 1 < len(names) else None
    return httpx.Response(200, json={"trunks": [row], "next_before": following})


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 50])
async def test_a_list_goes_on_over_pages_up_to_the_limit(limit: int) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(_applications), base_url="http://server") as client:
        rows = await Api(client, "AC", "the server").rows("Applications", "applications", {}, limit)
    assert [row["sid"] for row in rows] == SIDS[:limit]


async def test_a_trunk_is_found_by_name_on_a_later_page() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(_trunks), base_url="http://server") as client:
        assert await find_trunk(Api(client, "AC", "the server"), "third") == f"TK{2:032x}"
