"""The 2010-04-01 API in this process, on storage in memory: one account, and clients with any credentials."""

import hashlib
from typing import Any, cast

import httpx
from tests.fakes.live_calls import FakeLiveCalls
from tests.fakes.messaging import FakeCarriers, FakeMediaStore, FakeSecrets
from tests.fakes.unit_of_work import FakeStorage

from callwright.config import Settings
from callwright.model.resources.account import Account
from callwright.rest.app import build_app
from callwright.usecases.ports import Ports

BASE = "/2010-04-01"
TOKEN = "5" * 32


class RestApi:
    """`await api.post("/Applications.json", FriendlyName="x")` acts as the first account, below its path."""

    def __init__(self, **settings: Any) -> None:
        self.storage = FakeStorage()
        self.live_calls = FakeLiveCalls()
        self.carriers = FakeCarriers()
        self.media = FakeMediaStore()
        self.account = self.add_account("AC" + "a" * 32, token=TOKEN)
        self.ports = Ports(
            storage=self.storage,
            webhooks=cast("Any", None),
            live_calls=self.live_calls,
            carriers=self.carriers,
            secrets=FakeSecrets(),
            media=self.media,
            settings=Settings(**settings),
            now=lambda: self.storage.now,
            sleep=self._sleep,
        )
        self.app = build_app(self.ports, version="1.2.3")

    async def _sleep(self, seconds: float) -> None:
        self.storage.pass_time(seconds)

    def add_account(self, sid: str, *, owner: str | None = None, token: str = TOKEN, status: str = "active") -> Account:
        account = Account.model_construct(
            sid=sid,
            account_sid=sid,
            owner_account_sid=owner or sid,
            friendly_name="An account",
            auth_token=token,
            auth_token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            status=status,
            date_created=self.storage.now,
            date_updated=self.storage.now,
        )
        self.storage.put(account)
        return account

    async def request(
        self,
        method: str,
        path: str,
        *,
        form: Any = None,
        auth: tuple[str, str] | None = None,
        account: Account | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Paths starting /2010-04-01 are taken as they are, others below the account's."""
        owner = account or self.account
        url = path if path.startswith(BASE) else f"{BASE}/Accounts/{owner.sid}{path}"
        transport = httpx.ASGITransport(self.app)
        credentials = auth or (owner.sid, owner.auth_token)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test", auth=credentials) as client:
            return await client.request(method, url, data=form, **options)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.request("GET", path, params=query or None)

    async def post(self, path: str, **form: Any) -> httpx.Response:
        return await self.request("POST", path, form=form)

    async def delete(self, path: str) -> httpx.Response:
        return await self.request("DELETE", path)

    async def created(self, path: str, **form: Any) -> Any:
        """The JSON of what a POST creates; AssertionError when it does not."""
        answer = await self.post(f"{path}.json", **form)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def refused(self, path: str, **form: Any) -> int:
        """The error code a POST is refused with."""
        answer = await self.post(f"{path}.json", **form)
        assert answer.status_code >= 400, answer.text
        body = answer.json()
        assert body["status"] == answer.status_code
        assert body["message"]
        assert body["more_info"] == f"https://www.twilio.com/docs/errors/{body['code']}"
        return int(body["code"])
