"""Settings from the command line over those of the environment, with errors a person can act on."""

from typing import Any

from pydantic import ValidationError

from callwright.cli.failure import CommandFailed
from callwright.config import Settings


def read_settings(**given: Any) -> Settings:
    """The settings, what was given on the command line first. Raises CommandFailed naming the wrong one."""
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        raise CommandFailed("\n".join(_wrong_setting(problem, chosen) for problem in error.errors()), 2) from None


def _wrong_setting(problem: Any, chosen: dict[str, Any]) -> str:
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not problem["loc"]:
        return message
    name = str(problem["loc"][0])
    where = f"--{name.replace('_', '-')}" if name in chosen else f"CALLWRIGHT_{name.upper()}"
    return f"{where}: {message}"
