"""A small SMSC of plain struct calls, so that the link is not tested against its own reading of SMPP."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

BIND_RECEIVER, BIND_TRANSMITTER, SUBMIT, DELIVER, UNBIND, BIND_TRANSCEIVER, ENQUIRE = 1, 2, 4, 5, 6, 9, 0x15
RESP = 0x80000000


@dataclass
class Submitted:
    """One submit_sm, cut up."""

    number: int
    source: tuple[int, int, str]
    destination: tuple[int, int, str]
    esm_class: int
    validity: str
    registered: int
    coding: int
    octets: bytes
    tlvs: dict[int, bytes]


def pdu(command: int, status: int, number: int, body: bytes = b"") -> bytes:
    return struct.pack("!IIII", 16 + len(body), command, status, number) + body


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack("!HH", tag, len(value)) + value


def deliver_body(
    source: str,
    destination: str,
    octets: bytes,
    *,
    esm_class: int = 0,
    coding: int = 0,
    tlvs: bytes = b"",
    ton: int = 1,
) -> bytes:
    body = b"\0" + bytes([ton, 1]) + source.encode() + b"\0" + bytes([ton, 1]) + destination.encode() + b"\0"
    return body + bytes([esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(octets)]) + octets + tlvs


def _c_string(body: bytes, at: int) -> tuple[str, int]:
    end = body.index(b"\0", at)
    return body[at:end].decode(), end + 1


def cut_submit(number: int, body: bytes) -> Submitted:
    _, at = _c_string(body, 0)
    source_type = (body[at], body[at + 1])
    source, at = _c_string(body, at + 2)
    destination_type = (body[at], body[at + 1])
    destination, at = _c_string(body, at + 2)
    esm_class, at = body[at], at + 3
    _, at = _c_string(body, at)
    validity, at = _c_string(body, at)
    registered, coding, length = body[at], body[at + 2], body[at + 4]
    octets = body[at + 5 : at + 5 + length]
    at += 5 + length
    tlvs = {}
    while at < len(body):
        tag, size = struct.unpack_from("!HH", body, at)
        tlvs[tag] = body[at + 4 : at + 4 + size]
        at += 4 + size
    return Submitted(
        number, (*source_type, source), (*destination_type, destination), esm_class, validity, registered, coding,
        octets, tlvs,
    )  # fmt: skip


@dataclass(eq=False)
class Peer:
    """One connection from the ESME."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    bind: int = 0
    system_id: str = ""
    password: str = ""

    def send(self, data: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(data)

    def drop(self) -> None:
        self.writer.transport.abort()


Handler = Callable[[Peer, Submitted], Awaitable[None] | None]


@dataclass
class RawSmsc:
    """Takes everything unless told otherwise; `on_submit` answers in place of `accept`."""

    bind_status: int = 0
    answers_bind: bool = True
    answers_enquire: bool = True
    tls: ssl.SSLContext | None = None
    on_submit: Handler | None = None
    port: int = 0
    peers: list[Peer] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    #: Status of each deliver_sm_resp, by sequence number.
    answered: dict[int, int] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    nacks: list[tuple[int, int]] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)
    connections: int = 0
    _server: asyncio.Server | None = None
    _next_id: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for peer in list(self.peers):
            peer.drop()
        await self._server.wait_closed()

    def accept(self, peer: Peer, submitted: Submitted, message_id: str | None = None, status: int = 0) -> None:
        if message_id is None:
            self._next_id += 1
            message_id = f"id-{self._next_id}"
        peer.send(pdu(SUBMIT | RESP, status, submitted.number, b"" if status else message_id.encode() + b"\0"))

    def deliver(self, number: int, body: bytes, peer: Peer | None = None) -> None:
        (peer or self.peers[-1]).send(pdu(DELIVER, 0, number, body))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                length, command, status, number = struct.unpack("!IIII", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                self.commands.append(command)
                await self._take(peer, command, status, number, body)
        self.peers.remove(peer)
        writer.close()

    async def _take(self, peer: Peer, command: int, status: int, number: int, body: bytes) -> None:
        if command in (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER):
            peer.bind = command
            peer.system_id, at = _c_string(body, 0)
            peer.password, at = _c_string(body, at)
            if self.answers_bind:
                peer.send(pdu(command | RESP, self.bind_status, number, b"smsc\0" if not self.bind_status else b""))
        elif command == SUBMIT:
            submitted = cut_submit(number, body)
            self.submitted.append(submitted)
            if self.on_submit is None:
                self.accept(peer, submitted)
            else:
                done = self.on_submit(peer, submitted)
                if done is not None:
                    await done
        elif command == ENQUIRE:
            if self.answers_enquire:
                peer.send(pdu(ENQUIRE | RESP, 0, number))
        elif command == UNBIND:
            peer.send(pdu(UNBIND | RESP, 0, number))
        elif command == DELIVER | RESP:
            self.answered[number] = status
            self.order.append(number)
        elif command == RESP:
            self.nacks.append((number, status))
