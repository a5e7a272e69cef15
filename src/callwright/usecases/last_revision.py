"""The newest revision number of a SID: a record that is made again under its SID counts on from there."""

from callwright.model.revision import RevisionFilter
from callwright.usecases.ports import UnitOfWork


def last_revision(unit: UnitOfWork, sid: str) -> int:
    """The newest revision number in the history of that SID, 0 when it has none.

    What is inserted again with it as its revision gets a greater one: revisions of a SID only rise, so that an ETag
    (and what a call keeps of its application) means one state for ever.
    """
    newest = unit.revisions(RevisionFilter(sid=sid), limit=1)
    return newest[0].revision if newest else 0
