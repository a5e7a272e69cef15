"""`callwright export`, `plan` and `apply`: the configuration of an account as files."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from callwright.cli.api import Api, Row
from callwright.cli.command import Yes, api_command
from callwright.cli.configuration_file import Configuration, is_plain_text, read_configuration
from callwright.cli.failure import CommandFailed
from callwright.cli.output import Output
from callwright.cli.plan_output import show_applied, show_drift, show_plan
from callwright.model.configuration import SECTIONS, VERSION_KEY

group = typer.Typer()

#: The exit status that says that there are changes; whatever goes wrong ends with the other.
CHANGES, FAILURE = 2, 1
_TIMEOUT_S = 300.0

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help="Files or folders (*.yaml, *.yml, *.json); - is standard input.")
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Delete what was managed by the files before and they have no longer.")
]
Substitute = Annotated[bool, typer.Option("--substitute", help="Put variables of the environment in place of ${NAME}.")]


@api_command(group, "export")
async def export(
    api: Api,
    output: Output,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write it [standard output].")] = None,
    full: Annotated[bool, typer.Option("--full", help="With the settings that have their defaults, too.")] = False,
) -> None:
    """Write applications, numbers, trunks, carriers and short codes as YAML; secrets are left out."""
    query = {"full": "true"} if full else {}
    document = await api.request("GET", "/v1/Configuration", params=query, timeout=_TIMEOUT_S)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n" if output.is_json else as_yaml(document)
    if file is None or str(file) == "-":
        print(text, end="")
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{file} cannot be written: {error.strerror}", 2) from error
    counts = {name: len(rows) for name, rows in document.items() if name != VERSION_KEY}
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or "nothing"
    output.done(f"Wrote {told} to {file}.")


@api_command(group, "plan", failure_status=FAILURE)
async def plan(
    api: Api,
    output: Output,
    files: Files,
    prune: Prune = False,
    substitute: Substitute = False,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="End with 2 when there are changes, 0 when there are none."),
    ] = False,
) -> None:
    """Show what `apply` would change; nothing is changed."""
    configuration = read_configuration(files, substitute=substitute)
    planned = await _planned(api, configuration, prune=prune)
    if output.is_json:
        output.record(planned)
    else:
        show_plan(output, planned)
    if exit_code and planned["steps"]:
        raise typer.Exit(CHANGES)


@api_command(group, "apply", writes=True)
async def apply(
    api: Api,
    output: Output,
    files: Files,
    prune: Prune = False,
    substitute: Substitute = False,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Undo what others changed since the last time: the files win.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Make the server what the files say, all or nothing. Asks before it changes something."""
    configuration = read_configuration(files, substitute=substitute)
    planned = await _planned(api, configuration, prune=prune)
    if not (output.is_json and yes):
        show_plan(output, planned)
    overwritten = [drift for drift in planned["drift"] if drift["is_overwritten"]]
    if overwritten and not accept_drift:
        if output.is_json and yes:
            show_drift(output, overwritten)
        raise CommandFailed(
            f"{len(overwritten)} record(s) were changed by others since the files were last applied, and applying them "
            "would undo that. Take the changes over into the files, or give --accept-drift: the files win then."
        )
    if planned["steps"] and not yes:
        output.confirm("Apply these changes?")
    if not (planned["steps"] or planned["drift"] or planned["summary"]["adopted"]):
        if output.is_json:
            output.record({**planned, "group_id": None})
        return
    body = {
        **_body(configuration, prune=prune),
        "accept_drift": accept_drift,
        "expected_plan": planned["fingerprint"],
    }
    applied = await api.request("POST", "/v1/Configuration", json=body, timeout=_TIMEOUT_S)
    show_applied(output, applied)


async def _planned(api: Api, configuration: Configuration, *, prune: bool) -> Row:
    """The plan. Raises CommandFailed with the place of each problem when the files cannot be applied."""
    body = _body(configuration, prune=prune)
    planned = await api.request("POST", "/v1/Configuration/Plan", json=body, timeout=_TIMEOUT_S)
    if planned["problems"]:
        raise CommandFailed(_told(planned["problems"], configuration))
    return planned


def _body(configuration: Configuration, *, prune: bool) -> dict[str, Any]:
    return {"document": configuration.document, "prune": prune}


def _told(problems: list[Row], configuration: Configuration) -> str:
    places = [tuple(problem["at"]) for problem in problems]
    lines = configuration.lines(set(places))
    told = sorted(zip((lines[place] for place in places), problems, strict=True), key=lambda one: _order(one[0]))
    listed = "\n".join(f"  {line}: {problem['message']}" for line, problem in told)
    return f"the configuration cannot be applied, nothing was changed:\n{listed}"


def _order(place: str) -> tuple[str, int, int]:
    source, line, column = place.rsplit(":", 2)
    return source, int(line), int(column)


def as_yaml(document: Row) -> str:
    """The document as people write it: sections apart, numbers and short codes in quotes."""
    parts = [f"{VERSION_KEY}: {document[VERSION_KEY]}\n"]
    sections = ({section.name: document[section.name]} for section in SECTIONS if section.name in document)
    parts += [
        yaml.dump(section, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120) for section in sections
    ]
    return "\n".join(parts)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # the C one where there is one
    """Without aliases, whatever is the same object twice, and texts so that they are read as texts."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None if is_plain_text(text) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
