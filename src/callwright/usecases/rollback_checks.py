"""What a rollback may not do: leave numbers without what they use, take what others have, name what is gone."""

from collections.abc import Callable, Mapping
from typing import Any

from callwright.model.difference import Change
from callwright.model.errors import ApiError
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk
from callwright.usecases.carrier_settings import MOST_CARRIERS, check_name_is_free
from callwright.usecases.ports import Condition, UnitOfWork
from callwright.usecases.rollback_plan import Conflict, Plan, Step
from callwright.usecases.trunk_settings import MOST_TRUNKS, check_sources_are_free

_MOST_NAMED = 20
#: What a number names, by field.
_REFERENCES: Mapping[str, type[Record]] = {
    "voice_application_sid": Application,
    "sms_application_sid": Application,
    "trunk_sid": Trunk,
}
#: Fields that only one record on the server may have with a value.
_UNIQUE: Mapping[type[Record], str] = {IncomingPhoneNumber: "phone_number", ShortCode: "short_code"}


def check(unit: UnitOfWork, account: Account, plan: Plan, application_limit: int | None = None) -> None:
    """Add to the plan what stands against its steps; steps leave out what is gone, for when they are forced.

    In a unit that writes, what the steps refer to stays until it ends.
    """
    checks = _Checks(unit, account, plan)
    for step in plan.steps:
        checks.check(step)
    checks.check_limits(application_limit)


