"""What people are told when a command cannot do its work: the cause, and what to do next."""

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.running.ports import free_tcp_port, free_udp_port

from callwright import __version__

ACCOUNT = ("--account", "AC" + "0" * 32, "--token", "secret")


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.split("/")[1]
        status, body = ANSWERS[name]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


ANSWERS = {
    "html": (200, b"<html>Welcome to nginx</html>"),
    "other": (200, b'{"hello": "world"}'),
    "denied": (401, b'{"code": 20003, "message": "Authenticate", "status": 401}'),
    "wrong": (400, json.dumps({"code": 21402, "message": "Invalid Url: give one.", "status": 400}).encode()),
    "array": (200, b"[1]"),
    "binary": (500, b"\xff\xfe\x00"),
}


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out == f"callwright {__version__}\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("html", "this is not a Callwright API. Check --url"),
        ("other", "answered no list of applications"),
        ("array", "this is not a Callwright API"),
        ("binary", "answered 500 without JSON"),
        ("denied", "does not accept these credentials. Give --account and --token"),
        ("wrong", "callwright: Invalid Url: give one (error 21402)"),
    ],
)
def test_a_wrong_server_is_explained(run: Run, elsewhere: str, name: str, told: str) -> None:
    ran = run("apps", "list", "--url", f"{elsewhere}/{name}", *ACCOUNT)
    assert ran.status == 1
    assert told in ran.error
    assert "Traceback" not in ran.error
    assert "secret" not in ran.error


@pytest.mark.parametrize("url", ["nonsense", "ftp://host", "http://", "http://[::1", "http://host:port"])
def test_what_is_no_url_is_said_to_be_none(run: Run, url: str) -> None:
    ran = run("apps", "list", "--url", url, *ACCOUNT)
    assert ran.status == 2
    assert "--url as http://HOST:PORT" in ran.error


def test_a_refused_connection_asks_whether_the_server_runs(run: Run) -> None:
    ran = run("numbers", "list", "--url", f"http://127.0.0.1:{free_tcp_port()}", *ACCOUNT)
    assert ran.status == 1
    assert "Is the server running (callwright serve)?" in ran.error


@pytest.mark.parametrize(
    "wrong",
    [
        ("missing.yaml",),
        ("broken.yaml",),
        ("empty",),
        ("--no-such-option", "missing.yaml"),
        (),
        ("x", "--url", "nonsense"),
    ],
    ids=["missing", "broken", "empty folder", "option", "no file", "url"],
)
def test_a_plan_that_fails_never_ends_like_one_with_changes(run: Run, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    (tmp_path / "broken.yaml").write_text("a: [1\n")
    (tmp_path / "empty").mkdir()
    given = [tmp_path / one if one in ("missing.yaml", "broken.yaml", "empty") else one for one in wrong]
    elsewhere = () if "--url" in wrong else ("--url", f"http://127.0.0.1:{free_tcp_port()}", *ACCOUNT)
    ran = run("plan", "--exit-code", *given, *elsewhere)
    assert (ran.status, ran.out) == (1, "")
    assert ran.error


def test_a_directory_without_data_is_not_filled(run: Run, tmp_path: Path) -> None:
    ran = run("apps", "list", "--data", tmp_path / "nothing")
    assert ran.status == 1
    assert "there is no Callwright data in" in ran.error
    assert not (tmp_path / "nothing").exists()


def test_an_account_without_its_token_is_refused(run: Run) -> None:
    ran = run("apps", "list", "--url", "http://127.0.0.1:1", "--account", "AC1")
    assert (ran.status, "--account and --token are given together" in ran.error) == (2, True)


def test_missing_credentials_are_asked_for(run: Run, tmp_path: Path) -> None:
    ran = run("apps", "list", "--url", "http://127.0.0.1:1", "--data", tmp_path)
    assert "no credentials: there is no credentials.json in" in ran.error


@pytest.mark.parametrize("written", ["{", "[]", '{"pid": "x"}', '{"pid": 1}'])
def test_a_damaged_server_file_does_not_end_in_a_traceback(run: Run, tmp_path: Path, written: str) -> None:
    (tmp_path / "server.json").write_text(written)
    ran = run("apps", "list", "--data", tmp_path)
    assert ran.status == 1
    assert ran.error.startswith("callwright: ")


def test_the_file_of_a_dead_server_is_not_believed(run: Run, tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    server = {"pid": child, "http": "127.0.0.1:1", "sip": "127.0.0.1:1", "base_url": "http://127.0.0.1:1"}
    (tmp_path / "server.json").write_text(json.dumps(server))
    assert "there is no Callwright data" in run("apps", "list", "--data", tmp_path).error
    assert "no server runs on" in run("call", "+15550100", "--data", tmp_path).error


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--http", "8080", "'8080' is not HOST:PORT"),
        ("--rtp-ports", "9-1", "--rtp-ports: '9-1' is not LOW-HIGH"),
        ("--public-url", "calls.example.com", "--public-url: 'calls.example.com' is not a web address"),
        ("--calls-per-second", "0", "--calls-per-second: Input should be greater than 0"),
    ],
)
def test_a_wrong_option_of_serve_is_named(run: Run, option: str, value: str, told: str) -> None:
    ran = run("serve", option, value)
    assert ran.status == 2
    assert told in ran.error


