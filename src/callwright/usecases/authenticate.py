"""Who sends a request, and whether it may act on the account of the path."""

import hashlib
import hmac
from dataclasses import dataclass

from callwright.model.errors import AccountNotActive, AuthenticationFailed
from callwright.model.resources.account import Account
from callwright.usecases.ports import UnitOfWork

_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Credentials:
    """An AccountSid and the SHA-256 (hex) of the token sent with it."""

    account_sid: str
    token_sha256: str


@dataclass(frozen=True)
class Permission:
    """`principal` sent the request; `account` is the one it acts on."""

    principal: Account
    account: Account


def authenticate(
    unit: UnitOfWork, credentials: Credentials, account_sid: str | None, *, even_if_inactive: bool = False
) -> Permission:
    """Permission to act on an account (the sender's own when None): its own, or a subaccount of it.

    `even_if_inactive`: a suspended or closed subaccount may be acted on too, by its parent. Raises
    AuthenticationFailed, also for foreign and unknown accounts, and AccountNotActive.
    """
    principal = unit.get(Account, credentials.account_sid)
    expected = principal.auth_token_sha256 if principal is not None else _NOBODY
    is_genuine = hmac.compare_digest(expected.encode(), credentials.token_sha256.encode())
    if principal is None or not is_genuine:
        raise AuthenticationFailed()
    if principal.status != "active":
        raise AccountNotActive()
    if account_sid is None or account_sid == principal.sid:
        return Permission(principal, principal)
    account = unit.get(Account, account_sid)
    if account is None or account.owner_account_sid != principal.sid:
        raise AuthenticationFailed("Authenticate: these credentials give no access to this account.")
    if account.status != "active" and not even_if_inactive:
        raise AccountNotActive()
    return Permission(principal, account)
