"""Files go with messages over the started server: fetched, handed on, opened by link, and deleted."""

import itertools
from pathlib import Path
from typing import Any

import httpx
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Reply, WebApp

PICTURE = b"\x89PNG\r\n\x1a\n and some pixels"
_places = itertools.count(1)


def numbers(server: RunningServer, **fields: Any) -> tuple[str, str]:
    """Two new numbers; the second has the fields."""
    place = next(_places)
    first, second = f"+1555667{place:02}01", f"+1555667{place:02}02"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=first)
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=second, **fields)
    return first, second


def ended(server: RunningServer, sid: str) -> Any:
    return eventually(
        lambda: server.rest("GET", f"/Messages/{sid}"), lambda message: message["status"] in ("delivered", "failed")
    )


def files_of(server: RunningServer) -> set[str]:
    return {path.name for path in (server.data / "media").rglob("ME*")}


def media_of(server: RunningServer, message_sid: str) -> Any:
    return server.rest("GET", f"/Messages/{message_sid}/Media")["media_list"]


def test_a_picture_reaches_the_web_app_of_another_number(server: RunningServer, web_app: WebApp) -> None:
    sms = web_app.answer("/mms1", "<Response/>")
    picture = web_app.answer("/mms1.png", Reply(PICTURE, "image/png"))
    here, there = numbers(server, SmsUrl=sms)
    before = files_of(server)
    sent = server.rest("POST", "/Messages", From=here, To=there, Body="Look", MediaUrl=picture)
    assert sent["sid"].startswith("MM")
    assert ended(server, sent["sid"])["status"] == "delivered"
    (asked,) = web_app.wait_for("/mms1")
    assert (asked.parameters["NumMedia"], asked.parameters["MediaContentType0"]) == ("1", "image/png")
    received_sid = asked.parameters["MessageSid"]
    link = asked.parameters["MediaUrl0"]
    opened = httpx.get(link)
    assert (opened.status_code, opened.content, opened.headers["content-type"]) == (200, PICTURE, "image/png")
    assert httpx.get(link.partition("?")[0]).status_code == 401
    assert httpx.get(link.partition("?")[0], auth=server.credentials).content == PICTURE
    # Both messages share one file, which stays until the last of them lets it go.
    assert len(files_of(server) - before) == 1
    for message_sid in (sent["sid"], received_sid):
        (media,) = media_of(server, message_sid)
        assert files_of(server) - before
        server.rest("DELETE", f"/Messages/{message_sid}/Media/{media['sid']}")
        assert media_of(server, message_sid) == []
    assert httpx.get(link).status_code == 404
    eventually(lambda: files_of(server) - before, lambda files: not files, 30)


def test_a_file_that_cannot_be_had_fails_the_message(server: RunningServer, web_app: WebApp) -> None:
    here, there = numbers(server)
    missing = web_app.answer("/gone.png", Reply("", "text/plain", 404))
    page = web_app.answer("/page.html", Reply("<h1>", "text/html"))
    for url, code in ((missing, 11200), (page, 12300)):
        sent = server.rest("POST", "/Messages", From=here, To=there, MediaUrl=url)
        message = ended(server, sent["sid"])
        assert (message["status"], message["error_code"]) == ("failed", code)
        assert url in message["error_message"]
    assert Path(server.data / "media").stat().st_mode & 0o077 == 0
