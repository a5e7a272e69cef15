"""`If-Match` and `ETag`: a resource's revision, so that nobody overwrites what they have not seen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from callwright.api.refusal import Refusal, Responses
from callwright.model.errors import InvalidParameter
from callwright.model.record import Record

#: The revision as we give it, weak or bare as some clients send it on.
_TAG = re.compile(r'\s*(?:(?:W/)?"([0-9]{1,18})"|([0-9]{1,18}))\s*', re.ASCII)

MISMATCH: Responses = {
    412: {
        "model": Refusal,
        "description": "The resource is not at the revision of If-Match. `revision` is the current one, `difference` "
        "the fields that differ: `{field, expected, current}`.",
    }
}


def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            description='Only change the resource at this revision, as its ETag says it: `"7"`. Otherwise the answer '
            "is 412 with the difference."
        ),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    match = _TAG.fullmatch(if_match)
    if match is None:
        raise InvalidParameter('If-Match has to be one revision, as the ETag of the resource says it: "7".')
    return int(match[1] or match[2])


#: The revision that a request expects; None when any will do.
IfMatch = Annotated[int | None, Depends(_if_match)]


def tagged(response: Response, record: Record) -> None:
    """Say in the answer which revision it shows."""
    response.headers["ETag"] = f'"{record.revision}"'
