"""What a fresh database gets, and what any other keeps."""

import hashlib

from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import account

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.usecases.answer_call import Admitted, Arrival, answer_call
from callwright.usecases.first_start import (
    DEMO_NUMBER,
    DEMO_SENDER,
    DEMO_SOURCES,
    Credentials,
    create_demo,
    create_first_account,
    demo_number,
    demo_sender,
    first_account,
)

TOKEN = "5" * 32


def test_the_first_account_owns_itself_and_has_the_token_made_up_for_it() -> None:
    storage = FakeStorage()
    made = storage.write_sync(lambda unit: create_first_account(unit, None, TOKEN))
    assert made.sid.startswith("AC")
    assert (made.account_sid, made.owner_account_sid, made.status) == (made.sid, made.sid, "active")
    assert made.auth_token_sha256 == hashlib.sha256(TOKEN.encode()).hexdigest()
    assert storage.read_sync(first_account) == made


def test_seeded_credentials_are_taken_as_they_are() -> None:
    seed = Credentials("AC" + "7" * 32, "seeded")
    made = FakeStorage().write_sync(lambda unit: create_first_account(unit, seed, TOKEN))
    assert (made.sid, made.auth_token) == (seed.account_sid, "seeded")


def test_the_first_account_is_the_oldest_that_is_no_subaccount() -> None:
    storage = FakeStorage()
    assert storage.read_sync(first_account) is None
    first = storage.write_sync(lambda unit: create_first_account(unit, None, TOKEN))
    storage.pass_time(1)
    sub = account("AC" + "0" * 32, owner_account_sid=first.sid)
    storage.put(sub.model_copy(update={"date_created": storage.now}))
    storage.write_sync(lambda unit: create_first_account(unit, None, TOKEN))
    assert storage.read_sync(first_account) == first
    assert len(storage.all(Account)) == 3


def test_the_demo_can_be_called_at_once_by_phones_on_this_machine() -> None:
    storage = FakeStorage()
    owner = storage.write_sync(lambda unit: create_first_account(unit, None, TOKEN))
    assert storage.read_sync(demo_number) is None
    number = storage.write_sync(lambda unit: create_demo(unit, owner, "http://127.0.0.1:8080"))
    assert storage.read_sync(demo_number) == number
    [trunk], [application] = storage.all(Trunk), storage.all(Application)
    assert trunk.allowed_sources == DEMO_SOURCES
    arrival = Arrival(trunk=trunk, to_user=DEMO_NUMBER, from_user="phone", sip_call_id="id", node="local")
    decision = storage.write_sync(lambda unit: answer_call(unit, arrival))
    assert isinstance(decision, Admitted)
    assert (decision.call.url, decision.call.application_sid) == ("http://127.0.0.1:8080/demo/voice", application.sid)
    assert [one.phone_number for one in storage.all(IncomingPhoneNumber)] == [DEMO_SENDER, DEMO_NUMBER]
    assert storage.read_sync(demo_sender) == storage.all(IncomingPhoneNumber)[0]
