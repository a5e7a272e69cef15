"""`--help` with a heading for each group of options: those that are declared with a `rich_help_panel`."""

from typing import Any

import typer
from typer.core import TyperCommand

#: What wrong options raise: typer brings a click of its own, whose UsageError it does not export.
_WRONG_OPTIONS: type[Exception] = typer.BadParameter.__mro__[1]


class GroupedCommand(TyperCommand):
    """A command whose options stand below the heading they name; those without one come first."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            is_argument = parameter.param_type_name == "argument"
            heading = "Arguments" if is_argument else getattr(parameter, "rich_help_panel", None) or "Options"
            line = parameter.get_help_record(ctx)
            if line is not None:
                sections.setdefault(heading, []).append(line)
        for heading, lines in sections.items():
            if lines:
                with formatter.section(heading):
                    formatter.write_dl(lines)


def ending_with(status: int | None) -> type[GroupedCommand]:
    """Such a command that ends with this status, instead of 2, when its options are wrong."""
    if status is None:
        return GroupedCommand

    class Ending(GroupedCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            try:
                return super().parse_args(ctx, args)
            except _WRONG_OPTIONS as error:
                error.exit_code = status  # type: ignore[attr-defined]  # the base of all click's errors has it
                raise

    return Ending
