"""Who asks: HTTP Basic as in the 2010-04-01 API, checked in the transaction that does the work."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from callwright.model.actor import Actor, reason_of
from callwright.model.errors import AuthenticationFailed
from callwright.model.resources.account import Account
from callwright.usecases.authenticate import Credentials, authenticate
from callwright.usecases.ports import Storage, UnitOfWork

T = TypeVar("T")

_LONGEST_USER_AGENT = 200
_basic = HTTPBasic(scheme_name="AccountSid and AuthToken", auto_error=False)


@dataclass(frozen=True)
class Caller:
    """A client with its claim; the account acted on is its own or, by `account_sid`, a subaccount of it."""

    credentials: Credentials
    account_sid: str | None
    actor: Actor

    async def read(self, storage: Storage, work: Callable[[UnitOfWork, Account], T]) -> T:
        """Do it for the account, in one transaction with the check. Raises AuthenticationFailed."""
        return await storage.read(lambda unit: work(unit, self._account(unit)))

    async def write(self, storage: Storage, work: Callable[[UnitOfWork, Account], T]) -> T:
        return await storage.write(lambda unit: work(unit, self._account(unit)), self.actor)

    def because(self, reason: str | None) -> "Caller":
        """The same with this reason for what it writes; None leaves what the header said."""
        return replace(self, actor=replace(self.actor, reason=reason)) if reason else self

    def _account(self, unit: UnitOfWork) -> Account:
        return authenticate(unit, self.credentials, self.account_sid).account


def _caller(
    request: Request,
    basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)],
    account_sid: Annotated[
        str | None, Query(description="Act on this subaccount instead of the account itself.", max_length=34)
    ] = None,
) -> Caller:
    if basic is None:
        raise AuthenticationFailed()
    token_sha256 = hashlib.sha256(basic.password.encode()).hexdigest()
    address = request.client.host if request.client else None
    user_agent = request.headers.get("User-Agent", "")[:_LONGEST_USER_AGENT] or None
    reason = reason_of(request.headers.get("X-Callwright-Reason", ""))
    actor = Actor(basic.username, address, user_agent, reason)
    return Caller(Credentials(basic.username, token_sha256), account_sid, actor)


AsCaller = Annotated[Caller, Depends(_caller)]
