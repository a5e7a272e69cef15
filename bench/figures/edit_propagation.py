"""An application with 10 000 numbers is edited; the very next call has to use the edit."""

import time
from collections.abc import Iterable

import numpy as np

from bench.figure import Figure
from bench.numbers import attach_numbers
from bench.quick_caller import QuickCaller
from bench.stage import NUMBER, Stage

ORDER = 40
NUMBERS = 10_000
EDITS = 100


def measure(stage: Stage) -> Iterable[Figure]:
    attached = attach_numbers(stage, NUMBERS)
    caller = QuickCaller(stage.server.sip)
    stale, waits_ms = 0, []
    stage.seen()
    for edit in range(EDITS):
        stage.answer_with(f"/v/{edit}")
        edited_ns = time.monotonic_ns()
        caller.call(NUMBER)
        asked = [(path, at_ns) for path, _, at_ns in stage.seen() if path.startswith("/v/")]
        stale += asked[0][0] != f"/v/{edit}"
        waits_ms.append((asked[0][1] - edited_ns) / 1e6)
    caller.close()
    note = f"{EDITS} edits, {attached} numbers attached; from the 200 of the edit to the request of the next call"
    yield Figure("stale calls after an edit", stale, "calls", 0, more_is_better=False, note=note)
    yield Figure("edit answered → used, p99", float(np.percentile(waits_ms, 99)), "ms", 50, more_is_better=False)
