"""Commands on the API: the options of a declared form, those that say which server, and the run itself."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from callwright.cli.connection import Target, connect
from callwright.cli.failure import CommandFailed
from callwright.cli.form_options import form_options
from callwright.cli.grouped_help import ending_with
from callwright.cli.output import Output
from callwright.model.naming import parameter_name
from callwright.model.record import Parameters

Command = Callable[..., Awaitable[None]]

Limit = Annotated[int, typer.Option(min=1, help="Show at most so many.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
IfRevision = Annotated[
    int | None, typer.Option(metavar="NUMBER", help="Only if it is still at this revision: `show` tells it.")
]

_SERVER = "Which server"
_TARGET_OPTIONS: dict[str, Any] = {
    "data": Annotated[
        Path | None, typer.Option(help="Data directory of a server, running or not [data].", rich_help_panel=_SERVER)
    ],
    "url": Annotated[
        str | None, typer.Option(metavar="URL", help="Address of a server elsewhere.", rich_help_panel=_SERVER)
    ],
    "account": Annotated[
        str | None,
        typer.Option(metavar="SID", help="AccountSid [that of the data directory].", rich_help_panel=_SERVER),
    ],
    "token": Annotated[str | None, typer.Option(metavar="TOKEN", help="Its AuthToken.", rich_help_panel=_SERVER)],
    "as_json": Annotated[bool, typer.Option("--json", help="Print JSON.")],
}

_REASON_OPTION: dict[str, Any] = {
    "reason": Annotated[str | None, typer.Option(metavar="TEXT", help="Why; kept in the history of what changes.")],
}

_NOT_OPTIONS = ("api", "output", "form", "settings")


def api_command(
    group: typer.Typer,
    name: str,
    form: type[Parameters] | None = None,
    without: frozenset[str] = frozenset(),
    *,
    settings: Mapping[str, Any] | None = None,
    writes: bool = False,
    failure_status: int | None = None,
) -> Callable[[Command], Command]:
    """Register `async command(api, output, form, …)` under a name in a group.

    Its further parameters are typer's. `form` gets a dictionary of the form parameters that were given, by
    their names on the wire: an option for each that the declaration has and `without` does not name.
    `settings` are options that are only known when the program runs, as annotations by name: the command gets
    those that were given as a dictionary, `settings`. `writes` gives it --reason, which is sent along with every
    request. `failure_status` is what it ends with when anything is wrong, the options included [1, and 2 for those].
    """

    def register(command: Command) -> Command:
        runnable = _runnable(command, form, without, settings or {}, writes=writes, failure_status=failure_status)
        group.command(name, cls=ending_with(failure_status))(runnable)
        return command

    return register


def _runnable(
    command: Command,
    form: type[Parameters] | None,
    without: frozenset[str],
    settings: Mapping[str, Any],
    *,
    writes: bool,
    failure_status: int | None,
) -> Callable[..., None]:
    own = inspect.signature(command, eval_str=True).parameters
    of_form = form_options(form, without | set(own)) if form else {}
    last = {**(_REASON_OPTION if writes else {}), **_TARGET_OPTIONS}

    def run(**values: Any) -> None:
        target = Target(**{name: values.pop(name) for name in ("data", "url", "account", "token")})
        reason = values.pop("reason", None) if writes else None
        output = Output(as_json=values.pop("as_json"))
        given = {name: values.pop(name) for name in of_form}
        of_settings = {name: values.pop(name) for name in settings}
        if settings:
            values["settings"] = {name: value for name, value in of_settings.items() if value not in (None, [])}
        if form:
            values["form"] = {parameter_name(name): value for name, value in given.items() if value not in (None, [])}
        try:
            asyncio.run(_run(command, target, output, values, reason))
        except CommandFailed as failure:
            failure.exit_code = failure_status or failure.exit_code
            raise

    parameters = [parameter for name, parameter in own.items() if name not in _NOT_OPTIONS]
    parameters += [_option(name, annotation, None) for name, annotation in {**of_form, **settings}.items()]
    parameters += [_option(name, kind, False if name == "as_json" else None) for name, kind in last.items()]
    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    run.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in keyword_only}
    run.__doc__ = command.__doc__
    return run


async def _run(command: Command, target: Target, output: Output, values: dict[str, Any], reason: str | None) -> None:
    async with connect(target) as api:
        api.give_reason(reason)
        await command(api, output, **values)


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def given(**fields: Any) -> dict[str, Any]:
    """Those of the options that were given."""
    return {name: value for name, value in fields.items() if value not in (None, [], {}, False)}


def expecting(revision: int | None) -> dict[str, str]:
    """The header that lets a change be made only at this revision of what it changes."""
    return {} if revision is None else {"If-Match": f'"{revision}"'}
