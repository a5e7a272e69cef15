"""/v1/Configuration: an account's applications, numbers, trunks, carriers and short codes as one document."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, ValidationError

from callwright.api.body import Body
from callwright.api.body_limit import uploaded
from callwright.api.caller import AsCaller, Caller
from callwright.api.failures import unfit_body
from callwright.api.refusal import ERRORS, refused
from callwright.api.turns import Turns
from callwright.model.actor import LONGEST_REASON
from callwright.model.configuration_plan import Plan, told_drift, told_problem, told_step
from callwright.model.configuration_schema import configuration_schema
from callwright.model.resources.account import Account
from callwright.usecases.apply_configuration import MOST_PROBLEMS_TOLD, Applied, apply_configuration
from callwright.usecases.export_configuration import export_configuration
from callwright.usecases.plan_configuration import plan_configuration
from callwright.usecases.ports import Ports, UnitOfWork

B = TypeVar("B", bound=Body)


class ConfigurationToPlan(Body):
    """A document, and how it is to be taken."""

    document: dict[str, Any] = Field(
        description="`callwright: 1` and lists by section: trunks, carriers, applications, short_codes, numbers."
    )
    prune: bool = Field(False, description="Delete what an earlier document managed and this one has no longer.")


class ConfigurationToApply(ConfigurationToPlan):
    """Also what was agreed to."""

    accept_drift: bool = Field(False, description="Undo what others changed since the last time: the document wins.")
    expected_plan: str | None = Field(
        None, description="The fingerprint of the plan that was looked at; 409 when something else would be done."
    )
    reason: str | None = Field(
        None, max_length=LONGEST_REASON, description="Kept in the revisions, as X-Callwright-Reason is."
    )


class FieldDifference(BaseModel):
    """One setting; a secret is told by a mark alone."""

    field: str = Field(description="The setting, by its name in the document; `settings.host` for those of a carrier.")
    before: Any = Field(description="As it is; null also where there is nothing.")
    after: Any = Field(description="As it will be.")


class PlannedStep(BaseModel):
    """One record that is written to."""

    action: Literal["create", "update", "delete"] = Field(description="What is done with it.")
    section: str = Field(description="The section of the document it belongs to.")
    sid: str | None = Field(description="Null for one that gets its SID only when it is created.")
    name: str = Field(description="What people call it: the phone number, or the friendly name.")
    difference: list[FieldDifference] = Field(description="What changes, setting by setting.")


class DriftedRecord(BaseModel):
    """A record that others wrote to since the configuration was last applied, and the last who did."""

    section: str = Field(description="The section it belongs to.")
    sid: str = Field(description="Its SID.")
    name: str = Field(description="What people call it.")
    is_deleted: bool = Field(description="It is not there any more (or belongs to another account now).")
    is_overwritten: bool = Field(description="Applying the document would undo it: `accept_drift` says that it may.")
    difference: list[FieldDifference] = Field(description="From how the configuration left it to how it is now.")
    at: datetime | None = Field(description="When it was last written to.")
    credential: str | None = Field(description="With which credential.")
    address: str | None = Field(description="From which address.")
    user_agent: str | None = Field(description="By which program.")
    reason: str | None = Field(description="Why, if that was said.")


class ConfigurationProblem(BaseModel):
    """Why the document cannot be applied."""

    path: str = Field(description="Where, for example `numbers[3].voice_application`.")
    at: list[str | int] = Field(description="The same as names and indexes (from 0).")
    message: str = Field(description="Cause and fix.")
    code: int | None = Field(description="The error code that it has elsewhere.")


class PlanSummary(BaseModel):
    """Numbers of records."""

    create: int = Field(description="That are created.")
    update: int = Field(description="That are changed.")
    delete: int = Field(description="That are deleted.")
    unchanged: int = Field(description="That are as the document says.")
    adopted: int = Field(description="Of those there are, the ones that are managed from now on.")
    left_over: int = Field(
        description="That an earlier document managed and this one has no longer: `prune` deletes them."
    )


class ConfigurationPlan(BaseModel):
    """What applying the document would do. With problems it is incomplete, and the document cannot be applied."""

    fingerprint: str = Field(description="Names this plan: give it as `expected_plan`.")
    summary: PlanSummary = Field(description="How many of each.")
    steps: list[PlannedStep] = Field(description="What is done, in the order of the sections.")
    drift: list[DriftedRecord] = Field(description="What others changed since the last time.")
    problems: list[ConfigurationProblem] = Field(description="At most 200 of them.")


class ConfigurationApplied(ConfigurationPlan):
    """What was done."""

    group_id: str | None = Field(
        description="The revision group that all changes share: rolling it back undoes them. Null: nothing changed."
    )


_JSON = "application/json"
_LARGE = refused(413, "The body is larger than 16 MB.")
_DRIFT = refused(409, "Others changed records since (`drift` beside the message), or the plan is another by now.")


def routes(ports: Ports) -> APIRouter:
    """Export, plan, apply."""
    router = APIRouter(prefix="/Configuration", tags=["Configuration"])
    desk = _Desk(ports)
    _add_reads(router, desk)
    _add_apply(router, desk)
    return router


class _Desk:
    """Does the work, one order at a time: a plan may hold some hundred megabytes, and the writer."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.turns = Turns()

    async def asking(self, caller: Caller) -> str:
        """The account's SID, once it is known that it asks."""
        return await caller.read(self.ports.storage, lambda unit, account: account.sid)

    async def read(self, request: Request, kind: type[B]) -> B:
        """The body, which may be large: read it once there is a place for it. In a thread, as that takes a while."""
        sent = await uploaded(request)
        try:
            return await asyncio.to_thread(kind.model_validate_json, sent)
        except ValidationError as error:
            raise unfit_body(error) from error

    def plan(self, unit: UnitOfWork, account: Account, wanted: ConfigurationToPlan) -> Plan:
        return plan_configuration(unit, account, wanted.document, self.ports, prune=wanted.prune)

    async def planned(self, caller: Caller, wanted: ConfigurationToPlan) -> Plan:
        return await caller.read(self.ports.storage, lambda unit, account: self.plan(unit, account, wanted))

    async def applied(self, caller: Caller, wanted: ConfigurationToApply) -> Applied:
        planned = await caller.read(
            self.ports.storage, lambda unit, account: self.plan(unit, account, wanted) if unit.is_serial else None
        )

        def work(unit: UnitOfWork, account: Account) -> Applied:
            return apply_configuration(
                unit, account, wanted.document, self.ports, prune=wanted.prune, accept_drift=wanted.accept_drift,
                expected_plan=wanted.expected_plan, planned=planned,
            )  # fmt: skip

        return await caller.because(wanted.reason).write(self.ports.storage, work)


