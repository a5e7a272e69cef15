"""Files that come with messages: stored before the web app is asked, and what cannot be had does not hold it up."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.messaging import FakeMediaStore
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.virtual_loop import run_virtually
from tests.fakes.voice import FakeWebhooks, account, ports_on

from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.carrier_traffic import ReceivedMedia
from callwright.usecases.jobs import RunAgain
from callwright.usecases.message_file import is_accepted, type_of_file
from callwright.usecases.store_incoming import Arrived, store_incoming
from callwright.usecases.store_received_media import store_received_media
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

NUMBER, URL = "+15555550100", "http://user:secret@mms.test/1"
PNG = b"\x89PNG\r\n\x1a\n rest"


class Scene:
    """A message has come in with these files."""

    def __init__(self, *files: ReceivedMedia, answers: dict[str, Any] | None = None) -> None:
        self.storage = FakeStorage()
        self.ports = ports_on(self.storage, FakeWebhooks(answers))
        owner = account()
        number = IncomingPhoneNumber.model_construct(
            sid="PN1", account_sid=owner.sid, phone_number=NUMBER, sms_url="http://app.test/"
        )
        self.storage.put(owner, number)
        arrived = Arrived(number, "+15555550111", "look", "CC1", received=files)
        self.storage.write_sync(lambda unit: store_incoming(unit, arrived, self.ports.settings))

    async def store(self) -> None:
        await store_received_media(self.ports, self.storage.jobs[0].arguments)

    @property
    def message(self) -> Message:
        [message] = self.storage.all(Message)
        return message

    @property
    def media(self) -> list[Media]:
        return sorted(self.storage.all(Media), key=lambda media: media.number)

    @property
    def files(self) -> dict[str, bytes]:
        assert isinstance(self.ports.media, FakeMediaStore)
        return self.ports.media.files

    @property
    def notifications(self) -> list[Notification]:
        return self.storage.all(Notification)


async def test_files_are_stored_in_order_and_the_message_is_received_then() -> None:
    answers = {URL: WebAnswer(URL, 200, "audio/amr; rate=8000", b"sound")}
    scene = Scene(ReceivedMedia("image/png", content=PNG), ReceivedMedia(url=URL), answers=answers)
    assert scene.message.status == "receiving"
    await scene.store()
    assert (scene.message.status, scene.message.num_media, scene.notifications) == ("received", "2", [])
    assert [(one.content_type, one.size_bytes, scene.files[one.content_sid]) for one in scene.media] == [
        ("image/png", len(PNG), PNG),
        ("audio/amr", 5, b"sound"),
    ]
    assert {one.parent_sid for one in scene.media} == {scene.message.sid}
    assert {one.account_sid for one in scene.media} == {scene.message.account_sid}


async def test_run_twice_it_stores_once() -> None:
    scene = Scene(ReceivedMedia("image/png", content=PNG))
    await scene.store()
    await scene.store()
    assert (len(scene.media), len(scene.files)) == (1, 1)


@pytest.mark.parametrize(
    ("file", "code", "cause"),
    [
        (ReceivedMedia(url=URL), "11200", "answered 404"),
        (ReceivedMedia(content=b"x" * 5_000_001), "11751", "more than 5000000: raise CALLWRIGHT_LARGEST"),
    ],
)
async def test_a_file_that_cannot_be_had_is_told_and_the_message_comes_without_it(
    file: ReceivedMedia, code: str, cause: str
) -> None:
    scene = Scene(file, ReceivedMedia(content=PNG), answers={URL: WebhookFailure(11200, "mms.test answered 404")})
    await scene.store()
    assert (scene.message.status, scene.message.num_media) == ("received", "1")
    [notification] = scene.notifications
    assert (notification.error_code, notification.message_sid) == (code, scene.message.sid)
    assert cause in (notification.message_text or "")
    assert "secret" not in f"{notification.message_text}{notification.request_url}"
    assert [one.content_type for one in scene.media] == ["image/png"]


def test_a_message_comes_within_a_minute_without_files_that_drip() -> None:
    async def main() -> None:
        answers = {URL: WebAnswer(URL, 200, "image/png", PNG)}
        scene = Scene(*[ReceivedMedia(url=URL)] * 5, ReceivedMedia(content=PNG), answers=answers)
        assert isinstance(scene.ports.webhooks, FakeWebhooks)
        scene.ports.webhooks.delay_s = 25.0
        await scene.store()
        assert asyncio.get_running_loop().time() == pytest.approx(60.0)
        assert (scene.message.status, scene.message.num_media) == ("received", "3")
        assert [one.error_code for one in scene.notifications] == ["11200"] * 3

    run_virtually(main())


async def test_a_message_waits_for_a_full_disk_and_is_whole_then() -> None:
    scene = Scene(ReceivedMedia("image/png", content=PNG))
    assert isinstance(scene.ports.media, FakeMediaStore)
    scene.ports.media.fails = 1
    with pytest.raises(RunAgain):
        await scene.store()
    assert scene.message.status == "receiving"
    await scene.store()
    assert (scene.message.status, scene.message.num_media) == ("received", "1")


async def test_files_of_a_message_that_was_deleted_leave_the_store() -> None:
    scene = Scene(ReceivedMedia(content=PNG))
    write = scene.ports.media.write

    async def write_and_delete(sid: str, content: bytes) -> None:
        await write(sid, content)
        scene.storage.content.rows[Message].clear()

    scene.ports.media.write = write_and_delete  # type: ignore[method-assign] # the fake's, at that moment
    await scene.store()
    assert (scene.files, scene.media) == ({}, [])


@pytest.mark.parametrize(
    ("told", "content", "kind"),
    [
        ("Image/PNG; name=x", b"anything", "image/png"),
        (None, PNG, "image/png"),
        ("application/octet-stream", b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        ("", b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
        ("", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("text/html", b"<script>", "application/octet-stream"),
        ("application/smil", b"<smil>", "application/octet-stream"),
        (None, b"", "application/octet-stream"),
    ],
)
def test_types_are_taken_as_told_if_messages_carry_them_or_seen_in_the_file(
    told: str | None, content: bytes, kind: str
) -> None:
    assert type_of_file(told, content) == kind


@given(st.none() | st.text(max_size=40), st.binary(max_size=20))
def test_the_type_of_any_file_is_one_that_messages_carry_or_unknown(told: str | None, content: bytes) -> None:
    kind = type_of_file(told, content)
    assert is_accepted(kind) or kind == "application/octet-stream"
