"""What a start tells the person at the keyboard."""

import sys
from pathlib import Path

from rich.console import Console

from callwright.config import Settings
from callwright.server.first_start import CREDENTIALS_FILE, Start


def announce(settings: Settings, start: Start) -> None:
    """Print where the server is and, the first time, the credentials and what to try."""
    console = Console(highlight=False, soft_wrap=True)
    console.print("\n[bold]Callwright is running.[/bold]  Stop it with Ctrl-C.\n")
    console.print(f"  API          {settings.base_url}/2010-04-01")
    console.print(f"  SIP          sip:{settings.sip} (UDP)")
    console.print(f"  Account      {start.account.sid}")
    stored = settings.data / CREDENTIALS_FILE
    if start.is_first:
        console.print(f"  Auth token   {start.account.auth_token}")
        console.print(f"\n  The token is shown once; it is stored in {stored} (readable by you only).")
    else:
        console.print(f"  Auth token   in {stored}")
    if settings.account_sid not in (None, start.account.sid):
        console.print(
            f"\n  CALLWRIGHT_ACCOUNT_SID is not used: this data already has its first account, {start.account.sid}."
        )
    if settings.egress is None and settings.egress_policy == "public":
        console.print(
            "\n  As this server listens beyond loopback, web apps on private addresses are not asked; "
            "--egress any allows them."
        )
    if start.demo_number:
        console.print(
            '\n  Application "Callertron" answers a demo number. Call it or write to it from another terminal:'
        )
        console.print(f"\n    [bold]{call_command(settings, start.demo_number)}[/bold]")
        if start.demo_sender:
            console.print(f"    [bold]{text_command(settings, start.demo_number, start.demo_sender)}[/bold]")
        console.print()
    sys.stdout.flush()


def call_command(settings: Settings, number: str) -> str:
    """The command that calls the number, as it has to be typed where the server was started."""
    return f"{_program()} call {number}{_data(settings)}"


def text_command(settings: Settings, number: str, sender: str) -> str:
    """The command that sends the number a text and shows its answer."""
    return f"{_program()} messages send {number} Hello --from {sender} --wait{_data(settings)}"


def _program() -> str:
    program = Path(sys.argv[0])
    return str(program.relative_to(Path.cwd())) if program.is_relative_to(Path.cwd()) else "callwright"


def _data(settings: Settings) -> str:
    return "" if settings.data == Path("data") else f" --data {settings.data}"
