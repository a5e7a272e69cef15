"""Links follow the carriers as they are configured: those that changed, and no other."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from tests.fakes.messaging import FakeSecrets
from tests.fakes.virtual_loop import run_virtually
from tests.fakes.voice import FakeWebhooks, LoopStorage, account

from callwright.config import Settings
from callwright.messaging import connections
from callwright.messaging.carrier import KINDS, CarrierKind, CarrierSettings, LinkContext
from callwright.messaging.connections import ConnectionPorts, Connections
from callwright.model.record import Record
from callwright.model.resources.carrier import Carrier
from callwright.usecases.carrier_traffic import Incoming, Outcome, Postponed, Receipt, Sending
from callwright.usecases.ports import CarrierState, StorageUnavailable

AC, SUB = "AC" + "a" * 32, "AC" + "b" * 32


class RadioSettings(CarrierSettings):
    channel: int = 1
    password: SecretStr | None = None


class RadioLink:
    """Notes what is done with it in `events` of its class."""

    events: list[str] = []  # noqa: RUF012 - shared on purpose, emptied by the fixture
    breaks_at: str | None = None
    stop_s = 0.0

    def __init__(self, settings: RadioSettings, context: LinkContext) -> None:
        self.settings = settings
        self.context = context
        self.name = f"{context.carrier.friendly_name}/{settings.channel}"
        self.room = 10

    @property
    def state(self) -> CarrierState:
        return CarrierState("bound", is_ready=True, since=self.context.now())

    async def start(self) -> None:
        if self.breaks_at == "start":
            raise OSError("no antenna")
        self.events.append(f"start {self.name}")

    async def stop(self, timeout_s: float) -> None:
        await asyncio.sleep(self.stop_s)
        self.events.append(f"stop {self.name}")
        if self.breaks_at == "stop":
            raise OSError("stuck")

    async def submit(self, sending: Sending) -> Outcome:
        return Postponed("never")


@pytest.fixture(autouse=True)
def radio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "radio", CarrierKind("radio", "for tests", RadioSettings, RadioLink))
    monkeypatch.setattr(RadioLink, "events", [])


class NoTraffic:
    async def receive(self, incoming: Incoming) -> None: ...

    async def report(self, receipt: Receipt) -> None: ...

    def changed(self) -> None: ...


class Here:
    """Connections on storage in memory that tells of its commits. Made inside the loop."""

    def __init__(self) -> None:
        self.storage = LoopStorage()
        self.storage.put(account(AC))
        self.listeners: list[Callable[[], None]] = []
        self.changes = 0
        ports = ConnectionPorts(
            self.storage, self.listen, FakeSecrets(), FakeWebhooks(), Settings(), lambda: self.storage.now,
            is_open_to_all=lambda address: address == "192.0.2.1",
        )  # fmt: skip
        self.connections = Connections(ports, NoTraffic(), self.changed)

    def listen(self, record_type: type[Record], changed: Callable[[], None]) -> None:
        assert record_type is Carrier
        self.listeners.append(changed)

    def changed(self) -> None:
        self.changes += 1

    def carrier(self, letter: str, **fields: Any) -> Carrier:
        given = {"friendly_name": letter, "kind": "radio", "account_sid": AC, **fields}
        new = Carrier.model_construct(sid=f"CR{letter * 32}", **given)
        self.storage.write_sync(lambda unit: unit.insert(new))
        return self.storage.one(Carrier, new.sid)

    async def change(self, carrier: Carrier, **fields: Any) -> Carrier:
        changed: Carrier = self.storage.write_sync(lambda unit: unit.update(carrier, fields))
        await self.told()
        return changed

    async def told(self) -> None:
        for changed in self.listeners:
            changed()
        await asyncio.sleep(0.1)

    def state(self, carrier: Carrier) -> str:
        return self.connections.state(carrier.sid).state


def test_enabled_carriers_are_connected_at_the_start_and_closed_at_the_end() -> None:
    async def main() -> None:
        here = Here()
        on, off = here.carrier("a"), here.carrier("b", is_enabled=False)
        assert here.state(on) == "starting"
        await here.connections.start()
        assert (here.state(on), here.state(off)) == ("bound", "disabled")
        assert [carrier.sid for carrier in here.connections.carriers] == [on.sid]
        loopback = here.connections.link_of(None)
        assert loopback is not None
        assert loopback.state.is_ready
        assert loopback.room > 0
        await here.connections.stop(1)
        assert RadioLink.events == ["start a/1", "stop a/1"]
        assert not loopback.state.is_ready
        assert loopback.room == 0

    run_virtually(main())


def test_all_carriers_are_connected_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_PAGE", 2)

    async def main() -> None:
        here = Here()
        sids = {here.carrier(letter).sid for letter in "abcde"}
        await here.connections.start()
        assert {carrier.sid for carrier in here.connections.carriers} == sids
        await here.connections.stop(1)

    run_virtually(main())


def test_only_a_carrier_that_changed_is_connected_anew() -> None:
    async def main() -> None:
        here = Here()
        changing = here.carrier("a")
        here.carrier("b")
        await here.connections.start()
        RadioLink.events.clear()
        await here.change(changing, settings={"channel": 7})
        assert RadioLink.events == ["stop a/1", "start a/7"]
        assert here.changes == 2
        await here.told()
        assert here.changes == 2
        await here.connections.stop(1)

    run_virtually(main())


def test_a_change_that_is_not_the_connections_keeps_it() -> None:
    async def main() -> None:
        here = Here()
        carrier = here.carrier("a")
        await here.connections.start()
        await here.change(carrier, priority=1, friendly_name="z")
        assert RadioLink.events == ["start a/1"]
        assert [(one.priority, one.friendly_name) for one in here.connections.carriers] == [(1, "z")]
        assert (here.changes, here.state(carrier)) == (2, "bound")
        await here.connections.stop(1)
        assert RadioLink.events == ["start a/1", "stop a/1"]

    run_virtually(main())


def test_switching_off_and_deleting_closes_and_switching_on_connects() -> None:
    async def main() -> None:
        here = Here()
        await here.connections.start()
        carrier = here.carrier("a")
        await here.told()
        carrier = await here.change(carrier, is_enabled=False)
        assert here.connections.link_of(carrier.sid) is None
        carrier = await here.change(carrier, is_enabled=True)
        assert here.connections.link_of(carrier.sid) is not None
        here.storage.write_sync(lambda unit: unit.delete(carrier))
        await here.told()
        assert here.connections.link_of(carrier.sid) is None
        assert here.connections.carriers == []
        assert RadioLink.events == ["start a/1", "stop a/1", "start a/1", "stop a/1"]
        await here.connections.stop(1)

    run_virtually(main())


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"kind": "pigeon"}, "kind 'pigeon' is not known"),
        ({"settings": {"channel": "x"}}, "channel"),
        ({"settings": {"volume": 3}}, "volume is no setting"),
        ({"secrets": {"password": "env:RADIO_PASSWORD"}}, "RADIO_PASSWORD is not set"),
    ],
)
def test_a_carrier_that_cannot_be_used_says_why_and_how_to_mend_it(fields: dict[str, Any], cause: str) -> None:
    async def main() -> None:
        here = Here()
        carrier = here.carrier("a", **fields)
        good = here.carrier("b")
        await here.connections.start()
        state = here.connections.state(carrier.sid)
        assert (state.state, state.is_ready, state.since) == ("failed", False, here.storage.now)
        assert cause in str(state.detail)
        assert here.connections.link_of(carrier.sid) is None
        assert carrier.sid in {one.sid for one in here.connections.carriers}  # its messages wait for the mending
        assert here.state(good) == "bound"
        await here.change(carrier, kind="radio", settings={}, secrets={})
        assert here.state(carrier) == "bound"
        await here.connections.stop(1)

    run_virtually(main())


def test_secrets_reach_the_link_opened_and_nothing_else() -> None:
    async def main() -> None:
        here = Here()
        carrier = here.carrier("a", secrets={"password": FakeSecrets().seal("pass")})
        await here.connections.start()
        link = here.connections.link_of(carrier.sid)
        assert isinstance(link, RadioLink)
        assert link.settings.password == SecretStr("pass")
        assert link.context.carrier == carrier
        await here.connections.stop(1)

    run_virtually(main())


def test_carriers_of_subaccounts_connect_where_everybody_may_and_others_everywhere() -> None:
    async def main() -> None:
        here = Here()
        here.storage.put(account(SUB, owner_account_sid=AC))
        carriers = [here.carrier("a"), here.carrier("b", account_sid=SUB)]
        await here.connections.start()
        carriers.append(here.carrier("c", account_sid="AC" + "9" * 32))  # closed meanwhile: not a main account
        await here.told()
        reached = []
        for carrier in carriers:
            link = here.connections.link_of(carrier.sid)
            assert isinstance(link, RadioLink)
            reached.append([link.context.may_reach(address) for address in ("127.0.0.1", "192.0.2.1")])
        assert reached == [[True, True], [False, True], [False, True]]
        await here.connections.stop(1)

    run_virtually(main())


@pytest.mark.parametrize("breaks_at", ["start", "stop"])
def test_a_link_that_breaks_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch, breaks_at: str) -> None:
    async def main() -> None:
        here = Here()
        await here.connections.start()
        first = here.carrier("a")
        await here.told()
        monkeypatch.setattr(RadioLink, "breaks_at", breaks_at)
        second = here.carrier("b")
        first = await here.change(first, settings={"channel": 2})
        monkeypatch.setattr(RadioLink, "breaks_at", None)
        third = here.carrier("c")
        await here.told()
        assert here.state(third) == "bound"
        assert here.state(second) == here.state(first) == ("failed" if breaks_at == "start" else "bound")
        await here.connections.stop(1)

    run_virtually(main())


def test_a_carrier_being_replaced_is_still_there_for_its_messages() -> None:
    async def main() -> None:
        here = Here()
        carrier = here.carrier("a")
        await here.connections.start()
        link = here.connections.link_of(carrier.sid)
        assert isinstance(link, RadioLink)
        link.stop_s = 3
        await here.change(carrier, settings={"channel": 2})
        assert here.connections.link_of(carrier.sid) is None
        assert [one.sid for one in here.connections.carriers] == [carrier.sid]
        assert here.state(carrier) == "starting"
        await asyncio.sleep(4)
        assert here.state(carrier) == "bound"
        await here.connections.stop(1)

    run_virtually(main())


@pytest.mark.parametrize("failure", [StorageUnavailable("down"), ZeroDivisionError("a defect")])
def test_changes_by_another_process_and_after_an_outage_are_seen_within_seconds(failure: Exception) -> None:
    async def main() -> None:
        here = Here()
        read = here.storage.read

        async def fails(work: Any) -> Any:
            raise failure

        here.storage.read = fails  # type: ignore[method-assign]  # an outage
        await here.connections.start()
        carrier = here.carrier("a")
        await here.told()
        assert here.state(carrier) == "starting"
        here.storage.read = read  # type: ignore[method-assign]  # its end
        await asyncio.sleep(11)
        assert here.state(carrier) == "bound"
        await here.connections.stop(1)

    run_virtually(main())


def test_the_port_tells_of_kinds_and_checks_settings() -> None:
    async def main() -> None:
        connections = Here().connections
        assert connections.kinds()["radio"] == "for tests"
        assert "loopback" in connections.kinds()
        assert connections.check_settings("radio", {"channel": 2}, {"password": "p"}) == (
            {"channel": 2},
            {"password": "p"},
        )
        assert [one.name for one in connections.settings_of("radio")] == ["channel", "password"]

    run_virtually(main())
