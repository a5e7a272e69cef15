"""Outgoing messages on storage in memory: an account with a number and carriers, and the steps of a message's life."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.fakes.unit_of_work import FakeStorage

from callwright.config import Settings
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.apply_receipt import apply_receipt
from callwright.usecases.carrier_traffic import Outcome, Receipt, Sending
from callwright.usecases.claim_messages import Claimed, claim_messages
from callwright.usecases.ports import Job
from callwright.usecases.queue_message import Draft, queue_message
from callwright.usecases.recover_messages import recover_messages
from callwright.usecases.settle_message import settle_message

NUMBER = "+15555550100"
TO = "+15555550111"
CALLBACK = "http://app.test/status"
NODE = "local"


class Outgoing:
    """One account whose number NUMBER sends; `carriers` are added with `add_carrier`."""

    def __init__(self, **settings: Any) -> None:
        self.storage = FakeStorage()
        self.settings = Settings(**settings)
        self.account = self.add_account("AC" + "a" * 32)
        self.number = IncomingPhoneNumber.model_construct(
            sid=self.storage.sids.make("PN"), account_sid=self.account.sid, phone_number=NUMBER
        )
        self.storage.put(self.number)

    def add_account(self, sid: str, *, owner: str | None = None, status: str = "active") -> Account:
        account = Account.model_construct(
            sid=sid,
            account_sid=sid,
            owner_account_sid=owner or sid,
            auth_token="5" * 32,
            auth_token_sha256="",
            status=status,
        )
        self.storage.put(account)
        return account

    def add_carrier(self, name: str = "One", **fields: Any) -> Carrier:
        sid = self.storage.sids.make("CR")
        owner = {"account_sid": self.account.sid, "friendly_name": name, "kind": "smpp"}
        carrier = Carrier.model_construct(sid=sid, **{**owner, **fields})
        self.storage.put(carrier)
        return carrier

    def add_short_code(self, digits: str = "72345") -> ShortCode:
        sid = self.storage.sids.make("SC")
        code = ShortCode.model_construct(sid=sid, account_sid=self.account.sid, short_code=digits)
        self.storage.put(code)
        return code

    def queue(self, **draft: Any) -> Message:
        given = {"account": self.account, "to": TO, "from_": NUMBER, "body": "Hi", "status_callback": CALLBACK}
        wanted = Draft(**{**given, **draft})
        return self.storage.write_sync(lambda unit: queue_message(unit, wanted, self.settings))

    def claim(self, room: Mapping[str | None, int] | None = None, node: str = NODE, **options: Any) -> Claimed:
        """Claim whatever waits and is due; there is room at all carriers unless it is said."""
        rows = self.storage.all(QueuedMessage)
        sids = [row.sid for row in rows if row.node is None and row.due <= self.storage.now]
        anywhere: dict[str | None, int] = {None: 100, **{carrier.sid: 100 for carrier in self.storage.all(Carrier)}}
        spare = anywhere if room is None else room
        return self.storage.write_sync(lambda unit: claim_messages(unit, sids, node, spare, **options))

    def claimed(self, **draft: Any) -> Sending:
        """A message that has been queued and claimed."""
        self.queue(**draft)
        [sending] = self.claim().sendings
        return sending

    def settle(self, sending: Sending, outcome: Outcome) -> datetime | None:
        return self.storage.write_sync(lambda unit: settle_message(unit, sending, outcome, self.settings))

    def receive(self, receipt: Receipt) -> None:
        self.storage.write_sync(lambda unit: apply_receipt(unit, receipt))

    def recover(self, node: str = NODE) -> int:
        return self.storage.write_sync(lambda unit: recover_messages(unit, node))

    def message(self, sid: str | None = None) -> Message:
        """The message of that SID, else the oldest one that was sent."""
        if sid is not None:
            return self.storage.one(Message, sid)
        return next(message for message in self.storage.all(Message) if not message.is_inbound)

    @property
    def queued(self) -> list[QueuedMessage]:
        return self.storage.all(QueuedMessage)

    @property
    def callbacks(self) -> list[Job]:
        return [job for job in self.storage.jobs if job.name == "deliver_status_callback"]

    @property
    def told(self) -> list[str]:
        """The statuses that status callbacks tell, in order."""
        return [job.arguments["parameters"]["MessageStatus"] for job in self.callbacks]
