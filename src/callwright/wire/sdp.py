"""Session descriptions (RFC 4566) and the offer/answer model (RFC 3264) for one audio stream.

Only numeric addresses are taken: a name in `c=` would have to be resolved while packets wait.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal

from callwright.wire.error import WireError

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

_DIRECTIONS: dict[str, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "sendonly",
    "recvonly": "recvonly",
    "inactive": "inactive",
}
#: Payload types that need no rtpmap (RFC 3551 §6).
_STATIC = {0: "PCMU", 3: "GSM", 4: "G723", 8: "PCMA", 9: "G722", 15: "G728", 18: "G729"}
_STATIC_NUMBERS = {name: number for number, name in _STATIC.items()}
_PROTOCOLS = frozenset({"RTP/AVP", "RTP/AVPF"})
_CLOCK_RATE_HZ = 8000
_DTMF = "telephone-event"
_DTMF_EVENTS = "0-16"
_PTIMES_MS = frozenset({10, 20, 30, 40, 60})
_PTIME_MS = 20

_MOST_LINES = 1000
_MOST_STREAMS = 32
_MOST_FORMATS = 128
_HIGHEST_PORT = 65535
_HIGHEST_PAYLOAD_TYPE = 127

_LINE = re.compile(r"([a-z])=(.*)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]")
_MEDIA = re.compile(r"([A-Za-z0-9-]{1,32}) ([0-9]{1,5})(?:/[0-9]{1,3})? ([A-Za-z0-9/.-]{1,64}) (\S.*)")
_CONNECTION = re.compile(r"IN IP([46]) (\S+)")
_RTPMAP = re.compile(r"([0-9]{1,3}) +([A-Za-z0-9.-]{1,64})/([0-9]{1,6})(?:/([0-9]{1,2}))?")


class NotAcceptable(WireError):
    """The description is well-formed and has no audio we can speak; the SIP answer is 488."""


@dataclass(frozen=True)
class Codec:
    """An encoding by its name as in rtpmap, upper case ("PCMU", "TELEPHONE-EVENT")."""

    name: str
    payload_type: int
    clock_rate_hz: int


@dataclass(frozen=True)
class AudioDescription:
    """What one side said about its audio stream."""

    #: Numeric address; 0.0.0.0 or :: means the old way of holding (RFC 3264 §8.4).
    host: str
    port: int
    #: In the order of preference, those we do not know included; telephone-event is not among them.
    codecs: tuple[Codec, ...]
    dtmf_payload_type: int | None
    ptime_ms: int
    direction: Direction


@dataclass(frozen=True)
class LocalAudio:
    """What we say about ours. `version` rises with every description sent in a session (RFC 4566 §5.2)."""

    host: str
    port: int
    session_id: int
    version: int = 1
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    dtmf_payload_type: int = 101


@dataclass(frozen=True)
class Negotiated:
    """What both sides agreed on."""

    remote: AudioDescription
    codec: str
    payload_type: int
    dtmf_payload_type: int | None
    ptime_ms: int
    #: Whether the peer wants to hear us (False while it holds us), and whether it will be heard.
    sends: bool
    receives: bool
    #: Our answer; empty when the peer answered our offer.
    answer: str = ""


@dataclass
class _Stream:
    """One m= section as it stands."""

    kind: str
    port: int
    protocol: str
    formats: list[str]
    connection: str | None = None
    attributes: list[str] = field(default_factory=list)


@dataclass
class _Session:
    timing: str = "0 0"
    connection: str | None = None
    attributes: list[str] = field(default_factory=list)
    streams: list[_Stream] = field(default_factory=list)


def build_offer(local: LocalAudio, direction: Direction = "sendrecv") -> str:
    """An offer with all of our codecs and telephone-event."""
    codecs = [Codec(name, _STATIC_NUMBERS[name], _CLOCK_RATE_HZ) for name in local.codecs]
    stream = _audio_lines(local, codecs, local.dtmf_payload_type, _PTIME_MS, direction, "RTP/AVP")
    return _text(local, "0 0", stream)


def answer_offer(offer: str, local: LocalAudio) -> Negotiated:
    """Answer the offer: its first usable audio stream with the first codec we share, the others with port 0.

    Raises WireError for a malformed offer, NotAcceptable (a WireError) when nothing can be agreed on.
    """
    session = _parse(offer)
    chosen = _usable_stream(session)
    remote = _describe(session, chosen)
    agreed = _agree(remote, local)
    lines: list[str] = []
    for stream in session.streams:
        if stream is chosen:
            codecs = [Codec(agreed.codec, agreed.payload_type, _CLOCK_RATE_HZ)]
            direction = _direction(sends=agreed.sends, receives=agreed.receives)
            lines += _audio_lines(local, codecs, agreed.dtmf_payload_type, agreed.ptime_ms, direction, stream.protocol)
        else:
            lines.append(f"m={stream.kind} 0 {stream.protocol} {' '.join(stream.formats)}")
    return Negotiated(**{**vars(agreed), "answer": _text(local, session.timing, lines)})


def accept_answer(answer: str, local: LocalAudio) -> Negotiated:
    """Take the peer's answer to `build_offer(local)`. Raises WireError or NotAcceptable."""
    session = _parse(answer)
    return _agree(_describe(session, _usable_stream(session)), local)


