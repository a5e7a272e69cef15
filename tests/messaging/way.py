"""A number of a started server whose messages go by one SMPP carrier, and what tests do with it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.running.server import RunningServer
from tests.running.smsc import Smsc
from tests.running.waiting import eventually

SYSTEM_ID, PASSWORD = "callwright", "secret77"


def drawn_number() -> str:
    """A number that no other test uses, in E.164."""
    return f"+1555{random.randrange(2_000_000, 9_999_999)}"


@dataclass
class Way:
    server: RunningServer
    smsc: Smsc
    number: str
    carrier_sid: str

    def send(self, to: str, body: str, **form: Any) -> str:
        """Have the server send a message from the number; its SID."""
        return str(self.server.rest("POST", "/Messages", From=self.number, To=to, Body=body, **form)["sid"])

    def message(self, sid: str) -> Any:
        return self.server.rest("GET", f"/Messages/{sid}")

    def inspection(self, sid: str) -> Any:
        return v1(self.server, "GET", f"/Messages/{sid}")

    def wait_for(self, sid: str, *statuses: str, within_s: float = 20.0) -> Any:
        """The message once its status is one of those."""
        return eventually(lambda: self.message(sid), lambda message: message["status"] in statuses, within_s)

    def received(self, count: int = 1, within_s: float = 20.0) -> list[Any]:
        """Messages to the number, oldest first, once there are that many."""

        def look() -> list[Any]:
            page = self.server.rest("GET", "/Messages", To=self.number, PageSize=200)["messages"]
            return [message for message in reversed(page) if message["direction"] == "inbound"]

        return eventually(look, lambda messages: len(messages) >= count, within_s)

    def connection(self) -> Any:
        """How the carrier's connection is, as /v1/Carriers shows it."""
        return v1(self.server, "GET", f"/Carriers/{self.carrier_sid}")["connection"]

    def wait_until_ready(self) -> None:
        eventually(self.connection, lambda connection: connection["is_ready"])


@contextmanager
def opened(
    server: RunningServer, smsc: Smsc, *, settings: dict[str, Any] | None = None, ready: bool = True, **carrier: Any
) -> Iterator[Way]:
    """Buy a number (Number… fields by `number_fields`), create a carrier for it alone; the carrier goes at the end."""
    number = drawn_number()
    fields = carrier.pop("number_fields", {})
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number, **fields)
    created = v1(
        server,
        "POST",
        "/Carriers",
        friendly_name=f"SMSC of {number}",
        kind="smpp",
        senders=[number],
        settings={"host": smsc.host, "port": smsc.port, "system_id": SYSTEM_ID, **(settings or {})},
        secrets={"password": carrier.pop("password", PASSWORD)},
        **carrier,
    )
    way = Way(server, smsc, number, created["sid"])
    try:
        if ready:
            way.wait_until_ready()
        yield way
    finally:
        if server.process is not None and server.process.poll() is None:
            v1(server, "DELETE", f"/Carriers/{way.carrier_sid}")


def v1(server: RunningServer, method: str, path: str, **fields: Any) -> Any:
    """A call of our own API; the JSON of a success, else AssertionError."""
    url = f"{server.url}/v1{path}"
    sent: dict[str, Any] = {"json": fields} if fields else {}
    answer = httpx.request(method, url, auth=server.credentials, timeout=30, **sent)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None
