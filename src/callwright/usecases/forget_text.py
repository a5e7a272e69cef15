"""Make the log of exchanges and the debugger forget what a message said, when it is redacted or deleted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from callwright.model.exchange import Exchange
from callwright.model.redaction import REDACTED, forms_of, redacted
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.ports import Condition, UnitOfWork

_MOST = 1000
_NAME = re.compile(r"Body|MediaUrl[0-9]*")
#: The same in a query or form.
_FIELD = re.compile(r"(^|[?&])(Body|MediaUrl[0-9]*)=[^&#]*")
_QUERY = re.compile(r"\?[^#]*")
_OF_EXCHANGE = ("url", "request_parameters", "request_headers", "response_headers", "response_body", "error")
_OF_NOTIFICATION = ("request_url", "request_variables", "response_headers", "response_body", "message_text")


def forget_text(unit: UnitOfWork, message: Message) -> None:
    """Redact its text and the links to its media wherever requests and answers about it have them.

    That is also in what the web app answered to the message that this one replies to, and in replays. What waits to be
    written is not found here: whoever writes it asks `texts_gone` first.
    """
    known = [message.body or "", *message.media_urls]
    _forget(unit, message.sid, known, is_about_it=True)
    if message.reply_to_sid is not None:
        _forget(unit, message.reply_to_sid, known, is_about_it=False)


def _forget(unit: UnitOfWork, message_sid: str, known: Iterable[str], *, is_about_it: bool) -> None:
    of_message = [Condition("message_sid", message_sid)]
    for exchange in _with_replays(unit, unit.select(Exchange, of_message, limit=_MOST)):
        values = {name: getattr(exchange, name) for name in _OF_EXCHANGE}
        changes = _changes(values, [*known, *(_named(exchange.request_parameters) if is_about_it else ())], is_about_it)
        if changes:
            unit.update(exchange, {**changes, "is_cut": exchange.is_cut or _is_signed(changes)})
    for notification in unit.select(Notification, of_message, limit=_MOST):
        values = {name: getattr(notification, name) for name in _OF_NOTIFICATION}
        changes = _changes(values, known, is_about_it)
        if changes:
            unit.update(notification, changes)


def _with_replays(unit: UnitOfWork, exchanges: list[Exchange]) -> list[Exchange]:
    """These with their replays, and the replays of those: replays are about no message themselves."""
    found = list(exchanges)
    for exchange in found:  # grows: a replay may have been replayed
        found += unit.select(Exchange, [Condition("replay_of", exchange.sid)], limit=_MOST)
    return found


def texts_gone(unit: UnitOfWork, exchanges: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Of each exchange (its fields) whether the text of its message has been deleted or redacted by now.

    For what is written later than it was made; one look at the messages for all.
    """
    about = [_message_sid(unit, fields) for fields in exchanges]
    sids = [sid for sid in about if sid is not None]
    messages = unit.get_all(Message, sids) if sids else {}
    return [
        sid is not None and _is_gone(messages.get(sid), fields) for sid, fields in zip(about, exchanges, strict=True)
    ]


def _message_sid(unit: UnitOfWork, fields: Mapping[str, Any]) -> str | None:
    """The message it is about; of a replay the one that the first of its originals was about."""
    message_sid: str | None = fields.get("message_sid")
    replay_of: str | None = fields.get("replay_of")
    while message_sid is None and replay_of is not None:
        original = unit.get(Exchange, replay_of)
        message_sid, replay_of = (original.message_sid, original.replay_of) if original is not None else (None, None)
    return message_sid


def _is_gone(message: Message | None, fields: Mapping[str, Any]) -> bool:
    """Messages of media alone have no text either, and nothing of them is to be forgotten."""
    if message is None:
        return True
    return not message.body and (message.num_media == "0" or bool(_parameters(fields).get("Body")))


def without_gone_text(unit: UnitOfWork, message: Message, told: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a notification about a message as it was before a request; it may be redacted or deleted since."""
    now = unit.get(Message, message.sid)
    if now is not None and (now.body or not message.body):
        return dict(told)
    values = {name: told[name] for name in _OF_NOTIFICATION if name in told}
    return {**told, **_changes(values, [message.body or "", *message.media_urls], is_about_it=True)}


def without_text(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an exchange whose message is not there to be asked for its text: what could have it is taken out.

    Requests to carriers have it under any name, and answers may quote it in any form.
    """
    values = {name: fields[name] for name in _OF_EXCHANGE if name in fields}
    changes = _changes(values, _named(_parameters(fields)), is_about_it=True)
    if fields.get("kind") == "carrier":
        changes["request_parameters"] = dict.fromkeys(_parameters(fields), REDACTED)
        changes["url"] = _QUERY.sub(f"?{REDACTED}", fields["url"])
    is_cut = fields.get("is_cut", False) or _is_signed(changes)
    return {**fields, **changes, "response_body": None, "is_cut": is_cut}


def _parameters(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return fields.get("request_parameters") or {}


_SIGNED = frozenset({"url", "request_parameters"})


def _is_signed(changes: Mapping[str, Any]) -> bool:
    return not changes.keys().isdisjoint(_SIGNED)


def _named(parameters: Mapping[str, Any]) -> list[str]:
    """The values that are to be forgotten by their names: links to media are made for each request."""
    return [str(value) for name, value in parameters.items() if _NAME.fullmatch(name)]


def _changes(values: Mapping[str, Any], secrets: Iterable[str], is_about_it: bool) -> dict[str, Any]:
    forms = forms_of(secrets)
    changed = {name: redacted(value, forms) for name, value in values.items()}
    if is_about_it:
        changed = {name: _without_fields(value) for name, value in changed.items()}
    return {name: value for name, value in changed.items() if value != values[name]}


def _without_fields(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: REDACTED if _NAME.fullmatch(name) else _without_fields(inner) for name, inner in value.items()}
    return _FIELD.sub(rf"\1\2={REDACTED}", value) if isinstance(value, str) else value
