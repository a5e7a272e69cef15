"""Scheduled changes: what is to change of an application or number at a moment. Ours (/v1/ScheduledChanges)."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record

SCHEDULED, ACTIVE, DONE, FAILED, CANCELED = "scheduled", "active", "done", "failed", "canceled"
STATUSES = (SCHEDULED, ACTIVE, DONE, FAILED, CANCELED)
#: Something is still to be done for these.
OPEN_STATUSES = (SCHEDULED, ACTIVE)


class ScheduledChange(Record):
    """`changes` of the record `target_sid` in the table `resource`, from `at` on, up to `until` if that is given.

    scheduled → done; with `until` scheduled → active → done. Each may end in failed (`error` names cause and fix) or
    canceled. The row is its own history: who asked for it, who canceled it and what came of it; what it does to its
    target are revisions (`group_id`, and `ended_group_id` for the way back).
    """

    table: ClassVar[str] = "scheduled_changes"

    resource: str
    target_sid: Annotated[str, Indexed()]
    changes: dict[str, Any] = {}
    at: datetime
    until: datetime | None = None
    #: As it was asked for, to be shown again; `at` and `until` are UTC.
    time_zone: str | None = None
    status: str = SCHEDULED
    #: Who asked: the credential, its address and user agent, and why.
    credential: str
    address: str | None = None
    user_agent: str | None = None
    reason: str | None = None
    #: The revision the target is to have then; None: any.
    expected_revision: int | None = None
    #: None also where there was nothing to change: the target was so already.
    group_id: str | None = None
    started_at: datetime | None = None
    ended_group_id: str | None = None
    ended_at: datetime | None = None
    canceled_by: str | None = None
    error_code: int | None = None
    error: str | None = None
    #: Of a change that failed because its target had changed: [{"field", "expected", "current"}].
    difference: list[dict[str, Any]] = []

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def next_moment(self) -> datetime | None:
        """When something is to be done next; None when nothing is anymore."""
        return {SCHEDULED: self.at, ACTIVE: self.until}.get(self.status)
