"""What a fresh database holds: the first account and, unless declined, a demo that can be called at once."""

import hashlib
from dataclasses import dataclass

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import Condition, UnitOfWork

DEMO_APPLICATION = "Callertron"
DEMO_NUMBER = "+15555550100"
#: Nothing answers it: it is there to send texts to the demo from.
DEMO_SENDER = "+15555550101"
#: Phones on this machine may call in: the demo's trunk admits nobody else.
DEMO_SOURCES = ["127.0.0.0/8", "::1/128"]


@dataclass(frozen=True)
class Credentials:
    """The first account's SID and token."""

    account_sid: str
    auth_token: str


def first_account(unit: UnitOfWork) -> Account | None:
    """The oldest account that is not a subaccount; None in a fresh database."""
    accounts = [account for account in unit.select(Account, limit=10_000) if not account.is_subaccount]
    return min(accounts, key=lambda account: (account.date_created is not None, account.date_created), default=None)


def create_first_account(unit: UnitOfWork, seed: Credentials | None, new_token: str) -> Account:
    """Create the account everything hangs on, with the seeded credentials or fresh ones."""
    sid = seed.account_sid if seed else unit.new_sid("AC")
    token = seed.auth_token if seed else new_token
    return unit.insert(
        Account.model_construct(
            sid=sid,
            account_sid=sid,
            owner_account_sid=sid,
            friendly_name="My account",
            auth_token=token,
            auth_token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            status="active",
            type="Full",
        )
    )


def create_demo(unit: UnitOfWork, account: Account, base_url: str) -> IncomingPhoneNumber:
    """Application "Callertron" with the built-in demo web app behind it and its number, which is answered.

    Besides, a trunk for phones on this machine and a number to send texts from.
    """
    unit.insert(
        Trunk.model_construct(
            sid=unit.new_sid("TK"),
            account_sid=account.sid,
            friendly_name="Phones on this machine",
            allowed_sources=DEMO_SOURCES,
        )
    )
    application = unit.insert(
        Application.model_construct(
            sid=unit.new_sid("AP"),
            account_sid=account.sid,
            friendly_name=DEMO_APPLICATION,
            voice_url=f"{base_url}/demo/voice",
            sms_url=f"{base_url}/demo/sms",
            status_callback=f"{base_url}/demo/status",
        )
    )
    unit.insert(
        IncomingPhoneNumber.model_construct(
            sid=unit.new_sid("PN"),
            account_sid=account.sid,
            phone_number=DEMO_SENDER,
            friendly_name="Texts to the demo",
        )
    )
    return unit.insert(
        IncomingPhoneNumber.model_construct(
            sid=unit.new_sid("PN"),
            account_sid=account.sid,
            phone_number=DEMO_NUMBER,
            friendly_name="(555) 555-0100",
            voice_application_sid=application.sid,
            sms_application_sid=application.sid,
        )
    )


def demo_number(unit: UnitOfWork) -> IncomingPhoneNumber | None:
    """The demo's number, if it is still there."""
    return unit.find(IncomingPhoneNumber, Condition("phone_number", DEMO_NUMBER))


def demo_sender(unit: UnitOfWork) -> IncomingPhoneNumber | None:
    """The number to send the demo texts from, if it is still there."""
    return unit.find(IncomingPhoneNumber, Condition("phone_number", DEMO_SENDER))
