"""The stage of a bench run: a started server, a web app process, an account with an application and a number."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.running.audio import tone_wav
from tests.running.ports import free_tcp_port
from tests.running.server import RunningServer

from bench.waiting import wait_until_it_answers

NUMBER = "+15553330001"


@dataclass
class Stage:
    server: RunningServer
    web_url: str
    folder: Path
    application_sid: str
    #: How many calls play at the same time.
    concurrent_calls: int = 100

    @property
    def server_pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    def answer_with(self, path: str) -> None:
        """Point the application at another path of the web app."""
        self.server.rest("POST", f"/Applications/{self.application_sid}", VoiceUrl=f"{self.web_url}{path}")

    def seen(self) -> list[tuple[str, str, int]]:
        """Requests since the last look: path, To, arrival (monotonic ns)."""
        return [tuple(row) for row in httpx.get(f"{self.web_url}/seen", timeout=30).json()]


@contextmanager
def staged(folder: Path, concurrent_calls: int = 100) -> Iterator[Stage]:
    """A fresh server on a data directory below the folder, with everything a call needs."""
    port = free_tcp_port()
    tone = folder / "tone.wav"
    tone.write_bytes(tone_wav(440, 2.0))
    web = subprocess.Popen([sys.executable, "-m", "bench.web_app", str(port), str(tone)])
    server = RunningServer(
        folder / "data",
        environment={"CALLWRIGHT_APPLICATION_LIMIT": "1000000", "CALLWRIGHT_MESSAGES_PER_SECOND": "1000000"},
        rtp_ports="10000-19999",
    ).start()
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(f"{url}/seen")
        application: Any = server.rest("POST", "/Applications", FriendlyName="bench", VoiceUrl=f"{url}/hangup")
        server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=NUMBER, VoiceApplicationSid=application["sid"])
        yield Stage(server, url, folder, application["sid"], concurrent_calls)
    finally:
        server.close()
        web.terminate()
        web.wait(10)
