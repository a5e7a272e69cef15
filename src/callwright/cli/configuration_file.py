"""Configuration files: YAML read strictly, so that a file means what it looks like, and where in it something stands.

Numbers and words are read as YAML 1.2 does: `+15555550100`, `2010-04-01`, `yes` and `0123` are text. Keys that stand
twice, anchors, tags and a second document are refused.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from callwright.cli.failure import CommandFailed
from callwright.model.configuration import SECTION, VERSION_KEY

Place = tuple[str | int, ...]

_LARGEST_BYTES = 64 * 1024 * 1024
_DEEPEST = 50
_SUFFIXES = (".yaml", ".yml", ".json")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: Mapping[str, bool | None] = {
    **{word: True for word in ("true", "True", "TRUE")},
    **{word: False for word in ("false", "False", "FALSE")},
    **{word: None for word in ("null", "Null", "NULL", "~", "")},
}
_LONGEST_INTEGER = 20
_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def is_plain_text(text: str) -> bool:
    """Whether it is text when it stands without quotes."""
    return text not in _WORDS and not _NUMBER.fullmatch(text)


class UnreadableFile(CommandFailed):
    """A file that is not the YAML that is taken here; the text begins with its place."""

    def __init__(self, source: str, mark: Any, message: str) -> None:
        super().__init__(f"{source}:{mark.line + 1}:{mark.column + 1}: {message}")


@dataclass(frozen=True)
class ConfigurationFile:
    """One file's text and what it holds."""

    source: str
    text: str
    content: Any

    def places(self, wanted: Collection[Place]) -> dict[Place, tuple[int, int]]:
        """Line and column (from 1) of these; what is not there has the place of what it should be in."""
        reader = _Reader(self.source, None, {place[:end] for place in wanted for end in range(len(place) + 1)})
        reader.read(self.text)
        found = {}
        for place in wanted:
            nearest = next(place[:end] for end in range(len(place), -1, -1) if place[:end] in reader.marks or not end)
            mark = reader.marks.get(nearest)
            found[place] = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return found


@dataclass(frozen=True)
class Configuration:
    """The document that one or several files make up together."""

    document: dict[str, Any]
    files: list[ConfigurationFile]

    def lines(self, places: Collection[Place]) -> dict[Place, str]:
        """`FILE:LINE:COLUMN` of places in the document."""
        asked: dict[int, dict[Place, Place]] = {}
        for place in places:
            at, own = self._origin(place)
            asked.setdefault(at, {})[own] = place
        told = {}
        for at, own_places in asked.items():
            file = self.files[at]
            for own, (line, column) in file.places(own_places).items():
                told[own_places[own]] = f"{file.source}:{line}:{column}"
        return told

    def _origin(self, place: Place) -> tuple[int, Place]:
        """Which file it stands in, and where there: the lists of the files follow one another."""
        if len(place) < 2 or not isinstance(place[1], int):
            has_it = (at for at, file in enumerate(self.files) if place and place[0] in (file.content or {}))
            return next(has_it, 0), place
        index = place[1]
        for at, file in enumerate(self.files):
            items = (file.content or {}).get(place[0]) or []
            if index < len(items):
                return at, (place[0], index, *place[2:])
            index -= len(items)
        return 0, ()


def read_configuration(paths: list[Path], *, substitute: bool = False) -> Configuration:
    """The files, and of folders all files named *.yaml, *.yml and *.json, as one document.

    With `substitute`, `${NAME}` in a text is the variable of the environment, and `$${` a plain `${`. Raises
    CommandFailed, with file, line and column where it is about what a file holds.
    """
    files = [_read(path, dict(os.environ) if substitute else None) for path in _files(paths)]
    if len(files) == 1:
        content = files[0].content
        if not isinstance(content, dict):
            raise CommandFailed(f"{files[0].source}:1:1: {_NO_MAPPING}")
        return Configuration(content, files)
    return Configuration(_merged(files), files)


_NO_MAPPING = f"the file has to begin with `{VERSION_KEY}: 1`, followed by sections such as `applications:`."


def read_text(source: str, text: str, environment: Mapping[str, str] | None = None) -> Any:
    """What a YAML text holds; `source` is what errors call it. Raises CommandFailed with the place."""
    return _Reader(source, environment).read(text)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES and file.is_file())
            if not found:
                raise CommandFailed(f"there is no file named *.yaml, *.yml or *.json in {path}")
            yield from found
        else:
            yield path


def _merged(files: list[ConfigurationFile]) -> dict[str, Any]:
    """Lists are joined; anything else is the same in all files or stands in one only."""
    document: dict[str, Any] = {}
    for file in files:
        if not isinstance(file.content, dict):
            raise CommandFailed(f"{file.source}:1:1: {_NO_MAPPING}")
        for name, value in file.content.items():
            if name in SECTION and isinstance(value, list | None):
                document[name] = [*document.get(name, []), *(value or [])]
            elif document.setdefault(name, value) != value:
                line, column = file.places([(name,)])[(name,)]
                raise CommandFailed(f"{file.source}:{line}:{column}: {name} is different in another of the files")
    return document