def parse_audio(text: str) -> AudioDescription:
    """The first usable audio stream of a description. Raises WireError or NotAcceptable."""
    session = _parse(text)
    return _describe(session, _usable_stream(session))


def _agree(remote: AudioDescription, local: LocalAudio) -> Negotiated:
    shared = (codec for codec in remote.codecs if codec.name in local.codecs)
    codec = next((codec for codec in shared if codec.clock_rate_hz == _CLOCK_RATE_HZ), None)
    if codec is None:
        raise NotAcceptable(f"no common codec: we speak {', '.join(local.codecs)}")
    is_held = ipaddress.ip_address(remote.host).is_unspecified
    return Negotiated(
        remote=remote,
        codec=codec.name,
        payload_type=codec.payload_type,
        dtmf_payload_type=remote.dtmf_payload_type,
        ptime_ms=remote.ptime_ms,
        sends=remote.direction in {"sendrecv", "recvonly"} and not is_held,
        receives=remote.direction in {"sendrecv", "sendonly"},
    )


def _direction(*, sends: bool, receives: bool) -> Direction:
    if sends:
        return "sendrecv" if receives else "sendonly"
    return "recvonly" if receives else "inactive"


def _text(local: LocalAudio, timing: str, stream_lines: list[str]) -> str:
    version = 6 if ":" in local.host else 4
    lines = [
        "v=0",
        f"o=- {local.session_id} {local.version} IN IP{version} {local.host}",
        "s=-",
        f"c=IN IP{version} {local.host}",
        f"t={timing}",  # RFC 3264 §6: the answer's equals the offer's
        *stream_lines,
    ]
    return "\r\n".join(lines) + "\r\n"


def _audio_lines(
    local: LocalAudio,
    codecs: list[Codec],
    dtmf_payload_type: int | None,
    ptime_ms: int,
    direction: Direction,
    protocol: str,
) -> list[str]:
    numbers = [codec.payload_type for codec in codecs]
    attributes = [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate_hz}" for codec in codecs]
    if dtmf_payload_type is not None:
        numbers.append(dtmf_payload_type)
        attributes.append(f"a=rtpmap:{dtmf_payload_type} {_DTMF}/{_CLOCK_RATE_HZ}")
        attributes.append(f"a=fmtp:{dtmf_payload_type} {_DTMF_EVENTS}")
    formats = " ".join(str(number) for number in numbers)
    return [f"m=audio {local.port} {protocol} {formats}", *attributes, f"a=ptime:{ptime_ms}", f"a={direction}"]


def _parse(text: str) -> _Session:
    """Lines into sections. Raises WireError."""
    if _CONTROL.search(text):
        raise WireError("SDP holds control characters")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line]
    if not lines or lines[0] != "v=0":
        raise WireError("SDP does not begin with v=0")
    if len(lines) > _MOST_LINES:
        raise WireError("SDP has too many lines")
    session = _Session()
    for line in lines[1:]:
        match = _LINE.fullmatch(line)
        if match is None:
            raise WireError(f"not an SDP line: {line[:40]!r}")
        _take_line(session, match[1], match[2])
    return session


