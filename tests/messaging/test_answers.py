"""What web apps answer to messages, end to end on the started server: files, actions, fallbacks, stopped pairs."""

import itertools
from typing import Any

import httpx
import pytest
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Asked, Reply, WebApp

_places = itertools.count(1)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def pair(server: RunningServer, *fields: dict[str, Any]) -> list[str]:
    """New numbers, one with each set of fields."""
    place = next(_places)
    numbers = [f"+1555777{place:02}{ending:02}" for ending in range(len(fields))]
    for number, more in zip(numbers, fields, strict=True):
        server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number, **more)
    return numbers


def send(server: RunningServer, from_: str, to: str, body: str) -> None:
    server.rest("POST", "/Messages", From=from_, To=to, Body=body)


def received(server: RunningServer, from_: str, to: str, count: int) -> list[dict[str, Any]]:
    """The first so many messages that came in between the two, oldest first."""

    def inbound() -> list[dict[str, Any]]:
        listed = server.rest("GET", "/Messages", From=from_, To=to)["messages"]
        return [one for one in reversed(listed) if one["direction"] == "inbound"]

    return eventually(inbound, lambda found: len(found) >= count)


def test_a_file_in_a_reply_reaches_the_other_web_app_by_a_link_that_opens(
    server: RunningServer, web_app: WebApp
) -> None:
    picture = web_app.answer("/picture.png", Reply(PICTURE, "image/png"))
    reply = f"<Response><Message><Body>look</Body><Media>{picture}</Media></Message></Response>"
    here, there = pair(
        server, {"SmsUrl": web_app.answer("/got", "<Response/>")}, {"SmsUrl": web_app.answer("/mms", reply)}
    )
    send(server, here, there, "show me")
    (asked,) = web_app.wait_for("/got")
    told = asked.parameters
    assert (told["Body"], told["NumMedia"], told["MediaContentType0"]) == ("look", "1", "image/png")
    assert told["MessageSid"].startswith("MM")
    opened = httpx.get(told["MediaUrl0"])
    assert (opened.status_code, opened.content) == (200, PICTURE)
    (listed,) = server.rest("GET", f"/Messages/{told['MessageSid']}/Media")["media_list"]
    assert (listed["parent_sid"], listed["content_type"]) == (told["MessageSid"], "image/png")


def test_an_action_is_told_of_the_reply_and_its_document_goes_on(server: RunningServer, web_app: WebApp) -> None:
    web_app.answer("/act2", "<Response><Message>two</Message></Response>")
    first = web_app.answer("/act1", '<Response><Message action="/act2">one</Message></Response>')
    here, there = pair(server, {}, {"SmsUrl": first})
    send(server, here, there, "go")
    assert [one["body"] for one in received(server, there, here, 2)] == ["one", "two"]
    (asked,) = web_app.wait_for("/act2")
    sent = server.rest("GET", f"/Messages/{asked.parameters['MessageSid']}")
    assert (sent["body"], sent["direction"], asked.parameters["MessageStatus"]) == ("one", "outbound-reply", "queued")


def test_an_edit_of_the_application_counts_for_the_next_message(server: RunningServer, web_app: WebApp) -> None:
    broken = web_app.answer("/broken", Reply("no", "text/plain", 500))
    back = web_app.answer("/back", Reply("from the fallback", "text/plain"))
    application = server.rest("POST", "/Applications", FriendlyName="m", SmsUrl=broken, SmsFallbackUrl=back)
    here, there = pair(server, {}, {"SmsApplicationSid": application["sid"], "SmsUrl": "http://127.0.0.1:9/unused"})
    send(server, here, there, "1")
    assert received(server, there, here, 1)[0]["body"] == "from the fallback"
    (asked,) = web_app.wait_for("/back")
    assert (asked.parameters["ErrorCode"], asked.parameters["ErrorUrl"]) == ("11200", broken)
    edited = web_app.answer("/edited", Reply("edited", "text/plain"))
    server.rest("POST", f"/Applications/{application['sid']}", SmsUrl=edited)
    send(server, here, there, "2")
    assert received(server, there, here, 2)[1]["body"] == "edited"


def test_a_stopped_pair_is_refused_until_it_starts_again(server: RunningServer, web_app: WebApp) -> None:
    seen: list[str] = []

    def note(asked: Asked) -> Reply:
        seen.append(asked.parameters.get("OptOutType", ""))
        return Reply("<Response/>")

    here, there = pair(server, {}, {"SmsUrl": web_app.answer("/stop", note)})
    send(server, here, there, "Stop")
    [answer] = received(server, there, here, 1)
    assert "START" in answer["body"]
    with pytest.raises(AssertionError, match="21610"):
        send(server, there, here, "wanted?")
    send(server, here, there, "START")
    received(server, there, here, 2)
    send(server, there, here, "wanted")
    assert received(server, there, here, 3)[2]["body"] == "wanted"
    assert seen == ["STOP", "START"]
