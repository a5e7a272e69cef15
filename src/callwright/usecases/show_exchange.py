"""One exchange with all that helps to understand it: what was signed, its retries and redirects, what it was about."""

from collections.abc import Iterable
from dataclasses import dataclass

from callwright.model.exchange import Exchange, endpoint_of
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.signature import HEADER, signed_text
from callwright.model.webhook_failure import fix_of
from callwright.usecases.owned import owned
from callwright.usecases.ports import Condition, UnitOfWork

_MOST = 100
_URL_FIELDS = (
    *("url", "fallback_url", "voice_url", "voice_fallback_url", "sms_url", "sms_fallback_url"),
    *("status_callback", "sms_status_callback", "message_status_callback"),
)


@dataclass(frozen=True)
class Inspection:
    """`related` are the exchanges of the same request in the order they were made, this one among them.

    `problems` are what the debugger was told about this request: also answers of status 200 that were no use.
    """

    exchange: Exchange
    related: list[Exchange]
    replays: list[Exchange]
    call: Call | None
    message: Message | None
    application: Application | None
    problems: list[Notification]

    @property
    def signature(self) -> str | None:
        """The signature that was sent; None for what is not signed (requests to carriers)."""
        return signature_of(self.exchange)

    @property
    def signed_text(self) -> str | None:
        """What the signature is made of; None where it cannot be told, since parts were redacted or shortened."""
        if self.signature is None or self.exchange.is_cut:
            return None
        return signed_text(self.exchange.url, signed_parameters(self.exchange))

    @property
    def application_revision(self) -> int | None:
        """The revision of the application that the call or message started on."""
        subject = self.call or self.message
        return subject.application_revision if subject is not None else None

    @property
    def fix(self) -> str | None:
        error_code = self.exchange.error_code
        return fix_of(error_code, self.exchange.status_code) if error_code is not None else None


def show_exchange(unit: UnitOfWork, account: Account, sid: str) -> Inspection:
    """Raises NotFound for one that the account does not have, or no longer."""
    exchange = own_exchange(unit, account, sid)
    call = unit.get(Call, exchange.call_sid) if exchange.call_sid else None
    message = unit.get(Message, exchange.message_sid) if exchange.message_sid else None
    application = unit.get(Application, exchange.application_sid) if exchange.application_sid else None
    if application is not None and application.account_sid != account.sid:
        application = None  # it has been named by who asked, or was moved
    same_request = [Condition("request_id", exchange.request_id), Condition("account_sid", account.sid)]
    related = unit.select(Exchange, same_request, limit=_MOST)[::-1] if exchange.request_id else [exchange]
    replays = unit.select(Exchange, [Condition("replay_of", sid), Condition("account_sid", account.sid)], limit=_MOST)
    return Inspection(exchange, related, replays, call, message, application, _problems(unit, account, exchange))


def own_exchange(unit: UnitOfWork, account: Account, sid: str) -> Exchange:
    """Raises NotFound."""
    return owned(unit, account, Exchange, sid, "exchange")


def signature_of(exchange: Exchange) -> str | None:
    """The signature that was sent with it."""
    value = exchange.request_headers.get(HEADER)
    return str(value) if value is not None else None


def signed_parameters(exchange: Exchange) -> dict[str, str]:
    """The parameters in the signature: those of a GET are in its URL."""
    return dict(exchange.request_parameters) if exchange.method == "POST" else {}


def configured_url(unit: UnitOfWork, exchange: Exchange) -> str | None:
    """The URL as it is configured, with credentials and overrides, if it still stands where the request got it."""
    places: list[object] = []
    if exchange.application_sid:
        places.append(unit.get(Application, exchange.application_sid))
    call = unit.get(Call, exchange.call_sid) if exchange.call_sid else None
    message = unit.get(Message, exchange.message_sid) if exchange.message_sid else None
    places += [call, message]
    number = (call.to, call.from_) if call else (message.to, message.from_) if message else ()
    for phone_number in filter(None, number):
        places.append(unit.find(IncomingPhoneNumber, Condition("phone_number", phone_number)))
    urls = _urls(place for place in places if getattr(place, "account_sid", None) == exchange.account_sid)
    return next((url for url in urls if endpoint_of(url) == exchange.endpoint), None)


def _urls(places: Iterable[object]) -> Iterable[str]:
    for place in places:
        yield from filter(None, (getattr(place, name, None) for name in _URL_FIELDS))


def _problems(unit: UnitOfWork, account: Account, exchange: Exchange) -> list[Notification]:
    """Notifications name the URL that was configured: the first of the request."""
    about = ("call_sid", exchange.call_sid) if exchange.call_sid else ("message_sid", exchange.message_sid)
    if about[1] is None:
        return []
    conditions = [Condition(*about), Condition("account_sid", account.sid)]
    found = unit.select(Notification, conditions, limit=_MOST)
    return [one for one in found if one.request_url and endpoint_of(one.request_url) == exchange.endpoint]
