"""Why a call or message is refused: a documented code, the cause, and what to do about it."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from callwright.model.resources.notification import Notification
from callwright.model.sid import least_sid
from callwright.usecases.ports import UnitOfWork
from callwright.usecases.report_problem import Problem, report_notice

_MINUTE_S = 60
#: How many addresses of one trunk or carrier are told of in one minute, whatever a scanner tries.
_MOST_A_MINUTE = 10
_LONGEST_ADDRESS = 64


@dataclass(frozen=True)
class Refusal:
    """`cause` and `fix` are sentences without their full stop; `sip_status` is what a caller's carrier is answered."""

    code: int
    cause: str
    fix: str
    sip_status: int | None = None

    @property
    def text(self) -> str:
        return f"{self.cause}: {self.fix}."


def tell_of_refusal(unit: UnitOfWork, account_sid: str, way_sid: str, address: str, problem: Problem) -> None:
    """Tell an account that what a trunk or carrier (`way_sid`) brought for that address was refused, without a row.

    Once a minute for each address, and for ten addresses of one way: of the rest the log tells.
    """
    shown = shown_address(address)
    sid = _sid_in_minute(unit.now, way_sid, shown)
    if unit.get(Notification, sid) is not None:
        return
    variables = urlencode({"To": shown, "By": way_sid})
    report_notice(unit, account_sid, replace(problem, variables=variables), sid=sid)


def shown_address(address: str) -> str:
    """What a peer wrote as an address, as rows and logs may have it: shortened, and escaped unless it is plain."""
    text = address[:_LONGEST_ADDRESS]
    return text if text.isascii() and text.isprintable() else ascii(text)[1:-1]


def _sid_in_minute(now: datetime, way_sid: str, address: str) -> str:
    """The same for all that are told of only once: it sorts as made at the start of the minute."""
    minute_s = int(now.astimezone(UTC).timestamp()) // _MINUTE_S * _MINUTE_S
    place = int.from_bytes(hashlib.blake2b(address.encode(), digest_size=2).digest(), "big") % _MOST_A_MINUTE
    start = least_sid("NO", minute_s)
    own = hashlib.blake2b(f"{way_sid}:{place}".encode(), digest_size=8).hexdigest()
    return start[:-16] + own
