"""What commands print: tables for people, JSON for machines."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from callwright.cli.api import Row

#: A heading, and the property shown under it or what makes it of the row.
Column = tuple[str, str | Callable[[Row], Any]]
#: Wide enough that no cell is folded: in a narrow terminal a long row runs on, as other command-line tables do.
_TABLE_WIDTH = 400


class Output:
    """Prints in the form that was asked for."""

    def __init__(self, *, as_json: bool) -> None:
        self.is_json = as_json
        self._wide = Console(highlight=False, width=_TABLE_WIDTH)
        self._console = Console(highlight=False) if sys.stdout.isatty() else self._wide

    def rows(self, rows: Sequence[Row], columns: Sequence[Column], nothing: str) -> None:
        """A list as a table; `nothing` is said for an empty one."""
        if self.is_json:
            self._json(list(rows))
        elif not rows:
            self._console.print(Text(nothing))
        else:
            self._wide.print(_table(rows, columns))

    def record(self, row: Row) -> None:
        """One record, a property a line; those that are unset are left out."""
        if self.is_json:
            self._json(row)
            return
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in row.items():
            if value not in (None, "", [], {}) and name != "subresource_uris":
                table.add_row(Text(name), Text(_shown(value)))
        self._console.print(table)

    def done(self, message: str, row: Row | None = None) -> None:
        """What was done; machines are told the record instead."""
        if self.is_json:
            self._json(row or {})
        else:
            self._console.print(Text(message), soft_wrap=True)

    def _json(self, content: Any) -> None:
        print(json.dumps(content, indent=2, ensure_ascii=False))


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, _ in columns:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(_value(row, source))) for _, source in columns))
    return table


def _value(row: Row, source: str | Callable[[Row], Any]) -> Any:
    return row.get(source) if isinstance(source, str) else source(row)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(name if item is True else f"{name}: {_shown(item)}" for name, item in value.items() if item)
    # What comes from callers and web apps must not steer the terminal.
    return "".join(sign if sign.isprintable() else " " for sign in str(value))
