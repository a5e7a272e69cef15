"""Feedback: what an application tells about the outcome of a message it sent."""

from typing import Annotated, ClassVar

from callwright.model.fields import Hidden, Indexed, OneOf
from callwright.model.record import Parameters, Record
from callwright.model.resource import Resource, declare


class Feedback(Record):
    """One for each message (SID prefix FB, never shown): what was told last."""

    table: ClassVar[str] = "message_feedback"

    sid: Annotated[str, Hidden()]
    message_sid: Annotated[str, Indexed()]
    outcome: str = "confirmed"


class FeedbackCreation(Parameters):
    outcome: Annotated[str, OneOf(("confirmed", "unconfirmed"), default="confirmed")] = "confirmed"


FEEDBACK = declare(
    Resource(
        name="Messages/Feedback",
        record=Feedback,
        path="/Accounts/{AccountSid}/Messages/{MessageSid}/Feedback",
        singular="Feedback",
        plural="Feedback",
        list_key="feedback",
        sid_prefix="FB",
        summary="What your application tells about a message's outcome.",
        create=FeedbackCreation,
        fetchable=False,
        created_status=200,
    )
)
