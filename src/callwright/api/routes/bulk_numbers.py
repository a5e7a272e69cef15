"""/v1/Numbers/Bulk: many numbers changed by one request, all or nothing, and put back as one."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field, ValidationError

from callwright.api.body import Body
from callwright.api.body_limit import uploaded
from callwright.api.bulk_progress import EVENT_STREAM, NDJSON, answer_of
from callwright.api.caller import AsCaller, Caller
from callwright.api.failures import no_json, unfit_body
from callwright.api.paging import SID_PATTERN, Before
from callwright.api.refusal import ERRORS, refused
from callwright.api.revision_shown import ChangeShown
from callwright.api.routes.numbers import NumberChange
from callwright.api.turns import Turns
from callwright.model.actor import LONGEST_REASON
from callwright.model.errors import InvalidParameter, UnsupportedContentType
from callwright.model.naming import to_snake
from callwright.model.resources.account import Account
from callwright.usecases.bulk_update_numbers import (
    BulkUpdate,
    BulkUpdated,
    Changed,
    Difference,
    Progress,
    make_bulk_update,
    plan_bulk_update,
    selected,
)
from callwright.usecases.named_numbers import Named, checked_reference
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.number_table import read_table
from callwright.usecases.ports import Ports, RecordChanged, Storage, UnitOfWork
from callwright.usecases.select_numbers import Selector

_JSON = "application/json"
_CSV = "text/csv"
_MOST_TOLD = 10_000
#: Of so many it is told when nobody says how many.
_TOLD = 100
_MOST_DISTINCT_TOLD = 100
#: How often it is planned again because a number was written meanwhile; then it is planned in the writer itself.
_PLANS = 3


class BulkBody(Body):
    """Which numbers, and what to change of them."""

    where: dict[str, Any] | None = Field(
        None, description="Filters by name, as `GET /v1/Numbers` has them; a number has to meet all."
    )
    all: bool = Field(False, description="true: all numbers of the account, instead of `where`.")
    numbers: list[str] | None = Field(None, description="Instead of `where`: these, each a SID (PN…) or E.164.")
    changes: NumberChange = Field(description="What to change; what is left out stays.")
    dry_run: bool = Field(False, description="Only answer what would differ.")
    expected_count: int | None = Field(
        None, ge=0, description="How many numbers have to match; with another number of them nothing is changed (409)."
    )
    reason: str | None = Field(
        None, max_length=LONGEST_REASON, description="Kept in the revisions, as X-Callwright-Reason is."
    )
    limit: int | None = Field(
        None, ge=0, le=_MOST_TOLD, description="Of how many numbers the difference is told; default 100."
    )
    before: str | None = Field(
        None, pattern=SID_PATTERN, description="next_before of the answer before: tells of the numbers behind it."
    )


@dataclass(frozen=True)
class _Options:
    """How it is to be done, as the query says it; the same names are fields of a JSON body."""

    dry_run: bool
    expected_count: int | None
    reason: str | None
    limit: int | None
    before: str | None

    def beside(self, body: BulkBody) -> "_Options":
        """Of both: it is a dry run when either says so, of the others each is given in one place."""
        both: dict[str, Any] = {"dry_run": self.dry_run or body.dry_run}
        for name in ("expected_count", "reason", "limit", "before"):
            in_query, in_body = getattr(self, name), getattr(body, name)
            if in_query is not None and in_body is not None and in_query != in_body:
                raise InvalidParameter(f"{name} of the query and of the body contradict each other: give one of them.")
            both[name] = in_body if in_query is None else in_query
        return _Options(**both)


class DistinctChange(BaseModel):
    """A difference that many numbers have alike."""

    count: int = Field(description="How many numbers have it.")
    difference: list[ChangeShown] = Field(description="What differs.")


class ChangedNumber(BaseModel):
    """One number that differs."""

    sid: str = Field(description="Its SID.")
    phone_number: str = Field(description="E.164.")
    difference: list[ChangeShown] = Field(description="What differs.")


class Undo(BaseModel):
    """The request that puts all of it back."""

    method: str = Field(description="POST.")
    path: str = Field(description="The group's Rollback.")


class BulkAnswer(BaseModel):
    """What was changed or, in a dry run, would be."""

    dry_run: bool = Field(description="Nothing was changed.")
    group_id: str | None = Field(description="What undoes it all: the group of its revisions. Null if none was made.")
    matched: int = Field(description="How many numbers were meant.")
    changed: int = Field(description="How many of them differ.")
    unchanged: int = Field(description="How many have these values already; those are not written.")
    changes: list[DistinctChange] = Field(description="Distinct differences, most frequent first; the first 100.")
    distinct_changes: int = Field(description="How many of those there are; counted up to 1000.")
    numbers: list[ChangedNumber] = Field(description="The first `limit` numbers that differ, newest first.")
    next_before: str | None = Field(description="The value of `before` that tells of the next; null: these were all.")
    undo: Undo | None = Field(description="The request that puts all of it back; null when nothing was changed.")


def _schema_of(body: type[Body]) -> dict[str, Any]:
    """As FastAPI would describe it; what it is made of is described there already."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


