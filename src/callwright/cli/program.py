"""The program: its commands, and how failures are shown."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from callwright import __version__
from callwright.cli import (
    app_variants,  # noqa: F401 - adds `apps variants`
    apps,
    assign_numbers,  # noqa: F401 - adds `numbers assign`
    calls,
    carriers,
    check,
    configuration,
    events,
    exchanges,
    explain,
    messages,
    numbers,
    revisions,
    schedule,
    short_codes,
    trunks,
)
from callwright.cli.call import call
from callwright.cli.failure import CommandFailed
from callwright.cli.serve import serve

program = typer.Typer(
    name="callwright",
    help="Self-hosted, Twilio-compatible phone platform.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command()(serve)
program.command()(call)
program.add_typer(events.group)
program.add_typer(check.group)
program.add_typer(explain.group)
program.add_typer(configuration.group)
for module, name in (
    *((apps, "apps"), (numbers, "numbers"), (short_codes, "short-codes")),
    *((calls, "calls"), (trunks, "trunks"), (messages, "messages"), (carriers, "carriers")),
    (schedule, "schedule"),
    (exchanges, "exchanges"),
    (revisions, "revisions"),
):
    program.add_typer(module.group, name=name, rich_help_panel=None)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"callwright {__version__}")
        raise typer.Exit


@program.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Self-hosted, Twilio-compatible phone platform."""


def main(arguments: list[str] | None = None) -> None:
    """Run these arguments (those of the process when None) and end the process with the status."""
    try:
        program(arguments)
    except CommandFailed as failure:
        Console(stderr=True, soft_wrap=True).print(Text.assemble(("callwright: ", "red"), str(failure)))
        sys.exit(failure.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # `callwright … | head`: nobody reads on. Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
