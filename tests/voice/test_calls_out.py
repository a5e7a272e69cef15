"""Calls placed through the API to an independent phone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.running.audio import seconds_with_tone, tone_wav
from tests.running.phone import Phone
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Reply, WebApp

NewPhone = Callable[[], Phone]
FROM = "+15558880001"


@pytest.fixture(scope="module")
def dialing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("dialing") / "data").start()
    running.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=FROM)
    yield running
    running.close()


@pytest.fixture
def callee(dialing_server: RunningServer, tmp_path: Path) -> Iterator[Phone]:
    """A phone behind the only trunk."""
    phone = Phone(tmp_path / "callee.wav")
    trunk = dialing_server.trunk(friendly_name="callee", host="127.0.0.1", port=phone.port)
    yield phone
    phone.close()
    path = f"{dialing_server.url}/v1/Trunks/{trunk['sid']}"
    assert httpx.delete(path, auth=dialing_server.credentials).status_code == 204


def final(server: RunningServer, call_sid: str) -> dict[str, Any]:
    finals = {"completed", "busy", "failed", "no-answer", "canceled"}
    call: dict[str, Any] = eventually(
        lambda: server.rest("GET", f"/Calls/{call_sid}"), lambda call: call["status"] in finals, 40
    )
    return call


def test_a_call_with_application_sid_is_driven_by_the_application_once_answered(
    dialing_server: RunningServer, web_app: WebApp, callee: Phone
) -> None:
    server = dialing_server
    callee.listen(digits="7", digits_after_s=3.0)  # after the tone: a Gather counts only what it hears itself
    tone = web_app.answer("/out1/tone.wav", Reply(tone_wav(900, 1.5), "audio/wav"))
    voice = web_app.answer(
        "/out1/voice",
        f'<Response><Play>{tone}</Play><Gather numDigits="1" timeout="5" action="/out1/key"/></Response>',
    )
    web_app.answer("/out1/key", "<Response/>")
    status = web_app.answer("/out1/status", Reply("", "text/plain", 204))
    app = server.rest("POST", "/Applications", VoiceUrl=voice, StatusCallback=status)
    call = server.rest(
        "POST",
        "/Calls",
        To="+15559990001",
        From=FROM,
        ApplicationSid=app["sid"],
        Url="http://127.0.0.1:9/never",
    )
    assert (call["status"], call["direction"]) == ("queued", "outbound-api")
    callee.wait_for("ended")
    asked = web_app.wait_for("/out1/voice")[0].parameters
    assert (asked["CallStatus"], asked["ApplicationSid"]) == ("in-progress", app["sid"])
    assert web_app.wait_for("/out1/key")[0].parameters["Digits"] == "7"
    done = final(server, call["sid"])
    assert (done["status"], done["queue_time"] is not None) == ("completed", True)
    assert web_app.wait_for("/out1/status")[0].parameters["CallStatus"] == "completed"
    samples, rate = callee.finish().heard()
    assert 1.3 <= seconds_with_tone(samples, rate, 900) <= 1.7


def test_all_status_events_arrive_in_order_with_sequence_numbers(
    dialing_server: RunningServer, web_app: WebApp, callee: Phone
) -> None:
    callee.listen()
    status = web_app.answer("/out2/status", Reply("", "text/plain", 204))
    dialing_server.rest(
        "POST", "/Calls", To="+15559990002", From=FROM, Twiml="<Response><Hangup/></Response>",
        StatusCallback=status, StatusCallbackEvent=["initiated", "ringing", "answered", "completed"],
    )  # fmt: skip
    callee.wait_for("ended")
    told = eventually(
        lambda: web_app.requests_to("/out2/status"),
        lambda requests: bool(requests) and requests[-1].parameters["CallStatus"] == "completed",
    )
    statuses = [request.parameters["CallStatus"] for request in told]
    assert [status for status in statuses if status != "ringing"] == ["initiated", "in-progress", "completed"]
    assert [int(request.parameters["SequenceNumber"]) for request in told] == list(range(len(told)))


def test_a_busy_callee_makes_a_busy_call(dialing_server: RunningServer, callee: Phone) -> None:
    callee.listen(status=486)
    call = dialing_server.rest("POST", "/Calls", To="+15559990003", From=FROM, Twiml="<Response/>")
    assert final(dialing_server, call["sid"])["status"] == "busy"


def test_a_callee_that_never_answers_is_given_up_after_the_timeout(
    dialing_server: RunningServer, callee: Phone
) -> None:
    callee.listen(status=180)
    call = dialing_server.rest("POST", "/Calls", To="+15559990004", From=FROM, Twiml="<Response/>", Timeout=1)
    eventually(lambda: dialing_server.rest("GET", f"/Calls/{call['sid']}")["status"], lambda now: now == "ringing")
    assert final(dialing_server, call["sid"])["status"] == "no-answer"
    assert callee.wait_for("ended")["status"] == 487


def test_a_ringing_call_is_canceled_by_rest(dialing_server: RunningServer, callee: Phone) -> None:
    callee.listen(status=180)
    call = dialing_server.rest("POST", "/Calls", To="+15559990005", From=FROM, Twiml="<Response/>")
    callee.wait_for("incoming")
    eventually(lambda: dialing_server.rest("GET", f"/Calls/{call['sid']}")["status"], lambda now: now == "ringing")
    dialing_server.rest("POST", f"/Calls/{call['sid']}", Status="canceled")
    assert final(dialing_server, call["sid"])["status"] == "canceled"
    assert callee.wait_for("ended")["status"] == 487


def test_without_a_trunk_a_call_is_refused_with_the_command_that_adds_one(
    dialing_server: RunningServer,
) -> None:
    refused = dialing_server.try_rest("POST", "/Calls", To="+15559990006", From=FROM, Twiml="<Response/>")
    assert refused.status_code == 400
    assert "trunks add" in refused.json()["message"]
