import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from callwright.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    status: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in this process."""
    for name in ("CALLWRIGHT_DATA", "CALLWRIGHT_ACCOUNT_SID", "CALLWRIGHT_AUTH_TOKEN", "CALLWRIGHT_DATABASE"):
        monkeypatch.delenv(name, raising=False)

    def run_command(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run_command
