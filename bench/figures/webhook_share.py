"""Our share of a webhook's latency: INVITE to request, and answer to 200 OK, without the web app's own time."""

from collections.abc import Iterable

import numpy as np

from bench import http_load
from bench.figure import Figure
from bench.quick_caller import QuickCaller
from bench.stage import NUMBER, Stage

ORDER = 25
CALLS = 200


def measure(stage: Stage) -> Iterable[Figure]:
    """The web app answers in well under a millisecond; all else between INVITE and 200 is ours."""
    stage.answer_with("/hangup")
    caller = QuickCaller(stage.server.sip)
    caller.call(NUMBER)
    stage.seen()
    timed = [caller.call(NUMBER) for _ in range(CALLS)]
    caller.close()
    arrivals_ns = [at_ns for path, _, at_ns in stage.seen() if path == "/hangup"]
    whole_ms = [(call.answered_ns - call.invited_ns) / 1e6 for call in timed]
    before_ms = [(arrived - call.invited_ns) / 1e6 for call, arrived in zip(timed, arrivals_ns, strict=True)]
    bare_ms = 1000 / http_load.per_second(
        http_load.Load(f"{stage.web_url}/hangup", "POST", form={"To": NUMBER}, seconds=2.0)
    )
    note = f"median {np.median(whole_ms):.1f} ms; {np.median(before_ms):.1f} ms of it before the request arrives"
    yield Figure(
        "our share of webhook latency, p99", float(np.percentile(whole_ms, 99)), "ms", 20, 10,
        more_is_better=False, reference=bare_ms, reference_name="the web app's time a request under load", note=note,
    )  # fmt: skip
