"""How messages move forward, who is told what, and what is forgotten at their end."""

from itertools import pairwise
from typing import Any

import pytest
from tests.fakes.outgoing import CALLBACK, NUMBER, TO, Outgoing
from tests.fakes.rest_api import RestApi
from tests.fakes.voice import FakeWebhooks, ports_on

from callwright.model.resources.media import Media
from callwright.model.resources.message import FINAL_STATUSES, Message
from callwright.model.resources.notification import Notification
from callwright.usecases.carrier_traffic import Accepted, Receipt, Refused
from callwright.usecases.jobs import HANDLERS
from callwright.usecases.progress_message import is_forward, progress_message
from callwright.usecases.retain_message import obfuscated

STATUSES = (
    "accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed",
    "receiving", "received", "read", "partially_delivered", "canceled",
)  # fmt: skip


def moved(out: Outgoing, message: Message, status: str, **facts: Any) -> Message:
    return out.storage.write_sync(lambda unit: progress_message(unit, message, status, facts))


def test_a_status_callback_has_every_parameter() -> None:
    out = Outgoing()
    message = moved(out, out.queue(application_sid="AP" + "1" * 32), "sent")
    [job] = out.callbacks
    assert job.lane == f"callbacks:{message.sid}"
    assert job.arguments == {
        "message_sid": message.sid,
        "account_sid": out.account.sid,
        "application_sid": "AP" + "1" * 32,
        "url": CALLBACK,
        "method": "POST",
        "parameters": {
            "MessageSid": message.sid,
            "MessageStatus": "sent",
            "SmsSid": message.sid,
            "SmsStatus": "sent",
            "AccountSid": out.account.sid,
            "From": NUMBER,
            "To": TO,
            "ApiVersion": "2010-04-01",
        },
    }


def test_failures_also_tell_the_code_and_successes_do_not() -> None:
    out = Outgoing()
    moved(out, out.queue(), "failed", error_code=30005)
    assert out.callbacks[0].arguments["parameters"]["ErrorCode"] == "30005"
    moved(out, out.queue(), "delivered", raw_receipt_date="2611231200")
    parameters = out.callbacks[1].arguments["parameters"]
    assert "ErrorCode" not in parameters
    assert parameters["RawDlrDoneDate"] == "2611231200"


@pytest.mark.parametrize("status", ["queued", "sending"])
def test_what_happens_inside_is_not_told(status: str) -> None:
    out = Outgoing()
    moved(out, out.queue(), status)
    assert out.told == []


def test_without_a_callback_nobody_is_told() -> None:
    out = Outgoing()
    assert moved(out, out.queue(status_callback=None), "sent").status == "sent"
    assert out.told == []


def test_the_date_of_sending_is_set_once() -> None:
    out = Outgoing()
    message = out.queue()
    assert message.date_sent is None
    sent = moved(out, message, "sent")
    out.storage.pass_time(10)
    assert moved(out, sent, "delivered").date_sent == sent.date_sent
    assert moved(out, out.queue(), "failed", error_code=30003).date_sent is None


def test_a_code_without_words_gets_the_usual_ones_and_the_debugger_is_told() -> None:
    out = Outgoing()
    message = moved(out, out.queue(), "failed", error_code=30003)
    assert message.error_message == "Unreachable destination handset."
    [notification] = out.storage.all(Notification)
    assert (notification.error_code, notification.message_sid) == ("30003", message.sid)


def test_failures_of_media_have_been_told_to_the_debugger_where_they_arose() -> None:
    out = Outgoing()
    moved(out, out.queue(), "failed", error_code=11200, error_message="gone")
    assert out.storage.all(Notification) == []


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_a_status_never_goes_back_and_what_is_final_stays(before: str, after: str) -> None:
    if is_forward(before, after):
        assert not is_forward(after, before)
        assert before not in FINAL_STATUSES or (before, after) == ("delivered", "read")


@pytest.mark.parametrize(
    "path",
    [
        ["accepted", "queued", "sending", "sent", "delivered", "read"],
        ["scheduled", "queued", "sending", "sent", "undelivered"],
        ["scheduled", "canceled"],
        ["queued", "failed"],
        ["sending", "delivered"],
        ["receiving", "received"],
    ],
)
def test_the_ways_a_message_goes(path: list[str]) -> None:
    assert all(is_forward(before, after) for before, after in pairwise(path))


