"""Ports: what the use cases need from the outside. The edges implement them; server.py joins both."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from callwright.model.actor import Actor
from callwright.model.record import Record
from callwright.model.revision import GroupFilter, Revision, RevisionFilter, RevisionGroup
from callwright.usecases.event_log import EventLog
from callwright.usecases.variant_tallies import VariantTallies
from callwright.usecases.web_ports import Webhooks

R = TypeVar("R", bound=Record)
T = TypeVar("T")

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "digits", "contains", "gone"]


@dataclass(frozen=True)
class Condition:
    """`field comparison value` on a record's column.

    `digits` matches a phone number that contains the value anywhere; `*` in it stands for any one digit.
    In searches alone there are `contains` (that very text, anywhere), and `gone`: the column names a record of the
    type `value` that the account does not have.
    """

    field: str
    value: Any
    comparison: Comparison = "eq"


@dataclass(frozen=True)
class AnyOf:
    """In a search: at least one of the conditions."""

    conditions: tuple[Condition, ...]


Wanted = Condition | AnyOf


@dataclass(frozen=True)
class Job:
    """Durable work: `name` finds its handler, `arguments` are JSON, jobs of one `lane` run in order.

    `account_sid` says whose share of the workers it uses: jobs that wait for one account's web apps leave room for
    others'. None for the server's own work, which is never held back.
    """

    name: str
    arguments: Mapping[str, Any]
    lane: str | None = None
    account_sid: str | None = None


class UnitOfWork(Protocol):
    """One transaction. Not to be kept beyond the function it was handed to."""

    @property
    def now(self) -> datetime: ...

    @property
    def group_id(self) -> str:
        """The id that all revisions of this unit share (RG…): what undoes them together."""

    @property
    def is_serial(self) -> bool:
        """Units that write run one after the other, so revisions are committed in the order of their ids."""

    def new_sid(self, prefix: str) -> str: ...

    def get(self, record_type: type[R], sid: str, *, for_update: bool = False) -> R | None:
        """The record, or None. `for_update` keeps others from reading it so until this transaction ends."""

    def claim(self, record: Record) -> None:
        """Rely on that record: if another deletes it at the same time, one of both units runs again and sees the other.

        For what names the record from elsewhere. Its revision and dates stay; a unit that only reads claims nothing.
        """

    def get_all(self, record_type: type[R], sids: Sequence[str]) -> dict[str, R]:
        """The records of these SIDs that there are, by SID; one statement however many there are."""

    def find(self, record_type: type[R], *conditions: Condition) -> R | None:
        """The newest record that meets all conditions, or None."""

    def select(
        self,
        record_type: type[R],
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        before_sid: str | None = None,
        after_sid: str | None = None,
    ) -> list[R]:
        """Records newest first, the newest `limit` of them.

        `before_sid` is the cursor: only records created before that one. `after_sid` goes the other way: the
        `limit` records created next after that one, newest first as well.
        """

    def count(self, record_type: type[R], conditions: Sequence[Condition] = ()) -> int: ...

    def counts(
        self, record_type: type[R], field: str, values: Sequence[str], conditions: Sequence[Condition] = ()
    ) -> dict[str, int]:
        """How many records have each of these values in an indexed text field, and meet the conditions.

        Values that none has are left out.
        """

    def newest(self, record_type: type[R], field: str, values: Sequence[str]) -> dict[str, R]:
        """The newest record of each of these values of an indexed text field, by value."""

    def search(
        self,
        record_type: type[R],
        account_sid: str,
        wanted: Sequence[Wanted],
        *,
        limit: int,
        before_sid: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> list[R]:
        """The newest `limit` records of an account that meet all conditions on what its type is `searched` by.

        Any condition is quick on any number of matches, also on none (100 000 records: tens of milliseconds), but each
        reads through the account's records: `select` is for the path of calls and messages. `eq`, `contains`, `digits`
        and `gone` are known. With `fields` only those are read, which is several times as quick: the records have them,
        sid, account_sid and revision, and nothing else.
        """

    def search_count(self, record_type: type[R], account_sid: str, wanted: Sequence[Wanted]) -> int:
        """How many records of the account meet the conditions, as `search` has them."""

    def revisions(self, wanted: RevisionFilter, *, limit: int) -> list[Revision]:
        """Revisions newest first."""

    def revision_groups(self, wanted: GroupFilter, *, limit: int) -> list[RevisionGroup]:
        """Groups of revisions newest first."""

    def give_reason(self, reason: str, undoes: str | None = None) -> None:
        """Say why this unit writes what it writes from here on, before what the client said about it.

        `undoes` is the group of revisions that it takes back.
        """

    def insert(self, record: R) -> R:
        """Store a new record; answers it with dates (and revision, where history is kept) set."""

    def update(self, record: R, changes: Mapping[str, Any]) -> R:
        """Store changed fields, and date_updated; answers the new record. Raises RecordGone if it was deleted."""

    def update_all(self, records: Sequence[R], changes: Mapping[str, Any], *, as_read: bool = False) -> int:
        """As `update` of each, with the same changes; how many there were. Raises RecordGone if one was deleted.

        `as_read`: only if none has been written since it was read; else raises RecordChanged.
        """

    def update_each(self, changes: Sequence[tuple[R, Mapping[str, Any]]], *, as_read: bool = False) -> int:
        """As `update_all`, with changes of its own for each record."""

    def delete(self, record: Record) -> None: ...

    def enqueue(self, job: Job, due: datetime | None = None) -> None:
        """Add durable work to this transaction; it runs after the commit (and not before `due`)."""


class RecordGone(LookupError):
    """The record was deleted meanwhile."""


class RecordChanged(LookupError):
    """The record was written by another meanwhile."""


class RecordExists(ValueError):
    """A record with this SID, or with this value in a field that is unique on the server, exists already."""


class UnstorableValue(ValueError):
    """A value that no column can hold (text with NUL or half a surrogate pair): the text names cause and fix."""


class StorageUnavailable(Exception):
    """The unit of work could not be done now and stored nothing (database busy, down, or its disk full)."""


class Storage(Protocol):
    """Runs synchronous functions, each in one transaction, off the event loop."""

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run without writing."""

    async def write(self, work: Callable[[UnitOfWork], T], actor: Actor) -> T:
        """Run and commit durably before this returns; any exception rolls all of it back.

        It may be run again from the start when it collided with another, so it changes nothing but the unit.
        Raises StorageUnavailable.
        """


