"""`callwright export`, `plan` and `apply` on a started server: real calls, drift by the official SDK, a move."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.running.server import RunningServer
from tests.running.web_app import WebApp
from twilio.rest import Client

from callwright.sdk.http_clients import CallwrightHttpClient
from callwright.voice.phone import Phone as SipPhone

HANG_UP = "<Response><Hangup/></Response>"
NUMBER = "+15558770001"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path_factory.mktemp("configured") / "data").start()
    yield started
    started.close()


@pytest.fixture
def server(own_server: RunningServer, run: Run, tmp_path: Path) -> RunningServer:
    """One that nothing is managed on."""
    empty = tmp_path / "empty.yaml"
    empty.write_text("callwright: 1\n")
    assert run("apply", empty, "--prune", "--accept-drift", "--yes", "--data", own_server.data).status == 0
    return own_server


def call(server: RunningServer, number: str) -> None:
    """One SIP call to its end."""

    async def make() -> None:
        async with SipPhone("127.0.0.1") as phone:
            made = await phone.call(number, server.sip, from_number="+15558779999")
            async with asyncio.timeout(20):
                await made.ended

    asyncio.run(make())


def written(folder: Path, voice_url: str, *, more: str = "") -> Path:
    file = folder / "callwright.yaml"
    file.write_text(
        f"""\
# Who answers our numbers.
callwright: 1
applications:
  - friendly_name: Support
    voice_url: {voice_url}
numbers:
  - phone_number: {NUMBER}
    voice_application: Support
{more}"""
    )
    return file


def test_a_file_configures_a_server_and_calls_follow(
    run: Run, server: RunningServer, web_app: WebApp, tmp_path: Path
) -> None:
    at = ("--data", server.data)
    first, second = web_app.answer("/code/first", HANG_UP), web_app.answer("/code/second", HANG_UP)
    file = written(tmp_path, first)
    planned = run("plan", file, "--exit-code", *at)
    assert (planned.status, planned.error) == (2, "")
    assert f"+ number {NUMBER}" in planned.out
    assert "\x1b" not in planned.out, "plain where it is no terminal"
    applied = run("apply", file, "--yes", "--reason", "Ticket 7", *at)
    assert (applied.status, applied.error) == (0, "")
    group_id = applied.out.split("revisions undo ")[1].strip()
    assert run("plan", file, "--exit-code", *at).status == 0
    call(server, NUMBER)
    assert len(web_app.requests_to("/code/first")) == 1

    account_sid, auth_token = server.credentials
    client = Client(account_sid, auth_token, http_client=CallwrightHttpClient(server.url))
    application = client.applications.list(friendly_name="Support")[0]
    application.update(voice_url="https://hotfix.example/voice")
    drifted = run("plan", file, *at)
    assert f"! application Support ({application.sid}) was changed by {account_sid} from 127.0.0.1" in drifted.out
    assert f"voice_url: {first} → https://hotfix.example/voice" in drifted.out
    refused = run("apply", file, "--yes", *at)
    assert refused.status == 1
    assert "--accept-drift" in refused.error
    assert client.applications(application.sid).fetch().voice_url == "https://hotfix.example/voice"

    assert run("apply", written(tmp_path, second), "--yes", "--accept-drift", *at).status == 0
    call(server, NUMBER)
    assert len(web_app.requests_to("/code/second")) == 1
    assert run("revisions", "undo", group_id, "--force", "--yes", *at).status == 0
    assert client.applications.list(friendly_name="Support") == []


def test_an_export_moves_a_configuration_to_another_server_with_its_sids(
    run: Run, server: RunningServer, tmp_path: Path
) -> None:
    at = ("--data", server.data)
    file = written(tmp_path, "https://a.example/v")
    assert run("apply", file, "--yes", *at).status == 0
    exported = tmp_path / "exported.yaml"
    assert "applications" in run("export", exported, *at).out
    assert run("plan", exported, "--exit-code", *at).status == 0
    assert run("export", *at).out == exported.read_text()
    sid = run("apps", "show", "Support", *at, "--json").json["sid"]
    other = RunningServer(tmp_path / "other").start()
    try:
        # A fresh server has a demo of its own, with other SIDs: the SIDs of the file are its own.
        text = "\n".join(["callwright: 1", "applications:", f"  - sid: {sid}", "    friendly_name: Support", ""])
        (tmp_path / "support.yaml").write_text(text)
        assert run("apply", tmp_path / "support.yaml", "--yes", "--data", other.data).status == 0
        assert run("apps", "show", "Support", "--data", other.data, "--json").json["sid"] == sid
        other.stop()  # the same on the data alone
        assert run("plan", tmp_path / "support.yaml", "--exit-code", "--data", other.data).status == 0
    finally:
        other.close()


def test_problems_are_told_with_file_line_and_column(run: Run, server: RunningServer, tmp_path: Path) -> None:
    at = ("--data", server.data)
    more = f"  - phone_number: {NUMBER[:-1]}2\n    voice_application: Suport\n    voice_ur: x\n"
    file = written(tmp_path, "https://a.example", more=more)
    refused = run("apply", file, "--yes", *at)
    assert refused.status == 1
    assert f"{file}:11:5: 'voice_ur' is no setting of a number: did you mean voice_url?" in refused.error
    file.write_text(file.read_text().replace("    voice_ur: x\n", ""))
    refused = run("plan", file, *at)
    assert f"{file}:10:5: no application is named 'Suport': did you mean 'Support'?" in refused.error
    file.write_text(file.read_text() + "    voice_application: Support\n")
    assert f"{file}:11:5: 'voice_application' stands here twice" in run("plan", file, *at).error


def test_prune_deletes_what_the_file_had_and_asks_first(
    run: Run, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--data", server.data)
    file = written(tmp_path, "https://a.example/v")
    run("apply", file, "--yes", *at)
    file.write_text("callwright: 1\n")
    assert "2 that the files had before are left alone" in run("plan", file, *at).out
    planned = run("plan", file, "--prune", *at)
    assert f"- number {NUMBER}" in planned.out
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("apply", file, "--prune", *at).status == 1
    assert run("apps", "show", "Support", *at).status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    asked = run("apply", file, "--prune", "--json", *at)
    assert (asked.status, asked.out) == (1, "")
    assert f"- number {NUMBER}" in asked.error
    assert "Apply these changes?" in asked.error
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31m- application Support" in run("plan", file, "--prune", *at).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31" not in run("plan", file, "--prune", *at).out
    assert run("apply", file, "--prune", "--yes", "--json", *at).json["summary"]["delete"] == 2
    assert run("apps", "show", "Support", *at).status == 1


def test_thousands_of_numbers_go_by_file(run: Run, server: RunningServer, tmp_path: Path) -> None:
    at = ("--data", server.data)
    lines = [f"  - phone_number: +1444{index:07d}\n    voice_application: Support\n" for index in range(2_000)]
    file = written(tmp_path, "https://a.example/v", more="".join(lines))
    assert run("apply", file, "--yes", *at).status == 0
    assert "2002 record(s) are as the files say" in run("apply", file, *at).out
