"""What commands print: tables for people, JSON for machines."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from callwright.cli.api import Row

#: A heading, and the property shown under it or what makes it of the row.
Column = tuple[str, str | Callable[[Row], Any]]
#: The style of a line in a tree, its name (mostly empty) and its text.
Line = tuple[str, str, str]
#: Wide enough that no cell is folded: in a narrow terminal a long row runs on, as other command-line tables do.
_TABLE_WIDTH = 400
#: How much of a long text is shown where nobody tells how wide the terminal is, and at least.
_LONGEST_TEXT, _SHORTEST_TEXT = 60, 20


def in_utc(text: str) -> str:
    """A moment as the 2010-04-01 API writes it (RFC 2822) or as /v1 does (ISO 8601): as 2026-11-23 14:58:17."""
    moment_ = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    return f"{moment_.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def moment(heading: str, name: str) -> Column:
    """The column of a date."""
    return f"{heading} (UTC)", lambda row: in_utc(row[name]) if row.get(name) else None


class Output:
    """Prints in the form that was asked for. What is for people goes to stderr where stdout is for machines."""

    def __init__(self, *, as_json: bool) -> None:
        self.is_json = as_json
        self._wide = Console(highlight=False, width=_TABLE_WIDTH)
        self._console = Console(highlight=False) if sys.stdout.isatty() else self._wide

    @property
    def console(self) -> Console:
        """Where people look: lines are not folded; colours on a terminal only, and not with NO_COLOR."""
        return Console(stderr=self.is_json, highlight=False, soft_wrap=True)

    def confirm(self, question: str) -> None:
        """Ask, beside what is printed; the command ends with 1 for anything but yes.

        typer.confirm would print a space to stdout where nobody looks.
        """
        print(f"{question} [y/N]: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise typer.Abort

    def rows(self, rows: Sequence[Row], columns: Sequence[Column], nothing: str, *, text: Column | None = None) -> None:
        """A list as a table; `nothing` is said for an empty one.

        `text` is a last column that is shortened to what the other columns leave of the terminal's width.
        """
        if self.is_json:
            self._json(list(rows))
        elif not rows:
            self._console.print(Text(nothing))
        elif text is None:
            self._wide.print(_table(rows, columns))
        else:
            longest = self._left_by(_table(rows, (*columns, (text[0], lambda _: None))), len(text[0]))
            self._wide.print(_table(rows, (*columns, (text[0], lambda row: _shortened(_value(row, text[1]), longest)))))

    def _left_by(self, table: Table, heading_width: int) -> int:
        """How wide the last column, which is empty but for its heading, may be for the table to fit the terminal."""
        if self._console is self._wide:
            return _LONGEST_TEXT
        used = self._wide.measure(table).maximum - heading_width
        return max(self._console.width - used, _SHORTEST_TEXT)

    def definitions(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """A title, and below it names with their meaning, folded to the terminal."""
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, meaning in rows:
            table.add_row(Text(f"  {name}"), Text(_shown(meaning)))
        self._console.print(Text(_shown(title), style="bold"), soft_wrap=True)
        self._console.print(table)

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

    def tree(self, title: str, branches: Sequence[Sequence[Line]]) -> None:
        """A title with branches; the lines of each stand below one another, behind a column for their names."""
        width = max((len(name) for branch in branches for _, name, _ in branch), default=0)
        tree = Tree(Text(_shown(title), style="bold"), guide_style="dim")
        for branch in branches:
            lines = [_tree_line(line, width) for line in branch]
            tree.add(Text("\n").join(lines))
        self._console.print(tree)

    def note(self, text: str, fix: str | None, *, is_warning: bool = True) -> None:
        """Something to know about what was shown, and what to do about it."""
        told = Text.assemble(("! " if is_warning else "· "), _shown(text), style="yellow" if is_warning else "")
        self.console.print(told)
        if fix:
            self.console.print(Text(f"  fix: {_shown(fix)}"))

    def text(self, title: str, text: str) -> None:
        """A title, and below it a text with its own lines; nothing in it steers the terminal."""
        self._console.print(Text(_shown(title), style="bold"), soft_wrap=True)
        for line in text.splitlines() or [""]:
            self._console.print(Text(f"  {printable(line.expandtabs())}"), soft_wrap=True)

    def line(self, text: str, row: Row) -> None:
        """One line of many that come as they happen; machines are told the record, on a line too."""
        if self.is_json:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        else:
            self._console.print(Text(_shown(text)), soft_wrap=True)

    def done(self, message: str, row: Row | None = None) -> None:
        """What was done; machines are told the record instead."""
        if self.is_json:
            self._json(row or {})
        else:
            self._console.print(Text(message), soft_wrap=True)

    def _json(self, content: Any) -> None:
        print(json.dumps(content, indent=2, ensure_ascii=False))


def _tree_line(line: Line, width: int) -> Text:
    style, name, text = line
    return Text.assemble((f"{name:<{width}}", "bold" if name else ""), "  ", (_shown(text), style))


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, _ in columns:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(_value(row, source))) for _, source in columns))
    return table


def _shortened(value: Any, longest: int) -> str:
    """The text, or its beginning and an ellipsis; wide characters take two places."""
    text = Text(_shown(value))
    text.truncate(longest, overflow="ellipsis")
    return text.plain


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
    return printable(str(value))


def printable(text: str) -> str:
    """The text on one line: what comes from callers and web apps must not steer the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
