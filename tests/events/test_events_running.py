"""The stream of events of a started server, as a client and as the command line follow it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.running.server import RunningServer
from tests.running.waiting import eventually

FIRST, SECOND = "+15556680001", "+15556680002"


class Followed:
    """An open stream; `next_event()` answers (id, name, data)."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next_event(self) -> tuple[str, str, Any]:
        fields: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                return fields["id"], fields["event"], json.loads(fields["data"])
            else:
                fields = {}
        raise AssertionError("the stream has ended")


@contextmanager
def following(server: RunningServer, last_event_id: str | None = None, **query: Any) -> Iterator[Followed]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    with (
        httpx.Client(auth=server.credentials, timeout=30) as client,
        client.stream("GET", f"{server.url}/v1/Events", params=query, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        yield Followed(lines)


def test_a_message_is_followed_from_the_queue_to_its_delivery_and_a_lost_reader_misses_nothing(
    server: RunningServer,
) -> None:
    with following(server) as stream:
        for number in (FIRST, SECOND):
            created = server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number)
            event_id, name, data = stream.next_event()
            assert (name, data["sid"], data["resource"]) == (
                "configuration.create",
                created["sid"],
                "incoming_phone_numbers",
            )
    sent = server.rest("POST", "/Messages", From=FIRST, To=SECOND, Body="Hello")
    eventually(lambda: server.rest("GET", f"/Messages/{sent['sid']}")["status"], lambda status: status == "delivered")
    with following(server, last_event_id=event_id, kind="message", sid=sent["sid"]) as stream:
        events = [stream.next_event() for _ in range(4)]
    assert [name for _, name, _ in events] == [
        "message.queued",
        "message.sending",
        "message.sent",
        "message.delivered",
    ]
    numbers = [int(event_id.rpartition("-")[2]) for event_id, _, _ in events]
    assert numbers == sorted(numbers)


def test_the_command_line_follows_and_stops_after_so_many(server: RunningServer) -> None:
    command = [sys.executable, "-m", "callwright", "events", "--kind", "configuration", "--count", "1", "--json"]
    with subprocess.Popen(
        [*command, "--data", str(server.data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:

        def followed_change() -> int | None:
            server.rest("POST", "/Applications", FriendlyName="Followed")  # again, until the command has connected
            return process.poll()

        assert eventually(followed_change, lambda status: status is not None) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.read() == ""
        told = json.loads(process.stdout.read())
    assert (told["event"], told["friendly_name"]) == ("configuration.create", "Followed")


def test_open_streams_do_not_keep_a_server_from_stopping_and_are_told_of_its_restart(
    own_server: RunningServer,
) -> None:
    own_server.start()
    with following(own_server) as stream:
        own_server.rest("POST", "/Applications", FriendlyName="One")
        event_id, _, _ = stream.next_event()
        assert own_server.stop() == 0, "within the limit that stop() gives it"
    own_server.start()
    with following(own_server, last_event_id=event_id) as stream:
        _, name, data = stream.next_event()
    assert name == "reset"
    assert "restarted" in data["reason"]
