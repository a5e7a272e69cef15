"""/v1/Numbers: numbers searched by whatever is known of them, shown with what is wrong with them, and changed."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field
from starlette.convertors import Convertor, register_url_convertor

from callwright.api.body import Body
from callwright.api.caller import AsCaller, Caller
from callwright.api.number_shown import NumberPage, NumberShown
from callwright.api.paging import PAGE, Before, Limit, page
from callwright.api.preconditions import MISMATCH, IfMatch, tagged
from callwright.api.refusal import ERRORS, refused
from callwright.api.routes.checks import CHECKED, UNUSABLE, Check, CheckShown, SaveAnyway
from callwright.api.routes.checks import shown as check_shown
from callwright.model.errors import NotFound
from callwright.model.resources.account import Account
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.usecases.change_number import change_number, own_number
from callwright.usecases.check_application_urls import check_changed_urls, refuse_unusable
from callwright.usecases.check_url import CheckResult
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.number_changes import NumberChanges
from callwright.usecases.ports import Ports, UnitOfWork
from callwright.usecases.select_numbers import FILTERS, Selector, count_numbers, find_numbers
from callwright.usecases.setting_values import shown
from callwright.usecases.show_numbers import states_of


class _NumberConvertor(Convertor[str]):
    """A number in a path, by SID or E.164: other words there name other resources."""

    regex = "PN[0-9a-fA-F]{32}|[+]?[0-9]{1,20}"

    def convert(self, value: str) -> str:
        return value[:2] + value[2:].lower() if value.startswith("PN") else f"+{value.removeprefix('+')}"

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("number", _NumberConvertor())


class NumberChange(Body):
    """What can be set; leave a field out to keep it, send null for the default again."""

    friendly_name: str | None = Field(None, description="1 to 64 characters; null: the number as people write it.")
    tags: list[str] | None = Field(None, description="Up to 20 words of 1 to 32 characters, without commas.")
    add_tags: list[str] | None = Field(None, description="Instead of `tags`: these as well.")
    remove_tags: list[str] | None = Field(None, description="Instead of `tags`: all but these.")
    notes: str | None = Field(None, description="Up to 5000 characters.")
    trunk_sid: str | None = Field(None, description="Trunk that takes its calls; clears voice_application_sid.")
    voice_application_sid: str | None = Field(None, description="Application for its calls; clears trunk_sid.")
    voice_url: str | None = Field(None, description="Asked what to do with a call.")
    voice_method: str | None = Field(None, description="GET or POST, the default.")
    voice_fallback_url: str | None = Field(None, description="Asked when voice_url fails.")
    voice_fallback_method: str | None = Field(None, description="GET or POST, the default.")
    voice_caller_id_lookup: bool | None = Field(None, description="Default false.")
    voice_receive_mode: str | None = Field(None, description="voice, the default, or fax.")
    status_callback: str | None = Field(None, description="Told how calls end.")
    status_callback_method: str | None = Field(None, description="GET or POST, the default.")
    sms_application_sid: str | None = Field(None, description="Application for its messages.")
    sms_url: str | None = Field(None, description="Asked what to do with a message; null: it is only kept.")
    sms_method: str | None = Field(None, description="GET or POST, the default.")
    sms_fallback_url: str | None = Field(None, description="Asked when sms_url fails.")
    sms_fallback_method: str | None = Field(None, description="GET or POST, the default.")
    api_version: str | None = Field(None, description="2010-04-01, the default, or 2008-08-01.")


def _text(description: str) -> Any:
    return Query(description=description, max_length=500)


def _selector(
    application_sid: Annotated[str | None, _text("Numbers whose calls or messages go to it.")] = None,
    voice_application_sid: Annotated[str | None, _text("Numbers whose calls go to it.")] = None,
    sms_application_sid: Annotated[str | None, _text("Numbers whose messages go to it.")] = None,
    trunk_sid: Annotated[str | None, _text("Numbers whose calls go to it.")] = None,
    url: Annotated[str | None, _text("A part of any of the number's URLs, in any case.")] = None,
    text: Annotated[
        str | None, _text("A part of number, name, tags or the first 500 characters of the notes, in any case.")
    ] = None,
    phone_number: Annotated[
        str | None, _text("A part of the number: `*` is any one digit, a letter its digit on a keypad.")
    ] = None,
    country: Annotated[str | None, _text("ISO code of two letters, for example US.")] = None,
    type: Annotated[str | None, _text("local, mobile or tollfree.")] = None,
    capability: Annotated[list[str] | None, _text("voice, sms, mms or fax; of several all.")] = None,
    tag: Annotated[list[str] | None, _text("Exactly this tag; of several all.")] = None,
    target: Annotated[
        list[str] | None,
        _text(
            "What is missing: `voice:none` and `sms:none` are numbers that say nowhere to go; `voice:deleted`, "
            "`sms:deleted` or `deleted` (either) are those whose application does not exist anymore. Of several all."
        ),
    ] = None,
) -> Selector:
    given = {name: value for name, value in locals().items() if name in FILTERS and value is not None}
    return Selector.checked(given)


class NumberSaved(NumberShown):
    """The number as it is now, and what came of the checks of its URLs."""

    checks: list[CheckShown] = CHECKED


Number = Annotated[str, Path(description="The number's SID, PN…, or E.164 with or without the +.")]

_COUNT = Query(description="true: also tell how many there are, in `total`.")
_ONE = {**ERRORS, **refused(404, "The account has no such number.")}


def routes(ports: Ports) -> APIRouter:
    """Search, show and update."""
    router = APIRouter(prefix="/Numbers", tags=["Numbers"])
    storage = ports.storage

    @router.get("", summary="Search numbers", responses=ERRORS)
    async def search(
        caller: AsCaller,
        selector: Annotated[Selector, Depends(_selector)],
        limit: Limit = PAGE,
        before: Before = None,
        count: Annotated[bool, _COUNT] = False,
    ) -> NumberPage:
        def work(unit: UnitOfWork, account: Account) -> NumberPage:
            found = find_numbers(unit, account, selector, limit + 1, before)
            total = count_numbers(unit, account, selector) if count else None
            numbers, next_before = page(found, limit)
            rows = [NumberShown.of(state) for state in states_of(unit, numbers)]
            return NumberPage(numbers=rows, next_before=next_before, total=total)

        return await caller.read(storage, work)

    @router.get("/{number:number}", summary="Show a number", responses=_ONE)
    async def show(caller: AsCaller, number: Number, response: Response) -> NumberShown:
        def work(unit: UnitOfWork, account: Account) -> NumberShown:
            one = own_number(unit, account, number)
            tagged(response, one)
            return NumberShown.of(states_of(unit, [one])[0])

        return await caller.read(storage, work)

    _add_update(router, ports)

    @router.api_route("/{word}", methods=["GET", "POST"], include_in_schema=False)
    async def no_number(caller: AsCaller, word: str) -> None:
        raise NotFound(
            f"{shown(word)} is no number: give its SID (PN and 32 digits) or E.164, for example +15555550100."
        )

    return router


def _add_update(router: APIRouter, ports: Ports) -> None:
    @router.post("/{number:number}", summary="Update a number", responses={**_ONE, **MISMATCH, **UNUSABLE})
    async def update(
        caller: AsCaller,
        number: Number,
        settings: NumberChange,
        response: Response,
        expected: IfMatch,
        check: Check = False,
        save_anyway: SaveAnyway = False,
    ) -> NumberSaved:
        given = settings.model_dump(exclude_unset=True)
        checks = await _checked(caller, ports, given, (number, expected), save_anyway=save_anyway) if check else []

        def work(unit: UnitOfWork, account: Account) -> NumberSaved:
            changed = change_number(unit, account, number, given, expected)
            tagged(response, changed)
            return NumberSaved.of(states_of(unit, [changed])[0])

        saved = await caller.write(ports.storage, work)
        saved.checks = [check_shown(result) for result in checks]
        return saved


async def _checked(
    caller: Caller, ports: Ports, given: Mapping[str, Any], target: tuple[str, int | None], *, save_anyway: bool
) -> list[CheckResult]:
    """What came of the URLs that change; raises UrlsNotUsable for one that is not usable.

    `target`: the number to change, and the revision it is to have.
    """
    settings = NumberChanges.checked(given).settings

    def found(unit: UnitOfWork, account: Account) -> tuple[Account, IncomingPhoneNumber]:
        number = own_number(unit, account, target[0])
        expect_revision(unit, number, target[1])
        return account, number

    account, number = await caller.read(ports.storage, found)
    results = await check_changed_urls(ports, account, number, settings)
    if not save_anyway:
        refuse_unusable(results)
    return results