def _take_line(session: _Session, kind: str, value: str) -> None:
    section = session.streams[-1] if session.streams else session
    if kind == "m":
        session.streams.append(_stream_of(value))
        if len(session.streams) > _MOST_STREAMS:
            raise WireError("SDP has too many streams")
    elif kind == "c":
        section.connection = value
    elif kind == "a":
        section.attributes.append(value)
    elif kind == "t" and not session.streams:
        session.timing = value


def _stream_of(value: str) -> _Stream:
    match = _MEDIA.fullmatch(value)
    if match is None or int(match[2]) > _HIGHEST_PORT:
        raise WireError(f"m= is not valid: {value[:60]!r}")
    formats = match[4].split()
    if len(formats) > _MOST_FORMATS:
        raise WireError("m= has too many formats")
    return _Stream(match[1], int(match[2]), match[3], formats)


def _usable_stream(session: _Session) -> _Stream:
    for stream in session.streams:
        if stream.kind == "audio" and stream.port and stream.protocol in _PROTOCOLS:
            return stream
    raise NotAcceptable("no audio stream over RTP/AVP")


def _describe(session: _Session, stream: _Stream) -> AudioDescription:
    codecs = _codecs_of(stream)
    is_dtmf = [codec for codec in codecs if codec.name == _DTMF.upper()]
    dtmf = next((codec for codec in is_dtmf if codec.clock_rate_hz == _CLOCK_RATE_HZ), None)
    return AudioDescription(
        host=_host_of(stream.connection or session.connection),
        port=stream.port,
        codecs=tuple(codec for codec in codecs if codec.name != _DTMF.upper()),
        dtmf_payload_type=None if dtmf is None else dtmf.payload_type,
        ptime_ms=_ptime_of(stream),
        direction=_direction_of(stream.attributes) or _direction_of(session.attributes) or "sendrecv",
    )


def _host_of(connection: str | None) -> str:
    match = None if connection is None else _CONNECTION.fullmatch(connection.strip())
    if match is None:
        raise WireError("c= is missing or not valid")
    try:
        address = ipaddress.ip_address(match[2])
    except ValueError as error:
        raise WireError(f"c= is not a numeric unicast address: {match[2][:60]!r}") from error
    if address.is_multicast or str(address.version) != match[1] or address == _BROADCAST or "%" in match[2]:
        raise WireError(f"c= is not an address audio can be sent to: {match[2][:60]!r}")
    return str(address)


_BROADCAST = ipaddress.ip_address("255.255.255.255")


def _codecs_of(stream: _Stream) -> list[Codec]:
    maps = _rtpmaps_of(stream)
    codecs = []
    for given in dict.fromkeys(stream.formats):
        if not (given.isascii() and given.isdigit() and len(given) <= 3 and int(given) <= _HIGHEST_PAYLOAD_TYPE):
            raise WireError(f"payload type {given[:20]!r} is not a number from 0 to {_HIGHEST_PAYLOAD_TYPE}")
        number = int(given)
        mapped = maps.get(number) or (_STATIC.get(number, "UNKNOWN"), _CLOCK_RATE_HZ)
        codecs.append(Codec(mapped[0], number, mapped[1]))
    return codecs


def _rtpmaps_of(stream: _Stream) -> dict[int, tuple[str, int]]:
    """Payload type to name (upper case) and clock rate; maps we cannot read belong to codecs we do not know."""
    maps = {}
    for value in _values(stream.attributes, "rtpmap"):
        match = _RTPMAP.fullmatch(value.strip())
        if match is not None and (match[4] or "1") == "1":
            maps[int(match[1])] = (match[2].upper(), int(match[3]))
        elif match is not None:
            maps[int(match[1])] = ("UNKNOWN", int(match[3]))  # several channels are not what we speak
    return maps


def _ptime_of(stream: _Stream) -> int:
    for value in _values(stream.attributes, "ptime"):
        wanted = value.strip()
        if wanted.isascii() and wanted.isdigit() and len(wanted) <= 3 and int(wanted) in _PTIMES_MS:
            return int(wanted)
    return _PTIME_MS


def _direction_of(attributes: list[str]) -> Direction | None:
    return next((_DIRECTIONS[value] for value in attributes if value in _DIRECTIONS), None)


def _values(attributes: list[str], name: str) -> list[str]:
    return [value[len(name) + 1 :] for value in attributes if value.startswith(f"{name}:")]
