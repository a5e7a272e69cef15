"""Answering messages: what web apps are told, what they may answer, and replies that go out once."""

from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import FakeWebhooks, LoopStorage, account, ports_on, xml

from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.media import Media
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.usecases.answer_message import answer_message
from callwright.usecases.limit_replies import MOST_REPLIES, WITHIN
from callwright.usecases.ports import StorageUnavailable
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

URL, FALLBACK, NEXT = "http://app.test/sms", "http://fall.test/back", "http://app.test/next"
NUMBER, SENDER = "+15555550100", "+15555550111"
SID = "SM" + "1" * 32


class Scene:
    """A message has come in; its web app answers from `answers`."""

    def __init__(
        self, answers: dict[str, Any] | None = None, storage: FakeStorage | None = None, **fields: Any
    ) -> None:
        self.storage = storage or FakeStorage()
        self.webhooks = FakeWebhooks(answers)
        owner = account()
        number = IncomingPhoneNumber.model_construct(sid="PN1", account_sid=owner.sid, phone_number=NUMBER)
        known: dict[str, Any] = {
            "sid": SID, "position": SID[2:], "account_sid": owner.sid, "direction": "inbound", "status": "received",
            "from_": SENDER, "to": NUMBER, "body": "hi", "url": URL, "date_created": self.storage.now,
        }  # fmt: skip
        self.storage.put(owner, number, Message.model_construct(**known | fields))

    async def answer(self) -> None:
        await answer_message(ports_on(self.storage, self.webhooks), {"message_sid": SID})

    @property
    def message(self) -> Message:
        return self.storage.one(Message, SID)

    @property
    def replies(self) -> list[Message]:
        return [one for one in self.storage.all(Message) if one.direction != "inbound"]

    @property
    def texts(self) -> list[str | None]:
        return [one.body for one in self.replies]

    @property
    def codes(self) -> list[str | None]:
        return [notification.error_code for notification in self.storage.all(Notification)]

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(request.kind, request.url) for request in self.webhooks.requests]


def plain(text: str, content_type: str = "text/plain", status: int = 200) -> WebAnswer:
    return WebAnswer(URL, status, content_type, text.encode())


async def test_the_web_app_is_told_all_about_the_message() -> None:
    scene = Scene(
        {URL: xml("")}, method="GET", num_segments="2", opt_out_type="STOP", application_sid="AP1", body="STOP"
    )
    await scene.answer()
    [request] = scene.webhooks.requests
    assert request.parameters == {
        "MessageSid": SID,
        "SmsSid": SID,
        "SmsMessageSid": SID,
        "AccountSid": scene.message.account_sid,
        "From": SENDER,
        "To": NUMBER,
        "Body": "STOP",
        "NumMedia": "0",
        "NumSegments": "2",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "OptOutType": "STOP",
    }
    assert (request.url, request.method, request.auth_token) == (URL, "GET", "5" * 32)
    assert (request.message_sid, request.application_sid, request.call_sid) == (SID, "AP1", None)
    assert request.session == f"{scene.message.account_sid}:{SENDER}:{NUMBER}"
    assert (scene.message.is_answered, scene.replies, scene.codes) == (True, [], [])


async def test_media_are_named_in_order_by_signed_links() -> None:
    scene = Scene({URL: xml("")}, num_media="2")
    for sid, number in (("ME2", 0), ("ME1", 1)):
        fields: dict[str, Any] = {"content_type": f"image/{number}", "number": number, "parent_sid": SID}
        scene.storage.put(Media.model_construct(sid=sid, account_sid=scene.message.account_sid, **fields))
    await scene.answer()
    told = scene.webhooks.requests[0].parameters
    assert (told["NumMedia"], told["MediaContentType0"], told["MediaContentType1"]) == ("2", "image/0", "image/1")
    assert "/Media/ME2?" in told["MediaUrl0"]
    assert "Signature=" in told["MediaUrl1"]


async def test_a_reply_goes_back_to_the_sender_from_the_number() -> None:
    scene = Scene({URL: xml("<Message>hello</Message>")}, route={"status_callback": "http://s.test/"})
    await scene.answer()
    [reply] = scene.replies
    assert (reply.from_, reply.to, reply.body, reply.direction) == (NUMBER, SENDER, "hello", "outbound-reply")
    assert (reply.status, reply.reply_to_sid, reply.status_callback) == ("queued", SID, "http://s.test/")
    assert (scene.message.replies, scene.message.is_answered) == ({"0": reply.sid}, True)


async def test_attributes_of_a_reply_beat_what_is_usual() -> None:
    document = f'<Message to="+15555550122" from="{NUMBER}" statusCallback="http://mine.test/">x</Message>'
    scene = Scene({URL: xml(document)}, route={"status_callback": "http://s.test/"})
    await scene.answer()
    [reply] = scene.replies
    assert (reply.to, reply.status_callback) == ("+15555550122", "http://mine.test/")


