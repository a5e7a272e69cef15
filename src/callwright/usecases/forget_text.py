"""Make the log of exchanges and the debugger forget what a message said, when it is redacted or deleted."""

import re
from collections.abc import Iterable, Mapping
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
_OF_EXCHANGE = ("url", "request_parameters", "request_headers", "response_headers", "response_body", "error")
_OF_NOTIFICATION = ("request_url", "request_variables", "response_headers", "response_body", "message_text")


def forget_text(unit: UnitOfWork, message: Message) -> None:
    """Redact its text and the links to its media wherever requests and answers about it have them.

    That is also in what the web app answered to the message that this one replies to.
    """
    known = [message.body or "", *message.media_urls]
    _forget(unit, message.sid, known, is_about_it=True)
    if message.reply_to_sid is not None:
        _forget(unit, message.reply_to_sid, known, is_about_it=False)


def _forget(unit: UnitOfWork, message_sid: str, known: Iterable[str], *, is_about_it: bool) -> None:
    of_message = [Condition("message_sid", message_sid)]
    for exchange in unit.select(Exchange, of_message, limit=_MOST):
        values = {name: getattr(exchange, name) for name in _OF_EXCHANGE}
        changes = _changes(values, [*known, *(_named(exchange.request_parameters) if is_about_it else ())], is_about_it)
        if changes:
            unit.update(exchange, {**changes, "is_cut": exchange.is_cut or not changes.keys().isdisjoint(_SIGNED)})
    for notification in unit.select(Notification, of_message, limit=_MOST):
        values = {name: getattr(notification, name) for name in _OF_NOTIFICATION}
        changes = _changes(values, known, is_about_it)
        if changes:
            unit.update(notification, changes)


_SIGNED = frozenset({"url", "request_parameters"})


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
        return {name: REDACTED if _NAME.fullmatch(name) else inner for name, inner in value.items()}
    return _FIELD.sub(rf"\1\2={REDACTED}", value) if isinstance(value, str) else value
