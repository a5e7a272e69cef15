"""
| answer | verdict |
|---|---|
| TwiML, audio, text, nothing | usable |
| TwiML with what cannot be used in part | usable, with warnings and their place |
| broken TwiML, another content type, 404, no connection | not usable, with code, cause and fix |
"""

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import FakeWebhooks, account, ports_on, xml

from callwright.model.webhook_failure import fix_of
from callwright.usecases.check_url import TEST_CALL_SID, TEST_MESSAGE_SID, CheckResult, Sample, TooManyChecks, check_url
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

URL = "http://app.test/voice"


class Scene:
    def __init__(self, answer: Any) -> None:
        self.storage = FakeStorage()
        self.webhooks = FakeWebhooks({URL: answer})
        self.ports = ports_on(self.storage, self.webhooks)

    async def check(self, channel: Any = "voice", sample: Sample | None = None, sid: str = "AC1") -> CheckResult:
        return await check_url(self.ports, account(sid), URL, "POST", channel, sample)


async def test_a_test_request_is_like_the_first_of_a_call() -> None:
    scene = Scene(xml("<Say>hi</Say><Pause/>"))
    result = await scene.check(sample=Sample(to="+15555550101", application_sid="AP1"))
    [asked] = scene.webhooks.requests
    assert (asked.kind, asked.method, asked.auth_token, asked.session) == ("check", "POST", "5" * 32, None)
    assert (asked.call_sid, asked.message_sid) == (None, None), "the log would show a call that never was"
    assert {
        "CallSid": TEST_CALL_SID,
        "CallStatus": "ringing",
        "To": "+15555550101",
        "Direction": "inbound",
    }.items() <= (asked.parameters.items())
    assert (asked.parameters["From"], asked.parameters["ApplicationSid"]) == ("+15555550100", "AP1")
    assert (result.is_usable, result.verbs, result.status) == (True, ("Say", "Pause"), 200)
    assert result.verdict == "Usable: <Say>, <Pause>."
    assert (result.cause, result.fix, result.code) == (None, None, None)


async def test_a_test_request_is_like_the_first_of_a_message() -> None:
    scene = Scene(xml("<Message>hello</Message>"))
    result = await scene.check("sms")
    parameters = scene.webhooks.requests[0].parameters
    assert (parameters["MessageSid"], parameters["NumMedia"]) == (TEST_MESSAGE_SID, "0")
    assert (result.is_usable, result.verbs) == (True, ("Message",))


@pytest.mark.parametrize(
    ("channel", "answer", "verdict"),
    [
        ("voice", WebAnswer(URL, 200, "text/plain", b"Hello"), "Usable: <Say>."),
        ("voice", WebAnswer(URL, 200, "audio/mpeg", b"ID3"), "Usable: <Play>."),
        ("sms", WebAnswer(URL, 204, "", b""), "Usable: no reply is sent."),
        ("sms", WebAnswer(URL, 200, "text/plain", b"Hi"), "Usable: <Message>."),
    ],
)
async def test_what_calls_and_messages_understand_is_usable(channel: str, answer: WebAnswer, verdict: str) -> None:
    result = await Scene(answer).check(channel)
    assert (result.is_usable, result.verdict) == (True, verdict)


async def test_warnings_leave_it_usable_and_name_their_place() -> None:
    result = await Scene(xml('<Say loop="x">hi</Say>')).check()
    [problem] = result.problems
    assert result.is_usable
    assert not problem.is_error
    assert (problem.line, problem.column) == (1, 11)
    assert "1 warning" in result.verdict


@pytest.mark.parametrize(
    ("answer", "code", "status", "words"),
    [
        (WebAnswer(URL, 200, "text/xml", b"<Response>\n <Sya/>\n</Response>"), 12200, 200, "line 2, column 2"),
        (WebAnswer(URL, 200, "text/xml", b"<Response><Say>"), 12100, 200, "line 1"),
        (WebAnswer(URL, 200, "application/json", b"{}"), 12300, 200, "application/json"),
        (WebhookFailure(11200, "answered 404", WebAnswer(URL, 404, "text/plain", b"no")), 11200, 404, "404"),
        (WebhookFailure(11205, "was not contacted: 10.0.0.1 is not a public address"), 11205, None, "not a public"),
    ],
)
async def test_what_would_fail_is_told_with_cause_and_fix(
    answer: Any, code: int, status: int | None, words: str
) -> None:
    result = await Scene(answer).check()
    assert (result.is_usable, result.code, result.status) == (False, code, status)
    assert words in (result.cause or "")
    assert result.verdict == f"Not usable: {result.cause}"
    assert result.fix == fix_of(code, status)
    assert len(result.fix or "") > 20


async def test_the_place_of_an_error_is_a_number_too() -> None:
    result = await Scene(WebAnswer(URL, 200, "text/xml", b"<Response>\n <Sya/>\n</Response>")).check()
    assert [(one.line, one.column, one.is_error) for one in result.problems] == [(2, 2, True)]


async def test_redirects_and_the_beginning_of_the_body_are_shown() -> None:
    answer = replace(xml("<Say>" + "x" * 5000 + "</Say>"), redirects=("http://app.test/two",))
    result = await Scene(answer).check()
    assert result.redirects == ("http://app.test/two",)
    assert (len(result.body or ""), result.is_body_cut) == (4096, True)


async def test_credentials_of_the_url_are_not_shown() -> None:
    ports = ports_on(FakeStorage(), FakeWebhooks({}))
    result = await check_url(ports, account(), "http://me:secret@app.test/", "GET", "voice")
    assert "secret" not in repr(result).replace(result.cause or "", "")
    assert result.url == "http://app.test/"


async def test_an_account_checks_ten_at_once_and_then_one_every_two_seconds() -> None:
    scene = Scene(xml("<Hangup/>"))
    for _ in range(10):
        await scene.check()
    with pytest.raises(TooManyChecks):
        await scene.check()
    assert (await scene.check(sid="AC2")).is_usable, "another account's checks are its own"
    scene.storage.pass_time(2)
    await scene.check()
    with pytest.raises(TooManyChecks):
        await scene.check()
    assert len(scene.webhooks.requests) == 12