_DESCRIPTION = (
    "All or nothing, as one transaction and one group of revisions. JSON, or a table: `Content-Type: text/csv` with a "
    "column `phone_number` or `sid`, the other columns named as in `changes`; an empty cell leaves what is there, `-` "
    "clears it. dry_run, expected_count, reason, limit and before may be parameters of the query, too. Up to 16 MB. "
    f"With `Accept: {NDJSON}` (or `{EVENT_STREAM}`) the answer is a stream: lines `{{stage, done, total}}`, at last "
    "`{stage: done, result}` or `{stage: failed, error}`."
)
_RESPONSES = {
    **ERRORS,
    **refused(404, "Numbers of the list are not the account's; `missing` are the first 20, `missing_count` how many."),
    **refused(409, "Another number of numbers match than `expected_count`; `matched` is how many."),
    **refused(413, "The body is longer than 16 MB."),
    **refused(415, "The body is neither JSON nor CSV."),
}
_REQUEST = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _schema_of(BulkBody)},
            _CSV: {"schema": {"type": "string"}, "example": "phone_number,voice_url\n+15550100,https://example.com/\n"},
        },
    }
}


def _options(
    dry_run: Annotated[bool, Query(description="Only answer what would differ.")] = False,
    expected_count: Annotated[int | None, Query(ge=0, description="How many numbers have to match.")] = None,
    reason: Annotated[str | None, Query(max_length=LONGEST_REASON, description="Kept in the revisions.")] = None,
    limit: Annotated[
        int | None, Query(ge=0, le=_MOST_TOLD, description="Of how many numbers the difference is told; default 100.")
    ] = None,
    before: Before = None,
) -> _Options:
    return _Options(dry_run, expected_count, reason, limit, before)


def routes(ports: Ports) -> APIRouter:
    """Change many numbers."""
    router = APIRouter(prefix="/Numbers", tags=["Numbers"])
    turns = Turns()

    @router.post(
        "/Bulk",
        summary="Change many numbers",
        description=_DESCRIPTION,
        responses=_RESPONSES,
        response_model=BulkAnswer,
        openapi_extra=_REQUEST,
    )
    async def change_many(
        caller: AsCaller,
        request: Request,
        options: Annotated[_Options, Depends(_options)],
        content_type: Annotated[str, Header(description="application/json or text/csv.")] = "application/json",
    ) -> Response:
        # Nobody else may fill the memory, and nobody all of it.
        account = await caller.read(ports.storage, lambda unit, account: account)
        with ExitStack() as stack:
            stack.enter_context(turns.place(account.sid))
            wish = await _read(request, options, content_type)
            place = stack.pop_all()

        async def work(progress: Progress) -> bytes:
            with place:
                async with turns.turn:
                    return await _Bulk(caller, ports.storage, progress).done(wish)

        return await answer_of(request, work)

    return router


async def _read(request: Request, options: _Options, content_type: str) -> "_Wish":
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (_CSV, _JSON):
        raise UnsupportedContentType("The body has to be application/json or text/csv: say so by Content-Type.")
    return _Wish(options, kind, await uploaded(request))


