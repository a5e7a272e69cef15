"""The first start: an account, its credentials on disk (0600), and what to tell the person at the keyboard."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from callwright.config import Settings
from callwright.model.actor import SERVER
from callwright.model.resources.account import Account
from callwright.storage.database import Database
from callwright.usecases.first_start import (
    Credentials,
    create_demo,
    create_first_account,
    demo_number,
    demo_sender,
    first_account,
)
from callwright.usecases.ports import UnitOfWork

CREDENTIALS_FILE = "credentials.json"
SERVER_FILE = "server.json"


@dataclass(frozen=True)
class Start:
    """The account to show; `is_first` when this start created it."""

    account: Account
    is_first: bool
    demo_number: str | None
    #: From where texts may be sent to it.
    demo_sender: str | None


def prepare(database: Database, settings: Settings) -> Start:
    """Seed a fresh database; leave any other as it is."""
    start = database.write_sync(lambda unit: _seed(unit, settings), SERVER)
    path = settings.data / CREDENTIALS_FILE
    if start.is_first or not path.exists():
        write_private(path, {"account_sid": start.account.sid, "auth_token": start.account.auth_token})
    return start


def _seed(unit: UnitOfWork, settings: Settings) -> Start:
    existing = first_account(unit)
    if existing is not None:
        return _start(unit, existing, is_first=False)
    seed = None
    if settings.account_sid and settings.auth_token:
        seed = Credentials(settings.account_sid, settings.auth_token.get_secret_value())
    account = create_first_account(unit, seed, secrets.token_hex(16))
    if settings.demo:
        create_demo(unit, account, settings.base_url)
    return _start(unit, account, is_first=True)


def _start(unit: UnitOfWork, account: Account, *, is_first: bool) -> Start:
    number, sender = demo_number(unit), demo_sender(unit)
    return Start(account, is_first, number.phone_number if number else None, sender.phone_number if sender else None)


def write_private(path: Path, content: dict[str, object]) -> None:
    """Write JSON that only the owner can read, all of it or nothing."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
