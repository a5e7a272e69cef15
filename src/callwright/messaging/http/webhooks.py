"""Webhooks of a carrier: who may call them, and what their fields say."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import structlog

from callwright.messaging.carrier import CarrierAnswer, CarrierRequest, Traffic
from callwright.messaging.http.paths import read_json, storable, text_at, value_at, values_at
from callwright.messaging.http.settings import HttpSettings, opened
from callwright.model.delivery_error import UNKNOWN_ERROR
from callwright.model.fields import is_web_url
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.media import MOST_MEDIA
from callwright.usecases.carrier_traffic import Incoming, Part, Receipt, ReceivedMedia, Undeliverable
from callwright.usecases.ports import StorageUnavailable

log = structlog.get_logger()

T = TypeVar("T")

_MOST_FIELDS = 1000
_MOST_ITEMS = 1000
_LONGEST_ADDRESS = 64
_LONGEST_BODY = 10_000
#: A part has at most 160 characters by GSM.
_LONGEST_PART = 1000
_LONGEST_ERROR = 200
_MOST_PARTS = 255
_FAILED = ("failed", "undelivered")

_TAKEN = CarrierAnswer(200, "OK")


class Unusable(ValueError):
    """The webhook cannot be read; the text names cause and fix."""


class CarrierWebhooks:
    """Answers only once what came is stored."""

    def __init__(self, settings: HttpSettings, carrier: Carrier, traffic: Traffic) -> None:
        self._settings = settings
        self._carrier = carrier
        self._traffic = traffic

    async def handle(self, request: CarrierRequest) -> CarrierAnswer:
        """200 when it is stored; 401, 403, 400, 422 (no number here) and 503 (try again) say why not."""
        refusal = refusal_of(request, self._settings)
        if refusal is not None:
            log.warning("webhook of a carrier refused", carrier=self._carrier.sid, cause=refusal.text)
            return refusal
        try:
            body = body_of(request)
            if request.what == "inbound":
                return await self._receive(body)
            return await self._report(body)
        except Unusable as problem:
            return CarrierAnswer(400, str(problem))
        except StorageUnavailable:
            return CarrierAnswer(503, "It could not be stored now: send it again.", {"Retry-After": "5"})

    async def _receive(self, body: Any) -> CarrierAnswer:
        incoming = self._read(body, self._settings.inbound_list, "inbound_list", self._incoming)
        results = await _all([self._traffic.receive(one) for one in incoming])
        refused = [result for result in results if isinstance(result, Undeliverable)]
        for refusal in refused:
            log.warning("message of a carrier refused", carrier=self._carrier.sid, cause=str(refusal))
        # Of several, those that were stored must not come again.
        return CarrierAnswer(422, str(refused[0])) if refused and len(refused) == len(results) else _TAKEN

    async def _report(self, body: Any) -> CarrierAnswer:
        receipts = self._read(body, self._settings.receipt_list, "receipt_list", self._receipt)
        await _all([self._traffic.report(receipt) for receipt in receipts if receipt is not None])
        if None in receipts:
            return CarrierAnswer(200, "OK, but a status is not known or ignored: map it in the carrier's statuses.")
        return _TAKEN

    def _read(self, body: Any, path: str | None, setting: str, read: Callable[[Any], T]) -> list[T]:
        """All that can be read of a list; raises Unusable when that is nothing."""
        items = _items(body, path, setting)
        results, problems = [], []
        for item in items:
            try:
                results.append(read(item))
            except Unusable as problem:
                problems.append(problem)
        if problems and not results:
            raise problems[0]
        for lost in problems:  # the carrier sends all of them again, or none
            log.warning("part of a carrier's webhook is lost", carrier=self._carrier.sid, cause=str(lost))
        return results

    def _media(self, item: Any) -> tuple[ReceivedMedia, ...]:
        path = self._settings.inbound_media
        urls = values_at(item, path)[:MOST_MEDIA] if path else []
        usable = [url for url in urls if isinstance(url, str) and is_web_url(url)]
        if len(usable) < len(urls):
            log.warning("media of a carrier are no http URLs", carrier=self._carrier.sid, setting="inbound_media")
        return tuple(ReceivedMedia(url=url) for url in usable)

    def _incoming(self, item: Any) -> Incoming:
        settings = self._settings
        media = self._media(item)
        text, part = value_at(item, settings.inbound_body), self._part(item)
        if not isinstance(text, str) and not (text is None and media):
            raise Unusable(_missing("text", "inbound_body", settings.inbound_body))
        return Incoming(
            carrier=self._carrier,
            from_=_required(item, "sender", "inbound_from", settings.inbound_from, _LONGEST_ADDRESS),
            to=_required(item, "number written to", "inbound_to", settings.inbound_to, _LONGEST_ADDRESS),
            body=_bounded(text or "", "text", _LONGEST_BODY if part is None else _LONGEST_PART),
            part=part,
            media=media,
        )

    def _part(self, item: Any) -> Part | None:
        settings = self._settings
        reference = text_at(item, settings.inbound_part_reference)
        number, total = (
            _count(text_at(item, path)) for path in (settings.inbound_part_number, settings.inbound_part_total)
        )
        if reference is None or number is None or total is None or total <= 1:
            return None
        if number > total:
            raise Unusable(f"part {number} of {total} cannot be: check inbound_part_number and inbound_part_total")
        is_number = reference.isascii() and reference.isdigit() and len(reference) < 10
        return Part(int(reference) if is_number else zlib.crc32(reference.encode()), number, total)

    def _receipt(self, item: Any) -> Receipt | None:
        """The receipt; None when its status means nothing here."""
        settings = self._settings
        identifier = _required(item, "identifier", "receipt_id", settings.receipt_id, 255)
        word = _required(item, "status", "receipt_status", settings.receipt_status, 100)
        status = settings.status_of(word)
        if status is None or status == "ignored":
            if status is None:
                log.warning("status of a carrier is not known", carrier=self._carrier.sid, status=word)
            return None
        error = text_at(item, settings.receipt_error)
        has_failed = status in _FAILED
        return Receipt(
            carrier_sid=self._carrier.sid,
            carrier_message_id=identifier,
            status=status,
            error_code=settings.error_code(error, UNKNOWN_ERROR) if has_failed else None,
            error_message=f"The carrier says {word}{f': {error[:_LONGEST_ERROR]}' if error else ''}."
            if has_failed
            else None,
        )


def refusal_of(request: CarrierRequest, settings: HttpSettings) -> CarrierAnswer | None:
    """Why the request is not the carrier's; None when it is."""
    match settings.webhook_auth:
        case None:
            return CarrierAnswer(
                403, "This carrier takes no webhooks: set its webhook_auth and webhook_secret, and use them here."
            )
        case "header":
            given = request.headers.get(settings.webhook_header.lower(), "")
            is_genuine = _same(given, opened(settings.webhook_secret))
        case "basic":
            is_genuine = _is_basic(request, settings)
        case "hmac-sha256":
            if request.method == "GET":
                return CarrierAnswer(401, "A GET has no body to be signed: send a POST, or use another webhook_auth.")
            is_genuine = _is_signed(request, settings)
    if is_genuine:
        return None
    if settings.webhook_auth == "basic":
        return CarrierAnswer(401, "Wrong user name or password.", {"WWW-Authenticate": 'Basic realm="carrier"'})
    return CarrierAnswer(401, f"The header {settings.webhook_header} is missing or wrong.")


