"""What a trunk may be set to: the checks that creating and updating share."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from callwright.model.errors import InvalidParameter, TrunkSourcesTaken
from callwright.model.resources.account import Account
from callwright.model.resources.trunk import Trunk
from callwright.usecases.owned import owned
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.setting_values import flag, friendly_name, shown, whole_number

MOST_TRUNKS = 10_000

_MOST_SOURCES = 200
_LOWEST_PRIORITY = 65_535
_TRANSPORTS = ("udp",)
_COUNTRY_CODE = re.compile(r"[1-9][0-9]{0,2}")
_PREFIX = re.compile(r"[0-9+*#]{1,16}")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def checked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings ready to be stored, None meaning the default again. Raises InvalidParameter with cause and fix."""
    return {name: _CHECKS[name](value) for name, value in settings.items()}


def own_trunk(unit: UnitOfWork, account: Account, sid: str) -> Trunk:
    """The account's trunk of that SID; raises NotFound, also for another account's."""
    return owned(unit, account, Trunk, sid, "trunk")


def check_sources_are_free(unit: UnitOfWork, account: Account, sources: list[str]) -> None:
    """Raises TrunkSourcesTaken when another account's trunk admits some of the same addresses."""
    wanted = [ipaddress.ip_network(source) for source in sources]
    others = (trunk for trunk in unit.select(Trunk, limit=MOST_TRUNKS) if trunk.account_sid != account.sid)
    for taken in (ipaddress.ip_network(source) for trunk in others for source in trunk.allowed_sources):
        for source in wanted:
            if source.version == taken.version and source.overlaps(taken):
                raise TrunkSourcesTaken(
                    f"{source} overlaps with a source of another account's trunk: one source has to lead to one "
                    "account. Give a smaller block, or remove the other trunk's."
                )


def _host(value: Any) -> str | None:
    if value is None:
        return None
    try:
        address = ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        raise InvalidParameter(
            f"host {shown(value)} is not a numeric address such as 198.51.100.20: names are not resolved yet."
        ) from None
    if address.is_multicast or address.is_unspecified or "%" in str(address):
        raise InvalidParameter(f"host {address} is no address that calls can be sent to.")
    return str(address)


def _port(value: Any) -> int:
    return whole_number("port", value, 1, 65_535, default=5060)


def _priority(value: Any) -> int:
    return whole_number("priority", value, 0, _LOWEST_PRIORITY, default=10)


def _transport(value: Any) -> str:
    if value not in (None, *_TRANSPORTS):
        raise InvalidParameter(f"transport {shown(value)} is not supported yet: leave it out or give udp.")
    return "udp"


def _allowed_sources(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MOST_SOURCES:
        raise InvalidParameter(f"allowed_sources has to be a list of at most {_MOST_SOURCES} addresses or blocks.")
    return sorted({str(_network(source)) for source in value})


def _network(source: Any) -> Network:
    if not isinstance(source, str):
        raise InvalidParameter(f"allowed_sources: {shown(source)} is not text such as 198.51.100.0/24.")
    try:
        network = ipaddress.ip_network(source)
    except ValueError as error:
        raise InvalidParameter(
            f"allowed_sources: {shown(source)} is neither an address nor a block such as 198.51.100.0/24 ({error})."
        ) from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        raise InvalidParameter(f"allowed_sources: write {network} as IPv4.")
    return network


def _country_code(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _COUNTRY_CODE.fullmatch(value):
        raise InvalidParameter(f"country_code {shown(value)} has to be 1 to 3 digits without +, for example 49.")
    return value


def _strip_prefix(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _PREFIX.fullmatch(value):
        raise InvalidParameter(f"strip_prefix {shown(value)} has to be at most 16 of the characters 0-9, +, * and #.")
    return value


def _any_caller_id(value: Any) -> bool:
    return flag("any_caller_id", value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "friendly_name": friendly_name,
    "host": _host,
    "port": _port,
    "transport": _transport,
    "allowed_sources": _allowed_sources,
    "country_code": _country_code,
    "strip_prefix": _strip_prefix,
    "priority": _priority,
    "any_caller_id": _any_caller_id,
}
