"""/v1/Applications: applications with all their settings, who uses them, and what happened on them lately."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import Field

from callwright.api.application_shown import (
    ApplicationPage,
    ApplicationShown,
    CallOfApplication,
    CallsOfApplication,
    Deleted,
    MessageOfApplication,
    MessagesOfApplication,
    NumberOfApplication,
    NumbersOfApplication,
)
from callwright.api.body import Body
from callwright.api.caller import AsCaller, Caller
from callwright.api.paging import PAGE, Before, Limit, page
from callwright.api.preconditions import MISMATCH, IfMatch, tagged
from callwright.api.refusal import ERRORS, refused
from callwright.api.routes.checks import CHECKED, UNUSABLE, Check, CheckShown, SaveAnyway, shown
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.model.tags import checked_tag
from callwright.usecases.application_settings import checked_application_settings
from callwright.usecases.application_use import ApplicationUse, use_of
from callwright.usecases.change_application import add_application, change_application, own_application
from callwright.usecases.check_application_urls import check_changed_urls, refuse_unusable
from callwright.usecases.check_url import CheckResult
from callwright.usecases.delete_application import delete_application
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.list_applications import ApplicationSearch, list_applications
from callwright.usecases.numbers_of_application import numbers_of
from callwright.usecases.ports import Condition, Ports, UnitOfWork

R = TypeVar("R", bound=Record)


class ApplicationSettings(Body):
    """What can be set; leave a field out to keep it (or its default), send null for the default again."""

    friendly_name: str | None = Field(None, description="1 to 64 characters.")
    api_version: str | None = Field(None, description="2010-04-01, the default, or 2008-08-01.")
    voice_url: str | None = Field(None, description="Asked what to do with a call; null: nothing is asked.")
    voice_method: str | None = Field(None, description="GET or POST, the default.")
    voice_fallback_url: str | None = Field(None, description="Asked when voice_url fails.")
    voice_fallback_method: str | None = Field(None, description="GET or POST, the default.")
    voice_caller_id_lookup: bool | None = Field(None, description="Default false.")
    status_callback: str | None = Field(None, description="Told how calls end.")
    status_callback_method: str | None = Field(None, description="GET or POST, the default.")
    sms_url: str | None = Field(None, description="Asked what to do with a message; null: it is only kept.")
    sms_method: str | None = Field(None, description="GET or POST, the default.")
    sms_fallback_url: str | None = Field(None, description="Asked when sms_url fails.")
    sms_fallback_method: str | None = Field(None, description="GET or POST, the default.")
    sms_status_callback: str | None = Field(None, description="As message_status_callback, of old; that one wins.")
    message_status_callback: str | None = Field(None, description="Told how messages go on.")
    public_application_connect_enabled: bool | None = Field(None, description="Default false.")
    tags: list[str] | None = Field(None, description="Up to 20 words of 1 to 32 characters, without commas.")
    notes: str | None = Field(None, description="Up to 5000 characters.")
    voice_variants: list[dict[str, Any]] | None = Field(
        None,
        description='Shares of the callers that go to other URLs: `[{"url": "https://…", "weight": 10}]`, weights in '
        "percent. The rest goes to voice_url.",
    )
    sms_variants: list[dict[str, Any]] | None = Field(None, description="The same for messages and sms_url.")
    variant_guard: dict[str, Any] | None = Field(
        None,
        description="When a variant is taken away by itself: `failure_percent` (1 to 100, default 20) of at least "
        "`least_requests` (default 20) failed within `window_s` seconds (10 to 86400, default 300).",
    )
    opening_hours: dict[str, Any] | None = Field(
        None,
        description="`time_zone`, `week` (`monday` to `sunday`, each a list of spans such as `09:00-17:00`), "
        "`exceptions` by date, and where calls and messages go outside of them: `closed_voice_url`, "
        "`closed_sms_url`, with their methods.",
    )


class ApplicationSaved(ApplicationShown):
    """The application as it is now, and what came of the checks of its URLs."""

    checks: list[CheckShown] = CHECKED


_FRIENDLY_NAME = Query(description="Only those of exactly that name.", max_length=64)
_TEXT = Query(description="Found anywhere in name, notes, URLs and tags, in any case.", max_length=256)
_TAG = Query(description="Only those with this tag.", max_length=64)
_UNUSED = Query(description="true: only those that no number points at; false: only the others.")
_USE = Query(description="voice: numbers whose calls go to it, sms: whose messages do, both: either.")
_REPLACE = Query(description="The application that takes over its numbers.", pattern="^AP[0-9a-f]{32}$")
_FORCE = Query(description="Delete also when numbers or scheduled changes name it; those fail then.")

_ONE = {**ERRORS, **refused(404, "The account has no such application.")}
_IN_USE = refused(409, "Something names it: `numbers`, `first_numbers`, `scheduled_changes` and `live_calls` say what.")


def routes(ports: Ports) -> APIRouter:
    """List, create, show, update, delete, and what belongs to one application."""
    router = APIRouter(prefix="/Applications", tags=["Applications"])
    _add_list_and_show(router, ports)
    _add_changes(router, ports)
    _add_delete(router, ports)
    _add_numbers(router, ports)
    _add_traffic(router, ports)
    return router


def _add_list_and_show(router: APIRouter, ports: Ports) -> None:
    @router.get("", summary="List applications with their use", responses=ERRORS)
    async def list_all(
        caller: AsCaller,
        friendly_name: Annotated[str | None, _FRIENDLY_NAME] = None,
        text: Annotated[str | None, _TEXT] = None,
        tag: Annotated[str | None, _TAG] = None,
        unused: Annotated[bool | None, _UNUSED] = None,
        limit: Limit = PAGE,
        before: Before = None,
    ) -> ApplicationPage:
        tagged_so = checked_tag(tag) if tag is not None else None
        wanted = ApplicationSearch(friendly_name or None, text or None, tagged_so, unused)

        def work(unit: UnitOfWork, account: Account) -> tuple[list[ApplicationShown], str | None]:
            found = list_applications(unit, account, wanted, limit=limit + 1, before_sid=before)
            rows, next_before = page(found, limit)
            use = use_of(unit, rows)
            return [ApplicationShown.of(application, use[application.sid]) for application in rows], next_before

        rows, next_before = await caller.read(ports.storage, work)
        return ApplicationPage(applications=rows, next_before=next_before)

    @router.get("/{sid}", summary="Show an application with its use", responses=_ONE)
    async def show(caller: AsCaller, sid: str, response: Response) -> ApplicationShown:
        application, use = await caller.read(
            ports.storage, lambda unit, account: _with_use(unit, own_application(unit, account, sid))
        )
        tagged(response, application)
        return ApplicationShown.of(application, use)


def _with_use(unit: UnitOfWork, application: Application) -> tuple[Application, ApplicationUse]:
    return application, use_of(unit, [application])[application.sid]


def _add_changes(router: APIRouter, ports: Ports) -> None:
    limit = ports.settings.application_limit

    @router.post("", summary="Create an application", status_code=201, responses={**ERRORS, **UNUSABLE})
    async def create(
        caller: AsCaller,
        settings: ApplicationSettings,
        response: Response,
        check: Check = False,
        save_anyway: SaveAnyway = False,
    ) -> ApplicationSaved:
        given = settings.model_dump(exclude_unset=True)
        checks = await _checked(caller, ports, given, save_anyway=save_anyway) if check else []
        application = await caller.write(
            ports.storage, lambda unit, account: add_application(unit, account, given, limit)
        )
        return await _saved(caller, ports, response, application, checks)

    @router.post("/{sid}", summary="Update an application", responses={**_ONE, **MISMATCH, **UNUSABLE})
    async def update(
        caller: AsCaller,
        sid: str,
        settings: ApplicationSettings,
        response: Response,
        expected: IfMatch,
        check: Check = False,
        save_anyway: SaveAnyway = False,
    ) -> ApplicationSaved:
        given = settings.model_dump(exclude_unset=True)
        target = (sid, expected)
        checks = await _checked(caller, ports, given, target, save_anyway=save_anyway) if check else []
        application = await caller.write(
            ports.storage, lambda unit, account: change_application(unit, account, sid, given, expected)
        )
        return await _saved(caller, ports, response, application, checks)


def _add_delete(router: APIRouter, ports: Ports) -> None:
    @router.delete("/{sid}", summary="Delete an application", responses={**_ONE, **MISMATCH, **_IN_USE})
    async def delete(
        caller: AsCaller,
        sid: str,
        expected: IfMatch,
        replace_with: Annotated[str | None, _REPLACE] = None,
        force: Annotated[bool, _FORCE] = False,
    ) -> Deleted:
        deleted = await caller.write(
            ports.storage,
            lambda unit, account: delete_application(
                unit, account, sid, replace_with=replace_with, force=force, expected=expected
            ),
        )
        return Deleted.model_validate(asdict(deleted))


async def _checked(
    caller: Caller,
    ports: Ports,
    given: Mapping[str, Any],
    target: tuple[str, int | None] | None = None,
    *,
    save_anyway: bool,
) -> list[CheckResult]:
    """What came of the URLs that change; raises UrlsNotUsable for one that is not usable.

    `target`: the application to change, and the revision it is to have.
    """
    settings = checked_application_settings(given)

    def found(unit: UnitOfWork, account: Account) -> tuple[Account, Application | None]:
        if target is None:
            return account, None
        application = own_application(unit, account, target[0])
        expect_revision(unit, application, target[1])
        return account, application

    account, application = await caller.read(ports.storage, found)
    results = await check_changed_urls(ports, account, application, settings)
    if not save_anyway:
        refuse_unusable(results)
    return results


async def _saved(
    caller: Caller, ports: Ports, response: Response, application: Application, checks: list[CheckResult]
) -> ApplicationSaved:
    # Read apart: the writer, whom calls wait for, is not to count numbers.
    use = await caller.read(ports.storage, lambda unit, _: use_of(unit, [application]))
    tagged(response, application)
    fields = ApplicationShown.of(application, use[application.sid]).model_dump()
    return ApplicationSaved(**fields, checks=[shown(result) for result in checks])


def _add_numbers(router: APIRouter, ports: Ports) -> None:
    @router.get("/{sid}/Numbers", summary="List the numbers that use an application", responses=_ONE)
    async def list_numbers(
        caller: AsCaller,
        sid: str,
        use: Annotated[Literal["voice", "sms", "both"], _USE] = "both",
        limit: Limit = PAGE,
        before: Before = None,
    ) -> NumbersOfApplication:
        def work(unit: UnitOfWork, account: Account) -> NumbersOfApplication:
            application = own_application(unit, account, sid)
            found = numbers_of(unit, application, None if use == "both" else use, limit + 1, before)
            rows, next_before = page(found, limit)
            numbers = [NumberOfApplication.of(number, application) for number in rows]
            return NumbersOfApplication(numbers=numbers, next_before=next_before)

        return await caller.read(ports.storage, work)


def _add_traffic(router: APIRouter, ports: Ports) -> None:
    async def newest(
        caller: Caller, kind: type[R], sid: str, limit: int, before: str | None
    ) -> tuple[list[R], str | None]:
        def work(unit: UnitOfWork, account: Account) -> list[R]:
            conditions = [Condition("application_sid", own_application(unit, account, sid).sid)]
            return unit.select(kind, conditions, limit=limit + 1, before_sid=before)

        return page(await caller.read(ports.storage, work), limit)

    @router.get("/{sid}/Calls", summary="List the calls of an application", responses=_ONE)
    async def list_calls(caller: AsCaller, sid: str, limit: Limit = PAGE, before: Before = None) -> CallsOfApplication:
        rows, next_before = await newest(caller, Call, sid, limit, before)
        calls = [CallOfApplication.model_validate(call) for call in rows]
        return CallsOfApplication(calls=calls, next_before=next_before)

    @router.get("/{sid}/Messages", summary="List the messages of an application", responses=_ONE)
    async def list_messages(
        caller: AsCaller, sid: str, limit: Limit = PAGE, before: Before = None
    ) -> MessagesOfApplication:
        rows, next_before = await newest(caller, Message, sid, limit, before)
        messages = [MessageOfApplication.model_validate(message) for message in rows]
        return MessagesOfApplication(messages=messages, next_before=next_before)
