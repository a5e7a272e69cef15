"""`callwright revisions`: who changed what, when and why, and how to take it back."""

from typing import Annotated

import typer

from callwright.cli.api import Api, Row
from callwright.cli.command import Limit, Yes, api_command, given
from callwright.cli.difference import Difference, alike, show_differences
from callwright.cli.failure import CommandFailed
from callwright.cli.moments import Since, Until, moment_of
from callwright.cli.output import Column, Output, moment

group = typer.Typer(help="History: who changed what, when and why, and taking it back.", no_args_is_help=True)

Target = Annotated[str, typer.Argument(metavar="ID", help="A group (RG…), or the number of one revision.")]
RevisionId = Annotated[int, typer.Argument(metavar="ID", min=1, help="The number of a revision.")]
Credential = Annotated[str | None, typer.Option(metavar="SID", help="Only by that credential, `server` or `guard`.")]
Force = Annotated[
    bool, typer.Option("--force", help="Also where somebody changed it since or something is in the way.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]

_PATH, _GROUPS = "/v1/Revisions", "/v1/RevisionGroups"
_NOTHING = "No revisions. Every change of an application, number, trunk, carrier, short code or account makes one."
_DONE = {"create": "created", "update": "changed", "delete": "deleted"}


def _why(row: Row) -> str:
    fields = ", ".join(change["field"] for change in row["difference"])
    return f"{row['reason']} ({fields})" if row.get("reason") else fields


def _what(row: Row) -> str:
    return ", ".join(f"{one['count']} {_noun(one)} {_DONE[one['operation']]}" for one in row["counts"])


def _noun(count: Row) -> str:
    plural = str(count["resource"]).replace("_", " ")
    return plural.removesuffix("s") if count["count"] == 1 else plural


_COLUMNS: tuple[Column, ...] = (
    ("ID", "id"),
    moment("At", "at"),
    ("By", "credential"),
    ("Resource", "resource"),
    ("SID", "sid"),
    ("Did", "operation"),
    ("Group", "group_id"),
)
_GROUP_COLUMNS: tuple[Column, ...] = (
    ("Group", "group_id"),
    moment("At", "at"),
    ("By", "credential"),
    ("From", "address"),
    ("What", _what),
    ("Taken back", lambda row: "yes" if row["undone_by"] else None),
)


def _path_of(target: str) -> str:
    """The path of a group or a revision. Raises CommandFailed for what is neither."""
    if target.startswith("RG"):
        return f"{_GROUPS}/{target}"
    if target.isascii() and target.isdigit():
        return f"{_PATH}/{int(target)}"
    raise CommandFailed(f"{target!r} is neither a group (RG…) nor the number of a revision: see `revisions list`", 2)


@api_command(group, "list")
async def list_revisions(
    api: Api,
    output: Output,
    resource: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of applications, numbers, trunks, carriers …")
    ] = None,
    sid: Annotated[str | None, typer.Option(metavar="SID", help="Only of that record.")] = None,
    in_group: Annotated[str | None, typer.Option("--group", metavar="RG", help="Only of that group.")] = None,
    credential: Credential = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> None:
    """List changes, newest first."""
    filters = given(
        resource=resource, sid=sid, group_id=in_group, credential=credential, since=moment_of(since),
        until=moment_of(until),
    )  # fmt: skip
    rows = await api.extension_rows("Revisions", "revisions", limit, filters)
    output.rows(rows, _COLUMNS, _NOTHING, text=("Why (fields)", _why))


@api_command(group, "groups")
async def list_groups(
    api: Api,
    output: Output,
    credential: Credential = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
) -> None:
    """List what was changed together, newest first."""
    filters = given(credential=credential, since=moment_of(since), until=moment_of(until))
    rows = await api.extension_rows("RevisionGroups", "revision_groups", limit, filters)
    output.rows(rows, _GROUP_COLUMNS, _NOTHING, text=("Why", "reason"))


@api_command(group, "show")
async def show_revision(api: Api, output: Output, target: Target) -> None:
    """Show a revision with its difference, or a group with its revisions."""
    row = await api.request("GET", _path_of(target))
    if output.is_json:
        output.record(row)
        return
    if "counts" in row:
        output.record({**row, "counts": _what(row)})
        rows = await api.extension_rows("Revisions", "revisions", 201, {"group_id": row["group_id"]})
        show_differences(output, alike([_difference(one) for one in rows]))
    else:
        output.record({name: value for name, value in row.items() if name not in ("before", "after", "difference")})
        show_differences(output, [_difference(row)])


def _difference(revision: Row) -> Difference:
    return Difference(f"{revision['resource']} {revision['sid']}", revision["operation"], revision["difference"])


@api_command(group, "diff")
async def show_difference(
    api: Api,
    output: Output,
    revision: RevisionId,
    to: Annotated[str, typer.Option(metavar="ID", help="Another revision of it, or current.")] = "current",
) -> None:
    """Compare a record after a revision with what it is now, or was after another."""
    row = await api.request("GET", f"{_PATH}/{revision}/Difference", params={"to": to})
    if output.is_json:
        output.record(row)
        return
    title = f"{row['resource']} {row['sid']}, revision {revision} → {to}"
    shown = [Difference(title, "update", row["difference"])] if row["difference"] else []
    show_differences(output, shown)


@api_command(group, "undo", writes=True)
async def undo(
    api: Api, output: Output, target: Target, force: Force = False, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Take a group or one revision back: the fields that it changed are as before, others stay."""
    verb = "Rollback" if target.startswith("RG") else "Undo"
    await _roll_back(api, output, f"{_path_of(target)}/{verb}", f"Take {target} back", force, dry_run=dry_run, yes=yes)


@api_command(group, "restore", writes=True)
async def restore(
    api: Api, output: Output, revision: RevisionId, force: Force = False, dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Make a record what it was after a revision, whatever was changed since; one that was deleted is there again."""
    path, what = f"{_PATH}/{revision}/Rollback", f"Restore revision {revision}"
    await _roll_back(api, output, path, what, force, dry_run=dry_run, yes=yes)


async def _roll_back(api: Api, output: Output, path: str, what: str, force: bool, *, dry_run: bool, yes: bool) -> None:
    planned = await api.request("POST", path, json={"dry_run": True, "force": force})
    if dry_run and output.is_json:
        output.record(planned)
        return
    against = [one for one in planned["conflicts"] if not (force and one["can_be_forced"])]
    if not yes or dry_run:
        _show_plan(output, planned)
    if dry_run:
        return
    if planned["steps"] and not against and not yes:
        output.confirm(f"{what}: {_count(planned['step_count'])}?")
    done = await api.request("POST", path, json={"force": force})
    for step in done["steps"]:
        if step["secrets_to_set"] and not output.is_json:
            secrets = ", ".join(step["secrets_to_set"])
            output.note(f"{step['sid']}: the history does not keep secrets.", f"set again: {secrets}")
    if done["group_id"] is None:
        output.done("Everything is as wanted already.", done)
    else:
        output.done(
            f"Done: {_count(done['step_count'])}. `callwright revisions undo {done['group_id']}` takes it back.", done
        )


def _show_plan(output: Output, planned: Row) -> None:
    shown = [
        Difference(
            f"{step['resource']} {step['sid']}",
            step["operation"],
            step["difference"],
            [*step["notes"], *(f"{secret} has to be set again." for secret in step["secrets_to_set"])],
        )
        for step in planned["steps"]
    ]
    show_differences(output, alike(shown), "Everything is as wanted already.")
    for conflict in planned["conflicts"]:
        output.note(conflict["message"], "--force does it all the same." if conflict["can_be_forced"] else None)


def _count(steps: int) -> str:
    return f"{steps} record" if steps == 1 else f"{steps} records"
