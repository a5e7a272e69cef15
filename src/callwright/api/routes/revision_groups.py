"""/v1/RevisionGroups: what was changed together, and how to take it back together."""

from typing import Annotated

from fastapi import APIRouter, Path

from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Before, Limit
from callwright.api.refusal import ERRORS, refused
from callwright.api.revision_shown import (
    Credential,
    GroupPage,
    GroupShown,
    RollbackShown,
    Since,
    Until,
    Wished,
    group_shown,
    rolled_back,
)
from callwright.model.resources.account import Account
from callwright.model.revision import GroupFilter, RevisionGroup
from callwright.usecases.list_revisions import show_group
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.roll_back import Rollback, plan_group_rollback

GroupId = Annotated[str, Path(description="RG….", max_length=64)]

_ONE = {**ERRORS, **refused(404, "The account has no such group of revisions.")}
_CONFLICT = refused(
    409, "Something was changed since, or is in the way: `conflicts` says what, by whom and when. Nothing was done."
)


def routes(ports: Ports) -> APIRouter:
    """List, show, roll back."""
    storage = ports.storage
    router = APIRouter(prefix="/RevisionGroups", tags=["History"])

    @router.get("", summary="List what was changed together", responses=ERRORS)
    async def list_all(
        caller: AsCaller,
        credential: Credential = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = PAGE,
        before: Before = None,
    ) -> GroupPage:
        def work(unit: UnitOfWork, account: Account) -> list[RevisionGroup]:
            wanted = GroupFilter(account.sid, credential=credential, since=since, until=until, before_group=before)
            return unit.revision_groups(wanted, limit=limit + 1)

        found = await caller.read(storage, work)
        next_before = found[limit - 1].group_id if len(found) > limit else None
        return GroupPage(revision_groups=[group_shown(group) for group in found[:limit]], next_before=next_before)

    @router.get("/{group_id}", summary="Show what was changed together", responses=_ONE)
    async def show(caller: AsCaller, group_id: GroupId) -> GroupShown:
        return group_shown(await caller.read(storage, lambda unit, account: show_group(unit, account, group_id)))

    @router.post("/{group_id}/Rollback", summary="Take back what was changed together", responses={**_ONE, **_CONFLICT})
    async def roll_back(caller: AsCaller, group_id: GroupId, wish: Wished) -> RollbackShown:
        """All or nothing. Only the fields that the group changed are put back; one changed since is a conflict.

        What it created is deleted, what it deleted is there again under its SID.
        """

        def plan(unit: UnitOfWork, account: Account) -> Rollback:
            return plan_group_rollback(unit, account, group_id, ports.settings.application_limit)

        return await rolled_back(caller, storage, wish, plan)

    return router
