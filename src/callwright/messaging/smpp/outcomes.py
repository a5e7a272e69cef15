"""What SMSCs say, in the words of messages: outcomes, and the codes 30xxx of Message.error_code."""

from callwright.model import delivery_error
from callwright.usecases.carrier_traffic import Postponed, Receipt, Refused
from callwright.wire.smpp.command_status import Meaning, meaning_of, status_text
from callwright.wire.smpp.delivery import DeliveredReceipt, MessageState
from callwright.wire.smpp.message_id import Form, receipt_ids

TEMPORARY = (Meaning.THROTTLED, Meaning.TEMPORARY)
_LONGEST_PAUSE_S = 60.0

_CODES = {
    Meaning.TEMPORARY: delivery_error.UNKNOWN_ERROR,
    Meaning.CARRIER: delivery_error.UNKNOWN_ERROR,
    Meaning.DESTINATION: delivery_error.UNKNOWN_DESTINATION,
    Meaning.BLOCKED: delivery_error.BLOCKED,
    Meaning.FAILED: delivery_error.UNKNOWN_ERROR,
}
_SENT = (MessageState.SCHEDULED, MessageState.ENROUTE, MessageState.ACCEPTED)
_OF_STATE = {
    MessageState.EXPIRED: delivery_error.UNREACHABLE,
    MessageState.UNDELIVERABLE: delivery_error.UNREACHABLE,
    MessageState.REJECTED: delivery_error.BLOCKED,
}
_GSM = 3
#: 3GPP TS 29.002 §17.6.6: the errors of MAP that say more than the state.
_OF_MAP_ERROR = {
    1: delivery_error.UNKNOWN_DESTINATION,  # unknownSubscriber
    5: delivery_error.UNKNOWN_DESTINATION,  # unidentifiedSubscriber
    6: delivery_error.UNREACHABLE,  # absentSubscriberSM
    9: delivery_error.BLOCKED,  # illegalSubscriber
    11: delivery_error.LANDLINE,  # teleserviceNotProvisioned
    12: delivery_error.BLOCKED,  # illegalEquipment
    13: delivery_error.BLOCKED,  # callBarred
    27: delivery_error.UNREACHABLE,  # absentSubscriber
    31: delivery_error.UNREACHABLE,  # subscriberBusyForMT-SMS
    32: delivery_error.UNREACHABLE,  # sm-DeliveryFailure
}


def refusal_of(status: int) -> Refused | Postponed:
    """What follows from a command_status other than ESME_ROK."""
    meaning = meaning_of(status)
    reason = f"The carrier answered {status_text(status)}."
    if meaning is Meaning.THROTTLED:
        return Postponed(reason)
    return Refused(_CODES[meaning], reason, try_elsewhere=meaning in (Meaning.CARRIER, Meaning.TEMPORARY))


def pause_s(rounds: int) -> float:
    """How long the rest of a message waits, by how often it was tried: 2, 4, 8 … seconds, a minute at most."""
    return min(_LONGEST_PAUSE_S, 2.0 ** min(rounds, 10))


def receipt_of(carrier_sid: str, delivered: DeliveredReceipt, form: Form) -> Receipt:
    """The receipt as the use cases know it."""
    first, *others = receipt_ids(delivered.message_id, form)
    is_delivered = delivered.state is MessageState.DELIVERED
    if is_delivered or delivered.state in _SENT:
        status = "delivered" if is_delivered else "sent"
        return Receipt(carrier_sid, first, status, tuple(others), done_date=delivered.done_date)
    return Receipt(
        carrier_sid,
        first,
        "undelivered",
        tuple(others),
        error_code=_code_of(delivered),
        error_message=f"The carrier reported {delivered.state.name}{_error_of(delivered)}.",
        done_date=delivered.done_date,
    )


def _code_of(delivered: DeliveredReceipt) -> int:
    network, code = delivered.network_error or (0, 0)
    if network == _GSM and code in _OF_MAP_ERROR:
        return _OF_MAP_ERROR[code]
    return _OF_STATE.get(delivered.state, delivery_error.UNKNOWN_ERROR)


def _error_of(delivered: DeliveredReceipt) -> str:
    words = []
    if delivered.error is not None and delivered.error.strip("0"):
        words.append(f"its error {delivered.error[:20]}")
    if delivered.network_error is not None:
        words.append("network type {}, network error {}".format(*delivered.network_error))
    return f" ({', '.join(words)})" if words else ""
