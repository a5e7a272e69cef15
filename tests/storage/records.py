"""Records for the tests of storage."""

from typing import Any

from callwright.model.actor import Actor
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.storage.database import Database
from callwright.usecases.ports import UnitOfWork

AC = "AC" + "1" * 32
OTHER_AC = "AC" + "2" * 32
ALICE = Actor(AC, address="192.0.2.7", user_agent="twilio-python/9.13", reason="new web app")


def application(unit: UnitOfWork, **fields: Any) -> Application:
    given: dict[str, Any] = {"account_sid": AC, "friendly_name": "Callertron", **fields}
    return Application.model_construct(sid=unit.new_sid("AP"), **given)


def call(unit: UnitOfWork, **fields: Any) -> Call:
    given: dict[str, Any] = {"account_sid": AC, "to": "+15551230001", "from_": "+15551230002", **fields}
    return Call.model_construct(sid=unit.new_sid("CA"), **given)


def number(unit: UnitOfWork, phone_number: str, **fields: Any) -> IncomingPhoneNumber:
    given: dict[str, Any] = {"account_sid": AC, "phone_number": phone_number, **fields}
    return IncomingPhoneNumber.model_construct(sid=unit.new_sid("PN"), **given)


def account(unit: UnitOfWork, **fields: Any) -> Account:
    given: dict[str, Any] = {
        "account_sid": AC,
        "owner_account_sid": AC,
        "auth_token": "very-secret-token",
        "auth_token_sha256": "very-secret-hash",
        **fields,
    }
    return Account.model_construct(sid=AC, **given)


def stored_application(database: Database, **fields: Any) -> Application:
    return database.write_sync(lambda unit: unit.insert(application(unit, **fields)), ALICE)


def stored_call(database: Database, **fields: Any) -> Call:
    return database.write_sync(lambda unit: unit.insert(call(unit, **fields)), ALICE)
