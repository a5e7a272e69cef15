"""Changes of numbers as a table (CSV, RFC 4180): a number in each row, what to change in the other columns.

An empty cell leaves what is there, `-` clears it. Spreadsheets' habits are borne with: a byte order mark, semicolons or
tabs instead of commas, `'` or `="…"` around numbers that are meant as text.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callwright.model.errors import ApiError
from callwright.model.naming import to_snake
from callwright.usecases.named_numbers import Named, checked_reference
from callwright.usecases.number_changes import NumberChanges, change_names
from callwright.usecases.setting_values import shown

CLEAR = "-"
REFERENCES = ("phone_number", "sid")
_MOST_TOLD = 50
#: Reading ends after so many: what follows is most likely wrong alike.
_MOST_PROBLEMS = 200
_MOST_COLUMNS = 60
_LISTS = ("tags", "add_tags", "remove_tags")
_AS_TEXT = re.compile(r"""\s*(?:'|="?)?([^"]*)"?\s*""")
_SCIENTIFIC = re.compile(r"[0-9.,]+E\+[0-9]+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class TableProblem:
    """What is wrong, and where: lines count from 1, the header's."""

    line: int
    column: str | None
    message: str


class TableRefused(ApiError):
    """The table cannot be used: nothing was changed."""

    code = 20422

    def __init__(self, problems: Sequence[TableProblem]) -> None:
        first = problems[0]
        place = f"line {first.line}" + (f", column {first.column}" if first.column else "")
        more = f" And {len(problems) - 1} more, see errors." if len(problems) > 1 else ""
        told = [vars(problem) for problem in problems[:_MOST_TOLD]]
        details = {"errors": told, "error_count": len(problems)}
        super().__init__(f"Nothing was changed: {place}: {first.message}{more}", details)


def read_table(content: bytes) -> list[Named]:
    """The numbers and what to change of each, in order; rows with the same cells share their changes.

    Raises TableRefused, with all that is wrong.
    """
    text = _decoded(content)
    rows = _rows(text)
    line, header = next(rows, (1, []))
    return _Table(line, header).read(rows)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "the text is not UTF-8: save it as CSV UTF-8."
        raise TableRefused([TableProblem(line, None, message)]) from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line it begins in."""
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableRefused([TableProblem(line, None, f"it is no CSV: {error}.")]) from error
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


class _Table:
    """A table's columns, and what was found wrong in it so far."""

    def __init__(self, line: int, header: Sequence[str]) -> None:
        self._problems: list[TableProblem] = []
        if len(header) > _MOST_COLUMNS:
            message = f"there are {len(header)} columns: give {_MOST_COLUMNS} at most."
            raise TableRefused([TableProblem(line, None, message)])
        self._columns = [_column(cell) for cell in header]
        self._check_header(line)
        self._reference = next(at for at, name in enumerate(self._columns) if name in REFERENCES)
        self._changes: dict[tuple[str, ...], NumberChanges | None] = {}

    def _check_header(self, line: int) -> None:
        known = (*REFERENCES, *change_names())
        for name in dict.fromkeys(self._columns):
            if name not in known:
                message = f"{shown(name)} is no column: give {', '.join(known)}."
                self._problems.append(TableProblem(line, name[:80], message))
            elif self._columns.count(name) > 1:
                self._problems.append(TableProblem(line, name, "the column is there twice: leave one out."))
        named = [name for name in REFERENCES if name in self._columns]
        if len(named) != 1:
            message = "one column, phone_number or sid, has to name the numbers, and the first line the columns."
            self._problems.append(TableProblem(line, None, message))
        if self._problems:
            raise TableRefused(self._problems)

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> list[Named]:
        named: list[Named] = []
        lines: dict[str, int] = {}
        for line, row in rows:
            if len(self._problems) >= _MOST_PROBLEMS:
                break
            reference, changes = self._number(line, row), self._change(line, row)
            first = lines.setdefault(reference, line) if reference else line
            if first != line:
                message = f"{reference} is in line {first} already: give it one line."
                self._problems.append(TableProblem(line, self._columns[self._reference], message))
            if reference and changes is not None:
                named.append(Named(reference, changes, line))
        if self._problems:
            raise TableRefused(sorted(self._problems, key=lambda problem: problem.line))
        return named

    def _number(self, line: int, row: Sequence[str]) -> str | None:
        cell = row[self._reference] if self._reference < len(row) else ""
        match = _AS_TEXT.fullmatch(cell)
        text = match[1].strip() if match else cell
        try:
            return checked_reference(text)
        except ApiError as error:
            message = error.message
            if _SCIENTIFIC.fullmatch(text):
                message += " A spreadsheet has rounded it: format the column as text."
            self._problems.append(TableProblem(line, self._columns[self._reference], message))
            return None

    def _change(self, line: int, row: Sequence[str]) -> NumberChanges | None:
        if len(row) > len(self._columns):
            message = f"there are {len(row)} cells for {len(self._columns)} columns: quote what holds the delimiter."
            self._problems.append(TableProblem(line, None, message))
            return None
        key = tuple(cell for at, cell in enumerate(row) if at != self._reference)
        if key not in self._changes or self._changes[key] is None:  # what is wrong is told for every line
            self._changes[key] = self._checked(line, row)
        return self._changes[key]

    def _checked(self, line: int, row: Sequence[str]) -> NumberChanges | None:
        given: dict[str, Any] = {}
        before = len(self._problems)
        for name, cell in zip(self._columns, row, strict=False):
            if name in REFERENCES or not cell.strip():
                continue
            given[name] = _value(name, cell.strip())
            self._try(line, name, {name: given[name]})
        if not given:
            return NumberChanges({})
        return self._try(line, None, given) if len(self._problems) == before else None

    def _try(self, line: int, column: str | None, given: Mapping[str, Any]) -> NumberChanges | None:
        try:
            return NumberChanges.checked(given)
        except ApiError as error:
            self._problems.append(TableProblem(line, column, error.message))
            return None


def _column(cell: str) -> str:
    name = cell.strip()
    return to_snake(name) if name[:1].isupper() else name


def _value(name: str, cell: str) -> Any:
    if cell == CLEAR:
        return None
    return [tag for tag in cell.split(",") if tag.strip()] if name in _LISTS else cell
