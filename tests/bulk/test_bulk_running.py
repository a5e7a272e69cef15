"""Numbers by the thousand on a started server: others are served meanwhile, and it is all or nothing."""

import contextlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.conftest import Run
from tests.cli.conftest import run as run  # the fixture
from tests.running.server import RunningServer

from callwright.config import Settings
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.storage.database import open_database
from callwright.usecases.ports import Condition, UnitOfWork

NUMBERS = 5000
#: So many that they are written in several parts, between which a server can die.
MANY = 25_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A started server with many numbers on one application."""
    started = RunningServer(tmp_path / "data").start()
    try:
        fill(started)
        yield started
    finally:
        started.close()


def fill(server: RunningServer) -> None:
    for name in ("old", "new"):
        server.rest("POST", "/Applications", FriendlyName=name, VoiceUrl=f"https://{name}.example/")
    add_numbers(server, range(NUMBERS))


def add_numbers(server: RunningServer, places: range) -> None:
    old = application(server, "old")

    def work(unit: UnitOfWork) -> None:
        for at in places:
            fields: dict[str, Any] = {"phone_number": f"+1555{at:07}", "voice_application_sid": old, "tags": ["many"]}
            unit.insert(
                IncomingPhoneNumber.model_construct(
                    sid=unit.new_sid("PN"), account_sid=server.account_sid, friendly_name="x", **fields
                )
            )

    with_numbers(server, lambda database: database.write_sync(work))


def with_numbers(server: RunningServer, use: Any) -> Any:
    database = open_database(Settings(data=server.data))
    try:
        return use(database)
    finally:
        database.close()


def application(server: RunningServer, name: str) -> str:
    (found,) = server.rest("GET", "/Applications", FriendlyName=name)["applications"]
    return str(found["sid"])


def count_on(server: RunningServer, name: str) -> int:
    wanted = [Condition("voice_application_sid", application(server, name))]
    return int(with_numbers(server, lambda db: db.read_sync(lambda unit: unit.count(IncomingPhoneNumber, wanted))))


def bulk(server: RunningServer, **body: Any) -> httpx.Response:
    return httpx.post(f"{server.url}/v1/Numbers/Bulk", auth=server.credentials, json=body, timeout=120)


def test_thousands_move_while_others_read_and_write_and_come_back_by_their_group(server: RunningServer) -> None:
    is_over = threading.Event()

    def read() -> int:
        done = 0
        while not is_over.is_set():
            server.rest("GET", "/IncomingPhoneNumbers", PageSize=10)
            done += 1
        return done

    def write() -> int:
        done = 0
        while not is_over.is_set():
            server.rest("POST", "/Applications", FriendlyName=f"meanwhile {done}")
            done += 1
        return done

    changes = {"voice_application_sid": application(server, "new")}
    with ThreadPoolExecutor() as pool:
        reads, writes = pool.submit(read), pool.submit(write)
        answer = bulk(server, where={"tag": "many"}, changes=changes, reason="new web app", expected_count=NUMBERS)
        is_over.set()
        assert reads.result() > 0
        assert writes.result() > 0
    told = answer.json()
    assert (answer.status_code, told["changed"]) == (200, NUMBERS), told
    assert (count_on(server, "new"), count_on(server, "old")) == (NUMBERS, 0)
    (newest,) = server.v1("GET", f"/Revisions?group_id={told['group_id']}&limit=1")["revisions"]
    assert newest["reason"] == "new web app"

    undone = httpx.request(
        told["undo"]["method"], server.url + told["undo"]["path"], auth=server.credentials, timeout=120
    )
    assert undone.status_code < 300, undone.text
    assert (count_on(server, "new"), count_on(server, "old")) == (0, NUMBERS)


def test_single_updates_meanwhile_are_neither_lost_nor_in_the_way(server: RunningServer) -> None:
    (number,) = server.rest("GET", "/IncomingPhoneNumbers", PageSize=1)["incoming_phone_numbers"]
    path = f"{server.url}/v1/Numbers/{number['sid']}"
    is_over = threading.Event()

    def note() -> int:
        done = 0
        while not is_over.is_set():
            done += 1
            httpx.post(path, auth=server.credentials, json={"notes": f"note {done}"}, timeout=60).raise_for_status()
        return done

    with ThreadPoolExecutor() as pool:
        noting = pool.submit(note)
        for name in ("new", "old", "new"):
            answer = bulk(server, all=True, changes={"voice_application_sid": application(server, name)})
            assert answer.status_code == 200, answer.text
        is_over.set()
        notes = noting.result()
    shown = httpx.get(path, auth=server.credentials, timeout=60)
    assert shown.json()["notes"] == f"note {notes}"
    assert shown.json()["voice_application_sid"] == application(server, "new")
    stale = {"If-Match": f'"{int(shown.headers["ETag"].strip(chr(34))) - 1}"'}
    refused = httpx.post(path, auth=server.credentials, json={"notes": "y"}, headers=stale, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (412, 20412)


def test_a_server_that_dies_while_it_writes_leaves_nothing_half_done(server: RunningServer) -> None:
    add_numbers(server, range(NUMBERS, MANY))
    body = {"all": True, "changes": {"voice_application_sid": application(server, "new")}}
    headers = {"Accept": "application/x-ndjson"}
    url = f"{server.url}/v1/Numbers/Bulk"
    lines: list[dict[str, Any]] = []
    with (
        contextlib.suppress(httpx.TransportError),
        httpx.stream("POST", url, auth=server.credentials, json=body, headers=headers, timeout=120) as answer,
    ):
        for line in answer.iter_lines():
            lines.append(json.loads(line))
            if lines[-1]["stage"] == "writing":
                server.kill()
    assert (lines[-1]["stage"], lines[-1]["done"] < MANY) == ("writing", True), "it has to die while it writes"
    server.start()
    on_new, on_old = count_on(server, "new"), count_on(server, "old")
    assert (on_new, on_old) in {(MANY, 0), (0, MANY)}
    groups = server.v1("GET", "/RevisionGroups?limit=1")["revision_groups"]
    is_written = (groups[0]["counts"][0]["operation"], groups[0]["counts"][0]["count"]) == ("update", MANY)
    assert is_written == (on_new == MANY)


def test_the_command_line_shows_what_differs_and_then_does_it(server: RunningServer, run: Run, tmp_path: Path) -> None:
    given = ("--data", server.data)
    only_shown = run("numbers", "assign", "--where", "tag=many", "--voice-app", "new", "--dry-run", "--show", 2, *given)
    assert only_shown.status == 0, only_shown.error
    assert f"{NUMBERS} numbers meant: {NUMBERS} differ" in only_shown.out
    assert count_on(server, "new") == 0

    done = run("numbers", "assign", "--where", "voice-app=old", "--where", "phone-number=+1555000000", "--voice-app",
               "new", "--yes", "--reason", "moved", *given)  # fmt: skip
    assert done.status == 0, done.error
    assert "Changed 10 numbers (RG" in done.out
    assert count_on(server, "new") == 10
    undo = done.out.rpartition("Undo: callwright ")[2].split()
    assert run(*undo, "--yes", *given).status == 0
    assert count_on(server, "new") == 0

    table = tmp_path / "numbers.csv"
    table.write_text(f"phone_number,voice_application_sid\n+15550000007,{application(server, 'new')}\n")
    assert run("numbers", "assign", "--csv", table, "--yes", "--json", *given).json["changed"] == 1
    table.write_text("phone_number,voice_url\n+15550000007,nowhere\n")
    refused = run("numbers", "assign", "--csv", table, "--yes", *given)
    assert refused.status != 0
    assert "line 2, column voice_url" in refused.error
    assert run("numbers", "assign", "--voice-app", "new", *given).status == 2
    assert run("numbers", "assign", "--all", *given).status == 2