class LiveCalls(Protocol):
    """Orders to calls that are running, wherever they run (the bus)."""

    async def place(self, call_sid: str) -> None:
        """Start the queued outgoing call; returns once it has been handed to its session."""

    async def hang_up(self, call_sid: str) -> bool:
        """End it; False when no live call of that SID runs anywhere."""

    async def cancel(self, call_sid: str) -> bool:
        """End it if it has not been answered; False when no such call is still ringing."""

    async def redirect(self, call_sid: str, url: str | None, method: str, twiml: str | None) -> bool:
        """Leave the running verb and go on with that document; False when no such call is in progress."""


@dataclass(frozen=True)
class CarrierState:
    """How a carrier's connection is: `state` is one word (bound, connecting, ready, disabled, stopped …).

    `is_ready`: messages can be handed over now. `detail` names cause and fix where it is not.
    """

    state: str
    is_ready: bool
    detail: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class CarrierSetting:
    """One setting of a kind of carrier, described for people: `type` in words, `default` None when it has none.

    `names_server_file`: it is the path of a file on the server, so only main accounts may set it.
    `needs`: the switch (off by default) without which it means nothing; switching that off drops it.
    """

    name: str
    type: str
    description: str
    is_required: bool
    is_secret: bool
    default: Any = None
    names_server_file: bool = False
    needs: str | None = None


class Carriers(Protocol):
    """The carriers' kinds and connections on this server."""

    def kinds(self) -> Mapping[str, str]:
        """Names of the kinds of carriers there are, with one line about each."""

    def settings_of(self, kind: str) -> Sequence[CarrierSetting]:
        """What a carrier of that kind can be set to. Raises InvalidParameter for a kind that is not known."""

    def check_settings(
        self, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Settings of that kind, checked and completed: plain ones, secret ones (as they were given).

        Raises InvalidParameter naming the setting, the cause and the fix.
        """

    def state(self, carrier_sid: str) -> CarrierState:
        """Also for carriers that do not run here (offline, just created)."""


#: How a secret begins that is read from the server's environment: `env:NAME`.
ENVIRONMENT = "env:"


class Secrets(Protocol):
    """Seals what must not lie in the database readably, and signs what is handed out."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str:
        """The text again; `env:NAME` is read from the environment. Raises SecretUnavailable with cause and fix."""

    def sign(self, text: str) -> str:
        """A signature (URL-safe) that only this server can make."""


class SecretUnavailable(Exception):
    """The secret cannot be read: the text names cause and fix, never the secret."""


class MediaStore(Protocol):
    """Keeps the files of messages."""

    async def write(self, sid: str, content: bytes) -> None:
        """Durable when it returns."""

    async def read(self, sid: str) -> bytes | None: ...

    async def delete(self, sid: str) -> None: ...


@dataclass(frozen=True)
class Ports:
    """All ports together, as server.py builds them."""

    storage: Storage
    webhooks: Webhooks
    live_calls: LiveCalls
    carriers: Carriers
    secrets: Secrets
    media: MediaStore
    settings: Any
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    #: What has happened lately; where no server runs, nothing does.
    events: EventLog = field(default_factory=lambda: EventLog("none"))
    #: How the variants of applications do.
    variant_tallies: VariantTallies = field(default_factory=VariantTallies)
