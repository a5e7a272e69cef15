"""Numbers as /v1 has them: the search behind `numbers list`, and what it adds to `show` and `update`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from callwright.cli.api import Api, Form, Row
from callwright.cli.apps import find_app
from callwright.cli.trunks import find_trunk
from callwright.model.naming import to_snake

_SEARCH = "Search"


def _option(text: str, *flags: str, metavar: str = "TEXT") -> Any:
    return typer.Option(*flags, metavar=metavar, help=text, rich_help_panel=_SEARCH)


App = Annotated[str | None, _option("Application for calls or messages, by name or SID.", metavar="APP")]
VoiceApp = Annotated[str | None, _option("Application for calls, by name or SID.", metavar="APP")]
SmsApp = Annotated[str | None, _option("Application for messages, by name or SID.", metavar="APP")]
Trunk = Annotated[str | None, _option("Trunk for calls, by name or SID.", metavar="TRUNK")]
Webhook = Annotated[str | None, _option("A part of any of its URLs.", "--webhook")]
Text = Annotated[str | None, _option("A part of number, name, tags or notes.")]
Country = Annotated[str | None, _option("ISO code of two letters.", metavar="CODE")]
Type = Annotated[str | None, _option("", "--type", metavar="local|mobile|tollfree")]
Capabilities = Annotated[
    list[str] | None, _option("Repeatable: it has all.", "--capability", metavar="voice|sms|mms|fax")
]
WithTags = Annotated[list[str] | None, _option("Repeatable: it has all.", "--tag", metavar="TAG")]
Lacks = Annotated[
    list[str] | None,
    _option("What is missing: voice:none, sms:none, voice:deleted, sms:deleted, deleted.", "--target"),
]

NewTags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help='Its tags; repeatable, "" clears.')]
AddedTags = Annotated[list[str] | None, typer.Option("--add-tag", metavar="TAG", help="As well; repeatable.")]
RemovedTags = Annotated[list[str] | None, typer.Option("--remove-tag", metavar="TAG", help="No more; repeatable.")]
Notes = Annotated[str | None, typer.Option(help='What people should know about it; "" clears.')]

#: Settings that are booleans in JSON, and how those are written in a form.
_FLAGS = frozenset({"VoiceCallerIdLookup"})
_MOST_NUMBERS = 1_000_000
_JSON: dict[Any, Any] = {"": None, "true": True, "false": False}
#: What /v1 tells of a number beside what the 2010-04-01 API does.
_ADDED = ("country", "tags", "notes", "voice_application_name", "sms_application_name", "problems", "revision")


@dataclass(frozen=True)
class Search:
    """The filters that were given, by their names in /v1; applications and trunks by name or SID."""

    given: Mapping[str, Any]

    @classmethod
    def of(cls, **filters: Any) -> "Search":
        return cls({name: value for name, value in filters.items() if value not in (None, [])})

    async def rows(self, api: Api, form: Form, limit: int) -> list[Row]:
        """Numbers that meet these filters and those of the form. Raises CommandFailed."""
        filters = await with_sids(api, {**self.given, **{to_snake(name): value for name, value in form.items()}})
        name = filters.pop("friendly_name", None)
        if name is None:
            return await api.extension_rows("Numbers", "numbers", limit, filters)
        # A search finds parts of names; the one that is meant may be behind many others.
        rows = await api.extension_rows("Numbers", "numbers", _MOST_NUMBERS, {"text": name, **filters})
        return [row for row in rows if row["friendly_name"] == name][:limit]


async def with_sids(api: Api, filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters, with applications and trunk, which may be given by name, as SIDs."""
    found = dict(filters)
    for name in ("application_sid", "voice_application_sid", "sms_application_sid"):
        if found.get(name):
            found[name] = await find_app(api, found[name])
    if found.get("trunk_sid"):
        found["trunk_sid"] = await find_trunk(api, found["trunk_sid"])
    return found


async def fetch_number(api: Api, row: Row) -> Row:
    """A number of the 2010-04-01 API with what /v1 knows of it besides."""
    ours = await api.request("GET", f"/v1/Numbers/{row['sid']}")
    return {**row, **{name: ours[name] for name in _ADDED}}


def own_settings(
    tags: list[str] | None, added: list[str] | None, removed: list[str] | None, notes: str | None
) -> dict[str, Any]:
    """Those of our settings that were given, as /v1 takes them."""
    given: dict[str, Any] = {}
    if tags:
        given["tags"] = [tag for tag in tags if tag]
    if added:
        given["add_tags"] = added
    if removed:
        given["remove_tags"] = removed
    if notes is not None:
        given["notes"] = notes
    return given


def as_json(form: Form) -> dict[str, Any]:
    """Settings of a form as /v1 takes them."""
    return {
        to_snake(name): _JSON.get(value, value) if name in _FLAGS else value or None for name, value in form.items()
    }
