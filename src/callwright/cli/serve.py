"""`callwright serve`: run a server."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from callwright.cli.settings import read_settings


class Egress(StrEnum):
    public = "public"
    any = "any"


class LogLevel(StrEnum):
    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


def serve(
    data: Annotated[Path | None, typer.Option(help="Directory of database, credentials and caches [data].")] = None,
    http: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="API address [127.0.0.1:8080].")] = None,
    sip: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="SIP address, UDP [127.0.0.1:5060].")] = None,
    rtp_ports: Annotated[
        str | None, typer.Option(metavar="LOW-HIGH", help="UDP ports for audio [20000-29999].")
    ] = None,
    public_host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Address shown to SIP peers, when behind NAT.")
    ] = None,
    public_url: Annotated[str | None, typer.Option(metavar="URL", help="Base of the links handed to web apps.")] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="postgresql://… instead of SQLite inside the data directory.")
    ] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Set up the demo application on the first start [demo].")
    ] = None,
    egress: Annotated[
        Egress | None, typer.Option(help="Addresses web apps may have [any while listening on loopback only].")
    ] = None,
    calls_per_second: Annotated[float | None, typer.Option(help="Queued calls started per second [1].")] = None,
    allow_any_caller_id: Annotated[
        bool | None,
        typer.Option("--allow-any-caller-id/--own-caller-id", help="Show caller ids that are not owned [own]."),
    ] = None,
    log_level: Annotated[LogLevel | None, typer.Option(help="How much is logged [info].")] = None,
) -> None:
    """Run a server until Ctrl-C. Every option can also be set as CALLWRIGHT_… in the environment."""
    settings = read_settings(
        data=data, http=http, sip=sip, rtp_ports=rtp_ports, public_host=public_host, public_url=public_url,
        database=database, demo=demo, egress=egress, calls_per_second=calls_per_second,
        allow_any_caller_id=allow_any_caller_id, log_level=log_level,
    )  # fmt: skip
    # Imported only now: other commands start ten times faster without the server.
    from callwright.server import serve as run_server

    raise typer.Exit(run_server(settings))
