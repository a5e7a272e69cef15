"""The history of an account: its revisions, and the groups they were written in."""

from dataclasses import replace

from callwright.model.errors import InvalidParameter, NotFound
from callwright.model.record import RECORDS
from callwright.model.resources.account import Account
from callwright.model.revision import GroupFilter, Revision, RevisionFilter, RevisionGroup
from callwright.model.sid import is_sid
from callwright.usecases.own_image import own_image
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.roll_back import own_revision

#: Other words for a resource.
_ALSO = {"apps": "applications", "numbers": "incoming_phone_numbers", "phonenumbers": "incoming_phone_numbers"}


def table_of(resource: str) -> str:
    """The table of a resource by its name, as in paths (IncomingPhoneNumbers, numbers) or as revisions tell it.

    Raises InvalidParameter that names those there are.
    """
    known = {name.replace("_", ""): name for name, record_type in RECORDS.items() if record_type.history}
    given = resource.replace("_", "").lower()
    table = known.get(given) or known.get(f"{given}s") or _ALSO.get(given) or _ALSO.get(f"{given}s")
    if table is None:
        names = ", ".join(sorted(known.values()))
        raise InvalidParameter(f"resource {ascii(resource)[:40]} has no history: give one of {names}.")
    return table


def list_revisions(unit: UnitOfWork, account: Account, wanted: RevisionFilter, *, limit: int) -> list[Revision]:
    """The account's revisions newest first."""
    found = unit.revisions(replace(wanted, account_sid=account.sid), limit=limit)
    return [_as_seen(revision, account) for revision in found]


def show_revision(unit: UnitOfWork, account: Account, revision_id: int) -> Revision:
    """Raises NotFound, also for another account's."""
    return _as_seen(own_revision(unit, account, revision_id), account)


def show_group(unit: UnitOfWork, account: Account, group_id: str) -> RevisionGroup:
    """Raises NotFound, also for another account's."""
    found = unit.revision_groups(GroupFilter(account.sid, group_id), limit=1) if is_sid(group_id) else []
    if not found:
        raise NotFound(f"Account {account.sid} has no group of revisions {group_id[:40]}.")
    return found[0]


def _as_seen(revision: Revision, account: Account) -> Revision:
    before, after = own_image(revision.before, account.sid), own_image(revision.after, account.sid)
    return replace(revision, before=before, after=after)
