"""An SMSC that does not share a line with our SMPP, as a subprocess, followed line by line.

Three peers, each on a library of its own, write the same events and take the same commands:

    npm      tests/node/smsc.js on the npm package smpp; does everything below
    perl     net_smpp.pl on Perl's Net::SMPP: binds, submits, receipts, deliver_sm as text or octets
    smpp34   rust_smsc.py on the PyPI package smpp34: binds, submits, receipts, deliver_sm as ASCII text or octets

Options (also `set` later):

    system_id, password     what a bind has to give; None: anything
    bind_status             refuse binds with it
    throttle                so many submits are answered with ESME_RTHROTTLED
    refuse                  {destination: command_status}
    answer_delay_ms         of submit_sm_resp
    disconnect_after        lose the link once so many submits came, ...
    unanswered              ... the last so many of them without an answer
    receipts                for messages that ask for them: normal, double, none, early (the submit is answered once
                            its receipt is) or together (the receipt right before the answer)
    receipt_delay_ms        how late
    receipt_status          DELIVRD, UNDELIV ...; `statuses`: {destination: status}
    receipt_error           err: of the text
    receipt_style           text, tlv (receipted_message_id, message_state) or both
    ids                     decimal or hex, in answers; `receipt_ids`: in receipts (None: the same)
    mute                    take everything, answer nothing
    tls                     {"cert": path, "key": path}
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

WAIT_S = 20.0
PEERS = {
    "npm": (["node", "smsc.js"], "tests/node"),
    "perl": (["perl", "tests/running/smsc/net_smpp.pl"], "."),
    "smpp34": ([sys.executable, "-m", "tests.running.smsc.rust_smsc"], "."),
}
CODINGS = {"gsm7": 0, "latin1": 3, "ucs2": 8}
UDH_INDICATOR = 0x40

Event = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Submit:
    """A submit_sm as the peer read it; `text` without its user data header."""

    session: int
    sequence: int
    from_: str
    to: str
    text: str
    event: Event

    @property
    def udh(self) -> list[str]:
        """The information elements of its user data header, in hex."""
        message = self.event.get("short_message")
        return list(message.get("udh", [])) if isinstance(message, dict) else []

    def __getitem__(self, field: str) -> Any:
        """Any field or TLV by its name in SMPP 3.4 (data_coding, dest_addr_ton, sar_segment_seqnum ...)."""
        return self.event[field]


@dataclass(frozen=True)
class Answered:
    """What the peer answered to a submit_sm."""

    session: int
    sequence: int
    status: int
    message_id: str | None


class Smsc:
    """Started when made; `with` closes it. Thread-safe; whatever waits gives up after 20 s with what it has seen."""

    def __init__(self, peer: Literal["npm", "perl", "smpp34"] = "npm", **options: Any) -> None:
        command, folder = PEERS[peer]
        self.host = "127.0.0.1"
        self.events: list[Event] = []
        self._tags = count(1)
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [*command, json.dumps(options)], cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()
        self.port = int(self.wait_for("listening")["port"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; its connections are lost, its port is free."""
        self._process.kill()
        self._process.wait(WAIT_S)
        self._follower.join(WAIT_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    # What it has seen

    def pdus(self, command: str | None = None) -> list[Event]:
        """All PDUs it got, by their names in SMPP 3.4, or those of one command."""
        return [event for event in self._seen("pdu") if command in (None, event["command"])]

    def submits(self) -> list[Submit]:
        """All submit_sm, in the order they came."""
        return [_submit(event) for event in self.pdus("submit_sm")]

    def answered(self) -> list[Answered]:
        """What it answered to submits, in that order."""
        return [
            Answered(event["session"], event["sequence"], event["status"], event["message_id"])
            for event in self._seen("submit_answered")
        ]

    def unanswered(self) -> list[Submit]:
        """The submits it never answered."""
        answered = {(answer.session, answer.sequence) for answer in self.answered()}
        return [submit for submit in self.submits() if (submit.session, submit.sequence) not in answered]

    def wait_for_submits(self, number: int, within_s: float = WAIT_S) -> list[Submit]:
        """The submits, once there are that many."""
        return self._wait(self.submits, lambda submits: len(submits) >= number, within_s)

    def wait_for_binds(self, number: int = 1, within_s: float = WAIT_S) -> list[Event]:
        """Events of the binds it answered (command, status), once there are that many."""
        return self._wait(lambda: self._seen("bound"), lambda bound: len(bound) >= number, within_s)

    def wait_for(self, event: str, within_s: float = WAIT_S) -> Event:
        """The first event of that name."""
        return self._wait(lambda: self._seen(event), bool, within_s)[0]

    # What it is told

    def set(self, **options: Any) -> None:
        """Change options, from the next PDU on."""
        done = len(self._seen("done"))
        self._tell({"command": "set", "options": options})
        self._wait(lambda: len(self._seen("done")), lambda number: number > done, WAIT_S)

    def disconnect(self) -> None:
        """Lose all links, without an unbind."""
        self._tell({"command": "disconnect"})

    def deliver(self, from_: str, to: str, text: str = "", **more: Any) -> int:
        """Send a message in and wait for the answer; its command_status. See `start_deliver`."""
        return self.wait_for_answer(self.start_deliver(from_, to, text, **more))

    def start_deliver(
        self,
        from_: str,
        to: str,
        text: str = "",
        *,
        coding: Literal["gsm7", "latin1", "ucs2"] = "gsm7",
        part: tuple[int, int, int] | None = None,
        via: Literal["udh", "udh16", "sar"] = "udh",
        payload: bool = False,
        octets: bytes | None = None,
        **fields: Any,
    ) -> str:
        """Send a deliver_sm; returns the tag of its answer.

        `part` is (reference, number, total), told by `via`; `payload` puts the text into message_payload; `octets`
        are sent instead of the text; other fields and TLVs by their names in SMPP 3.4.
        """
        pdu: Event = {"source_addr": from_, "destination_addr": to, "data_coding": CODINGS[coding]}
        pdu |= {"source_addr_ton": 1, "source_addr_npi": 1, "dest_addr_ton": 1, "dest_addr_npi": 1, "esm_class": 0}
        pdu["message_payload" if payload else "short_message"] = text
        command: Event = {"command": "deliver", "tag": f"deliver:{next(self._tags)}", "pdu": pdu}
        if octets is not None:
            command["octets"] = octets.hex()
        if part is not None:
            _tell_part(command, part, via)
        pdu |= fields
        self._tell(command)
        return str(command["tag"])

    def wait_for_answer(self, tag: str, within_s: float = WAIT_S) -> int:
        """The command_status of the answer to what was sent with that tag."""
        return int(self._wait(lambda: self.answers(tag), bool, within_s)[0])

    def answers(self, tag: str) -> list[int]:
        """The answers so far; those to receipts have the tag `receipt:{identifier in decimal}`."""
        assert not any(event["tag"] == tag for event in self._seen("undeliverable")), f"{tag}: no receiver is bound"
        return [int(event["status"]) for event in self._seen("answer") if event["tag"] == tag]

    def _seen(self, name: str) -> list[Event]:
        with self._changed:
            return [event for event in self.events if event["event"] == name]

    def _tell(self, command: Event) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _wait(self, look: Callable[[], T], is_so: Callable[[T], bool], within_s: float) -> T:
        deadline = time.monotonic() + within_s
        with self._changed:
            while not is_so(seen := look()):
                left = deadline - time.monotonic()
                assert left > 0, f"not so within {within_s} s: {seen!r}; last events: {self.events[-5:]}"
                assert self._process.poll() is None, "the SMSC has ended"
                self._changed.wait(min(left, 0.5))
            return seen

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()


def certificate_option(certificate: tuple[Path, Path]) -> dict[str, str]:
    """The option `tls` for what `make_certificate` gave."""
    return {"cert": str(certificate[0].resolve()), "key": str(certificate[1].resolve())}


def _submit(event: Event) -> Submit:
    message = event.get("short_message") or ""
    text = message.get("message", "") if isinstance(message, dict) else message
    if not text and "message_payload" in event:
        payload = event["message_payload"]
        text = payload["message"] if isinstance(payload, dict) else payload
    return Submit(
        event["session"], event["sequence_number"], event["source_addr"], event["destination_addr"], text, event
    )


def _tell_part(command: Event, part: tuple[int, int, int], via: str) -> None:
    reference, number, total = part
    pdu = command["pdu"]
    if via == "sar":
        pdu |= {"sar_msg_ref_num": reference, "sar_segment_seqnum": number, "sar_total_segments": total}
        return
    pdu["esm_class"] |= UDH_INDICATOR
    if via == "udh16":
        command["udh"] = f"060804{reference:04x}{total:02x}{number:02x}"
    else:
        command["udh"] = f"050003{reference:02x}{total:02x}{number:02x}"
