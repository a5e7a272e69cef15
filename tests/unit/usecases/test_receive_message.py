"""Incoming messages: whose they are, what is stored of them, and who is asked."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import FakeWebhooks, account, ports_on

from callwright.config import Settings
from callwright.model.message_part import MessagePart
from callwright.model.opt_out import OptOut
from callwright.model.phone_number import carrier_address
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.model.resources.short_code import ShortCode
from callwright.usecases.carrier_traffic import Incoming, Part, ReceivedMedia, Undeliverable
from callwright.usecases.deliver_message_parts import deliver_message_parts
from callwright.usecases.limit_replies import MOST_REPLIES
from callwright.usecases.receive_message import deliver_here, receive_message

OWNER, PARENT, STRANGER = "AC" + "a" * 32, "AC" + "b" * 32, "AC" + "c" * 32
NUMBER, SENDER = "+15555550100", "+15555550111"
CARRIER = Carrier.model_construct(sid="CC" + "1" * 32, account_sid=OWNER, friendly_name="c", kind="smpp")


class Scene:
    """One number of an account, with or without application, and a carrier of the account."""

    def __init__(
        self, number: dict[str, Any] | None = None, application: dict[str, Any] | None = None, **options: Any
    ) -> None:
        self.settings = Settings(**options.pop("settings", {}))
        self.storage = FakeStorage()
        self.storage.put(account(OWNER, owner_account_sid=PARENT, status=options.pop("status", "active")))
        self.storage.put(account(PARENT), account(STRANGER))
        self.carrier = CARRIER.model_copy(update={"account_sid": options.pop("carrier_of", OWNER)})
        self.storage.put(self.carrier)
        known: dict[str, Any] = {"account_sid": OWNER, "phone_number": NUMBER, "sms_url": "http://n.test/"}
        self.storage.put(IncomingPhoneNumber.model_construct(sid="PN1", **known | (number or {})))
        if application is not None:
            known = {"account_sid": OWNER, "friendly_name": "app", "revision": 3}
            self.storage.put(Application.model_construct(sid="AP1", **known | application))

    def receive(self, body: str = "hello", **fields: Any) -> Message | None:
        given = {"from_": SENDER, "to": NUMBER, "body": body, **fields}
        return self.storage.write_sync(
            lambda unit: receive_message(unit, Incoming(carrier=self.carrier, **given), self.settings)
        )

    def message(self, body: str = "hello", **fields: Any) -> Message:
        received = self.receive(body, **fields)
        assert received is not None
        assert received == self.storage.one(Message, received.sid)
        return received

    @property
    def jobs(self) -> list[str]:
        return [job.name for job in self.storage.jobs]

    @property
    def codes(self) -> list[str | None]:
        return [notification.error_code for notification in self.storage.all(Notification)]

    @property
    def replies(self) -> list[str | None]:
        return [one.body for one in self.storage.all(Message) if one.direction == "outbound-reply"]


def test_a_message_is_stored_with_all_that_is_known_and_its_web_app_is_asked() -> None:
    scene = Scene({"sms_method": "GET", "sms_fallback_url": "http://f.test/"})
    message = scene.message("héllo €")
    assert (message.sid[:2], message.position) == ("SM", message.sid[2:])
    assert (message.direction, message.status, message.account_sid) == ("inbound", "received", OWNER)
    assert (message.from_, message.to, message.body) == (SENDER, NUMBER, "héllo €")
    assert (message.num_segments, message.encoding, message.num_media) == ("1", "GSM-7", "0")
    assert (message.phone_number_sid, message.carrier_sid) == ("PN1", scene.carrier.sid)
    assert (message.url, message.method, message.fallback_url) == ("http://n.test/", "GET", "http://f.test/")
    assert (message.date_sent, message.is_answered) == (scene.storage.now, False)
    assert message.route["source"] == "number"
    [job] = scene.storage.jobs
    assert (job.name, job.arguments["message_sid"]) == ("answer_message", message.sid)
    assert job.lane == f"incoming:{OWNER}:{SENDER}:{NUMBER}"


def test_an_application_beats_the_number_and_an_edit_counts_for_the_next_message() -> None:
    scene = Scene({"sms_application_sid": "AP1"}, {"sms_url": "http://a.test/1", "sms_status_callback": "http://s/"})
    before = scene.message()
    [application] = scene.storage.all(Application)
    scene.storage.write_sync(lambda unit: unit.update(application, {"sms_url": "http://a.test/2"}))
    after = scene.message()
    assert (before.url, after.url) == ("http://a.test/1", "http://a.test/2")
    assert (after.application_sid, after.application_revision) == ("AP1", 4)
    assert (after.route["status_callback"], after.status_callback) == ("http://s/", None)


@pytest.mark.parametrize("application", [{}, {"sms_fallback_url": "http://f.test/"}])
def test_without_a_url_the_message_is_kept_and_nobody_is_asked(application: dict[str, Any]) -> None:
    scene = Scene({"sms_application_sid": "AP1"}, application)
    message = scene.message()
    assert (message.url, message.is_answered, scene.jobs, scene.codes) == (None, True, [], [])


def test_a_deleted_application_is_told_and_nobody_is_asked() -> None:
    scene = Scene({"sms_application_sid": "AP1"})
    message = scene.message()
    assert (message.url, message.status, scene.jobs, scene.codes) == (None, "received", [], ["21218"])
    [notification] = scene.storage.all(Notification)
    assert notification.message_sid == message.sid


@pytest.mark.parametrize("to", [NUMBER, NUMBER[1:], "00" + NUMBER[1:], "+1 (555) 555-0100"])
def test_the_number_is_known_however_carriers_write_it(to: str) -> None:
    assert Scene().message(to=to).to == NUMBER


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("15555550111", SENDER), ("0015555550111", SENDER), (" +15555550111 ", SENDER), ("BANK", "BANK"),
        ("Mr. Bank-2", "Mr. Bank-2"), ("12345", "12345"), ("12345678", "12345678"), ("", ""),
    ],
)  # fmt: skip
def test_senders_are_numbers_in_e164_short_codes_or_names(written: str, kept: str) -> None:
    assert Scene().message(from_=written).from_ == kept


@given(st.text(max_size=30))
def test_an_address_that_was_read_is_not_changed_again(written: str) -> None:
    assert carrier_address(carrier_address(written)) == carrier_address(written)


def test_short_codes_receive_and_have_no_application() -> None:
    scene = Scene()
    code: dict[str, Any] = {"account_sid": OWNER, "short_code": "12345", "sms_url": "http://code.test/"}
    scene.storage.put(ShortCode.model_construct(sid="SC1", **code))
    message = scene.message(to="12345")
    assert (message.to, message.phone_number_sid, message.url) == ("12345", "SC1", "http://code.test/")
    assert message.route["source"] == "short code"


def test_a_carrier_of_the_parent_serves_its_subaccounts() -> None:
    assert Scene(carrier_of=PARENT).message().account_sid == OWNER


@pytest.mark.parametrize(
    ("options", "fields", "cause"),
    [
        ({}, {"to": "+15555550199"}, "is no number.*add it"),
        ({}, {"to": "99999"}, "is no number"),
        ({}, {"to": "nobody\n"}, "is no number"),
        ({}, {"to": ""}, "is no number"),
        ({"carrier_of": STRANGER}, {}, "is no number"),
        ({"status": "suspended"}, {}, "suspended: make it active"),
        ({"status": "closed"}, {}, "closed"),
        ({}, {"from_": "x" * 65}, "sender is longer"),
        ({}, {"part": Part(1, 3, 2)}, "count from 1"),
        ({}, {"body": "x" * 10_001}, "10001 characters.*10000 at most: split"),
        ({}, {"body": "x" * 10_001, "part": Part(1, 1, 1)}, "10000 at most"),
        ({}, {"body": "x" * 1601, "part": Part(1, 1, 2)}, "1601 characters.*part of a message may have 1600"),
    ],
)
def test_what_no_number_takes_is_refused_with_cause_and_fix(options: Any, fields: Any, cause: str) -> None:
    scene = Scene(**options)
    with pytest.raises(Undeliverable, match=cause):
        scene.receive(**fields)
    assert (scene.storage.all(Message), scene.jobs) == ([], [])


def test_text_that_no_database_stores_is_mended() -> None:
    assert Scene().message("a\0b\ud83d\ude00c\udc00").body == "ab😀c\ufffd"


def test_a_long_message_is_stored_once_whole() -> None:
    scene = Scene()
    assert scene.receive("world", part=Part(7, 2, 2)) is None
    message = scene.message("hello ", part=Part(7, 1, 2))
    assert (message.body, message.num_segments, scene.storage.all(MessagePart)) == ("hello world", "1", [])
    assert scene.jobs == ["deliver_message_parts", "answer_message"]


def test_texts_of_the_greatest_length_are_taken() -> None:
    scene = Scene()
    assert scene.message("x" * 10_000).num_segments == "66"
    assert scene.receive("y" * 1600, part=Part(7, 1, 2)) is None
    assert len(scene.message("y" * 1600, part=Part(7, 2, 2)).body or "") == 3200


async def test_a_part_that_makes_the_message_too_long_is_refused_and_the_others_are_delivered() -> None:
    scene = Scene()
    for number in range(1, 7):
        scene.receive("x" * 1600, part=Part(7, number, 255))
    with pytest.raises(Undeliverable, match=r"part 7 of 255 the text would have 11200 characters.*10000"):
        scene.receive("x" * 1600, part=Part(7, 7, 255))
    assert scene.receive("x" * 400, part=Part(7, 8, 255)) is None
    [job] = scene.storage.jobs
    await deliver_message_parts(ports_on(scene.storage, FakeWebhooks()), job.arguments)
    [message] = scene.storage.all(Message)
    assert (len(message.body or ""), scene.codes) == (10_000, ["30009"])


def test_a_message_said_to_have_one_part_is_no_long_message() -> None:
    scene = Scene()
    assert scene.message("alone", part=Part(7, 1, 1)).body == "alone"
    assert scene.jobs == ["answer_message"]


async def test_a_message_whose_parts_stay_away_is_delivered_without_them() -> None:
    scene = Scene()
    scene.receive("b", part=Part(7, 2, 3))
    [(job, due)] = scene.storage.content.jobs
    assert due == scene.storage.now + timedelta(seconds=scene.settings.message_part_timeout_s)
    for _ in range(2):
        await deliver_message_parts(ports_on(scene.storage, FakeWebhooks()), job.arguments)
    [message] = scene.storage.all(Message)
    assert (message.body, scene.codes, scene.storage.all(MessagePart)) == ("b", ["30009"], [])
    [notification] = scene.storage.all(Notification)
    assert "number 1, 3 of 3" in (notification.message_text or "")


@pytest.mark.parametrize("gone", [Carrier, IncomingPhoneNumber])
async def test_parts_for_nobody_are_dropped_in_the_end(gone: Any) -> None:
    scene = Scene()
    scene.receive("b", part=Part(7, 2, 3))
    scene.storage.content.rows[gone].clear()
    [job] = scene.storage.jobs
    await deliver_message_parts(ports_on(scene.storage, FakeWebhooks()), job.arguments)
    assert (scene.storage.all(Message), scene.storage.all(MessagePart)) == ([], [])


def test_stop_is_answered_once_and_passed_on() -> None:
    scene = Scene()
    messages = [scene.message(word) for word in (" stop ", "STOP", "Unsubscribe")]
    assert [one.opt_out_type for one in messages] == ["STOP"] * 3
    [opt_out] = scene.storage.all(OptOut)
    assert (opt_out.account_sid, opt_out.sender, opt_out.recipient) == (OWNER, NUMBER, SENDER)
    assert scene.replies == [scene.settings.stop_reply]
    assert scene.jobs == ["answer_message"] * 3


def test_start_lets_write_again_and_is_answered_only_then() -> None:
    scene = Scene()
    scene.message("START")
    assert scene.replies == []
    scene.message("STOP")
    scene.message("unstop")
    assert (scene.storage.all(OptOut), scene.replies) == ([], [scene.settings.stop_reply, scene.settings.start_reply])


def test_help_is_answered_always_also_to_those_who_stopped() -> None:
    scene = Scene()
    for word in ("help", "STOP", "INFO"):
        scene.message(word)
    assert scene.replies == [scene.settings.help_reply, scene.settings.stop_reply, scene.settings.help_reply]
    reply = next(one for one in scene.storage.all(Message) if one.direction == "outbound-reply")
    assert (reply.from_, reply.to, reply.direction) == (NUMBER, SENDER, "outbound-reply")
    assert reply.reply_to_sid is not None


def test_words_are_answered_no_more_often_than_others_and_that_is_told_once() -> None:
    scene = Scene()
    for _ in range(20):
        scene.message("HELP")
    scene.message("STOP")
    scene.message("HELP", from_="+15555550112")
    assert (len(scene.replies), scene.codes) == (MOST_REPLIES + 1, ["14107"])
    assert len(scene.storage.all(OptOut)) == 1
    scene.storage.pass_time(30)
    scene.message("HELP")
    assert (len(scene.replies), scene.codes) == (MOST_REPLIES + 2, ["14107"])


def test_other_texts_and_other_senders_stop_nothing() -> None:
    scene = Scene()
    assert scene.message("please stop").opt_out_type is None
    scene.message("stop", from_="+15555550112")
    assert [one.recipient for one in scene.storage.all(OptOut)] == ["+15555550112"]


@pytest.mark.parametrize("settings", [{"stop_reply": ""}, {"opt_out": False}])
def test_an_empty_reply_is_not_sent(settings: dict[str, Any]) -> None:
    scene = Scene(settings=settings)
    message = scene.message("STOP")
    assert scene.replies == []
    assert (message.opt_out_type is None) == ("opt_out" in settings)


def test_a_name_that_says_stop_cannot_be_answered_and_that_is_told() -> None:
    scene = Scene()
    message = scene.message("STOP", from_="BANK")
    assert (message.from_, scene.replies, scene.codes) == ("BANK", [], ["21211"])
    assert len(scene.storage.all(OptOut)) == 1


def test_a_message_with_files_waits_for_them() -> None:
    scene = Scene()
    files = (ReceivedMedia("image/png", content=b"\x89PNG"), ReceivedMedia("a\ud800/b", url="http://mms.test/\0002"))
    message = scene.message(media=files)
    assert (message.sid[:2], message.status, message.num_media) == ("MM", "receiving", "2")
    assert scene.jobs == ["store_received_media", "answer_message"]
    storing, answering = scene.storage.jobs
    assert storing.lane == answering.lane
    assert [file["url"] for file in storing.arguments["files"]] == [None, "http://mms.test/2"]


def sent(**fields: Any) -> Message:
    known: dict[str, Any] = {"sid": "SM" + "5" * 32, "account_sid": PARENT, "from_": SENDER, "to": NUMBER, "body": "hi"}
    return Message.model_construct(**known | fields)


def test_a_message_of_this_server_reaches_the_number_of_this_server() -> None:
    scene = Scene()
    message = scene.storage.write_sync(lambda unit: deliver_here(unit, sent(), scene.settings))
    assert message is not None
    assert (message.account_sid, message.direction, message.status) == (OWNER, "inbound", "received")
    assert (message.from_, message.to, message.body) == (SENDER, NUMBER, "hi")
    assert scene.jobs == ["answer_message"]


@pytest.mark.parametrize(("owner", "is_shown"), [(OWNER, True), (PARENT, True), (STRANGER, False)])
def test_the_carrier_of_a_message_of_this_server_is_known_to_its_owner_alone(owner: str, is_shown: bool) -> None:
    scene = Scene()
    scene.storage.put(Carrier.model_construct(sid="CR7", account_sid=owner, friendly_name="c", kind="loopback"))
    message = scene.storage.write_sync(lambda unit: deliver_here(unit, sent(carrier_sid="CR7"), scene.settings))
    assert message is not None
    assert message.carrier_sid == ("CR7" if is_shown else None)


def test_files_of_a_message_of_this_server_are_shared_in_order() -> None:
    scene = Scene()
    message_sent = sent(sid="MM" + "5" * 32, num_media="2")
    for number in (0, 1):
        fields: dict[str, Any] = {
            "content_type": f"image/{number}",
            "content_sid": f"MEc{number}",
            "size_bytes": 9,
            "number": number,
        }
        one = Media.model_construct(sid=f"ME{9 - number}", account_sid=PARENT, parent_sid=message_sent.sid, **fields)
        scene.storage.put(one)
    message = scene.storage.write_sync(lambda unit: deliver_here(unit, message_sent, scene.settings))
    assert message is not None
    assert (message.sid[:2], message.num_media, message.status) == ("MM", "2", "received")
    copies = [media for media in scene.storage.all(Media) if media.parent_sid == message.sid]
    assert [(one.number, one.content_sid, one.content_type) for one in copies] == [
        (0, "MEc0", "image/0"),
        (1, "MEc1", "image/1"),
    ]
    assert {one.account_sid for one in copies} == {OWNER}


@pytest.mark.parametrize(("options", "to"), [({}, "+15555550199"), ({}, None), ({"status": "closed"}, NUMBER)])
def test_a_number_that_is_not_here_gets_nothing(options: dict[str, Any], to: str | None) -> None:
    scene = Scene(**options)
    assert scene.storage.write_sync(lambda unit: deliver_here(unit, sent(to=to), scene.settings)) is None
    assert scene.storage.all(Message) == []