def _add_reads(router: APIRouter, desk: _Desk) -> None:
    storage = desk.ports.storage

    @router.get("", summary="Export the configuration", responses=ERRORS, response_model=dict[str, Any])
    async def export(
        caller: AsCaller,
        full: Annotated[bool, Query(description="With the settings that have their defaults, too.")] = False,
    ) -> Response:
        """The document, which applied here changes nothing.

        Secrets are not in it: `env:NAME` where that is what is stored, else `(kept)`, which keeps what there is.
        """

        def work(unit: UnitOfWork, account: Account) -> dict[str, Any]:
            return export_configuration(unit, account, desk.ports.carriers, is_full=full)

        async with desk.turns.turn:
            document = await caller.read(storage, work)
            return Response(await asyncio.to_thread(orjson.dumps, document), media_type=_JSON)

    @router.get("/Schema", summary="The form of a configuration as JSON Schema", responses=ERRORS)
    async def schema(caller: AsCaller) -> dict[str, Any]:
        """For editors, which complete and check files by it."""
        await caller.read(storage, lambda unit, account: None)
        return configuration_schema()

    @router.post(
        "/Plan",
        summary="Show what a configuration would change",
        responses={**ERRORS, **_LARGE},
        response_model=ConfigurationPlan,
        openapi_extra=_body(ConfigurationToPlan),
    )
    async def plan(caller: AsCaller, request: Request) -> Response:
        """Nothing is written. Problems are answered with 200, all of them."""
        with desk.turns.place(await desk.asking(caller)):
            wanted = await desk.read(request, ConfigurationToPlan)
            async with desk.turns.turn:
                planned = await desk.planned(caller, wanted)
                return await asyncio.to_thread(_answer, ConfigurationPlan, planned)


def _add_apply(router: APIRouter, desk: _Desk) -> None:
    @router.post(
        "",
        summary="Apply a configuration",
        responses={**ERRORS, **_DRIFT, **_LARGE},
        response_model=ConfigurationApplied,
        openapi_extra=_body(ConfigurationToApply),
    )
    async def apply(caller: AsCaller, request: Request) -> Response:
        """All or nothing, in one transaction.

        A setting that an item leaves out gets its default. Items without SID are found by phone number, short code or
        friendly name. What the document does not name is left alone.
        """
        with desk.turns.place(await desk.asking(caller)):
            wanted = await desk.read(request, ConfigurationToApply)
            async with desk.turns.turn:
                applied = await desk.applied(caller, wanted)
                return await asyncio.to_thread(_answer, ConfigurationApplied, applied.plan, group_id=applied.group_id)


def _body(kind: type[Body]) -> dict[str, Any]:
    """Describes a body that FastAPI does not read itself."""
    schema = {_JSON: {"schema": kind.model_json_schema()}}
    return {"requestBody": {"content": schema, "required": True}}


def _answer(kind: type[ConfigurationPlan], plan: Plan, **more: Any) -> Response:
    """Made in a thread: it may be large."""
    return Response(kind.model_validate({**_told(plan), **more}).model_dump_json(), media_type=_JSON)


def _told(plan: Plan) -> dict[str, Any]:
    summary = {
        **{action: plan.count(action) for action in ("create", "update", "delete")},
        "unchanged": len(plan.unchanged),
        "adopted": plan.adopted,
        "left_over": len(plan.left_over),
    }
    return {
        "fingerprint": plan.fingerprint,
        "summary": summary,
        "steps": [told_step(step) for step in plan.steps],
        "drift": [told_drift(drift) for drift in plan.drift],
        "problems": [told_problem(problem) for problem in plan.problems[:MOST_PROBLEMS_TOLD]],
    }
