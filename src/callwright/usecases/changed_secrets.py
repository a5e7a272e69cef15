"""Which secrets were changed between two revisions: their images hold the same mark before and after."""

from collections.abc import Mapping
from typing import Any

from callwright.model.image import is_mark
from callwright.model.revision import CHANGED_SECRET, Revision, RevisionFilter
from callwright.usecases.own_image import Image
from callwright.usecases.ports import UnitOfWork

#: How many revisions in between are looked through.
_MOST_BETWEEN = 500


def changed_secrets(unit: UnitOfWork, revision: Revision, first: int, last: int | None) -> dict[str, set[str]]:
    """Secrets that revisions after the first changed, up to the last: names of parts by field ("" for the whole)."""
    before_id = last + 1 if last is not None else None
    wanted = RevisionFilter(resource=revision.resource, sid=revision.sid, before_id=before_id)
    found: dict[str, set[str]] = {}
    for one in unit.revisions(wanted, limit=_MOST_BETWEEN):
        if one.id <= first:
            break
        for name, value in (one.after or {}).items():
            parts = value.items() if isinstance(value, Mapping) else [("", value)]
            found.setdefault(name, set()).update(part for part, kept in parts if kept == CHANGED_SECRET)
    return found


def with_marks(shown: Image, changed: Mapping[str, set[str]]) -> Image:
    """The image with marks that tell which of its secrets have been changed."""
    if shown is None:
        return None
    return {name: _marked(value, changed.get(name, set())) for name, value in shown.items()}


def _marked(value: Any, changed: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {part: CHANGED_SECRET if part in changed and is_mark(kept) else kept for part, kept in value.items()}
    return CHANGED_SECRET if "" in changed and is_mark(value) else value