def body_of(request: CarrierRequest) -> Any:
    """JSON, or the fields of a form or a query by name, repeated ones as lists. Raises Unusable."""
    if request.method == "GET":
        return _fields(request.query)
    if _is_json(request):
        try:
            return read_json(request.body)
        except ValueError as error:
            raise Unusable(f"The body is no JSON: {error}") from error
    try:
        return _fields(request.body.decode())
    except UnicodeDecodeError as error:
        raise Unusable("The form is not in UTF-8.") from error


def _is_json(request: CarrierRequest) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        return False
    return media_type.endswith("json") or request.body.lstrip()[:1] in (b"{", b"[")


def _fields(encoded: str) -> dict[str, str | list[str]]:
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Unusable(f"The form has more than {_MOST_FIELDS} fields, or cannot be read.") from error
    fields: dict[str, str | list[str]] = {}
    for name, value in pairs:
        before = fields.get(name)
        fields[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return fields


def _items(body: Any, path: str | None, setting: str) -> Sequence[Any]:
    if path is None:
        return [body]
    if not _has(body, path.removesuffix("[]")):
        raise Unusable(f"There is nothing at {path}: check the carrier's setting {setting}.")
    items = values_at(body, path)
    if len(items) >= _MOST_ITEMS:
        raise Unusable(f"There are {_MOST_ITEMS} or more in one webhook: send fewer at a time.")
    return items


def _has(body: Any, path: str) -> bool:
    """Whether there is a list at the path, even an empty one."""
    return not path or (isinstance(body, Mapping) and path in body) or value_at(body, path) is not None


async def _all(stored: Sequence[Awaitable[None]]) -> list[BaseException | None]:
    """Wait for all, so that they share a transaction; refusals are answers, anything else is raised."""
    results = await asyncio.gather(*stored, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Undeliverable):
            raise result
    return results


def _required(item: Any, what: str, setting: str, path: str, longest: int) -> str:
    text = text_at(item, path)
    if text is None:
        raise Unusable(_missing(what, setting, path))
    return _bounded(text, what, longest)


def _missing(what: str, setting: str, path: str) -> str:
    return f"There is no {what} at {path}: check the carrier's setting {setting}."


def _bounded(text: str, what: str, longest: int) -> str:
    if len(text) > longest:
        raise Unusable(f"The {what} is longer than {longest} characters.")
    return storable(text)


def _count(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()) or not 1 <= int(text[:4]) <= _MOST_PARTS:
        return None
    return int(text[:4])


def _is_basic(request: CarrierRequest, settings: HttpSettings) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = f"{settings.webhook_username}:{opened(settings.webhook_secret)}".encode()
    try:
        decoded = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    return hmac.compare_digest(decoded, expected) and scheme.lower() == "basic"


def _is_signed(request: CarrierRequest, settings: HttpSettings) -> bool:
    digest = hmac.new(opened(settings.webhook_secret).encode(), request.body, hashlib.sha256)
    given = request.headers.get(settings.webhook_header.lower(), "").strip().removeprefix("sha256=")
    is_hex = _same(given.lower(), digest.hexdigest())
    return _same(given, base64.b64encode(digest.digest()).decode()) or is_hex


def _same(given: str, expected: str) -> bool:
    """In constant time, whatever characters a stranger sends."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
