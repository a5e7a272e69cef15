"""SIPp as the peer of user agent tests: scenarios from tests/voice/scenarios on free loopback ports."""

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.running.ports import free_udp_port

_SCENARIOS = Path(__file__).parent / "scenarios"


@dataclass
class SippRun:
    status: int
    #: Every message sent and received, as SIPp logged it.
    messages: str
    errors: str

    def count(self, start: str) -> int:
        """How many messages have a start line that begins so."""
        return sum(line.startswith(start) for line in self.messages.splitlines())


class Sipp:
    """One SIPp process for one call."""

    def __init__(self, scenario: str, folder: Path, remote: tuple[str, int] | None = None) -> None:
        self.port = free_udp_port()
        self._scenario = _SCENARIOS / f"{scenario}.xml"
        self._log, self._errors = folder / f"{scenario}.log", folder / f"{scenario}.errors"
        self._remote = remote
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Sipp":
        """Start; a scenario that is called returns once it listens."""
        target = [] if self._remote is None else [f"{self._remote[0]}:{self._remote[1]}"]
        arguments = [*target, "-sf", str(self._scenario), "-i", "127.0.0.1", "-p", str(self.port), "-m", "1"]
        arguments += ["-nostdin", "-timeout", "30", "-timeout_error", "-trace_msg", "-message_file", str(self._log)]
        arguments += ["-trace_err", "-error_file", str(self._errors), "-s", "+15551230000"]
        self._process = await asyncio.create_subprocess_exec(
            "sipp", *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        while self._remote is None and not _is_bound(self.port):
            await asyncio.sleep(0.02)
        return self

    async def finish(self) -> SippRun:
        assert self._process is not None
        status = await self._process.wait()
        return SippRun(status, _text(self._log), _text(self._errors))


async def sipp(scenario: str, folder: Path, remote: tuple[str, int]) -> SippRun:
    """Run a calling scenario to its end."""
    return await (await Sipp(scenario, folder, remote).start()).finish()


def _is_bound(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""
