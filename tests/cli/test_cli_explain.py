"""`callwright explain` and what `calls show` tells of a call's way, on a running server."""

from itertools import count

import pytest
from tests.cli.conftest import Run
from tests.running.server import RunningServer

_numbers = count(15_558_350_001)


@pytest.fixture
def number(server: RunningServer) -> str:
    """A number with an application and URLs that lose."""
    e164 = f"+{next(_numbers)}"
    app = server.rest("POST", "/Applications", FriendlyName="Explained", VoiceUrl="http://u:secret@app.test/v")
    server.rest(
        "POST", "/IncomingPhoneNumbers", PhoneNumber=e164, VoiceApplicationSid=app["sid"], VoiceUrl="http://old.test/"
    )
    return e164


def test_the_way_of_a_call_is_drawn_with_what_lost(run: Run, server: RunningServer, number: str) -> None:
    ran = run("explain", number, "--from", "+15555550111", "--data", server.data)
    assert ran.status == 0, ran.error
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert lines[0].startswith(f"call from +15555550111 to {number} at ")
    assert "by: VoiceApplicationSid beats every voice URL of the number" in ran.out
    assert "not: http://old.test/" in ran.out
    assert lines[-1].endswith("POST http://app.test/v")
    assert "secret" not in ran.out


def test_machines_get_json(run: Run, server: RunningServer, number: str) -> None:
    told = run("explain", number, "--at", "2026-12-25T10:00+01:00", "--json", "--data", server.data).json
    assert (told["at"], told["outcome"]["kind"]) == ("2026-12-25T09:00:00Z", "webhook")


def test_a_refusal_names_cause_fix_and_code(run: Run, server: RunningServer) -> None:
    ran = run("explain", "+15558359999", "--data", server.data)
    assert "refused  +15558359999 is no number" in ran.out
    for told in ("fix: add it", "code: 99010", "SIP status: 404"):
        assert told in ran.out


def test_a_message_and_what_goes_out_are_explained(run: Run, server: RunningServer, number: str) -> None:
    ran = run("explain", number, "--sms", "--data", server.data)
    assert "kept" in ran.out
    assert "! The number has no SmsUrl" in ran.out
    ran = run("explain", "+15558359999", "--from", number, "--sms", "--data", server.data)
    assert "(outbound)" in ran.out
    assert "carrier" in ran.out


def test_trunk_and_carrier_are_given_by_name(run: Run, server: RunningServer, number: str) -> None:
    at = ("--data", server.data, "--json")
    trunk = server.trunk(friendly_name="Brings it", allowed_sources=["198.51.100.7"], country_code="1")
    told = run("explain", number.removeprefix("+1"), "--trunk", "Brings it", *at).json
    assert (told["to"], told["outcome"]["kind"]) == (number, "webhook")
    assert run("explain", number.removeprefix("+1"), "--trunk", trunk["sid"], *at).json["to"] == number
    server.v1("POST", "/Carriers", friendly_name="Brings them", kind="loopback", is_enabled=False)
    assert run("explain", number, "--sms", "--carrier", "Brings them", *at).json["outcome"]["kind"] == "kept"
    assert "no trunk is named 'Nobody'" in run("explain", number, "--trunk", "Nobody", *at).error


def test_a_wrong_moment_is_told(run: Run, server: RunningServer, number: str) -> None:
    ran = run("explain", number, "--at", "tomorrow", "--data", server.data)
    assert ran.status == 1
    assert "ISO 8601" in ran.error


def test_a_call_shows_how_it_was_routed(run: Run, server: RunningServer, number: str) -> None:
    server.trunk(friendly_name="nowhere", host="127.0.0.1", port=9)
    call = server.rest("POST", "/Calls", To="+15558359998", From=number, Url="http://app.test/v")
    ran = run("calls", "show", call["sid"], "--data", server.data)
    assert "How it was routed when it started" in ran.out
    assert "by: Url drives the call" in ran.out
    told = run("calls", "show", call["sid"], "--json", "--data", server.data).json
    assert told["inspection"]["route"]["source"] == "request"
