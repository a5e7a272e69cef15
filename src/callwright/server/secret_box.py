"""Seals secrets for the database and signs links, with one key: a setting, or a file only the owner can read."""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from callwright.config import Settings, read_environment
from callwright.usecases.ports import ENVIRONMENT, SecretUnavailable

KEY_FILE = "secret.key"
_SIGNATURE_BYTES = 16
_SHORTEST_KEY_BYTES = 16


class BadKeyFile(ValueError):
    """The key cannot be used; the text names cause and fix."""


class SecretBox:
    """Implements usecases.ports.Secrets."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(key, b"seal")))
        self._signing_key = _derived(key, b"sign")

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """As the port says."""
        if sealed.startswith(ENVIRONMENT):
            return _from_environment(sealed.removeprefix(ENVIRONMENT))
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            message = (
                "a stored secret cannot be read: it was sealed with another key (CALLWRIGHT_SECRET_KEY); set it again"
            )
            raise SecretUnavailable(message) from error

    def sign(self, text: str) -> str:
        digest = hmac.digest(self._signing_key, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode().rstrip("=")


def open_secret_box(settings: Settings) -> SecretBox:
    """The box of the settings' key, else of the data directory's, which is made at the first start.

    Raises BadKeyFile.
    """
    if settings.secret_key is not None:
        return SecretBox(settings.secret_key.get_secret_value().encode())
    return SecretBox(_key_of(settings.data / KEY_FILE))


def _key_of(path: Path) -> bytes:
    """The file's key, drawn if there is no file. Raises BadKeyFile."""
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) < _SHORTEST_KEY_BYTES:
        raise BadKeyFile(
            f"{path} holds no key: restore it from a backup, or delete it and set the carriers' secrets again"
        )
    return key


def _make_key(path: Path) -> None:
    """All of it or nothing, and never over one that another process has just made: an empty key seals nothing."""
    draft = path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"callwright " + purpose, hashlib.sha256)


def _from_environment(name: str) -> str:
    text = read_environment(name)
    if not text:
        raise SecretUnavailable(f"the environment variable {name} is not set: the server has to be started with it")
    return text
