"""Two numbers of the started server write to each other: no carrier is needed."""

import itertools
import subprocess
import sys
import time
from typing import Any

from tests.running.ports import free_tcp_port
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import Asked, Reply, WebApp

_paths = itertools.count(1)


def status_of(server: RunningServer, sid: str) -> str:
    return str(server.rest("GET", f"/Messages/{sid}")["status"])


def connection(server: RunningServer, carrier: Any) -> Any:
    """How the carrier's link is."""
    return server.v1("GET", f"/Carriers/{carrier['sid']}")["connection"]


def numbers(server: RunningServer, **fields: Any) -> tuple[str, str]:
    """Two new numbers; the second has the fields."""
    place = next(_paths)
    first, second = f"+1555666{place:02}01", f"+1555666{place:02}02"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=first)
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=second, **fields)
    return first, second


def test_a_message_between_two_numbers_is_delivered_answered_and_told_of(
    server: RunningServer, web_app: WebApp
) -> None:
    sms = web_app.answer("/loop1", "<Response><Message>Pong</Message></Response>")
    told = web_app.answer("/loop1-status", Reply("", "text/plain", 204))
    here, there = numbers(server, SmsUrl=sms)
    sent = server.rest("POST", "/Messages", From=here, To=there, Body="Ping", StatusCallback=told)
    assert sent["status"] == "queued"
    assert eventually(lambda: status_of(server, sent["sid"]), lambda status: status == "delivered")
    (asked,) = web_app.wait_for("/loop1")
    assert (asked.parameters["From"], asked.parameters["To"], asked.parameters["Body"]) == (here, there, "Ping")
    assert asked.parameters["SmsStatus"] == "received"
    assert [one.parameters["MessageStatus"] for one in web_app.wait_for("/loop1-status", 2)] == ["sent", "delivered"]
    replies = eventually(
        lambda: server.rest("GET", "/Messages", From=there, To=here)["messages"],
        lambda found: sorted(one["status"] for one in found) == ["delivered", "received"],
    )
    assert {one["direction"] for one in replies} == {"outbound-reply", "inbound"}
    assert {one["body"] for one in replies} == {"Pong"}


def test_conversations_go_on_in_order_and_keep_their_cookies(server: RunningServer, web_app: WebApp) -> None:
    def count(asked: Asked) -> Reply:
        cookie = next((value for name, value in asked.headers.items() if name.lower() == "cookie"), "n=0")
        number = int(cookie.partition("=")[2]) + 1
        body = f"<Response><Message>Answer {number} to {asked.parameters['Body']}</Message></Response>"
        return Reply(body, headers={"Set-Cookie": f"n={number}"})

    here, there = numbers(server, SmsUrl=web_app.answer("/loop2", count))
    for word in ("one", "two", "three"):
        server.rest("POST", "/Messages", From=here, To=there, Body=word)
    received = eventually(
        lambda: [
            one["body"]
            for one in server.rest("GET", "/Messages", From=there, To=here)["messages"]
            if one["direction"] == "inbound"
        ],
        lambda found: len(found) == 3,
    )
    assert received[::-1] == ["Answer 1 to one", "Answer 2 to two", "Answer 3 to three"]


def test_a_message_to_nobody_fails_and_says_what_to_do(server: RunningServer) -> None:
    here, _ = numbers(server)
    sent = server.rest("POST", "/Messages", From=here, To="+15556660000", Body="Hello?")
    failed = eventually(
        lambda: server.rest("GET", f"/Messages/{sent['sid']}"), lambda one: one["status"] in ("failed", "undelivered")
    )
    assert failed["error_code"] == 30003
    assert "carrier" in failed["error_message"]


def test_a_carrier_of_kind_loopback_delivers_here_as_well(server: RunningServer) -> None:
    here, there = numbers(server)
    carrier = server.v1("POST", "/Carriers", friendly_name="loop3", kind="loopback", destinations=[there])
    eventually(lambda: connection(server, carrier)["state"], lambda state: state == "ready")
    sent = server.rest("POST", "/Messages", From=here, To=there, Body="By the carrier")
    assert eventually(lambda: status_of(server, sent["sid"]), lambda status: status == "delivered")
    assert server.v1("GET", f"/Messages/{sent['sid']}")["carrier"]["sid"] == carrier["sid"]
    server.v1("DELETE", f"/Carriers/{carrier['sid']}")


def test_the_command_that_the_start_shows_sends_a_text_and_shows_the_answer(server: RunningServer) -> None:
    (line,) = [line for line in server.log.splitlines() if " messages send " in line]
    words = line.split()
    command = [sys.executable, "-m", "callwright", *words[words.index("messages") :]]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "delivered" in ran.stdout
    assert "Hello" in ran.stdout


def test_messages_that_wait_at_a_stop_go_out_after_the_next_start(own_server: RunningServer) -> None:
    own_server.start()
    here, there = "+15555550101", "+15555550100"
    sent = [
        server_sid["sid"]
        for server_sid in (own_server.rest("POST", "/Messages", From=here, To=there, Body=str(n)) for n in range(4))
    ]
    began_s = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - began_s < 12
    own_server.start()
    for sid in sent:  # a long code sends one a second
        eventually(lambda sid=sid: status_of(own_server, sid), lambda status: status == "delivered")  # type: ignore[misc]


def test_a_carrier_that_cannot_be_reached_leaves_the_server_healthy(server: RunningServer) -> None:
    carrier = server.v1(
        "POST",
        "/Carriers",
        friendly_name="nowhere",
        kind="smpp",
        destinations=["+999"],
        settings={"host": "127.0.0.1", "port": free_tcp_port(), "system_id": "x"},
        secrets={"password": "y"},
    )
    shown = eventually(lambda: connection(server, carrier), lambda shown: shown["state"] != "starting")
    assert not shown["is_ready"]
    assert server.health() == 200
    server.v1("DELETE", f"/Carriers/{carrier['sid']}")


def test_a_stop_keeps_back_what_waits_for_its_turn_but_not_its_own_answer(server: RunningServer) -> None:
    here, there = numbers(server)
    slow = {"friendly_name": f"slow {here}", "kind": "loopback", "senders": [here], "messages_per_second": 0.2}
    carrier = server.v1("POST", "/Carriers", **slow)
    eventually(lambda: connection(server, carrier)["is_ready"], bool)
    first, second = (server.rest("POST", "/Messages", From=here, To=there, Body=body)["sid"] for body in "12")
    eventually(lambda: status_of(server, first), lambda status: status == "delivered")
    server.rest("POST", "/Messages", From=there, To=here, Body="“Stop.”")
    eventually(lambda: status_of(server, second), lambda status: status == "failed")
    assert server.rest("GET", f"/Messages/{second}")["error_code"] == 21610
    answers = eventually(
        lambda: server.rest("GET", "/Messages", From=here, To=there)["messages"],
        lambda found: [one["status"] for one in found if one["direction"] == "outbound-reply"] == ["delivered"],
    )
    assert [one["body"] for one in answers if one["direction"] == "inbound"][1:] == ["1"]
    server.v1("DELETE", f"/Carriers/{carrier['sid']}")
