"""A call's documents: what is asked, what is understood, and what happens when it fails."""

from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import FakeWebhooks, LoopStorage, account, ports_on, xml

from callwright.model.resources.call import Call
from callwright.model.resources.notification import Notification
from callwright.twiml.document import Document
from callwright.twiml.ports import DocumentFailed, DocumentRequest
from callwright.twiml.verbs.play import Play
from callwright.twiml.verbs.say import Say
from callwright.usecases.request_document import CallDocuments
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

URL, FALLBACK, NEXT = "http://app.test/voice", "http://fall.test/back", "http://app.test/next"


class Scene:
    def __init__(self, answers: dict[str, Any], **fields: Any) -> None:
        self.storage = FakeStorage()
        self.webhooks = FakeWebhooks(answers)
        owner = account()
        given = {"status": "ringing", "url": URL, "to": "+15555550100", "from_": "+15555550111", **fields}
        self.call = Call.model_construct(sid="CA" + "1" * 32, account_sid=owner.sid, **given)
        self.storage.put(self.call)
        self.documents = CallDocuments(ports_on(self.storage, self.webhooks), owner, lambda: self.call)

    @property
    def notifications(self) -> list[Notification]:
        return self.storage.all(Notification)

    @property
    def codes(self) -> list[str | None]:
        return [notification.error_code for notification in self.notifications]

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(request.kind, request.url) for request in self.webhooks.requests]


def says(document: Document) -> str:
    [verb] = document.verbs
    assert isinstance(verb, Say)
    return str(verb.ssml if hasattr(verb, "ssml") else verb)


def answer(content_type: str, body: bytes, url: str = URL) -> WebAnswer:
    return WebAnswer(url, 200, content_type, body)


async def test_the_first_document_is_the_urls() -> None:
    scene = Scene({URL: xml("<Say>hi</Say>")}, method="GET", application_sid="AP1")
    assert "hi" in says(await scene.documents.first())
    [request] = scene.webhooks.requests
    assert (request.method, request.session, request.application_sid) == ("GET", scene.call.sid, "AP1")
    assert (request.parameters["CallSid"], request.parameters["ApplicationSid"]) == (scene.call.sid, "AP1")
    assert scene.codes == []


@pytest.mark.parametrize(
    "content_type", ["text/xml", "application/xml", "text/html; charset=utf-8", "TEXT/XML", "text/plain"]
)
async def test_twiml_is_understood_under_its_content_types(content_type: str) -> None:
    scene = Scene({URL: answer(content_type, b"<Response><Say>hi</Say></Response>")})
    assert "hi" in says(await scene.documents.first())


async def test_audio_is_played_and_plain_text_spoken() -> None:
    [verb] = (await Scene({URL: answer("audio/mpeg", b"ID3")}).documents.first()).verbs
    assert isinstance(verb, Play)
    assert verb.url == URL
    assert "Hello there" in says(await Scene({URL: answer("text/plain", b"Hello there")}).documents.first())


@pytest.mark.parametrize("content_type", ["text/xml", "text/plain"])
async def test_an_empty_answer_is_an_empty_document(content_type: str) -> None:
    assert list((await Scene({URL: answer(content_type, b"")}).documents.first()).verbs) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (WebhookFailure(11200, "500", WebAnswer(URL, 500, "text/html", b"oops", {"Server": "x"})), "11200"),
        (answer("application/json", b"{}"), "12300"),
        (answer("", b"<Response/>"), "12300"),
        (answer("text/xml", b"<Response><Say>"), "12100"),
        (answer("text/xml", b"<Response><Sing/></Response>"), "12200"),
    ],
)
async def test_every_failure_asks_the_fallback_and_tells_why(given: Any, code: str) -> None:
    scene = Scene({URL: given, FALLBACK: xml("<Say>back</Say>")}, fallback_url=FALLBACK, fallback_method="GET")
    assert "back" in says(await scene.documents.first())
    assert scene.asked == [("document", URL), ("fallback", FALLBACK)]
    told = scene.webhooks.requests[-1]
    assert (told.method, told.parameters["ErrorCode"], told.parameters["ErrorUrl"]) == ("GET", code, URL)
    [notification] = scene.notifications
    assert (notification.error_code, notification.request_url, notification.request_method) == (code, URL, "POST")
    assert "CallSid=" in (notification.request_variables or "")
    assert (notification.response_body is not None) == (given is not None)