class _Wish:
    """A body that has been read but not understood yet."""

    def __init__(self, options: _Options, content_type: str, content: bytes) -> None:
        self._options = options
        self._content_type = content_type
        self._content = content

    def understood(self) -> tuple[BulkUpdate, _Options]:
        """What to do, and how. Takes its time for large ones: not on the event loop."""
        if self._content_type == _CSV:
            return replace(_update(self._options), named=read_table(self._content)), self._options
        body = _body(self._content)
        options = self._options.beside(body)
        changes = NumberChanges.checked(body.changes.model_dump(exclude_unset=True))
        wanted = _update(options)
        if body.numbers is None:
            selector = Selector.checked(_filters(body.where or {}))
            return replace(wanted, selector=selected(selector, all_of_them=body.all), changes=changes), options
        if body.where is not None or body.all:
            raise InvalidParameter("numbers and where (or all) contradict each other: give one of them.")
        references = list(dict.fromkeys(checked_reference(one) for one in body.numbers))
        return replace(wanted, named=[Named(reference, changes) for reference in references]), options


def _update(options: _Options) -> BulkUpdate:
    limit = _TOLD if options.limit is None else options.limit
    return BulkUpdate(expected_count=options.expected_count, limit=limit, before_sid=options.before)


def _body(content: bytes) -> BulkBody:
    try:
        return BulkBody.model_validate(orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise no_json() from error
    except ValidationError as error:
        raise unfit_body(error) from error


def _filters(where: Mapping[str, Any]) -> dict[str, Any]:
    return {to_snake(name) if name[:1].isupper() else name: value for name, value in where.items()}


class _Bulk:
    """One bulk change of a caller."""

    def __init__(self, caller: Caller, storage: Storage, progress: Progress) -> None:
        self._caller = caller
        self._storage = storage
        self._progress = progress

    async def done(self, wish: _Wish) -> bytes:
        """Do it; the answer."""
        self._progress("checking", 0, None)
        wanted, options = await asyncio.to_thread(wish.understood)
        caller = self._caller.because(options.reason)

        def plan(unit: UnitOfWork, account: Account) -> Any:
            return plan_bulk_update(unit, account, wanted, self._progress)

        if options.dry_run:
            planned = await caller.read(self._storage, plan)
            return await asyncio.to_thread(_told, planned.difference, None, dry_run=True)
        updated = await self._written(caller, plan)
        return await asyncio.to_thread(_told, updated.difference, updated.group_id, dry_run=False)

    async def _written(self, caller: Caller, plan: Any) -> BulkUpdated:
        for _ in range(_PLANS):
            planned = await caller.read(self._storage, plan)

            def make(unit: UnitOfWork, account: Account, planned: Any = planned) -> BulkUpdated:
                return make_bulk_update(unit, account, planned, self._progress)

            try:
                return await caller.write(self._storage, make)
            except RecordChanged:
                continue

        def both(unit: UnitOfWork, account: Account) -> BulkUpdated:
            return make_bulk_update(unit, account, plan(unit, account), self._progress)

        return await caller.write(self._storage, both)


def _told(difference: Difference, group_id: str | None, *, dry_run: bool) -> bytes:
    most_frequent = sorted(difference.counts.items(), key=lambda item: -item[1])[:_MOST_DISTINCT_TOLD]
    changes = [
        {"count": count, "difference": [_field(*one) for one in orjson.loads(key)]} for key, count in most_frequent
    ]
    answer = {
        "dry_run": dry_run,
        "group_id": group_id,
        "matched": difference.matched,
        "changed": difference.changed,
        "unchanged": difference.matched - difference.changed,
        "changes": changes,
        "distinct_changes": len(difference.counts),
        "numbers": [_number(one) for one in difference.told],
        "next_before": difference.next_before,
        "undo": {"method": "POST", "path": f"/v1/RevisionGroups/{group_id}/Rollback"} if group_id else None,
    }
    return orjson.dumps(answer)


def _number(changed: Changed) -> dict[str, Any]:
    number, new = changed
    now = number.__dict__
    difference = [_field(name, now[name], value) for name, value in new.items()]
    return {"sid": number.sid, "phone_number": number.phone_number, "difference": difference}


def _field(name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"field": name, "before": before, "after": after}
