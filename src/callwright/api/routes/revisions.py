"""/v1/Revisions: who changed which application, number, trunk, carrier or account, when, from where, and what."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from callwright.api.caller import AsCaller
from callwright.api.paging import PAGE, Limit
from callwright.api.preconditions import MISMATCH, IfMatch
from callwright.api.refusal import ERRORS, refused
from callwright.api.revision_shown import (
    ComparisonShown,
    Credential,
    RevisionPage,
    RevisionShown,
    RollbackShown,
    Since,
    Until,
    Wished,
    changes_shown,
    revision_row,
    revision_shown,
    rolled_back,
)
from callwright.model.record import RECORDS
from callwright.model.resources.account import Account
from callwright.model.revision import RevisionFilter
from callwright.usecases.compare_revisions import compare_revisions
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.list_revisions import list_revisions, show_revision, table_of
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.roll_back import Rollback, own_revision, plan_rollback_to, plan_undo

_LARGEST_ID = 2**63 - 1

RevisionId = Annotated[int, Path(ge=1, le=_LARGEST_ID, description="The id of a revision.")]
Resource = Annotated[
    str | None,
    Query(
        description="Only of that resource: Applications, IncomingPhoneNumbers (or numbers), Trunks …", max_length=64
    ),
]
Sid = Annotated[str | None, Query(description="Only of that record.", pattern="^[A-Z]{2}[0-9a-f]{32}$")]
Group = Annotated[str | None, Query(description="Only of that group.", pattern="^RG[0-9a-f]{32}$")]
BeforeId = Annotated[int | None, Query(ge=1, le=_LARGEST_ID, description="next_before of the page before, an id.")]
To = Annotated[
    str, Query(description="Another revision of the same record, or `current`.", pattern="^([1-9][0-9]{0,17}|current)$")
]

_ONE = {**ERRORS, **refused(404, "The account has no such revision.")}
_CONFLICT = refused(
    409, "Something was changed since, or is in the way: `conflicts` says what, by whom and when. Nothing was done."
)


def routes(ports: Ports) -> APIRouter:
    """List, show, compare, roll back, undo."""
    router = APIRouter(prefix="/Revisions", tags=["History"])
    _add_reading(router, ports)
    _add_rollback(router, ports)
    return router


def _add_reading(router: APIRouter, ports: Ports) -> None:
    @router.get("", summary="List revisions", responses=ERRORS)
    async def list_all(
        caller: AsCaller,
        resource: Resource = None,
        sid: Sid = None,
        group_id: Group = None,
        credential: Credential = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = PAGE,
        before: BeforeId = None,
    ) -> RevisionPage:
        wanted = RevisionFilter(
            resource=table_of(resource) if resource else None,
            sid=sid,
            group_id=group_id,
            credential=credential,
            since=since,
            until=until,
            before_id=before,
        )
        # One row more than asked for tells whether another page follows.
        found = await caller.read(
            ports.storage, lambda unit, account: list_revisions(unit, account, wanted, limit=limit + 1)
        )
        next_before = found[limit - 1].id if len(found) > limit else None
        return RevisionPage(revisions=[revision_row(revision) for revision in found[:limit]], next_before=next_before)

    @router.get("/{id}", summary="Show a revision", responses=_ONE)
    async def show(caller: AsCaller, id: RevisionId) -> RevisionShown:
        return revision_shown(await caller.read(ports.storage, lambda unit, account: show_revision(unit, account, id)))

    @router.get("/{id}/Difference", summary="Compare a record after two revisions, or with now", responses=_ONE)
    async def compare(caller: AsCaller, id: RevisionId, to: To = "current") -> ComparisonShown:
        to_id = None if to == "current" else int(to)
        found = await caller.read(ports.storage, lambda unit, account: compare_revisions(unit, account, id, to_id))
        return ComparisonShown(
            sid=found.revision.sid,
            resource=found.revision.resource,
            revision_id=id,
            to=to if to_id is None else to_id,
            current_revision=found.current,
            difference=changes_shown(found.changes),
        )


def _add_rollback(router: APIRouter, ports: Ports) -> None:
    @router.post(
        "/{id}/Rollback",
        summary="Make a record what it was after a revision",
        responses={**_ONE, **_CONFLICT, **MISMATCH},
    )
    async def roll_back(
        caller: AsCaller,
        id: RevisionId,
        expected: IfMatch,
        wish: Wished,
    ) -> RollbackShown:
        """Whatever was changed since is overwritten: send If-Match with the record's revision to be sure what that is.

        A record that was deleted is there again under its SID.
        """

        def plan(unit: UnitOfWork, account: Account) -> Rollback:
            _expect(unit, account, id, expected)
            return plan_rollback_to(unit, account, id, ports.settings.application_limit)

        return await rolled_back(caller, ports.storage, wish, plan)

    @router.post("/{id}/Undo", summary="Take one revision back", responses={**_ONE, **_CONFLICT, **MISMATCH})
    async def undo(
        caller: AsCaller,
        id: RevisionId,
        expected: IfMatch,
        wish: Wished,
    ) -> RollbackShown:
        """Only the fields that this revision changed are put back; one that was changed since is a conflict."""

        def plan(unit: UnitOfWork, account: Account) -> Rollback:
            _expect(unit, account, id, expected)
            return plan_undo(unit, account, id, ports.settings.application_limit)

        return await rolled_back(caller, ports.storage, wish, plan)


def _expect(unit: UnitOfWork, account: Account, revision_id: int, expected: int | None) -> None:
    if expected is None:
        return
    revision = own_revision(unit, account, revision_id)
    record = unit.get(RECORDS[revision.resource], revision.sid)
    if record is not None and record.account_sid == account.sid:
        expect_revision(unit, record, expected)
