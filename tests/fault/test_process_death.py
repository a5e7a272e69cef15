"""kill -9 and SIGTERM while calls run."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.running.phone import Phone
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Reply, WebApp

NewPhone = Callable[[], Phone]


def waiting_call(server: RunningServer, web_app: WebApp, new_phone: NewPhone, path: str) -> tuple[Phone, str]:
    """A call that was answered, hears silence for a minute, and owes its application a status callback."""
    voice = web_app.answer(path, '<Response><Say>Hold on.</Say><Pause length="60"/></Response>')
    status = web_app.answer(f"{path}-status", Reply("", "text/plain", 204))
    app = server.rest("POST", "/Applications", VoiceUrl=voice, StatusCallback=status)
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber="+15556660001", VoiceApplicationSid=app["sid"])
    phone = new_phone().call("+15556660001", server.sip, seconds=60)
    call_sid = web_app.wait_for(path)[0].parameters["CallSid"]
    eventually(lambda: server.rest("GET", f"/Calls/{call_sid}")["status"], lambda status: status == "in-progress")
    return phone, call_sid


def children(pid: int) -> dict[str, int]:
    """Child processes by the module they run."""
    found: dict[str, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().decode().split("\0")
        except (OSError, ValueError):
            continue
        if parent == pid:
            found |= {word: int(entry.name) for word in words if word.startswith("callwright.")}
    return found


def test_after_kill_9_of_the_server_the_next_start_gives_every_call_a_final_status(
    own_server: RunningServer, web_app: WebApp, new_phone: NewPhone
) -> None:
    own_server.start()
    _, call_sid = waiting_call(own_server, web_app, new_phone, "/fault1")
    own_server.kill()
    own_server.start()
    call = own_server.rest("GET", f"/Calls/{call_sid}")
    assert call["status"] == "completed"
    assert call["end_time"] is not None
    told = web_app.wait_for("/fault1-status")[0].parameters
    assert (told["CallSid"], told["CallStatus"]) == (call_sid, "completed")
    notifications = own_server.rest("GET", f"/Calls/{call_sid}/Notifications")["notifications"]
    assert [row["error_code"] for row in notifications] == ["12400"]


def test_kill_9_of_the_media_process_ends_its_calls_and_the_next_call_works(
    own_server: RunningServer, web_app: WebApp, new_phone: NewPhone
) -> None:
    own_server.start()
    phone, call_sid = waiting_call(own_server, web_app, new_phone, "/fault2")
    assert own_server.process is not None
    os.kill(children(own_server.process.pid)["callwright.media.process"], signal.SIGKILL)
    phone.wait_for("ended")
    ended = eventually(lambda: own_server.rest("GET", f"/Calls/{call_sid}"), lambda call: call["end_time"] is not None)
    assert ended["status"] == "completed"
    eventually(lambda: httpx.get(f"{own_server.url}/healthz").status_code, lambda status: status == 200)
    web_app.answer("/fault2", "<Response><Say>Here again.</Say></Response>")
    assert new_phone().call("+15556660001", own_server.sip).wait_for("ended")["status"] == 200


def test_sigterm_tells_live_calls_goodbye_and_leaves_only_final_rows(
    own_server: RunningServer, web_app: WebApp, new_phone: NewPhone
) -> None:
    own_server.start()
    phone, call_sid = waiting_call(own_server, web_app, new_phone, "/fault3")
    began_s = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - began_s < 10
    phone.wait_for("ended")
    own_server.start()
    assert own_server.rest("GET", f"/Calls/{call_sid}")["status"] == "completed"
    assert own_server.rest("GET", f"/Calls/{call_sid}/Notifications")["notifications"] == []
    assert web_app.wait_for("/fault3-status")[0].parameters["CallStatus"] == "completed"


def test_a_second_server_on_the_same_data_is_refused_with_the_reason(own_server: RunningServer) -> None:
    own_server.start()
    second = RunningServer(own_server.data)
    with pytest.raises(AssertionError, match="another server runs on"):
        second.start()