# -- retention


def test_content_that_is_to_be_discarded_goes_with_the_final_status() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    sending = out.claimed(sending={"content_retention": "discard"}, body="secret")
    out.settle(sending, Accepted(("one",)))
    assert out.message().body == "secret"
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    assert out.message().body == ""


def test_it_goes_at_once_when_no_receipt_will_come() -> None:
    out = Outgoing()
    out.add_carrier()
    out.settle(out.claimed(sending={"content_retention": "discard"}), Accepted(("",)))
    assert (out.message().status, out.message().body) == ("sent", "")


def test_its_media_go_too() -> None:
    out = Outgoing()
    message = out.queue(sending={"content_retention": "discard"})
    message = message.model_copy(update={"num_media": "1", "media_urls": ["http://files.test/secret.png"]})
    out.storage.put(
        message,
        Media.model_construct(sid="ME1", account_sid=out.account.sid, parent_sid=message.sid, content_sid="ME1"),
    )
    assert moved(out, message, "delivered").media_urls == []
    assert out.storage.all(Media) == []
    assert [job.arguments for job in out.storage.jobs if job.name == "delete_media_file"] == [{"content_sid": "ME1"}]


async def test_it_goes_also_when_the_receipt_never_comes() -> None:
    out = Outgoing()
    out.add_carrier()
    out.settle(out.claimed(sending={"content_retention": "discard"}, validity_period_s=60), Accepted(("one",)))
    [(job, due)] = [(job, due) for job, due in out.storage.content.jobs if job.name == "retain_message"]
    assert due is not None
    assert (due - out.storage.now).total_seconds() == 3660
    ports = RestApi().ports
    object.__setattr__(ports, "storage", out.storage)
    await HANDLERS[job.name](ports, job.arguments)
    assert out.message().body == ""
    await HANDLERS[job.name](ports, {"message_sid": "SM" + "0" * 32})


def test_an_address_that_is_to_be_obfuscated_shows_its_last_digits_at_the_end() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    out.settle(out.claimed(sending={"address_retention": "obfuscate"}), Accepted(("one",)))
    assert out.message().to == TO
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    assert out.message().to == "********0111"
    out.receive(Receipt(carrier.sid, "one", "read"))
    assert [job.arguments["parameters"]["To"] for job in out.callbacks] == [TO, "********0111", "********0111"]
    assert out.told == ["sent", "delivered", "read"]


async def test_an_address_that_is_not_to_be_kept_is_told_but_not_logged() -> None:
    out = Outgoing()
    carrier = out.add_carrier()
    out.settle(out.claimed(sending={"address_retention": "obfuscate"}), Accepted(("one",)))
    out.receive(Receipt(carrier.sid, "one", "delivered"))
    out.storage.pass_time(1)
    out.settle(out.claimed(), Accepted(("two",)))
    webhooks = FakeWebhooks()
    for job in out.callbacks:
        await HANDLERS[job.name](ports_on(out.storage, webhooks), job.arguments)
    asked = [(request.parameters["To"], request.secrets) for request in webhooks.requests]
    assert asked == [(TO, (TO[1:],)), ("********0111", ()), (TO, ())]


def test_the_address_is_not_left_in_what_is_said_about_a_failure() -> None:
    out = Outgoing()
    out.add_carrier()
    sending = out.claimed(sending={"address_retention": "obfuscate"})
    due = out.settle(sending, Refused(30008, f"no route to {TO}", try_elsewhere=True))
    assert due is not None
    out.storage.now = due
    out.settle(out.claim().sendings[0], Refused(30005, f"{TO} is unknown"))
    assert TO not in str(out.message())
    assert TO not in str(out.storage.all(Notification))


@pytest.mark.parametrize(
    ("address", "shown"), [("+15555550111", "********0111"), ("72345", "***45"), ("123", "**3"), ("1", "*")]
)
def test_how_much_of_an_address_is_shown(address: str, shown: str) -> None:
    assert obfuscated(address) == shown


def test_other_messages_keep_everything() -> None:
    out = Outgoing()
    message = moved(out, out.queue(), "delivered")
    assert (message.body, message.to) == ("Hi", TO)
