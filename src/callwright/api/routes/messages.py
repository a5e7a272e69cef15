"""/v1/Messages/{sid}: all that is known about one message, for finding out what became of it."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.caller import AsCaller
from callwright.api.problem_shown import ProblemShown
from callwright.api.refusal import ERRORS, refused
from callwright.api.route_shown import RouteShown, plain, route_shown
from callwright.model.resources.carrier import Carrier
from callwright.usecases.inspect_message import Inspection, inspect_message
from callwright.usecases.ports import Carriers, Ports


class CarrierOfMessage(BaseModel):
    """The carrier it came from or went to."""

    sid: str = Field(description="CR….")
    friendly_name: str | None = Field(description="null once the carrier has been deleted.")
    kind: str | None = Field(description="Its kind; null once the carrier has been deleted.")


class PlaceInQueue(BaseModel):
    """Where a message waits that no carrier has answered for yet."""

    model_config = ConfigDict(from_attributes=True)

    due: datetime = Field(description="Its turn, by the rate of its sender.")
    node: str | None = Field(description="The server that is handing it over; null while it waits.")
    attempt: int = Field(description="How often it has been handed over.")
    tried: list[str] = Field(description="SIDs of carriers that could not take it: others come first.")


class AwaitedCarrier(BaseModel):
    """A carrier that may take a message which waits, and how its connection is now."""

    sid: str | None = Field(description="null: this server itself.")
    friendly_name: str = Field(description="Its name.")
    state: str = Field(description="One word, such as bound, connecting or ready.")
    is_ready: bool = Field(description="Whether messages can be handed over now.")
    detail: str | None = Field(description="Cause and fix where messages cannot be handed over.")


class SubmissionShown(BaseModel):
    """What the carrier acknowledged: one for each part of the message."""

    model_config = ConfigDict(from_attributes=True)

    part: int = Field(description="The number of the part.")
    carrier_sid: str = Field(description="Who got it.")
    carrier_message_id: str = Field(description="The carrier's identifier, as its support will ask for it.")
    status: str = Field(description="sent, until a receipt says delivered, undelivered or failed.")
    error_code: int | None = Field(description="Why it failed, if it did.")
    error_message: str | None = Field(description="The same in words.")
    date_created: datetime | None = Field(description="When the carrier acknowledged it.")
    date_updated: datetime | None = Field(description="When its status changed last.")


class MediaShown(BaseModel):
    """One file of the message."""

    model_config = ConfigDict(from_attributes=True)

    sid: str = Field(description="ME….")
    content_type: str | None = Field(description="Its media type.")
    size_bytes: int = Field(description="Its size.")


class MessageInspection(BaseModel):
    """A message with what belongs to it; dates in ISO 8601, UTC. The text is in the 2010-04-01 API only."""

    sid: str = Field(description="SM… or MM….")
    account_sid: str = Field(description="Whose it is.")
    direction: str = Field(description="inbound, outbound-api, outbound-call or outbound-reply.")
    from_: str | None = Field(serialization_alias="from", description="Who wrote.")
    to: str | None = Field(description="To whom.")
    status: str = Field(description="How it is, as in the 2010-04-01 API.")
    error_code: int | None = Field(description="Why it failed, if it did.")
    error_message: str | None = Field(description="The same in words.")
    date_created: datetime | None = Field(description="When it was made or came in.")
    date_updated: datetime | None = Field(description="When it was changed last.")
    date_sent: datetime | None = Field(description="When it was handed over.")
    send_at: datetime | None = Field(description="When a scheduled message goes out.")
    expires_at: datetime | None = Field(description="Not handed to a carrier after that moment (ValidityPeriod).")
    encoding: str = Field(description="GSM-7 or UCS-2.")
    num_segments: str = Field(description="How many parts it has.")
    num_media: str = Field(description="How many files it has.")
    phone_number_sid: str | None = Field(description="The number or short code of this server that sent or got it.")
    application_sid: str | None = Field(description="The application that it was about.")
    application_revision: int | None = Field(description="The application's revision that it started on.")
    url: str | None = Field(description="Web app that is asked about it (inbound).")
    status_callback: str | None = Field(description="Told how it goes on.")
    route: RouteShown | None = Field(
        description="How it was routed when it started: the object of /v1/Explain; null where none was decided."
    )
    carrier: CarrierOfMessage | None = Field(description="null: this server itself, or none yet.")
    queue_time_ms: int | None = Field(description="From its creation (or SendAt) to the hand-over.")
    attempts: int = Field(description="How often it was handed over.")
    queue: PlaceInQueue | None = Field(description="null when it does not wait.")
    waits_for: list[AwaitedCarrier] = Field(description="While it waits: the carriers that may take it, best first.")
    submissions: list[SubmissionShown] = Field(description="What the carrier acknowledged.")
    media: list[MediaShown] = Field(description="Its files.")
    feedback: str | None = Field(description="What the account said became of it: confirmed or unconfirmed.")
    opt_out_type: str | None = Field(description="STOP, START or HELP when the text was such a word (inbound).")
    is_opted_out: bool = Field(description="Whether the recipient has stopped messages from this number, now.")
    is_answered: bool = Field(description="Whether its web app's answer has been run to the end (inbound).")
    replies: list[str] = Field(description="SIDs of the messages that its web app's answer sent (inbound).")
    reply_to_sid: str | None = Field(description="The message it replies to.")
    call_sid: str | None = Field(description="The call whose document sent it.")
    sending: dict[str, Any] = Field(description="Further parameters of its creation, by name.")
    notifications: list[ProblemShown] = Field(description="What the debugger was told.")


_ADDED = frozenset(
    {
        "route",
        "carrier",
        "queue",
        "waits_for",
        "submissions",
        "media",
        "feedback",
        "is_opted_out",
        "notifications",
        "replies",
    }
)
_ONE = {**ERRORS, **refused(404, "The account has no such message.")}


def routes(ports: Ports) -> APIRouter:
    """The inspection of one message."""
    storage, carriers = ports.storage, ports.carriers
    router = APIRouter(prefix="/Messages", tags=["Messages"])

    @router.get("/{sid}", summary="Inspect a message", responses=_ONE)
    async def inspect(caller: AsCaller, sid: str) -> MessageInspection:
        found = await caller.read(storage, lambda unit, account: inspect_message(unit, account, sid))
        return _shown(found, carriers)

    return router


def _shown(found: Inspection, carriers: Carriers) -> MessageInspection:
    fields = {name: getattr(found.message, name) for name in MessageInspection.model_fields if name not in _ADDED}
    fields |= {name: plain(fields[name]) for name in ("url", "status_callback")}
    return MessageInspection(
        **fields,
        route=route_shown(found.message.route),
        carrier=_carrier(found),
        queue=PlaceInQueue.model_validate(found.queued) if found.queued else None,
        waits_for=[_awaited(carrier, carriers) for carrier in found.waits_for],
        submissions=[SubmissionShown.model_validate(one) for one in found.submissions],
        media=[MediaShown.model_validate(one) for one in found.media],
        feedback=found.feedback,
        replies=list(found.message.replies.values()),
        is_opted_out=found.is_opted_out,
        notifications=[ProblemShown.model_validate(one) for one in found.notifications],
    )


def _awaited(carrier: Carrier | None, carriers: Carriers) -> AwaitedCarrier:
    if carrier is None:
        return AwaitedCarrier(sid=None, friendly_name="this server", state="ready", is_ready=True, detail=None)
    now = carriers.state(carrier.sid)
    return AwaitedCarrier(
        sid=carrier.sid,
        friendly_name=carrier.friendly_name,
        state=now.state,
        is_ready=now.is_ready,
        detail=now.detail,
    )


def _carrier(found: Inspection) -> CarrierOfMessage | None:
    sid, row = found.message.carrier_sid, found.carrier
    if sid is None:
        return None
    return CarrierOfMessage(sid=sid, friendly_name=row.friendly_name if row else None, kind=row.kind if row else None)
