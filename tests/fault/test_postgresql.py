"""The started server on a real PostgreSQL: calls, callbacks, and what a kill -9 leaves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.fault.test_process_death import waiting_call
from tests.running.phone import Phone
from tests.running.server import RunningServer
from tests.running.waiting import eventually
from tests.running.web_app import WebApp
from tests.storage.postgresql_server import PostgresqlServer

NewPhone = Callable[[], Phone]


@pytest.fixture
def postgresql_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server on a database of its own; not started yet."""
    postgresql = PostgresqlServer()
    postgresql.start()
    running = RunningServer(tmp_path / "data", ("--database", postgresql.create_database()))
    try:
        yield running
    finally:
        running.close()
        postgresql.stop()


def test_calls_callbacks_and_restarts_work_on_postgresql(
    postgresql_server: RunningServer, web_app: WebApp, new_phone: NewPhone
) -> None:
    server = postgresql_server.start()
    _, call_sid = waiting_call(server, web_app, new_phone, "/pg1")
    server.kill()
    server.start()
    assert server.rest("GET", f"/Calls/{call_sid}")["status"] == "completed"
    told = web_app.wait_for("/pg1-status")[0].parameters
    assert (told["CallSid"], told["CallStatus"]) == (call_sid, "completed")
    web_app.answer("/pg1", "<Response><Say>Here again.</Say></Response>")
    assert new_phone().call("+15556660001", server.sip).wait_for("ended")["status"] == 200
    assert len(web_app.wait_for("/pg1-status", 2)) == 2
    callee = new_phone().listen()
    server.trunk(friendly_name="callee", host="127.0.0.1", port=callee.port)
    server.rest("POST", "/Calls", To="+15559990001", From="+15556660001", Twiml="<Response><Say>Hi.</Say></Response>")
    assert callee.wait_for("ended")["status"] == 200


def test_messages_go_out_in_turn_and_wait_for_the_next_start_on_postgresql(postgresql_server: RunningServer) -> None:
    server = postgresql_server.start()

    def statuses(sids: list[str]) -> list[str]:
        return [server.rest("GET", f"/Messages/{sid}")["status"] for sid in sids]

    def sent(count: int) -> list[str]:
        form = {"From": "+15555550101", "To": "+15555550100"}
        return [server.rest("POST", "/Messages", **form, Body=f"text {n}")["sid"] for n in range(count)]

    first = sent(2)
    eventually(lambda: statuses(first), lambda all_of: all_of == ["delivered"] * 2)
    waiting = sent(4)  # a long code sends one a second
    server.kill()
    server.start()
    eventually(lambda: statuses(waiting), lambda all_of: all_of == ["delivered"] * 4)
    listed = server.rest("GET", "/Messages", From="+15555550101", PageSize=50)["messages"]
    assert len([one for one in listed if one["direction"] == "outbound-api"]) == 6
    assert len([one for one in listed if one["direction"] == "inbound"]) == 6


def test_a_second_server_of_the_same_name_does_not_start_and_takes_nothing(
    postgresql_server: RunningServer, tmp_path: Path
) -> None:
    server = postgresql_server.start()
    second = RunningServer(tmp_path / "second", server.options)
    with pytest.raises(AssertionError, match="did not start"):
        second.start()
    assert "another server named local runs on this database: give each its own CALLWRIGHT_NODE" in second.log
    assert second.process is not None
    assert second.process.returncode == 1
    named = RunningServer(tmp_path / "second", server.options, {"CALLWRIGHT_NODE": "second"}).start()
    assert (named.stop(), server.health()) == (0, 200)
    server.kill()
    assert server.start().stop() == 0
