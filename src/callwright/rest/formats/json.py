"""JSON: a flat object per record, an envelope with exactly one list per page."""

import orjson

from callwright.model.errors import ApiError
from callwright.model.resource import Resource
from callwright.rest.format import FORMATS, Format
from callwright.rest.paging import PageLinks
from callwright.rest.representation import Row


def _instance(_: Resource, row: Row) -> bytes:
    return orjson.dumps(row)


def _page(resource: Resource, rows: list[Row], links: PageLinks) -> bytes:
    envelope = {
        resource.list_key: rows,
        "first_page_uri": links.first_page_uri,
        "next_page_uri": links.next_page_uri,
        "previous_page_uri": links.previous_page_uri,
        "uri": links.uri,
        "page": links.page,
        "page_size": links.page_size,
        "start": links.start,
        "end": links.end,
    }
    return orjson.dumps(envelope)


def _error(error: ApiError) -> bytes:
    body = {"code": error.code, "message": error.message, "more_info": error.more_info, "status": error.status}
    return orjson.dumps(body)


FORMATS["json"] = Format("application/json", page=_page, error=_error, instance=_instance)