@pytest.mark.parametrize(
    ("answer", "texts", "codes"),
    [
        (plain("just text"), ["just text"], []),
        (plain("<3 you", "text/plain; charset=utf-8"), ["<3 you"], []),
        (plain("  <Response><Message>a</Message></Response>"), ["a"], []),
        (plain('<?xml version="1.0"?><Response><Sms>b</Sms></Response>'), ["b"], []),
        (plain("<Response><Message>c</Message></Response>", "text/html"), ["c"], []),
        (plain(""), [], []),
        (plain("", "", 204), [], []),
        (plain("  \n", "application/json"), [], []),
        (plain("{}", "application/json"), [], ["12300"]),
        (plain("noise", ""), [], ["12300"]),
        (plain("RIFF", "audio/wav"), [], ["12300"]),
        (plain("no twiml", "text/xml"), [], ["12100"]),
        (xml("<Message/>"), [], ["14103"]),
        (WebhookFailure(11200, "answered 500"), [], ["11200"]),
    ],
)
async def test_what_a_web_app_may_answer(answer: Any, texts: list[str], codes: list[str]) -> None:
    scene = Scene({URL: answer})
    await scene.answer()
    assert (scene.texts, scene.codes, scene.message.is_answered) == (texts, codes, True)
    assert all(one.message_sid == SID for one in scene.storage.all(Notification))


async def test_the_fallback_is_asked_with_error_code_and_url() -> None:
    answers = {URL: WebhookFailure(11200, "answered 500"), FALLBACK: xml("<Message>sorry</Message>")}
    scene = Scene(answers, fallback_url=FALLBACK, fallback_method="GET")
    await scene.answer()
    assert scene.asked == [("document", URL), ("fallback", FALLBACK)]
    asked = scene.webhooks.requests[1]
    assert (asked.method, asked.parameters["ErrorCode"], asked.parameters["ErrorUrl"]) == ("GET", "11200", URL)
    assert asked.parameters["Body"] == "hi"
    assert (scene.texts, scene.codes) == (["sorry"], ["11200"])


async def test_a_redirect_leads_to_another_document_after_what_was_sent_before() -> None:
    answers = {URL: xml("<Message>one</Message><Redirect>/next</Redirect>"), NEXT: xml("<Message>two</Message>")}
    scene = Scene(answers)
    await scene.answer()
    assert scene.texts == ["one", "two"]
    assert scene.message.replies == {str(place): one.sid for place, one in enumerate(scene.replies)}


async def test_an_action_is_told_what_came_of_the_reply_and_goes_on() -> None:
    first = xml('<Message action="/next">one</Message><Message>never</Message>')
    scene = Scene({URL: first, NEXT: xml("<Message>two</Message>")})
    await scene.answer()
    told = scene.webhooks.requests[1].parameters
    assert (told["MessageSid"], told["MessageStatus"], told["Body"]) == (scene.replies[0].sid, "queued", "hi")
    assert (told["To"], told["From"]) == (SENDER, NUMBER)
    assert scene.texts == ["one", "two"]


async def test_a_refused_reply_is_told_and_the_next_one_goes_out() -> None:
    scene = Scene({URL: xml('<Message from="+15555550199">one</Message><Message>two</Message>')})
    await scene.answer()
    assert (scene.texts, scene.codes) == (["two"], ["21606"])
    assert scene.message.replies == {"1": scene.replies[0].sid}


async def test_run_twice_it_replies_once() -> None:
    scene = Scene({URL: xml("<Message>one</Message><Message>two</Message>")})
    await scene.answer()
    await scene.answer()
    assert (scene.texts, len(scene.webhooks.requests)) == (["one", "two"], 1)


