"""A message that is redacted or deleted: nothing of its text is left in exchanges and notifications."""

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.fakes.populated_api import NUMBER, PopulatedApi

from callwright.model.exchange import Exchange
from callwright.model.record import position_of
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.report_problem import Problem, tell_debugger
from callwright.usecases.web_ports import WebAnswer

INBOUND, REPLY = "SM" + "1" * 32, "SM" + "2" * 32
TEXT, LINK, ANSWER = "Grüße & <secret>", "http://api.test/media/1?signature=abc", "a reply, kept"


@pytest.fixture
def api() -> PopulatedApi:
    api = PopulatedApi()
    add_message(api, INBOUND, body=TEXT, status="received", direction="inbound", is_answered=True)
    add_message(api, REPLY, body=ANSWER, status="delivered", direction="outbound-reply", reply_to_sid=INBOUND)
    form = {"MessageSid": INBOUND, "Body": TEXT, "MediaUrl0": LINK, "From": "+15555550111"}
    document = f"<Response><Message>{ANSWER}</Message></Response>"
    add_exchange(api, "1", message_sid=INBOUND, request_parameters=form, response_body=document)
    add_exchange(
        api, "2", message_sid=INBOUND, method="GET", url=f"http://app.test/?{urlencode(form)}", request_parameters=form,
        response_body="<Response>Gr&#252;&#223;e <Message>You said Grüße &amp; &lt;secret&gt;</Message></Response>",
    )  # fmt: skip
    add_exchange(api, "3", message_sid=INBOUND, request_parameters={"MessageStatus": "received"})
    add_exchange(api, "4", kind="carrier", message_sid=REPLY, request_parameters={"text": ANSWER})
    add_exchange(api, "5", message_sid="SM" + "9" * 32, request_parameters={"Body": "another"})
    notification = Notification.model_construct(
        sid="NO" + "1" * 32, account_sid=api.account.sid, message_sid=INBOUND, request_variables=urlencode(form),
        response_body=TEXT, message_text="The web app answered 500.",
    )  # fmt: skip
    api.storage.put(notification)
    return api


def add_message(api: PopulatedApi, sid: str, **fields: Any) -> None:
    fields |= {"position": position_of(sid), "account_sid": api.account.sid, "from_": "+15555550111", "to": NUMBER}
    api.storage.put(Message.model_construct(sid=sid, **fields))


def add_exchange(api: PopulatedApi, digit: str, **fields: Any) -> None:
    api.storage.put(Exchange.model_construct(sid="EX" + digit * 32, account_sid=api.account.sid, **fields))


def is_cut(api: PopulatedApi, digit: str) -> bool:
    return api.storage.one(Exchange, "EX" + digit * 32).is_cut


def kept(api: PopulatedApi) -> str:
    return repr((api.storage.all(Exchange), api.storage.all(Notification)))


async def redact(api: PopulatedApi, sid: str) -> None:
    answer = await api.post(f"/Messages/{sid}.json", Body="")
    assert answer.status_code == 200, answer.text


async def delete(api: PopulatedApi, sid: str) -> None:
    assert (await api.delete(f"/Messages/{sid}.json")).status_code == 204


@pytest.mark.parametrize("forget", [redact, delete])
async def test_nothing_of_the_text_is_left_in_any_form(api: PopulatedApi, forget: Any) -> None:
    assert kept(api).count("Grüße") == 4
    await forget(api, INBOUND)
    left = kept(api)
    for secret in ("Grüße", "Gr%C3%BC", "secret", "signature=abc", "signature%3Dabc", "media/1", "media%2F1"):
        assert secret not in left
    assert api.storage.one(Exchange, "EX" + "1" * 32).request_parameters == {
        "MessageSid": INBOUND, "Body": "[redacted]", "MediaUrl0": "[redacted]", "From": "+15555550111",
    }  # fmt: skip
    assert "Body=[redacted]&MediaUrl0=[redacted]&From=%2B15555550111" in left
    assert ANSWER in left, "the reply is another message"
    assert "another" in left
    assert [is_cut(api, digit) for digit in "12345"] == [True, True, False, False, False]


async def test_of_a_reply_the_answer_that_asked_for_it_is_redacted_too(api: PopulatedApi) -> None:
    await redact(api, REPLY)
    assert ANSWER not in kept(api)
    assert TEXT in kept(api)
    assert [is_cut(api, digit) for digit in "12345"] == [False, False, False, True, False]


async def test_a_short_text_is_found_by_its_name(api: PopulatedApi) -> None:
    add_message(api, "SM" + "3" * 32, body="ok", status="received", direction="inbound", is_answered=True)
    add_exchange(
        api, "6", message_sid="SM" + "3" * 32, method="GET", url="http://app.test/took?a=b&Body=ok#x",
        request_parameters={"Body": "ok"},
    )  # fmt: skip
    await redact(api, "SM" + "3" * 32)
    exchange = api.storage.one(Exchange, "EX" + "6" * 32)
    assert (exchange.url, exchange.request_parameters) == (
        "http://app.test/took?a=b&Body=[redacted]#x",
        {"Body": "[redacted]"},
    )


async def test_replays_forget_it_too_and_replays_of_replays(api: PopulatedApi) -> None:
    add_exchange(api, "6", kind="replay", replay_of="EX" + "1" * 32, request_parameters={"Body": TEXT})
    add_exchange(api, "7", kind="replay", replay_of="EX" + "6" * 32, request_parameters={}, response_body=ANSWER)
    add_exchange(api, "8", kind="replay", replay_of="EX" + "5" * 32, request_parameters={"Body": "of another"})
    await redact(api, INBOUND)
    assert "Grüße" not in kept(api)
    assert "of another" in kept(api)
    await delete(api, REPLY)
    assert ANSWER not in kept(api)
    assert [is_cut(api, digit) for digit in "678"] == [True, False, False]


async def test_a_problem_told_after_the_message_was_deleted_is_told_without_its_text(api: PopulatedApi) -> None:
    message = api.storage.one(Message, INBOUND)
    answer = WebAnswer(
        "http://app.test/", 500, "text/html", TEXT.encode(), {"Location": f"/?{urlencode({'Body': TEXT})}"}
    )
    problem = Problem(
        11200, "The web app answered 500.", url="http://app.test/", variables=urlencode({"Body": TEXT, "To": "+1"}),
        answer=answer,
    )  # fmt: skip
    await tell_debugger(api.storage, message, problem)
    assert "Gr%C3%BC" in kept(api)
    await delete(api, INBOUND)
    assert "Gr%C3%BC" not in kept(api)
    await tell_debugger(api.storage, message, problem)
    left = kept(api)
    assert "Grüße" not in left
    assert "Gr%C3%BC" not in left
    assert left.count("The web app answered 500.") == 3
    assert "Body=[redacted]&To=%2B1" in left
