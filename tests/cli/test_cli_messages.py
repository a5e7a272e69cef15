"""The commands for messages, carriers and short codes: on a running server, and on its data alone."""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, SecretStr
from tests.cli.conftest import Run
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import WebApp

from callwright.cli import carrier_options
from callwright.cli.failure import CommandFailed
from callwright.messaging.carrier import KINDS, CarrierKind, CarrierSettings, register

_numbers = count(15_558_100_001)
_names = count(1)


@pytest.fixture
def number(server: RunningServer) -> str:
    """A number of the server that nobody answers."""
    e164 = f"+{next(_numbers)}"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=e164)
    return e164


@pytest.fixture
def name() -> str:
    return f"Carrier {next(_names)}"


def at(server: RunningServer) -> tuple[str, Path]:
    return "--data", server.data


def test_a_message_is_sent_followed_and_its_answer_shown(
    run: Run, server: RunningServer, number: str, web_app: WebApp
) -> None:
    url = web_app.answer("/cli-sms", "<Response><Message>Hi yourself</Message></Response>")
    answering = f"+{next(_numbers)}"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=answering, SmsUrl=url)
    ran = run("messages", "send", answering, "Hello", "you", "--from", number, "--wait", *at(server))
    assert ran.status == 0, ran.error
    assert "is delivered." in ran.out
    assert f"{answering} answers: Hi yourself" in ran.out
    ran = run("messages", "send", answering, "Hello", "--from", number, "--wait", *at(server), "--json")
    assert (ran.json["status"], ran.json["body"]) == ("delivered", "Hello")
    assert [answer["body"] for answer in ran.json["answers"]] == ["Hi yourself"]
    listed = run("messages", "list", "--from", answering, "--to", number, *at(server))
    assert "Hi yourself" in listed.out


def test_a_message_that_does_not_arrive_ends_with_3_and_says_why(run: Run, server: RunningServer, number: str) -> None:
    ran = run("messages", "send", "+15550009999", "Hello", "--from", number, "--wait", *at(server))
    assert ran.status == 3
    assert "(error 30003)" in ran.error
    assert "callwright carriers" in ran.error


def test_a_message_is_shown_with_what_is_known_of_it_then_redacted_and_deleted(
    run: Run, server: RunningServer, number: str
) -> None:
    sent = run("messages", "send", number, "Hello", "--from", own(server), *at(server), "--json").json

    def arrived() -> bool:
        return bool(run("messages", "show", sent["sid"], *at(server), "--json").json["status"] == "delivered")

    eventually(arrived, bool)
    shown = run("messages", "show", sent["sid"], *at(server), "--json").json
    assert shown["inspection"]["attempts"] == 1
    assert shown["inspection"]["queue_time_ms"] >= 0
    text = run("messages", "show", sent["sid"], *at(server)).out
    assert "queue_time_ms" in text
    assert "How it was routed" in text
    assert "by: " in text.partition("How it was routed")[2]
    assert "rule" not in text, "drawn, not listed"
    assert run("messages", "redact", sent["sid"], "-y", *at(server)).status == 0
    assert run("messages", "show", sent["sid"], *at(server), "--json").json["body"] == ""
    assert run("messages", "delete", sent["sid"], "-y", *at(server)).status == 0
    gone = run("messages", "show", sent["sid"], *at(server))
    assert (gone.status, f"there is no message {sent['sid']} in this account. " in gone.error) == (1, True)
    assert "it is no SID" in run("messages", "show", "SM123", *at(server)).error


def own(server: RunningServer) -> str:
    e164 = f"+{next(_numbers)}"
    server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=e164)
    return e164


def test_a_message_is_scheduled_and_canceled(run: Run, server: RunningServer, number: str) -> None:
    moment = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    options = ("--from", number, "--send-at", moment, "--wait")
    scheduled = run("messages", "send", own(server), "Later", *options, *at(server), "--json").json
    assert scheduled["status"] == "scheduled"
    assert "is canceled" in run("messages", "cancel", scheduled["sid"], *at(server)).out


def test_refusals_keep_their_code(run: Run, server: RunningServer) -> None:
    ran = run("messages", "send", "+15550009999", "Hello", "--from", "+15550008888", *at(server))
    assert (ran.status, "(error 21606)" in ran.error) == (1, True)


def test_a_carrier_is_added_shown_changed_and_deleted_by_name(run: Run, server: RunningServer, name: str) -> None:
    limits = ("--sender", "+1555*", "--destination", "+49", "--messages-per-second", "2.5", "--priority", "3")
    added = run("carriers", "add", name, "--kind", "loopback", *limits, "--disable", *at(server), "--json").json
    assert (added["senders"], added["destinations"], added["messages_per_second"]) == (["+1555*"], ["+49"], 2.5)
    assert (added["priority"], added["is_enabled"], added["retry_unacknowledged"]) == (3, False, True)
    listed = run("carriers", "list", *at(server)).out
    assert name in listed
    assert "disabled" in listed
    cleared = ("--sender", "", "--messages-per-second", "", "--no-retry-unacknowledged")
    changed = run("carriers", "update", name, *cleared, *at(server), "--json").json
    assert (changed["senders"], changed["messages_per_second"], changed["retry_unacknowledged"]) == ([], None, False)
    shown = " ".join(run("carriers", "show", name, *at(server)).out.split())
    assert "connection state" in shown
    assert f"`callwright carriers update '{name}'` with --enable." in shown
    assert run("carriers", "delete", name, "-y", *at(server)).status == 0
    assert f"no carrier is named {name!r}" in run("carriers", "show", name, *at(server)).error
    assert run("carriers", "update", name, *at(server)).status == 2


