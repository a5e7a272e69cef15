"""A started `callwright serve`, as a user starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.running.ports import free_rtp_range, free_tcp_port, free_udp_port

START_S = 60.0


@dataclass
class RunningServer:
    """One server process on ports of its own; `data` outlives it, so that it can be started again."""

    data: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    http_port: int = field(default_factory=free_tcp_port)
    sip_port: int = field(default_factory=free_udp_port)
    rtp_ports: str = field(default_factory=free_rtp_range)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "RunningServer":
        command = [
            *(sys.executable, "-m", "callwright", "serve", "--data", str(self.data)),
            *("--http", f"127.0.0.1:{self.http_port}", "--sip", f"127.0.0.1:{self.sip_port}"),
            *("--rtp-ports", self.rtp_ports, *self.options),
        ]
        environment = {**os.environ, "CALLWRIGHT_CALLS_PER_SECOND": "100", **self.environment}
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self._wait_until_healthy()
        return self

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start:\n{self.log}")
            try:
                if httpx.get(f"{self.url}/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the server was not healthy within {START_S} s:\n{self.log}")

    @property
    def log(self) -> str:
        return (self.data / "server.log").read_text(errors="replace")[-20_000:]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def sip(self) -> tuple[str, int]:
        return "127.0.0.1", self.sip_port

    @property
    def credentials(self) -> tuple[str, str]:
        stored = json.loads((self.data / "credentials.json").read_text())
        return stored["account_sid"], stored["auth_token"]

    @property
    def account_sid(self) -> str:
        return self.credentials[0]

    def rest(self, method: str, path: str, **form: Any) -> Any:
        """`rest("POST", "/Calls", To=…)` under the account; the JSON of a success, else AssertionError."""
        answer = self.try_rest(method, path, **form)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def try_rest(self, method: str, path: str, **form: Any) -> httpx.Response:
        url = f"{self.url}/2010-04-01/Accounts/{self.account_sid}{path}.json"
        sent: dict[str, Any] = {"params": form} if method == "GET" else {"data": form}
        return httpx.request(method, url, auth=self.credentials, timeout=30, **sent)

    def trunk(self, **fields: Any) -> Any:
        return self.v1("POST", "/Trunks", **fields)

    def v1(self, method: str, path: str, **fields: Any) -> Any:
        """`v1("POST", "/Carriers", kind=…)`: the JSON of a success, else AssertionError."""
        answer = httpx.request(method, f"{self.url}/v1{path}", auth=self.credentials, json=fields or None, timeout=30)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def health(self) -> int:
        """The status of /healthz."""
        return httpx.get(f"{self.url}/healthz", timeout=30).status_code

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=20)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=20)
