"""CSV of lists (RFC 4180): a header row with the names that XML uses, then a line per record."""

import csv
import io
from typing import Any

import orjson

from callwright.model.errors import ApiError
from callwright.model.naming import to_pascal
from callwright.model.resource import Resource
from callwright.rest.format import FORMATS, Format
from callwright.rest.paging import PageLinks
from callwright.rest.representation import Row


def _page(_: Resource, rows: list[Row], links: PageLinks) -> bytes:
    names = list(rows[0]) if rows else []
    return _table([to_pascal(name) for name in names], [[row[name] for name in names] for row in rows])


def _error(error: ApiError) -> bytes:
    names = ["Status", "Message", "Code", "MoreInfo"]
    return _table(names, [[error.status, error.message, error.code, error.more_info]])


def _table(names: list[str], rows: list[list[Any]]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written)
    if names:
        table.writerow(names)
    table.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


FORMATS["csv"] = Format("text/csv; charset=utf-8", page=_page, error=_error)
