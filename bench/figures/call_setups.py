"""Calls set up per second, each with a webhook and TwiML, none failing."""

from collections.abc import Iterable

from tests.running.ports import free_udp_port

from bench import sipp, sipp_uas
from bench.figure import Figure
from bench.stage import NUMBER, Stage

ORDER = 20
RATES = (30, 60, 90, 120, 160, 200)
SECONDS_A_RATE = 8


def measure(stage: Stage) -> Iterable[Figure]:
    """Raise the rate until calls fail; the highest rate at which all succeeded."""
    stage.answer_with("/hangup")
    reached, note = 0.0, ""
    for rate in RATES:
        result = _run(stage.server.sip, NUMBER, rate)
        note = f"at {rate}/s: {result.succeeded} succeeded, {result.failed} failed"
        if result.failed or result.succeeded < rate * SECONDS_A_RATE:
            break
        reached = rate
    with sipp_uas.running() as uas:
        bare = sipp_uas.highest_rate(lambda rate: _run(uas, "uas", rate), SECONDS_A_RATE)
    yield Figure(
        "calls set up per second", reached, "1/s", 30, 200, reference=bare,
        reference_name="sipp's own UAS without webhook or media", note=note,
    )  # fmt: skip


def _run(server: tuple[str, int], number: str, rate: int) -> sipp.CallResult:
    calls, timeout_s = rate * SECONDS_A_RATE, SECONDS_A_RATE + 30
    return sipp.run(sipp.CallLoad(server, number, calls, rate, free_udp_port(), free_udp_port(), timeout_s))
