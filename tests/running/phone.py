"""The independent SIP phone (PJSIP) as a subprocess, followed line by line."""

import json
import subprocess
import sys
import threading
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tests.running.ports import free_udp_port

WAIT_S = 30.0
Samples = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Phone:
    """Start it with `call` or `listen`; `events` fills as things happen."""

    record: Path
    port: int = field(default_factory=free_udp_port)
    events: list[dict[str, Any]] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _process: subprocess.Popen[str] | None = None
    _follower: threading.Thread | None = None

    def call(self, number: str, server: tuple[str, int], *, digits: str = "", seconds: float = 30.0) -> "Phone":
        target = f"sip:{number}@{server[0]}:{server[1]}"
        return self._start("call", "--target", target, "--digits", digits, "--seconds", str(seconds))

    def listen(
        self, *, status: int = 200, digits: str = "", digits_after_s: float = 1.0, seconds: float = 30.0
    ) -> "Phone":
        keys = ("--digits", digits, "--digits-after", str(digits_after_s))
        self._start("listen", "--status", str(status), *keys, "--seconds", str(seconds))
        self.wait_for("ready")
        return self

    def _start(self, *arguments: str) -> "Phone":
        command = [sys.executable, "-m", "tests.voice.pjsua_phone", *arguments]
        command += ["--port", str(self.port), "--record", str(self.record)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()
        return self

    def _follow(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                with self._changed:
                    self.events.append(json.loads(line))
                    self._changed.notify_all()

    def wait_for(self, event: str, within_s: float = WAIT_S) -> dict[str, Any]:
        """The first event of that name; waits for it."""
        with self._changed:
            self._changed.wait_for(lambda: any(seen["event"] == event for seen in self.events), within_s)
            found = [seen for seen in self.events if seen["event"] == event]
        assert found, f"no {event!r} within {within_s} s; seen: {self.events}"
        return found[0]

    def finish(self) -> "Phone":
        """Wait until the program has ended (the call is over and the recording complete)."""
        assert self._process is not None
        self._process.wait(timeout=60)
        return self

    def close(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=10)
        if self._follower is not None:
            self._follower.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def heard(self) -> tuple[Samples, int]:
        """What the phone heard: samples in -1..1 and the rate."""
        with wave.open(str(self.record)) as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
            return frames / 32768, file.getframerate()