class _Checks:
    def __init__(self, unit: UnitOfWork, account: Account, plan: Plan) -> None:
        self._unit = unit
        self._account = account
        self._plan = plan
        self._steps = {step.sid: step for step in plan.steps}
        self._known: dict[str, bool] = {}

    def check(self, step: Step) -> None:
        if step.resource == Account.table:
            self._check_account(step)
        self._check_owner(step)
        if step.operation == "delete":
            self._check_use(step)
            return
        self._check_references(step)
        if "account_sid" in step.changes:
            self._leave_behind(step)
        if step.operation == "create":
            self._check_unique(step)
        self._ask(step, "allowed_sources", Trunk, self._check_sources)
        self._ask(step, "friendly_name", Carrier, self._check_name)

    def check_limits(self, application_limit: int | None) -> None:
        """What comes back counts like what is created."""
        own = [Condition("account_sid", self._account.sid)]
        self._check_limit(Application, own, application_limit, "applications of the account")
        self._check_limit(Carrier, own, MOST_CARRIERS, "carriers of the account")
        self._check_limit(Trunk, [], MOST_TRUNKS, "trunks on the server")

    def _check_limit(self, kind: type[Record], counted: list[Condition], limit: int | None, what: str) -> None:
        steps = [step for step in self._plan.steps if step.resource == kind.table]
        created = [step for step in steps if step.operation == "create"]
        if limit is None or not created:
            return
        there = self._unit.count(kind, counted) - sum(step.operation == "delete" for step in steps)
        if there + len(created) > limit:
            message = f"{len(created)} would come back, but {there} of {limit} {what} are there: delete unused ones."
            self._refuse(created[0], None, message)

    def _refuse(self, step: Step, field: str | None, message: str, *, can_be_forced: bool = False) -> None:
        self._plan.conflicts.append(Conflict(step.resource, step.sid, field, message, can_be_forced))

    def _check_account(self, step: Step) -> None:
        if step.operation != "update":
            self._refuse(step, None, f"Account {step.sid} cannot be taken away again: set its status to closed.")
        if "status" in step.changes:
            message = f"The status of account {step.sid} is not put back by a rollback: set it as its parent account."
            self._refuse(step, "status", message)

    def _check_owner(self, step: Step) -> None:
        """A number that was moved goes back only from a subaccount, asked for by the account it is to go back to."""
        wanted = step.changes.get("account_sid", self._account.sid)
        holder = step.current.account_sid if step.current is not None else self._account.sid
        if wanted == self._account.sid and holder == self._account.sid:
            return
        other = self._unit.get(Account, holder)
        is_parent = other is not None and other.owner_account_sid == self._account.sid
        if wanted != self._account.sid or "account_sid" not in step.changes or not is_parent:
            message = (
                f"{step.sid} was moved between accounts: move it back as their parent account (AccountSid of the "
                "number), then its settings."
            )
            self._refuse(step, "account_sid", message)

    def _check_use(self, step: Step) -> None:
        fields = [name for name, kind in _REFERENCES.items() if kind.table == step.resource]
        for name in fields:
            users = [number for number in self._users(name, step.sid) if self._stays_at(number, name, step.sid)]
            if users:
                shown = ", ".join(number.phone_number for number in users[:_MOST_NAMED])
                more = f" and {len(users) - _MOST_NAMED} more" if len(users) > _MOST_NAMED else ""
                message = f"{step.sid} would be deleted, but is the {name} of {shown}{more}: change those first."
                self._refuse(step, name, message, can_be_forced=step.resource != Trunk.table)

    def _users(self, name: str, sid: str) -> list[IncomingPhoneNumber]:
        """Numbers of subaccounts too may use a trunk."""
        limit = _MOST_NAMED * 50 + len(self._steps)
        own = [] if name == "trunk_sid" else [Condition("account_sid", self._account.sid)]
        return self._unit.select(IncomingPhoneNumber, [Condition(name, sid), *own], limit=limit)

    def _stays_at(self, number: IncomingPhoneNumber, name: str, sid: str) -> bool:
        step = self._steps.get(number.sid)
        return step is None or (step.operation != "delete" and step.changes.get(name, sid) == sid)

    def _check_references(self, step: Step) -> None:
        """What is gone is left as it is now, when this is forced."""
        if step.resource != IncomingPhoneNumber.table:
            return
        for name, kind in _REFERENCES.items():
            sid = step.changes.get(name)
            if sid and not self._is_there(kind, sid):
                message = (
                    f"{name} of {step.sid} was {sid}, which is there no more: put that back first, for example by "
                    "undoing its deletion (see its revisions)."
                )
                self._refuse(step, name, message, can_be_forced=True)
                step.notes.append(f"{name} is not put back: {sid} is gone.")
                step.changes.pop(name)
                step.shown = [change for change in step.shown if change.field != name]

    def _leave_behind(self, step: Step) -> None:
        """A number that comes home cannot go on naming what belongs to the account that had it."""
        for name, kind in _REFERENCES.items():
            sid = getattr(step.current, name, None)
            if sid and name not in step.changes and not self._is_there(kind, sid):
                step.changes[name] = None
                step.shown.append(Change(name, sid, None))
                step.notes.append(f"{name} is cleared: {sid} belongs to the account that had the number.")

    def _is_there(self, kind: type[Record], sid: str) -> bool:
        if sid not in self._known:
            step = self._steps.get(sid)
            record = self._unit.get(kind, sid)
            owners = (self._account.sid, self._account.owner_account_sid) if kind is Trunk else (self._account.sid,)
            is_stored = record is not None and record.account_sid in owners
            self._known[sid] = step.operation != "delete" if step is not None else is_stored
            if record is not None and self._known[sid]:
                self._unit.claim(record)
        return self._known[sid]

    def _check_unique(self, step: Step) -> None:
        for kind, name in _UNIQUE.items():
            if kind.table != step.resource:
                continue
            value = step.changes.get(name)
            holder = self._unit.find(kind, Condition(name, value))
            if holder is not None and not self._goes(holder):
                whose = (
                    f"{holder.sid} of this account" if holder.account_sid == self._account.sid else "another account"
                )
                self._refuse(step, name, f"{value} belongs to {whose} by now: {step.sid} cannot be put back.")

    def _goes(self, record: Record) -> bool:
        step = self._steps.get(record.sid)
        return step is not None and step.operation == "delete"

    def _is_renamed(self, carrier: Carrier) -> bool:
        step = self._steps.get(carrier.sid)
        return step is not None and step.changes.get("friendly_name", carrier.friendly_name) != carrier.friendly_name

    def _ask(self, step: Step, name: str, kind: type[Record], check_value: Callable[[Step, Any], None]) -> None:
        if step.resource == kind.table and step.changes.get(name):
            try:
                check_value(step, step.changes[name])
            except ApiError as refusal:
                self._refuse(step, name, refusal.message)

    def _check_sources(self, step: Step, value: Any) -> None:
        check_sources_are_free(self._unit, self._account, value)

    def _check_name(self, step: Step, value: Any) -> None:
        """The name may be one that the plan makes free: names that went round come back round."""
        own = Condition("account_sid", self._account.sid)
        holder = self._unit.find(Carrier, own, Condition("friendly_name", value))
        if holder is not None and not (self._goes(holder) or self._is_renamed(holder)):
            check_name_is_free(self._unit, self._account, value, but_for_sid=step.sid)
