"""Concurrent calls that play TwiML audio: arrival gaps, CPU and memory of each."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from tests.running.ports import free_udp_port

from bench import pacing, processes, sipp
from bench.figure import Figure
from bench.quick_caller import QuickCaller
from bench.stage import NUMBER, Stage

ORDER = 10
MUST_CARRY = 100
WINDOW_S = 10.0


def measure(stage: Stage) -> Iterable[Figure]:
    """Place the calls, measure for ten seconds while all play, then end them through the API."""
    calls = stage.concurrent_calls
    stage.answer_with("/hangup")
    caller = QuickCaller(stage.server.sip)
    caller.call(NUMBER)  # what is loaded with the first call belongs to the server, not to the calls
    caller.close()
    stage.answer_with("/play")
    idle_mb = processes.memory_mb(stage.server_pid)
    yield Figure("memory of an idle server", idle_mb, "MB", must=250, aim=150, more_is_better=False)
    port, out = free_udp_port(), stage.folder / "arrivals.npy"
    receiver = subprocess.Popen(
        [sys.executable, "-m", "bench.rtp_receiver", str(port), str(out)], stdout=subprocess.PIPE
    )
    assert receiver.stdout is not None
    receiver.stdout.readline()
    load = sipp.CallLoad(stage.server.sip, NUMBER, calls, 20, port, free_udp_port())
    folder = stage.folder / "playing"
    folder.mkdir()
    callers = sipp.start(load, folder)
    time.sleep(calls / load.per_second + 3)
    from_ns, cpu_before_s = time.time_ns(), processes.cpu_s(stage.server_pid)
    time.sleep(WINDOW_S)
    to_ns, cpu_after_s = time.time_ns(), processes.cpu_s(stage.server_pid)
    busy_mb = processes.memory_mb(stage.server_pid)
    _end_all(stage)
    callers.wait(60)
    receiver.send_signal(signal.SIGTERM)
    receiver.wait(30)
    failed = sipp.result(folder).failed
    yield from _gaps(out, from_ns, to_ns, calls, failed)
    share = (cpu_after_s - cpu_before_s) / WINDOW_S / calls * 100
    loop = pacing.cpu_percent_of_a_stream(calls)
    yield Figure(
        "CPU of a playing call", share, "% of a core", 0.5, 0.15, more_is_better=False,
        reference=loop, reference_name="a plain sendto pacing loop",
    )  # fmt: skip
    memory_kb = (busy_mb - idle_mb) * 1024 / calls
    yield Figure("memory of a playing call", memory_kb, "kB", must=100, aim=60, more_is_better=False)


def _end_all(stage: Stage) -> None:
    while calls := stage.server.rest("GET", "/Calls", Status="in-progress", PageSize=1000)["calls"]:
        for call in calls:
            stage.server.try_rest("POST", f"/Calls/{call['sid']}", Status="completed")


def _gaps(out: Path, from_ns: int, to_ns: int, calls: int, failed: int) -> Iterable[Figure]:
    rows = np.load(out)
    rows = rows[(rows[:, 2] >= from_ns) & (rows[:, 2] <= to_ns)]
    gaps_ms = np.concatenate([_gaps_of(rows, ssrc) for ssrc in np.unique(rows[:, 0])] or [np.array([1e9])])
    streams = len(np.unique(rows[:, 0]))
    note = f"{streams} streams heard, {failed} failed, largest gap {gaps_ms.max():.1f} ms"
    yield Figure("concurrent playing calls", float(streams if not failed else 0), "calls", MUST_CARRY, 600, note=note)
    yield Figure("their arrival gap, p99", float(np.percentile(gaps_ms, 99)), "ms", 25, more_is_better=False)
    yield Figure("their largest arrival gap", float(gaps_ms.max()), "ms", 60, more_is_better=False)


def _gaps_of(rows: Any, ssrc: int) -> Any:
    return np.diff(np.sort(rows[rows[:, 0] == ssrc][:, 2])) / 1e6