@pytest.mark.parametrize("fails_after", [1, 2, 3])
async def test_broken_off_anywhere_and_run_again_each_reply_goes_out_once(fails_after: int) -> None:
    class Breaking(FakeStorage):
        left = fails_after

        async def write(self, work: Any, actor: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise StorageUnavailable("the disk is full")
            return await super().write(work, actor)

    answers = {URL: xml('<Message>one</Message><Message action="/next">two</Message>'), NEXT: xml("")}
    scene = Scene(answers, Breaking())
    with pytest.raises(StorageUnavailable):
        await scene.answer()
    assert not scene.message.is_answered
    await scene.answer()
    assert (scene.texts, scene.message.is_answered) == (["one", "two"], True)
    action = next(request for request in reversed(scene.webhooks.requests) if request.url == NEXT)
    assert action.parameters["MessageSid"] == scene.replies[1].sid


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_nobody_is_asked_for_an_account_that_is_not_active(status: str) -> None:
    scene = Scene({URL: xml("<Message>x</Message>")})
    [owner] = scene.storage.all(Account)
    scene.storage.put(owner.model_copy(update={"status": status}))
    await scene.answer()
    assert (scene.asked, scene.replies) == ([], [])


async def test_a_web_app_may_delete_the_message_it_answers() -> None:
    scene = Scene()

    class Deleting(FakeWebhooks):
        async def request(self, request: Any) -> WebAnswer:
            scene.storage.content.rows[Message].pop(SID)
            return xml("<Message>gone</Message>")

    scene.webhooks = Deleting()
    await scene.answer()
    await scene.answer()
    assert scene.texts == ["gone"]


async def test_a_failure_that_cannot_be_stored_does_not_keep_the_fallback_from_being_asked() -> None:
    answers = {URL: WebhookFailure(11200, "answered 500"), FALLBACK: xml("<Message>sorry</Message>")}
    storage = LoopStorage()
    scene = Scene(answers, storage, fallback_url=FALLBACK)
    storage.fails = 1
    await scene.answer()
    assert scene.texts == ["sorry"]


@pytest.mark.parametrize(
    "attributes",
    ["", f'to="{SENDER}" from="+1-555-555-0100"', 'to="+1 (555) 555-0111" from="+1.555.555.0100"'],
)
async def test_the_rest_of_a_document_with_too_many_replies_is_not_sent_and_told_once(attributes: str) -> None:
    document = f"<Message {attributes}>again</Message>" * 60
    scene = Scene({URL: xml(f"{document}<Message to='+15555550177'>x</Message><Redirect>/next</Redirect>")})
    with capture_logs() as logs:
        await scene.answer()
    assert (len(scene.replies), scene.codes, scene.message.is_answered) == (MOST_REPLIES, ["14107"], True)
    assert scene.asked == [("document", URL)]
    assert [line["event"] for line in logs] == ["message not answered to the end: too many replies"]


async def test_what_is_wrong_with_each_of_many_verbs_is_told_once() -> None:
    same, others = '<Message to="nobody">x</Message>' * 70, [f'<Message to="n{n}">x</Message>' for n in range(70)]
    scene = Scene({URL: xml(same + "<Message>y</Message>")})
    await scene.answer()
    assert (scene.texts, scene.codes) == (["y"], ["21211"])
    scene = Scene({URL: xml("".join(others) + "<Message>y</Message>")})
    await scene.answer()
    assert (scene.texts, len(scene.codes)) == (["y"], 50)


async def test_the_log_says_which_web_app_failed_and_how_without_its_secrets() -> None:
    url = "http://user:pass@app.test/sms?token=1#rc=2"
    scene = Scene({url: WebhookFailure(11205, "refused")}, url=url)
    with capture_logs() as logs:
        await scene.answer()
    [line] = [line for line in logs if line["event"] == "message not answered: its web app failed"]
    assert (line["log_level"], line["code"], line["url"]) == ("warning", 11205, "http://app.test/sms")
    assert line["message_sid"] == SID


async def test_a_clock_that_is_set_back_does_not_hold_replies_back() -> None:
    scene = Scene({URL: xml("<Message>a</Message>" * MOST_REPLIES)})
    await scene.answer()
    scene.storage.pass_time(-3600)
    scene.storage.put(scene.message.model_copy(update={"is_answered": False, "replies": {}}))
    await scene.answer()
    assert (len(scene.replies), scene.codes) == (2 * MOST_REPLIES, [])


async def test_two_web_apps_that_answer_each_other_are_stopped() -> None:
    scene = Scene({URL: xml("<Message>And you?</Message>")})
    for number in range(MOST_REPLIES + 1):
        scene.storage.put(scene.message.model_copy(update={"is_answered": False, "replies": {}}))
        await scene.answer()
        assert len(scene.replies) == min(number + 1, MOST_REPLIES)
    assert scene.codes == ["14107"]
    scene.storage.pass_time(WITHIN.total_seconds())
    scene.storage.put(scene.message.model_copy(update={"is_answered": False, "replies": {}}))
    await scene.answer()
    assert len(scene.replies) == MOST_REPLIES + 1


async def test_a_message_keeps_its_revision_of_the_application_to_its_end_while_that_changes() -> None:
    """It came in on revision 3; each answer of the web app comes after one more change, and last a deletion."""
    first = xml("<Message>one</Message><Redirect>/next</Redirect>")
    answers = {URL: first, NEXT: xml('<Message statusCallback="http://s.test/">two</Message>')}
    scene = Scene(application_sid="AP1", application_revision=3)
    application = Application.model_construct(
        sid="AP1", account_sid=scene.message.account_sid, sms_url=URL, friendly_name="Shop", revision=3
    )
    scene.storage.put(application)

    class Changing(FakeWebhooks):
        async def request(self, request: Any) -> WebAnswer:
            changes = {"sms_url": f"{URL}/{len(self.requests)}", "sms_fallback_url": FALLBACK}
            scene.storage.write_sync(lambda unit: unit.update(application, changes))
            return await super().request(request)

    scene.webhooks = Changing(answers)
    await scene.answer()
    assert scene.storage.one(Application, "AP1").revision == 5
    assert scene.asked == [("document", URL), ("document", NEXT)]
    assert [one.application_revision for one in scene.replies] == [3, 3]
    scene.storage.write_sync(lambda unit: unit.delete(application))
    scene.storage.write_sync(lambda unit: unit.update(scene.message, {"status": "received"}))
    kept = [(one.application_sid, one.application_revision) for one in scene.storage.all(Message)]
    assert kept == [("AP1", 3)] * 3
