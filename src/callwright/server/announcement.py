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
        console.print('\n  Application "Callertron" answers a demo number. Call it from another terminal:')
        console.print(f"\n    [bold]{call_command(settings, start.demo_number)}[/bold]\n")
    sys.stdout.flush()


def call_command(settings: Settings, number: str) -> str:
    """The command that calls the number, as it has to be typed where the server was started."""
    program = Path(sys.argv[0])
    shown = str(program.relative_to(Path.cwd())) if program.is_relative_to(Path.cwd()) else "callwright"
    data = "" if settings.data == Path("data") else f" --data {settings.data}"
    return f"{shown} call {number}{data}"
