"""The old SMS/Messages: short texts only, and the application's SmsStatusCallback."""

from typing import Any

import pytest
from tests.fakes.populated_api import NUMBER, PopulatedApi

from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.message import Message

FORM = {"To": "+15555550111", "From": NUMBER}
SMS, MESSAGE = "http://app.test/sms", "http://app.test/message"


async def created(api: PopulatedApi, **form: Any) -> Message:
    row = await api.created("/SMS/Messages", **{**FORM, "Body": "Hello", **form})
    return api.storage.one(Message, row["sid"])


async def test_it_is_queued_like_any_message() -> None:
    api = PopulatedApi()
    message = await created(api)
    assert (message.body, message.status, message.num_segments) == ("Hello", "queued", "1")
    (queued,) = api.storage.all(QueuedMessage)
    assert queued.message_sid == message.sid


@pytest.mark.parametrize(("body", "code"), [("x" * 161, 21605), ("é" * 161, 21605), ("", 21602), ("x" * 2000, 21605)])
async def test_only_short_texts_are_taken(body: str, code: int) -> None:
    assert await PopulatedApi().refused("/SMS/Messages", **FORM, Body=body) == code


async def test_160_characters_are_taken_in_any_alphabet() -> None:
    assert (await created(PopulatedApi(), Body="ж" * 160)).num_segments == "3"


@pytest.mark.parametrize(
    ("application", "form", "told"),
    [
        ({"SmsStatusCallback": SMS, "MessageStatusCallback": MESSAGE}, {}, SMS),
        ({"MessageStatusCallback": MESSAGE}, {}, MESSAGE),
        ({"SmsStatusCallback": SMS}, {"StatusCallback": "http://app.test/own"}, "http://app.test/own"),
        ({}, {}, None),
    ],
)
async def test_who_is_told_how_it_went(application: dict[str, str], form: dict[str, str], told: str | None) -> None:
    api = PopulatedApi()
    made = await api.created("/Applications", FriendlyName="x", **application)
    assert (await created(api, ApplicationSid=made["sid"], **form)).status_callback == told


async def test_foreign_applications_cannot_be_used() -> None:
    api = PopulatedApi()
    assert await api.refused("/SMS/Messages", **FORM, Body="x", ApplicationSid="AP" + "0" * 32) == 21218
