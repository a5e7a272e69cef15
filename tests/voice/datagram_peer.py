"""A SIP peer that says exactly what a test tells it to, message by message, over UDP."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Address = tuple[str, int]

SDP = (
    "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


class DatagramPeer(asyncio.DatagramProtocol):
    """Messages are text; `receive` waits for the next one."""

    def __init__(self) -> None:
        self._received: asyncio.Queue[tuple[str, Address]] = asyncio.Queue()
        self._socket: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._received.put_nowait((data.decode(), addr))

    @property
    def address(self) -> Address:
        assert self._socket is not None
        host, port = self._socket.get_extra_info("sockname")
        return (host, port)

    def send(self, message: str | bytes, target: Address) -> None:
        assert self._socket is not None
        self._socket.sendto(message.encode() if isinstance(message, str) else message, target)

    async def receive(self, start: str = "", within_s: float = 5.0) -> str:
        """The next message that begins so; others before it are dropped."""
        async with asyncio.timeout(within_s):
            while True:
                message, _ = await self._received.get()
                if message.startswith(start):
                    return message

    def waiting(self) -> list[str]:
        """What has arrived and was not received yet."""
        messages = []
        while not self._received.empty():
            messages.append(self._received.get_nowait()[0])
        return messages

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    async def close(self) -> None:
        assert self._socket is not None
        self._socket.close()
        await self._closed.wait()

    def request(self, method: str, target: Address, **changes: str) -> str:
        """A request like those of a phone; `changes` replace headers by name (`call_id`) or the `uri`, `body`."""
        host, port = self.address
        number = changes.get("cseq", "1")
        fields = {
            "via": f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK-{method}-{changes.get('call_id', 'c')}-{number};rport",
            "from": f'"Ada" <sip:ada@{host}:{port}>;tag=ada',
            "to": f"<sip:+15551230000@{target[0]}:{target[1]}>",
            "call_id": "c",
            "contact": f"<sip:ada@{host}:{port}>",
            "max_forwards": "70",
            **changes,
            "cseq": f"{number} {method}",
        }
        uri = fields.pop("uri", f"sip:+15551230000@{target[0]}:{target[1]}")
        body = fields.pop("body", "")
        lines = [f"{method} {uri} SIP/2.0", *(f"{_name(key)}: {value}" for key, value in fields.items())]
        return with_body("\r\n".join(lines), body)

    def response(self, request: str, status: str, *, tag: str = "peer", body: str = "") -> str:
        """A response to a request that was received."""
        copied = [line for line in request.split("\r\n") if line.startswith(("Via:", "From:", "Call-ID:", "CSeq:"))]
        to = header(request, "To")
        tagged = to if ";tag=" in to else f"{to};tag={tag}"
        host, port = self.address
        lines = [f"SIP/2.0 {status}", *copied, f"To: {tagged}", f"Contact: <sip:peer@{host}:{port}>"]
        return with_body("\r\n".join(lines), body)


@asynccontextmanager
async def datagram_peer() -> AsyncIterator[DatagramPeer]:
    peer = DatagramPeer()
    await peer.open()
    try:
        yield peer
    finally:
        await peer.close()


def header(message: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$", message, re.MULTILINE)
    assert found is not None, f"{name} is missing in {message}"
    return found[1]


def with_body(head: str, body: str) -> str:
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return f"{head}\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"


def _name(key: str) -> str:
    return {"call_id": "Call-ID", "cseq": "CSeq"}.get(key, key.replace("_", "-").title())
