"""Load from sipp: callers that wait for the server to hang up."""

import csv
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCENARIO = Path(__file__).parent / "scenarios" / "caller.xml"


@dataclass(frozen=True)
class CallLoad:
    """`calls` calls at `per_second` to a number; audio goes to `media_port`."""

    server: tuple[str, int]
    number: str
    calls: int
    per_second: float
    media_port: int
    local_port: int
    timeout_s: int = 120


@dataclass(frozen=True)
class CallResult:
    succeeded: int
    failed: int
    retransmissions: int


def start(load: CallLoad, folder: Path) -> subprocess.Popen[bytes]:
    """Start the callers; `result` reads how they fared."""
    scenario = folder / "caller.xml"
    scenario.write_text(SCENARIO.read_text().replace("MEDIA_PORT", str(load.media_port)))
    return subprocess.Popen(command(load, scenario, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def command(load: CallLoad, scenario: Path, folder: Path) -> list[str]:
    host, port = load.server
    return [
        *("sipp", f"{host}:{port}", "-sf", str(scenario), "-s", load.number.lstrip("+")),
        *("-i", "127.0.0.1", "-p", str(load.local_port), "-nostdin", "-timeout", f"{load.timeout_s}s"),
        *("-m", str(load.calls), "-r", str(load.per_second), "-l", str(load.calls)),
        *("-trace_stat", "-stf", str(folder / "stat.csv"), "-fd", "1"),
    ]


def result(folder: Path) -> CallResult:
    """Cumulative counts of a finished run."""
    with (folder / "stat.csv").open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return CallResult(
        int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), int(last.get("Retransmissions(C)") or 0)
    )


def run(load: CallLoad) -> CallResult:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start(load, folder).wait(timeout=load.timeout_s + 30)
        return result(folder)
