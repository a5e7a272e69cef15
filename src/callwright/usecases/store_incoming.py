"""Store a message for a number of this server: its row, its route, and the work that answers it."""

import base64
from dataclasses import dataclass, field
from typing import Any

from callwright.config import Settings
from callwright.model.record import position_of
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode
from callwright.model.routing import Route
from callwright.usecases.carrier_traffic import ReceivedMedia
from callwright.usecases.opt_out import apply_opt_out
from callwright.usecases.ports import Job, UnitOfWork
from callwright.usecases.report_problem import Problem, report_problem
from callwright.usecases.routed_message import Number, routed_message
from callwright.wire.sms.segments import segment

ANSWER_MESSAGE = "answer_message"
STORE_RECEIVED_MEDIA = "store_received_media"


@dataclass(frozen=True)
class Arrived:
    """A whole message for `number`. `received` media are to be stored yet, `shared` ones lie in the store already."""

    number: Number
    from_: str
    body: str
    carrier_sid: str | None
    received: tuple[ReceivedMedia, ...] = ()
    shared: tuple[Media, ...] = field(default=())

    @property
    def num_media(self) -> int:
        return len(self.received) + len(self.shared)


def address_of(number: Number) -> str:
    """What people write to."""
    return number.short_code if isinstance(number, ShortCode) else number.phone_number


def storable(text: str) -> str:
    """The text without what databases refuse: NUL (a filler of some carriers) and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def store_incoming(unit: UnitOfWork, arrived: Arrived, settings: Settings) -> Message:
    """Insert the message; its web app is asked by a job, once its media have been stored by another."""
    route = routed_message(unit, arrived.number, arrived.from_).route
    message = unit.insert(_message(unit, arrived, route, settings))
    if route.error_code is not None:
        report_problem(unit, message, Problem(route.error_code, f"{route.error}: {route.fix}."))
    if message.opt_out_type is not None:
        apply_opt_out(unit, message, settings)
    for number, media in enumerate(arrived.shared):
        _share(unit, message, media, number)
    _enqueue_work(unit, message, arrived.received)
    return message


def lane_of(message: Message) -> str:
    """Work on the messages of a pair of numbers is done in order."""
    return f"incoming:{message.account_sid}:{message.from_}:{message.to}"


def _message(unit: UnitOfWork, arrived: Arrived, route: Route, settings: Settings) -> Message:
    sid = unit.new_sid("MM" if arrived.num_media else "SM")
    segments = segment(arrived.body)
    return Message.model_construct(
        sid=sid,
        position=position_of(sid),
        account_sid=arrived.number.account_sid,
        direction="inbound",
        status="receiving" if arrived.received else "received",
        from_=arrived.from_,
        to=address_of(arrived.number),
        body=arrived.body,
        num_segments=str(segments.count),
        encoding=segments.encoding,
        num_media=str(arrived.num_media),
        date_sent=unit.now,
        api_version=arrived.number.api_version,
        phone_number_sid=arrived.number.sid,
        application_sid=route.application_sid,
        application_revision=route.application_revision,
        url=route.url,
        method=route.method,
        fallback_url=route.fallback_url,
        fallback_method=route.fallback_method,
        route=route.as_dict(),
        carrier_sid=arrived.carrier_sid,
        opt_out_type=settings.opt_out_type(arrived.body),
        is_answered=route.url is None,
    )


def _share(unit: UnitOfWork, message: Message, media: Media, number: int) -> None:
    unit.insert(
        Media.model_construct(
            sid=unit.new_sid("ME"),
            account_sid=message.account_sid,
            parent_sid=message.sid,
            content_type=media.content_type,
            content_sid=media.content_sid,
            size_bytes=media.size_bytes,
            number=number,
        )
    )


def _enqueue_work(unit: UnitOfWork, message: Message, received: tuple[ReceivedMedia, ...]) -> None:
    if received:
        files = [_file(unit, media) for media in received]
        arguments = {"message_sid": message.sid, "files": files}
        unit.enqueue(Job(STORE_RECEIVED_MEDIA, arguments, lane_of(message), message.account_sid))
    if message.url is not None:
        unit.enqueue(Job(ANSWER_MESSAGE, {"message_sid": message.sid}, lane_of(message), message.account_sid))


def _file(unit: UnitOfWork, media: ReceivedMedia) -> dict[str, Any]:
    """A received file as JSON. It has its SID from here on: stored twice, it is still one file."""
    content = base64.b64encode(media.content).decode() if media.content is not None else None
    content_type, url = (storable(text) if text is not None else None for text in (media.content_type, media.url))
    return {"sid": unit.new_sid("ME"), "content_type": content_type, "url": url, "content": content}