def test_an_smpp_carrier_is_added_and_tells_that_nobody_answers(run: Run, server: RunningServer, name: str) -> None:
    login = ("--system-id", "acme", "--password", "pa55word", "--no-tls", "--window", "20")
    limits = ("--destination", "+49", "--disable", *at(server), "--json")
    added = run("carriers", "add", name, "--kind", "smpp", "--host", "127.0.0.1:9", *login, *limits).json
    assert (added["settings"]["host"], added["settings"]["port"], added["settings"]["window"]) == ("127.0.0.1", 9, 20)
    assert added["secrets"] == {"password": "set"}
    shown = run("carriers", "show", name, *at(server)).out
    assert "password" in shown
    assert "pa55word" not in shown
    run("carriers", "update", name, "--enable", "--password", "env:NO_SUCH_PASSWORD", *at(server))

    def failed() -> bool:
        told = run("carriers", "show", name, *at(server), "--json").json["connection"]
        return bool(not told["is_ready"] and "NO_SUCH_PASSWORD" in (told["detail"] or ""))

    eventually(failed, bool)
    run("carriers", "delete", name, "-y", *at(server))


def test_an_option_of_another_kind_is_refused(run: Run, server: RunningServer, name: str) -> None:
    ran = run("carriers", "add", name, "--kind", "loopback", "--system-id", "x", *at(server))
    assert ran.status == 2
    assert "--system-id is an option of kind smpp" in ran.error
    ran = run("carriers", "add", name, "--kind", "drum", *at(server))
    assert "give one of" in ran.error


def test_kinds_are_listed_with_their_settings(run: Run, server: RunningServer) -> None:
    told = {kind["name"]: kind for kind in run("carriers", "kinds", *at(server), "--json").json}
    assert {"loopback", "smpp"} <= told.keys()
    out = run("carriers", "kinds", *at(server)).out
    assert "--system-id" in out
    assert "--id-path" in out
    only = run("carriers", "kinds", "smpp", *at(server)).out
    assert "--system-id" in only
    assert "--id-path" not in only
    assert "give one of" in run("carriers", "kinds", "drum", *at(server)).error


def test_short_codes_are_added_listed_changed_and_deleted(run: Run, server: RunningServer) -> None:
    added = run("short-codes", "add", "54321", "--sms-url", "http://a.example/s", *at(server), "--json").json
    assert (added["short_code"], added["sms_url"]) == ("54321", "http://a.example/s")
    assert "54321" in run("short-codes", "list", *at(server)).out
    assert run("short-codes", "update", "54321", *at(server)).status == 2
    changed = ("--name", "Votes", "--sms-url", "", "--sms-method", "get")
    assert run("short-codes", "update", "54321", *changed, *at(server)).status == 0
    shown = run("short-codes", "show", added["sid"], *at(server), "--json").json
    assert (shown["friendly_name"], shown["sms_url"], shown["sms_method"]) == ("Votes", None, "GET")
    assert "(error 20409)" in run("short-codes", "add", "54321", *at(server)).error
    assert run("short-codes", "delete", "54321", "-y", *at(server)).status == 0
    assert "no short code 54321" in run("short-codes", "delete", "54321", "-y", *at(server)).error


def test_messages_and_carriers_can_be_prepared_while_no_server_runs(run: Run, own_server: RunningServer) -> None:
    own_server.start()
    sender, recipient = own(own_server), own(own_server)
    own_server.stop()
    here = at(own_server)
    ran = run("messages", "send", recipient, "Hello", "--from", sender, "--wait", *here)
    assert (ran.status, "needs a running server" in ran.error) == (2, True)
    assert "when the server runs" in run("messages", "send", recipient, "Hello", "--from", sender, *here).out
    assert "when the server runs" in run("carriers", "add", "here", "--kind", "loopback", *here).out
    assert "stopped" in run("carriers", "list", *here).out
    own_server.start()

    def arrived() -> bool:
        rows = run("messages", "list", "--to", recipient, *here, "--json").json
        return [row["status"] for row in rows if row["direction"] == "outbound-api"] == ["delivered"]

    eventually(arrived, bool)


# -- options of kinds, apart from any server


class DrumSettings(CarrierSettings):
    host: str = Field(description="Where the drum stands.")
    port: int = Field(7, description="Which skin.")
    url: str = Field("", description="A page about it.")
    loud: bool = Field(False, description="Whether it is heard.")
    drummers: list[str] = Field([], description="Who plays.")
    rhythms: dict[str, str] = Field({}, description="Words and their rhythms.")
    password: SecretStr | None = Field(None, description="For the hut.")


