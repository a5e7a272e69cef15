"""Files of outgoing messages: fetched before the message is queued, in any number of runs of the job."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.populated_api import NUMBER, PopulatedApi
from tests.fakes.virtual_loop import run_virtually
from tests.fakes.voice import FakeWebhooks

from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.fetch_media import fetch_media
from callwright.usecases.jobs import RunAgain
from callwright.usecases.media_url import sendable_media
from callwright.usecases.ports import StorageUnavailable
from callwright.usecases.queue_message import FETCH_MEDIA
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

A, B = "http://user:password@files.test/a.png", "http://files.test/b.vcf"
PICTURE = WebAnswer("http://files.test/a.png", 200, "image/PNG; name=x", b"\x89PNG")
CARD = WebAnswer(B, 200, "text/vcard", b"BEGIN:VCARD")


class Sending:
    """One message with two files, and what the web says about them."""

    def __init__(self, **answers: Any) -> None:
        self.api = PopulatedApi(largest_media_bytes=100)
        self.storage, self.files = self.api.storage, self.api.media.files
        self.files.clear()
        self.webhooks = FakeWebhooks({A: PICTURE, B: CARD, **answers})
        self.ports = replace(self.api.ports, webhooks=self.webhooks)

    async def create(self, **form: Any) -> str:
        """The SID of the message, which waits for its media."""
        given = {"To": "+15555550111", "From": NUMBER, "MediaUrl": [A, B], "StatusCallback": "http://app.test/s"}
        asked = {**given, **form}
        made = await self.api.created("/Messages", **asked)
        assert (made["status"], made["num_media"]) == ("queued", str(len(asked["MediaUrl"])))
        assert self.queued() == []
        return str(made["sid"])

    async def fetch(self, sid: str) -> None:
        (job,) = [job for job in self.storage.jobs if job.name == FETCH_MEDIA]
        assert (job.arguments, job.account_sid) == ({"message_sid": sid}, self.api.account.sid)
        await fetch_media(self.ports, job.arguments)

    def queued(self) -> list[str]:
        return [row.message_sid for row in self.storage.all(QueuedMessage)]

    def media(self, sid: str) -> list[Media]:
        return [row for row in self.storage.all(Media) if row.parent_sid == sid]

    def callbacks(self) -> list[str]:
        return [
            job.arguments["parameters"]["MessageStatus"] for job in self.storage.jobs if "parameters" in job.arguments
        ]


async def test_a_message_is_queued_once_its_files_are_here() -> None:
    sending = Sending()
    sid = await sending.create()
    await sending.fetch(sid)
    assert sending.queued() == [sid]
    picture, card = sending.media(sid)
    assert [(row.content_type, row.size_bytes, row.number) for row in (picture, card)] == [
        ("image/png", 4, 0),
        ("text/vcard", 11, 1),
    ]
    assert sending.files == {picture.sid: b"\x89PNG", card.sid: b"BEGIN:VCARD"}
    assert [(request.kind, request.most_bytes) for request in sending.webhooks.requests] == [("media", 100)] * 2
    assert sending.storage.one(Message, sid).status == "queued"


async def test_the_files_can_be_seen_and_opened() -> None:
    sending = Sending()
    sid = await sending.create()
    await sending.fetch(sid)
    rows = (await sending.api.get(f"/Messages/{sid}/Media.json")).json()["media_list"]
    assert [row["content_type"] for row in rows] == ["text/vcard", "image/png"]
    assert (await sending.api.get(rows[1]["uri"].removesuffix(".json"))).content == b"\x89PNG"
    urls = sending.storage.read_sync(
        lambda unit: sendable_media(unit, sending.ports.secrets, sending.ports.settings, sid)
    )
    assert [media.content_type for media in urls] == ["image/png", "text/vcard"]
    assert all("?Expires=" in media.url and "&Signature=" in media.url for media in urls)


async def test_a_second_run_changes_nothing() -> None:
    sending = Sending()
    sid = await sending.create()
    await sending.fetch(sid)
    before, files = sending.storage.content.copy(), dict(sending.files)
    await sending.fetch(sid)
    assert (sending.storage.content, sending.files) == (before, files)
    assert len(sending.webhooks.requests) == 2


async def test_a_run_that_broke_off_leaves_no_file_behind() -> None:
    sending = Sending()
    sid = await sending.create()
    write = sending.storage.write
    fails = iter([True])

    async def broken(work: Any, actor: Any) -> Any:
        if next(fails, False):
            raise StorageUnavailable("the disk is full")
        return await write(work, actor)

    sending.storage.write = broken  # type: ignore[method-assign] # fails once
    with pytest.raises(StorageUnavailable):
        await sending.fetch(sid)
    assert sending.queued() == []
    await sending.fetch(sid)
    assert sending.queued() == [sid]
    assert sorted(sending.files) == [row.sid for row in sending.media(sid)]


async def test_a_message_waits_for_a_full_disk() -> None:
    sending = Sending()
    sid = await sending.create()
    sending.api.media.fails = 9
    for _ in range(9):
        with pytest.raises(RunAgain) as raised:
            await sending.fetch(sid)
        assert raised.value.delay == timedelta(seconds=30)
    await sending.fetch(sid)
    assert sending.queued() == [sid]


def test_files_that_drip_fail_their_message_within_a_minute() -> None:
    async def main() -> None:
        sending = Sending()
        sid = await sending.create(MediaUrl=[A, B, A])
        sending.webhooks.delay_s = 25.0
        await sending.fetch(sid)
        assert asyncio.get_running_loop().time() == pytest.approx(60.0)
        message = sending.storage.one(Message, sid)
        assert (message.status, message.error_code) == ("failed", 11200)
        assert "not here within 60 seconds: serve smaller ones" in (message.error_message or "")
        assert sending.files == {}

    run_virtually(main())


def answering(**changes: Any) -> dict[str, WebAnswer]:
    return {B: replace(CARD, **changes)}


@pytest.mark.parametrize(
    ("answer", "code", "notified", "told"),
    [
        (WebhookFailure(11200, "It answered 500.", WebAnswer(B, 500, "text/html", b"<h1>")), 11200, "11200", "500"),
        (WebhookFailure(11205, "No connection to files.test:80."), 11200, "11205", "No connection"),
        (WebhookFailure(11750, "The answer is larger than 0 kB."), 11751, "11751", "0 kB. Serve a smaller"),
        (replace(CARD, body=b"x" * 101), 11751, "11751", "101 bytes, more than 100"),
        (replace(CARD, content_type="text/html; charset=utf-8"), 12300, "12300", "'text/html'"),
        (replace(CARD, content_type=""), 12300, "12300", "no content type"),
        (replace(CARD, content_type="image/png\n"), None, None, None),
        (replace(CARD, content_type="application/zip"), 12300, "12300", "serve an image"),
    ],
)
async def test_a_file_that_cannot_be_sent_fails_the_message(
    answer: Any, code: int | None, notified: str | None, told: str | None
) -> None:
    sending = Sending(**{B: answer})
    sid = await sending.create()
    await sending.fetch(sid)
    message = sending.storage.one(Message, sid)
    if code is None or told is None:
        assert message.status == "queued"
        return
    assert (message.status, message.error_code) == ("failed", code)
    assert message.error_message is not None
    assert told in message.error_message
    assert B in message.error_message
    assert (sending.queued(), sending.media(sid), sending.files) == ([], [], {})
    (notification,) = [row for row in sending.storage.all(Notification) if row.message_sid == sid]
    assert (notification.error_code, notification.request_url) == (notified, B)
    assert sending.callbacks() == ["failed"]


async def test_what_failed_is_named_without_credentials() -> None:
    sending = Sending(**{A: WebhookFailure(11200, "It answered 404.")})
    sid = await sending.create()
    await sending.fetch(sid)
    told = sending.storage.one(Message, sid).error_message or ""
    assert "http://files.test/a.png" in told
    assert "password" not in told
    await sending.fetch(sid)
    assert sending.callbacks() == ["failed"]


async def test_files_of_a_message_that_ended_meanwhile_are_not_kept() -> None:
    sending = Sending()
    sid = await sending.create()
    download = sending.webhooks.download

    async def slow(request: Any) -> WebAnswer:
        message = sending.storage.one(Message, sid)
        sending.storage.put(message.model_copy(update={"status": "failed"}))
        return await download(request)

    sending.webhooks.download = slow  # type: ignore[method-assign] # ends the message while it is asked
    await sending.fetch(sid)
    assert (sending.queued(), sending.media(sid), sending.files) == ([], [], {})
    sending.storage.content.rows[Message].pop(sid)
    await sending.fetch(sid)
