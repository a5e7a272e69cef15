"""One call after another over a bare UDP socket: just enough SIP to time a server from outside."""

import re
import socket
import time
from dataclasses import dataclass
from itertools import count

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
_numbers = count(1)


@dataclass(frozen=True)
class Timed:
    """Moments of one call, monotonic ns."""

    invited_ns: int
    answered_ns: int


class QuickCaller:
    """Calls, acknowledges, and answers the server's BYE."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self._port = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def call(self, number: str) -> Timed:
        """Call and stay until the server hangs up. Raises RuntimeError when it is not answered."""
        key = f"q{self._port}-{next(_numbers)}"
        invited_ns = time.monotonic_ns()
        self._send(f"INVITE sip:{number}@127.0.0.1 SIP/2.0", key, "INVITE", f"<sip:{number}@127.0.0.1>", _SDP)
        to, answered_ns = self._answer(key)
        self._send(f"ACK sip:{number}@127.0.0.1:{self._server[1]} SIP/2.0", f"{key}a", "ACK", to, "", key)
        self._bye()
        return Timed(invited_ns, answered_ns)

    def _send(self, start: str, branch: str, method: str, to: str, body: str, key: str | None = None) -> None:
        lines = [
            start,
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{branch};rport",
            f"From: <sip:+15557770002@127.0.0.1>;tag=t{key or branch}",
            f"To: {to}",
            f"Call-ID: {key or branch}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:q@127.0.0.1:{self._port}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._socket.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self._server)

    def _answer(self, key: str) -> tuple[str, int]:
        while True:
            text = self._socket.recv(8192).decode()
            now_ns = time.monotonic_ns()
            if f"Call-ID: {key}" not in text or not text.startswith("SIP/2.0 "):
                continue
            status = int(text[8:11])
            if status >= 300:
                raise RuntimeError(f"the call was refused: {text.splitlines()[0]}")
            if status >= 200:
                return _header(text, "To"), now_ns

    def _bye(self) -> None:
        while True:
            text = self._socket.recv(8192).decode()
            if text.startswith("BYE "):
                names = ("Via", "From", "To", "Call-ID", "CSeq")
                headers = [f"{name}: {_header(text, name)}" for name in names]
                answer = "\r\n".join(["SIP/2.0 200 OK", *headers, "Content-Length: 0"]) + "\r\n\r\n"
                self._socket.sendto(answer.encode(), self._server)
                return


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.+?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    if found is None:
        raise RuntimeError(f"the answer has no {name}")
    return found.group(1)