class FluteSettings(CarrierSettings):
    host: str = Field(description="Where the flute lies.")
    loud: str = Field("very", description="How much it is heard.")


@pytest.fixture
def drums() -> Iterator[None]:
    for kind, settings in (("drum", DrumSettings), ("flute", FluteSettings)):
        register(CarrierKind(kind, "Heard far.", settings, connect=lambda *_: None))  # type: ignore[arg-type]  # nothing connects here
    carrier_options._options.cache_clear()
    yield
    del KINDS["drum"], KINDS["flute"]
    carrier_options._options.cache_clear()


@pytest.mark.usefixtures("drums")
def test_settings_of_equal_shape_share_an_option_and_others_are_named_after_their_kind() -> None:
    drum, flute = carrier_options.flags_of("drum"), carrier_options.flags_of("flute")
    assert drum["host"] == flute["host"] == "--host"
    assert (drum["loud"], flute["loud"]) == ("--drum-loud", "--flute-loud")
    assert drum["url"] != "--url", "that is where the server is"


@pytest.mark.usefixtures("drums")
@pytest.mark.parametrize(
    ("option", "given", "expected"),
    [
        ("host", "hill.example:70", {"host": "hill.example", "port": 70}),
        ("host", "hill.example", {"host": "hill.example"}),
        ("host", "2001:db8::1", {"host": "2001:db8::1"}),
        ("host", "[2001:db8::1]:70", {"host": "2001:db8::1", "port": 70}),
        ("port", "70", {"port": 70}),
        ("port", "x", {"port": "x"}),
        ("port", "", {"port": None}),
        ("drummers", ["a", "b"], {"drummers": ["a", "b"]}),
        ("drummers", ['["a", "b"]'], {"drummers": ["a", "b"]}),
        ("drummers", [""], {"drummers": None}),
        ("rhythms", ["yes=. -", "no=a=b"], {"rhythms": {"yes": ". -", "no": "a=b"}}),
        ("rhythms", ['{"yes": "."}'], {"rhythms": {"yes": "."}}),
    ],
)
def test_options_become_settings(option: str, given: Any, expected: dict[str, Any]) -> None:
    assert carrier_options.settings_of("drum", {key("drum", option): given}).settings == expected


@pytest.mark.usefixtures("drums")
def test_secrets_are_kept_apart_and_an_empty_one_is_removed() -> None:
    password = key("drum", "password")
    assert carrier_options.settings_of("drum", {password: "x"}).fields == {"secrets": {"password": "x"}}
    assert carrier_options.settings_of("drum", {password: ""}).fields == {"secrets": {"password": None}}


@pytest.mark.usefixtures("drums")
def test_a_secret_is_read_from_standard_input_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    password = key("drum", "password")
    monkeypatch.setattr(sys, "stdin", io.StringIO("pa55 word\r\n\n"))
    assert carrier_options.settings_of("drum", {password: "-"}).secrets == {"password": "pa55 word"}
    for _ in ("an empty line", "the end"):
        with pytest.raises(CommandFailed, match="--password -: the standard input has no line"):
            carrier_options.settings_of("drum", {password: "-"})


@pytest.mark.usefixtures("drums")
def test_fields_that_the_server_names_are_told_as_options() -> None:
    told = carrier_options.with_options("It is off: set is_enabled.", "drum", "callwright carriers update D")
    assert told == "It is off: set is_enabled. On the command line: `callwright carriers update D` with --enable."
    assert carrier_options.with_options("Its host is unknown.", "drum") == "Its host is unknown."


def test_a_refused_setting_is_told_with_its_option(run: Run, server: RunningServer, name: str) -> None:
    login = ("--system-id", "acme", "--password", "x", "--tls-server-name", "a.example")
    ran = run("carriers", "add", name, "--kind", "smpp", "--host", "127.0.0.1:9", *login, *at(server))
    assert ran.status == 1
    assert "On the command line: --tls-server-name" in ran.error


@pytest.mark.usefixtures("drums")
@pytest.mark.parametrize(
    ("option", "given"),
    [("host", "hill:x"), ("rhythms", ["yes"]), ("rhythms", ["=x"]), ("drummers", ["[1"]), ("rhythms", ["{x}"])],
)
def test_what_cannot_be_read_is_told_with_its_option(option: str, given: Any) -> None:
    with pytest.raises(CommandFailed, match=f"--{option}"):
        carrier_options.settings_of("drum", {key("drum", option): given})


@pytest.mark.usefixtures("drums")
def test_an_option_the_kind_does_not_have_is_told_with_its_kinds() -> None:
    with pytest.raises(CommandFailed, match="of kind drum, and this carrier is of kind flute"):
        carrier_options.settings_of("flute", {key("drum", "drummers"): ["x"]})


def key(kind: str, setting: str) -> str:
    """The name by which `settings_of` knows the option."""
    flag = carrier_options.flags_of(kind)[setting]
    return f"setting_{flag.strip('-').replace('-', '_')}"