async def test_a_password_in_the_url_is_told_to_nobody() -> None:
    secret = URL.replace("//", "//me:pass@word@")
    scene = Scene({FALLBACK: xml("<Say>back</Say>")}, url=secret, fallback_url=FALLBACK)
    await scene.documents.first()
    assert scene.webhooks.requests[-1].parameters["ErrorUrl"] == URL
    assert [notification.request_url for notification in scene.notifications] == [URL]


async def test_without_a_fallback_the_document_fails() -> None:
    scene = Scene({})
    with pytest.raises(DocumentFailed):
        await scene.documents.first()
    assert scene.codes == ["11200"]


async def test_a_fallback_that_fails_too_is_the_end() -> None:
    scene = Scene({FALLBACK: answer("image/png", b"")}, fallback_url=FALLBACK)
    with pytest.raises(DocumentFailed):
        await scene.documents.first()
    assert sorted(code or "" for code in scene.codes) == ["11200", "12300"]


async def test_the_fallback_is_not_its_own_fallback() -> None:
    scene = Scene({}, url=FALLBACK, fallback_url=FALLBACK)
    with pytest.raises(DocumentFailed):
        await scene.documents.first()
    assert len(scene.webhooks.requests) == 1


async def test_a_later_document_falls_back_too_with_its_own_parameters() -> None:
    scene = Scene({FALLBACK: xml("<Say>back</Say>")}, fallback_url=FALLBACK)
    await scene.documents.fetch(DocumentRequest(NEXT, "POST", {"Digits": "12"}))
    told = scene.webhooks.requests[-1].parameters
    assert (told["Digits"], told["ErrorUrl"]) == ("12", NEXT)


async def test_a_fallback_set_while_the_call_runs_is_used() -> None:
    scene = Scene({FALLBACK: xml("<Say>back</Say>")})
    scene.storage.put(scene.call.model_copy(update={"fallback_url": FALLBACK}))
    assert "back" in says(await scene.documents.first())


async def test_without_a_url_the_fallback_is_asked() -> None:
    scene = Scene({FALLBACK: xml("<Say>back</Say>")}, url=None, fallback_url=FALLBACK)
    assert "back" in says(await scene.documents.first())
    assert scene.codes == ["11100"]
    assert "ErrorUrl" not in scene.webhooks.requests[-1].parameters


async def test_inline_twiml_is_run_without_asking() -> None:
    scene = Scene({}, url=None, twiml="<Response><Say>inline</Say></Response>")
    assert "inline" in says(await scene.documents.first())
    assert "more" in says(await scene.documents.inline("<Response><Say>more</Say></Response>"))
    assert scene.asked == []


async def test_inline_twiml_that_is_none_falls_back() -> None:
    scene = Scene({FALLBACK: xml("<Say>back</Say>")}, url=None, twiml="<Response", fallback_url=FALLBACK)
    assert "back" in says(await scene.documents.first())
    assert scene.webhooks.requests[-1].parameters["ErrorCode"] == "12100"


async def test_inline_twiml_without_a_fallback_fails_with_its_place() -> None:
    scene = Scene({}, url=None, twiml="<Response>\n<Sing/></Response>")
    with pytest.raises(DocumentFailed):
        await scene.documents.first()
    [notification] = scene.notifications
    assert notification.error_code == "12200"
    assert "line 2" in (notification.message_text or "")


async def test_a_call_whose_row_is_gone_still_fails_cleanly() -> None:
    scene = Scene({})
    scene.storage.content.rows[Call].clear()
    with pytest.raises(DocumentFailed):
        await scene.documents.first()


async def test_the_fallback_is_asked_also_when_the_failure_cannot_be_stored() -> None:
    scene = Scene({URL: WebhookFailure(11200, "500"), FALLBACK: xml("<Say>back</Say>")}, fallback_url=FALLBACK)
    storage = LoopStorage()
    storage.put(scene.call)
    storage.fails = 1
    documents = CallDocuments(ports_on(storage, scene.webhooks), account(), lambda: scene.call)
    assert "back" in says(await documents.first())
    assert storage.all(Notification) == []


@pytest.mark.parametrize(
    ("given", "code"), [(("text/xml", b"<Response><Sya/></Response>"), 12200), (("image/png", b"x"), 12300)]
)
async def test_the_log_is_told_that_an_answer_was_of_no_use(given: tuple[str, bytes], code: int) -> None:
    told: list[int] = []
    useless = WebAnswer(URL, 200, *given, refuse=lambda code, text: told.append(code))
    scene = Scene({URL: useless, FALLBACK: xml("<Say>sorry</Say>")}, fallback_url=FALLBACK)
    await scene.documents.first()
    assert told == [code]
