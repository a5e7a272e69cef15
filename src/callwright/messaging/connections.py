"""The links of this server: one for each enabled carrier, kept as the carriers are configured."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from callwright.config import Settings
from callwright.messaging.carrier import CarrierLink, LinkContext, Traffic
from callwright.messaging.carriers.loopback import LoopbackLink
from callwright.messaging.kinds import CarrierKinds, checked_settings, kind_of
from callwright.model.errors import InvalidParameter
from callwright.model.record import Record
from callwright.model.resources.account import Account
from callwright.model.resources.carrier import Carrier
from callwright.usecases.ports import (
    CarrierSetting,
    CarrierState,
    Condition,
    Secrets,
    SecretUnavailable,
    Storage,
    StorageUnavailable,
    UnitOfWork,
)
from callwright.usecases.web_ports import Webhooks

log = structlog.get_logger()

Listen = Callable[[type[Record], Callable[[], None]], None]

_PAGE = 500
#: Other servers' changes of the same database are seen this late at most; so are failures to read it.
_LOOK_AGAIN_S = 10.0
#: A link that is replaced or removed waits that long for its answers.
_STOP_S = 5.0

_NOT_YET = CarrierState("starting", is_ready=False, detail="It was just created or changed; its link is being made.")
_DISABLED = CarrierState("disabled", is_ready=False, detail="It is switched off: set is_enabled to use it.")


class CarrierUnusable(Exception):
    """No link can be made; the text names cause and fix."""


@dataclass(frozen=True)
class ConnectionPorts:
    """What connections need from the rest of the server."""

    storage: Storage
    listen: Listen
    secrets: Secrets
    webhooks: Webhooks
    settings: Settings
    now: Callable[[], datetime]
    #: Whether an address (numeric) is one that carriers of subaccounts may connect to.
    is_open_to_all: Callable[[str], bool]


@dataclass(frozen=True)
class _Configured:
    """All carriers, and which of their accounts are subaccounts."""

    carriers: list[Carrier]
    subaccounts: frozenset[str]


@dataclass(frozen=True)
class _Connection:
    """A revision of a carrier that was tried: its link, or why there is none."""

    carrier: Carrier
    link: CarrierLink | None
    failure: CarrierState | None = None


class Connections:
    """Implements usecases.ports.Carriers with running links. The key None is the built-in loopback's."""

    def __init__(self, ports: ConnectionPorts, traffic: Traffic, changed: Callable[[], None]) -> None:
        """`changed` is called after links came or went."""
        self._ports = ports
        self._traffic = traffic
        self._changed = changed
        self._kinds = CarrierKinds()
        self._loopback = LoopbackLink(ports.now())
        self._connections: dict[str, _Connection] = {}
        self._disabled: set[str] = set()
        self._subaccounts: frozenset[str] = frozenset()
        self._woken = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None

    # -- the port

    def kinds(self) -> Mapping[str, str]:
        return self._kinds.kinds()

    def settings_of(self, kind: str) -> Sequence[CarrierSetting]:
        return self._kinds.settings_of(kind)

    def check_settings(
        self, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        return self._kinds.check_settings(kind, settings, secrets)

    def state(self, carrier_sid: str) -> CarrierState:
        """As the port says."""
        connection = self._connections.get(carrier_sid)
        if connection is None:
            return _DISABLED if carrier_sid in self._disabled else _NOT_YET
        if connection.link is not None:
            return connection.link.state
        return connection.failure or _NOT_YET

    # -- for the dispatcher, and for web requests that carriers make

    @property
    def carriers(self) -> list[Carrier]:
        """The enabled carriers, those whose link could not be made included: what is theirs waits for them."""
        return [connection.carrier for connection in self._connections.values()]

    def link_of(self, carrier_sid: str | None) -> CarrierLink | None:
        """The running link of a carrier; None when it has none."""
        if carrier_sid is None:
            return self._loopback
        connection = self._connections.get(carrier_sid)
        return connection.link if connection is not None else None

    # -- running

    async def start(self) -> None:
        """Start the links of all enabled carriers and follow every change of them from now on."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody follows anymore
                loop.call_soon_threadsafe(self._woken.set)

        await self._loopback.start()
        self._ports.listen(Carrier, wake)
        await self._follow_once()
        self._follower = asyncio.create_task(self._follow(), name="carriers")

    async def stop(self, timeout_s: float) -> None:
        """Stop all links, each waiting that long for its answers."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        running = list(self._connections.values())
        await asyncio.gather(*(_stopped(one, timeout_s) for one in running), self._loopback.stop(timeout_s))

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await self._woken.wait()
            await self._follow_once()

    async def _follow_once(self) -> None:
        self._woken.clear()
        try:
            configured = await self._ports.storage.read(_read)
            self._subaccounts = configured.subaccounts
            await self._reconcile(configured.carriers)
        except StorageUnavailable as error:
            log.warning("carriers could not be read", cause=str(error))
        except Exception:
            log.exception("carriers could not be brought to their present settings")

    async def _reconcile(self, configured: list[Carrier]) -> None:
        """Stop and start the links of changed carriers, and no other; all at the same time."""
        wanted = {carrier.sid: carrier for carrier in configured if carrier.is_enabled}
        self._disabled = {carrier.sid for carrier in configured} - wanted.keys()
        gone = self._connections.keys() - wanted.keys()
        new = [carrier for carrier in wanted.values() if not self._is_current(carrier)]
        if not gone and not new:
            return
        await asyncio.gather(*(self._remove(sid) for sid in gone), *(self._replace(one) for one in new))
        self._changed()

    def _is_current(self, carrier: Carrier) -> bool:
        connection = self._connections.get(carrier.sid)
        return connection is not None and connection.carrier.revision == carrier.revision

    async def _remove(self, sid: str) -> None:
        await _stopped(self._connections.pop(sid), _STOP_S)
        log.info("carrier stopped", carrier=sid)

    async def _replace(self, new: Carrier) -> None:
        """Stop the link of the old revision first: most carriers allow a login only so many connections.

        One whose settings stayed goes on: a new priority is no reason to lose a connection.
        """
        old = self._connections.get(new.sid)
        if old is not None and old.link is not None and _has_same_link(old.carrier, new):
            self._connections[new.sid] = _Connection(new, old.link)
            return
        if old is not None:
            # Without a link meanwhile, but there: its messages wait instead of going elsewhere.
            self._connections[new.sid] = _Connection(new, None)
            await _stopped(old, _STOP_S)
        await self._connect(new)

    async def _connect(self, carrier: Carrier) -> None:
        try:
            link = self._link(carrier)
            # Known before it starts: a stop that comes meanwhile has to find it.
            self._connections[carrier.sid] = _Connection(carrier, link)
            await link.start()
        except CarrierUnusable as error:
            self._fail(carrier, str(error))
        except Exception:
            log.exception("a carrier's link failed to start", carrier=carrier.sid)
            self._fail(carrier, "Its link failed to start, see the server's log. Change or save it to try again.")
        else:
            log.info("carrier started", carrier=carrier.sid, kind=carrier.kind)

    def _fail(self, carrier: Carrier, detail: str) -> None:
        log.warning("carrier cannot be used", carrier=carrier.sid, cause=detail)
        failure = CarrierState("failed", is_ready=False, detail=detail, since=self._ports.now())
        self._connections[carrier.sid] = _Connection(carrier, None, failure)

    def _link(self, carrier: Carrier) -> CarrierLink:
        try:
            kind = kind_of(carrier.kind)
            settings = checked_settings(kind, {**carrier.settings, **self._opened(carrier)})
        except InvalidParameter as error:
            raise CarrierUnusable(f"Its settings cannot be used: {error.message}") from None
        context = LinkContext(
            carrier=carrier,
            traffic=self._traffic,
            webhooks=self._ports.webhooks,
            settings=self._ports.settings,
            now=self._ports.now,
            # Where the operator's carriers lead is the operator's business; many are reached by a VPN.
            may_reach=self._ports.is_open_to_all if carrier.account_sid in self._subaccounts else _everywhere,
        )
        return kind.connect(settings, context)

    def _opened(self, carrier: Carrier) -> dict[str, str]:
        try:
            return {name: self._ports.secrets.open(sealed) for name, sealed in carrier.secrets.items()}
        except SecretUnavailable as error:
            raise CarrierUnusable(f"A secret cannot be read: {error}.") from None


def _has_same_link(old: Carrier, new: Carrier) -> bool:
    """Whether the link of the one serves the other: its account and kind are fixed."""
    return (old.settings, old.secrets) == (new.settings, new.secrets)


async def _stopped(connection: _Connection, timeout_s: float) -> None:
    if connection.link is None:
        return
    try:
        await connection.link.stop(timeout_s)
    except Exception:
        log.exception("a carrier's link did not stop cleanly", carrier=connection.carrier.sid)


def _everywhere(address: str) -> bool:
    return True


def _read(unit: UnitOfWork) -> _Configured:
    carriers = _configured(unit)
    owners = sorted({carrier.account_sid for carrier in carriers})
    mains: set[str] = set()
    for start in range(0, len(owners), _PAGE):
        some = owners[start : start + _PAGE]
        accounts = unit.select(Account, [Condition("sid", some, "in")], limit=_PAGE)
        mains |= {account.sid for account in accounts if not account.is_subaccount}
    return _Configured(carriers, frozenset(owners) - mains)


def _configured(unit: UnitOfWork) -> list[Carrier]:
    """All of them: none may keep another account's from being connected."""
    configured: list[Carrier] = []
    while page := unit.select(Carrier, limit=_PAGE, before_sid=configured[-1].sid if configured else None):
        configured += page
    return configured
