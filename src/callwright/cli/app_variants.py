"""`callwright apps variants`: how the variants of an application do."""

from callwright.cli.api import Api, Row
from callwright.cli.apps import App, find_app, group
from callwright.cli.command import api_command
from callwright.cli.output import Column, Output

_COLUMNS: tuple[Column, ...] = (
    ("Channel", "channel"),
    ("URL", "url"),
    ("Share", lambda row: f"{row['weight']:g} %"),
    ("Requests", "requests"),
    ("Failures", "failures"),
    ("Failed", lambda row: f"{row['failure_percent']:g} %"),
    ("Within", lambda row: f"{row['window_s']} s"),
)


@api_command(group, "variants")
async def show_variants(api: Api, output: Output, app: App) -> None:
    """Show the variants of an application, with requests and failures since the server's start."""
    answer = await api.request("GET", f"/v1/Applications/{await find_app(api, app)}/Variants")
    if output.is_json:
        output.record(answer)
        return
    rows: list[Row] = [{"channel": channel, **row} for channel in ("voice", "sms") for row in answer[channel]]
    output.rows(rows, _COLUMNS, "It has no variants: all callers go to its URLs.")