def test_a_wrong_setting_of_the_environment_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_SIP", "x")
    assert "CALLWRIGHT_SIP: 'x' is not HOST:PORT" in run("serve").error
    monkeypatch.delenv("CALLWRIGHT_SIP")
    monkeypatch.setenv("CALLWRIGHT_ACCOUNT_SID", "AC" + "0" * 32)
    assert "seed an account only together" in run("serve").error


def test_a_data_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = _refusal_of_serve("--data", str(tmp_path / "file"))
    assert f"the data directory {tmp_path / 'file'} cannot be used: File exists; choose another" in told


def test_a_sip_address_in_use_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        sip = f"127.0.0.1:{taken.getsockname()[1]}"
        told = _refusal_of_serve("--data", str(tmp_path), "--http", "127.0.0.1:0", "--sip", sip)
    assert f"Cannot listen on {sip} (UDP): Address already in use. Choose another with --sip." in told


def _refusal_of_serve(*arguments: str) -> str:
    """What a server that cannot start says; in a process of its own, as it sets signals, umask and logs."""
    command = [sys.executable, "-m", "callwright", "serve", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    return ran.stderr


def test_a_trunk_that_would_carry_no_call_is_refused(run: Run) -> None:
    ran = run("trunks", "add", "Useless", "--url", "http://127.0.0.1:1", *ACCOUNT)
    assert ran.status == 2
    assert "give --host HOST[:PORT] for outgoing calls" in ran.error


def test_a_call_to_nobody_says_why_and_ends_with_3(run: Run) -> None:
    ran = run("call", "+15550100", "--server", f"127.0.0.1:{free_udp_port()}", "--timeout", "1")
    assert ran.status == 3
    assert "Not answered: 408" in ran.out
    assert "no SIP server listens on" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("+15550100", "--digits", "1x"), "--digits: 'x' is no DTMF key"),
        (("+15550100", "--server", "nowhere"), "is not HOST:PORT"),
        (("+15550100", "--server", "no.such.host.invalid:5060"), "is not known"),
        (("a b\r\nX: y@", "--server", "127.0.0.1:9"), "cannot be called"),
        (("+15550100", "--server", "127.0.0.1:9", "--from", 'a"b'), "cannot be called from 'a\"b'"),
        (("+15550100", "--record", "/no/such/place/x.wav"), "--record: there is no directory /no/such/place"),
        (("+15550100", "--record", "/"), "--record: / cannot be written"),
    ],
)
def test_a_call_that_cannot_be_made_says_why(run: Run, arguments: tuple[str, ...], told: str) -> None:
    ran = run("call", *arguments)
    assert ran.status in (1, 2)
    assert told in ran.error
