"""Create and change applications with all their settings, those that Twilio does not have too."""

from collections.abc import Mapping
from typing import Any

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.usecases.application_settings import checked_application_settings
from callwright.usecases.create_application import check_application_limit
from callwright.usecases.expect_revision import expect_revision
from callwright.usecases.owned import owned
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.store_changes import store_changes


def own_application(unit: UnitOfWork, account: Account, sid: str) -> Application:
    """The account's application. Raises NotFound, also for another account's."""
    return owned(unit, account, Application, sid, "application")


def add_application(unit: UnitOfWork, account: Account, settings: Mapping[str, Any], limit: int) -> Application:
    """Store an application with these settings; an account has at most `limit` of them.

    Raises what `checked_application_settings` raises, and ApplicationLimitExceeded.
    """
    checked = checked_application_settings(settings)
    check_application_limit(unit, account, limit)
    return unit.insert(Application.model_construct(sid=unit.new_sid("AP"), account_sid=account.sid, **checked))


def change_application(
    unit: UnitOfWork, account: Account, sid: str, settings: Mapping[str, Any], expected: int | None
) -> Application:
    """Change the settings given and no others; calls and messages that run keep what they started with.

    Raises NotFound, RevisionMismatch (`expected`), and what `checked_application_settings` raises.
    """
    application = own_application(unit, account, sid)
    expect_revision(unit, application, expected)
    checked = checked_application_settings(settings)
    return store_changes(unit, application, checked)