def _read(path: Path, environment: Mapping[str, str] | None) -> ConfigurationFile:
    try:
        source, data = ("standard input", _standard_input()) if str(path) == "-" else (str(path), path.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > _LARGEST_BYTES:
        raise CommandFailed(f"{source} is larger than {_LARGEST_BYTES // 1024 // 1024} MB: divide it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CommandFailed(f"{source}:{line}: this is not UTF-8: save the file as UTF-8") from error
    return ConfigurationFile(source, text, read_text(source, text, environment))


def _standard_input() -> bytes:
    with open(0, "rb", closefd=False) as stdin:
        return stdin.read()


@dataclass
class _Open:
    """A mapping or list that is being read; `key` is the one whose value comes next."""

    value: Any
    place: Place
    key: str | None = None
    has_key: bool = False


class _Reader:
    """Builds the value of one file from the parser's events; `marks` are those of the places that are wanted."""

    def __init__(self, source: str, environment: Mapping[str, str] | None, wanted: Collection[Place] = ()) -> None:
        self._source = source
        self._environment = environment
        self._wanted = wanted
        self._open: list[_Open] = []
        self._result: Any = None
        self._has_document = False
        self.marks: dict[Place, Any] = {}

    def read(self, text: str) -> Any:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(part for part in (error.context, error.problem) if part)
            raise UnreadableFile(self._source, mark or _START, f"this is not YAML: {what}") from error
        except yaml.YAMLError as error:
            raise CommandFailed(f"{self._source}: this is not YAML: {' '.join(str(error).split())}") from error
        return self._result

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"*{event.anchor}: anchors and aliases are not taken: write it out in both places.")
        elif isinstance(event, yaml.DocumentStartEvent):
            if self._has_document:
                self._refuse(event, "a second document begins: give one file for each, or join them.")
            self._has_document = True

    def _begin(self, event: Any, value: Any) -> None:
        self._check_node(event)
        if len(self._open) >= _DEEPEST:
            self._refuse(event, f"this is nested more than {_DEEPEST} deep.")
        if self._awaits_key:
            self._refuse(event, "a key has to be a single word.")
        self._open.append(_Open(value, self._add(event, value)))

    def _scalar(self, event: Any) -> None:
        self._check_node(event)
        if self._awaits_key:
            self._key(event)
        else:
            self._add(event, self._value(event))

    def _key(self, event: Any) -> None:
        around = self._open[-1]
        if event.value in around.value:
            self._refuse(event, f"{event.value!r} stands here twice: take one out.")
        if event.value == "<<":
            self._refuse(event, "merge keys (<<) are not taken: write it out.")
        around.key, around.has_key = event.value, True
        self._mark((*around.place, event.value), event)

    def _add(self, event: Any, value: Any) -> Place:
        """Put it where it belongs; answers its place."""
        if not self._open:
            self._result = value
            self._mark((), event)
            return ()
        around = self._open[-1]
        if isinstance(around.value, list):
            place: Place = (*around.place, len(around.value))
            around.value.append(value)
            self._mark(place, event)
            return place
        key = around.key or ""
        around.value[key] = value
        around.has_key = False
        return (*around.place, key)

    def _value(self, event: Any) -> Any:
        text: str = event.value
        is_quoted = not event.implicit[0]  # or a block
        if is_quoted or is_plain_text(text):
            return self._substituted(event, text)
        if text in _WORDS:
            return _WORDS[text]
        return int(text) if _INTEGER.fullmatch(text) and len(text) < _LONGEST_INTEGER else float(text)

    def _substituted(self, event: Any, text: str) -> str:
        environment = self._environment
        if environment is None or "${" not in text:
            return text

        def variable(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return "${"
            if not _NAME.fullmatch(name):
                self._refuse(event, f"${{{name}}} is no name of a variable; for a plain ${{ write $${{.")
            if name not in environment:
                self._refuse(event, f"the environment has no variable {name}: set it, or write $${{ for a plain ${{.")
            return environment[name]

        return _VARIABLE.sub(variable, text)

    @property
    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and not self._open[-1].has_key

    def _check_node(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, f"&{event.anchor}: anchors and aliases are not taken: write it out in both places.")
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"the tag {event.tag} is not taken: leave it out.")

    def _mark(self, place: Place, event: Any) -> None:
        if place in self._wanted:
            self.marks[place] = event.start_mark

    def _refuse(self, event: Any, message: str) -> Any:
        raise UnreadableFile(self._source, event.start_mark, message)


class _START:
    line, column = 0, 0
