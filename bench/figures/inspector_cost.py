"""What the inspector costs: CPU time of a call set up with its exchanges recorded, against one without."""

import contextlib
import statistics
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.running.ports import free_udp_port
from tests.running.server import RunningServer

from bench import processes, sipp
from bench.figure import Figure
from bench.stage import NUMBER, Stage

ORDER = 26
#: Calls by turns, since a shared machine is not always as fast: each turn goes to both servers.
TURNS, CALLS, PER_SECOND = 6, 150, 30
#: The log writes in batches of a quarter of a second; recording shall have been paid for when a turn ends.
SETTLE_S = 1.0


def measure(stage: Stage) -> Iterable[Figure]:
    """Two servers, one with a retention of zero days, are called by turns; the median of the turns' ratios."""
    with contextlib.ExitStack() as both:
        recording = both.enter_context(_server(stage, "recording", "7"))
        silent = both.enter_context(_server(stage, "silent", "0"))
        for server in (recording, silent):
            _cpu_ms(server)  # everything is loaded, and the database has its pages
        turns = [_turn(recording, silent, is_odd=turn % 2 == 1) for turn in range(TURNS)]
    ratios = [with_log / without for with_log, without in turns]
    with_log, without = (statistics.median(column) for column in zip(*turns, strict=True))
    note = f"{with_log:.2f} ms with, {without:.2f} ms without; turns from {min(ratios):.3f} to {max(ratios):.3f}"
    yield Figure(
        "CPU time of a call set-up with exchanges recorded", statistics.median(ratios), "times", 1.05, 1.02,
        more_is_better=False, reference=1.0, reference_name="the same with recording off", note=note,
    )  # fmt: skip


@contextlib.contextmanager
def _server(stage: Stage, name: str, retention_days: str) -> Iterator[RunningServer]:
    folder: Path = stage.folder / name
    server = RunningServer(folder, environment={"CALLWRIGHT_EXCHANGE_RETENTION_DAYS": retention_days})
    try:
        server.start()
        app = server.rest("POST", "/Applications", FriendlyName="bench", VoiceUrl=f"{stage.web_url}/hangup")
        server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=NUMBER, VoiceApplicationSid=app["sid"])
        yield server
    finally:
        server.close()


def _turn(recording: RunningServer, silent: RunningServer, *, is_odd: bool) -> tuple[float, float]:
    """CPU milliseconds of a call with and without; who begins changes with the turns."""
    if is_odd:
        without = _cpu_ms(silent)
        return _cpu_ms(recording), without
    return _cpu_ms(recording), _cpu_ms(silent)


def _cpu_ms(server: RunningServer) -> float:
    assert server.process is not None
    before_s = processes.cpu_s(server.process.pid)
    load = sipp.CallLoad(server.sip, NUMBER, CALLS, PER_SECOND, free_udp_port(), free_udp_port(), 60)
    result = sipp.run(load)
    if result.failed or result.succeeded < CALLS:
        raise RuntimeError(f"{result.failed} of {CALLS} calls failed, {result.succeeded} succeeded")
    time.sleep(SETTLE_S)
    return (processes.cpu_s(server.process.pid) - before_s) * 1000 / CALLS
