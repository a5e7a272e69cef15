"""Creating, changing and deleting carriers, apart from the API."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import Field, SecretStr
from tests.fakes.messaging import FakeCarriers, FakeSecrets
from tests.fakes.unit_of_work import START, FakeStorage

from callwright.messaging.carrier import KINDS, CarrierKind, CarrierSettings, register
from callwright.model.errors import CarrierNameTaken, InvalidParameter, NotFound, ShortCodeTaken, TooManyCarriers
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_settings import MOST_CARRIERS, shown_secrets
from callwright.usecases.create_carrier import create_carrier
from callwright.usecases.create_short_code import create_short_code
from callwright.usecases.delete_carrier import delete_carrier
from callwright.usecases.ports import RecordExists
from callwright.usecases.update_carrier import update_carrier

KIND = "semaphore"
MINE, OTHER = "AC" + "a" * 32, "AC" + "b" * 32


class SemaphoreSettings(CarrierSettings):
    tower: str = Field(min_length=2, description="Which tower.")
    arms: int = Field(2, description="How many arms.")
    signals: SecretStr = Field(description="The code book.")


@pytest.fixture(scope="module", autouse=True)
def semaphore() -> Iterator[None]:
    register(CarrierKind(KIND, "By arms.", SemaphoreSettings, connect=lambda *_: None))  # type: ignore[arg-type]  # nothing connects here
    yield
    del KINDS[KIND]


def account(sid: str, owner_sid: str | None = None) -> Account:
    return Account.model_construct(
        sid=sid, account_sid=sid, owner_account_sid=owner_sid or sid, auth_token="", auth_token_sha256=""
    )


class Desk:
    """Use cases of carriers on storage in memory."""

    def __init__(self) -> None:
        self.storage = FakeStorage()
        self.carriers = FakeCarriers()
        self.secrets = FakeSecrets()
        self.account = account(MINE)

    def create(self, **fields: Any) -> Carrier:
        full = {
            "friendly_name": "Tower", "kind": KIND, "settings": {"tower": "Paris"}, "secrets": {"signals": "abc"},
        } | fields  # fmt: skip
        return self.storage.write_sync(
            lambda unit: create_carrier(unit, self.account, full, self.carriers, self.secrets)
        )

    def update(self, carrier: Carrier, **fields: Any) -> Carrier:
        return self.storage.write_sync(
            lambda unit: update_carrier(unit, self.account, carrier.sid, fields, self.carriers, self.secrets)
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_settings_are_stored_completed_and_secrets_sealed(desk: Desk) -> None:
    carrier = desk.create()
    assert (carrier.settings, carrier.secrets) == ({"tower": "Paris", "arms": 2}, {"signals": "sealed:cba"})
    assert shown_secrets(desk.carriers, carrier) == {"signals": "set"}


def test_kept_secrets_are_checked_but_not_sealed_again(desk: Desk) -> None:
    carrier = desk.create()
    changed = desk.update(carrier, settings={"arms": 5})
    assert changed.settings == {"tower": "Paris", "arms": 5}
    assert changed.secrets == carrier.secrets


def test_what_is_cleared_takes_its_default_again(desk: Desk) -> None:
    carrier = desk.create(settings={"tower": "Paris", "arms": 7})
    assert desk.update(carrier, settings={"arms": None}).settings == {"tower": "Paris", "arms": 2}
    with pytest.raises(InvalidParameter, match="tower is missing"):
        desk.update(carrier, settings={"tower": None})


def test_an_update_of_other_fields_leaves_settings_alone_even_if_they_are_not_valid_anymore(desk: Desk) -> None:
    carrier = desk.create()
    desk.storage.put(carrier.model_copy(update={"settings": {"tower": "", "gone": 1}}))
    assert desk.update(carrier, priority=1).settings == {"tower": "", "gone": 1}


def test_an_update_without_fields_writes_nothing(desk: Desk) -> None:
    carrier = desk.create()
    assert desk.update(carrier).revision == 1


def test_a_carrier_whose_kind_is_gone_shows_no_secrets(desk: Desk) -> None:
    carrier = desk.create().model_copy(update={"kind": "gone"})
    assert shown_secrets(desk.carriers, carrier) == {}


def test_names_are_unique_within_an_account(desk: Desk) -> None:
    desk.create()
    with pytest.raises(CarrierNameTaken):
        desk.create()
    desk.account = account(OTHER)
    assert desk.create().account_sid == OTHER


def test_a_carrier_is_deleted_also_while_messages_are_claimed_for_it(desk: Desk) -> None:
    carrier = desk.create()
    waiting = QueuedMessage.model_construct(
        sid="QM" + "1" * 32, account_sid=MINE, message_sid="SM1", sender=f"{MINE}:+1", to="+2", due=START,
        expires_at=START, carrier_sid=carrier.sid, node="local",
    )  # fmt: skip
    desk.storage.put(waiting)
    desk.storage.write_sync(lambda unit: delete_carrier(unit, desk.account, carrier.sid))
    assert desk.storage.all(Carrier) == []
    assert desk.storage.all(QueuedMessage) == [waiting]
    with pytest.raises(NotFound):
        desk.storage.write_sync(lambda unit: delete_carrier(unit, desk.account, carrier.sid))


@pytest.mark.parametrize("sender", ["+15555550100", "4930", "Acme", "A&B Co.", "+1555*", "*", "Acm*", "12345"])
def test_senders_are_numbers_short_codes_names_and_prefixes(desk: Desk, sender: str) -> None:
    assert desk.create(senders=[sender, sender]).senders == [sender]


@pytest.mark.parametrize("sender", ["", "+1*2", "**", "a" * 12, "Ä", "1\n", "+", 5, None])
def test_other_senders_are_refused(desk: Desk, sender: Any) -> None:
    with pytest.raises(InvalidParameter, match="senders"):
        desk.create(senders=[sender])


def test_refusals_name_cause_and_fix(desk: Desk) -> None:
    with pytest.raises(InvalidParameter, match="give it in `secrets`"):
        desk.create(settings={"tower": "Paris", "signals": "abc"})
    with pytest.raises(InvalidParameter, match="those are signals"):
        desk.create(secrets={"tower": "Paris"})
    with pytest.raises(InvalidParameter, match="cannot be changed"):
        desk.update(desk.create(), kind="loopback")


def test_a_short_code_that_another_server_just_took_is_told_as_taken(desk: Desk) -> None:
    class Full:
        """A unit of work in which every insert collides."""

        def find(self, *_: Any) -> None:
            return None

        def new_sid(self, prefix: str) -> str:
            return prefix + "1" * 32

        def insert(self, record: Any) -> Any:
            raise RecordExists(record.sid)

    with pytest.raises(ShortCodeTaken):
        create_short_code(Full(), desk.account, {"short_code": "12345"})  # type: ignore[arg-type]  # all it uses


SMSC = {"host": "smpp.example.com", "system_id": "me"}


def test_a_subaccount_cannot_have_the_servers_files_opened(desk: Desk) -> None:
    given = {
        "kind": "smpp",
        "settings": {**SMSC, "tls": True, "tls_ca_file": "/dev/ptmx"},
        "secrets": {"password": "p"},
    }
    assert desk.create(**given).settings["tls_ca_file"] == "/dev/ptmx"  # the main account's own server
    desk.account = account(OTHER, owner_sid=MINE)
    with pytest.raises(InvalidParameter, match="tls_ca_file: subaccounts cannot name files of the server: leave it"):
        desk.create(**given)
    carrier = desk.create(**given | {"settings": {**SMSC, "tls": True, "tls_ca_file": None}})
    with pytest.raises(InvalidParameter, match="tls_ca_file: subaccounts cannot"):
        desk.update(carrier, settings={"tls_ca_file": "/etc/passwd"})


@pytest.mark.parametrize("off", [False, None])
def test_switching_something_off_drops_what_belongs_to_it(desk: Desk, off: bool | None) -> None:
    tls = {"tls": True, "tls_ca_file": "/ca.pem", "tls_server_name": "smsc"}
    carrier = desk.create(kind="smpp", settings={**SMSC, **tls}, secrets={"password": "p"})
    with pytest.raises(InvalidParameter, match="tls_server_name means nothing without tls"):
        desk.update(carrier, settings={"tls": off, "tls_server_name": "other"})
    settings = desk.update(carrier, settings={"tls": off}).settings
    assert [settings[name] for name in tls] == [False, None, None]


def test_the_carriers_of_one_account_are_no_hindrance_to_another(desk: Desk) -> None:
    for number in range(MOST_CARRIERS):
        desk.create(friendly_name=f"Tower {number}")
    with pytest.raises(TooManyCarriers, match=r"50 carriers already: delete one"):
        desk.create(friendly_name="One more")
    desk.account = account(OTHER)
    assert desk.create(friendly_name="One more").account_sid == OTHER
