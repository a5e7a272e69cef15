"""At start: calls that this server ran when it died get a final status."""

from callwright.model.resources.call import FINAL_STATUSES, STATUSES, Call
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.progress_call import progress_call
from callwright.usecases.report_problem import Problem, report_problem

_INTERNAL = 12400
_BATCH = 500


def end_dead_calls(unit: UnitOfWork, node: str) -> int:
    """End every unfinished call that carries the node's name; answers how many. Queued unclaimed ones stay."""
    unfinished = [status for status in STATUSES if status not in FINAL_STATUSES]
    conditions = [Condition("node", node), Condition("status", unfinished, "in")]
    ended = 0
    while calls := unit.select(Call, conditions, limit=_BATCH):
        for call in calls:
            message = "The server stopped in the middle of this call; it was ended when the server started again."
            report_problem(unit, call, Problem(_INTERNAL, message))
            progress_call(unit, call.sid, "completed" if call.answer_time else "failed")
        ended += len(calls)
    return ended
