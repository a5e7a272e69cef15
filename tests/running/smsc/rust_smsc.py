"""An SMSC on the PyPI package smpp34 (Rust); events and commands as smsc.py says.

It does: binds, throttle, refuse, receipts (normal, double, none), deliver_sm as ASCII text or octets. Its server
shows neither the password nor validity_period, and has no TLS.
"""

import asyncio
import contextlib
import json
import sys
from datetime import UTC, datetime
from typing import Any

import smpp34
from tests.running.ports import free_tcp_port

CHARSETS = {0: "ascii", 3: "latin-1", 8: "utf-16-be"}
UDH_INDICATOR = 0x40
RECEIPT = 0x04
THROTTLED = 0x58
FIELDS = (
    "service_type", "source_addr", "source_addr_ton", "source_addr_npi", "destination_addr", "dest_addr_ton",
    "dest_addr_npi", "esm_class", "protocol_id", "registered_delivery", "data_coding",
)  # fmt: skip
TLVS = {
    0x0424: "message_payload",
    0x020C: "sar_msg_ref_num",
    0x020E: "sar_total_segments",
    0x020F: "sar_segment_seqnum",
}


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


class RustSmsc:
    def __init__(self, options: dict[str, Any]) -> None:
        self.options = {
            "throttle": 0, "refuse": {}, "receipts": "normal", "receipt_status": "DELIVRD", "receipt_error": "000",
            "ids": "decimal", "receipt_ids": None, **options,
        }  # fmt: skip
        self.bound: dict[str, Any] = {}
        self.numbers: dict[str, int] = {}
        self.sequence = 0
        self.last_id = 0xA7F0000
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        port = self.options.get("port") or free_tcp_port()
        server = smpp34.Server(host="127.0.0.1", port=port, system_id="smpp34")
        await server.start()
        tell("listening", port=port)
        asyncio.get_running_loop().run_in_executor(None, self.follow_orders, asyncio.get_running_loop())
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.numbers[event.session_id] = len(self.numbers) + 1
                self.bound[event.session_id] = event
                tell("bound", session=self.numbers[event.session_id], command="bind", status=0)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self.take(event)
            elif isinstance(event, smpp34.Unbound):
                self.bound.pop(event.session_id, None)
                tell("closed", session=self.numbers.get(event.session_id))

    def take(self, submit: Any) -> None:
        self.sequence += 1  # the package does not show the real ones
        session = self.numbers[submit.session_id]
        shown = {name: getattr(submit, name) for name in FIELDS}
        octets, udh = bytes(submit.short_message), []
        if submit.esm_class & UDH_INDICATOR:
            end = 1 + octets[0]
            udh, octets = [octets[1:end].hex()], octets[end:]
        shown["short_message"] = {"message": _text(octets, submit.data_coding), "udh": udh}
        for tlv in submit.tlvs:
            name = TLVS.get(tlv.tag, str(tlv.tag))
            shown[name] = _text(tlv.value, submit.data_coding) if name == "message_payload" else tlv.as_int()
        tell("pdu", session=session, command="submit_sm", sequence_number=self.sequence, **shown)
        status = THROTTLED if self.options["throttle"] > 0 else 0
        status = status or self.options["refuse"].get(submit.destination_addr, 0)
        self.options["throttle"] = max(0, self.options["throttle"] - 1)
        self.last_id += 1
        message_id = None if status else self.written(self.options["ids"])
        if status:
            submit.reject(status)
        else:
            submit.accept(message_id)
        tell("submit_answered", session=session, sequence=self.sequence, status=status, message_id=message_id)
        if not status and submit.registered_delivery & 3 and self.options["receipts"] != "none":
            for _ in range(2 if self.options["receipts"] == "double" else 1):
                self.send_receipt(submit)

    def written(self, form: str) -> str:
        return f"{self.last_id:X}" if form == "hex" else str(self.last_id)

    def send_receipt(self, submit: Any) -> None:
        moment = datetime.now(UTC).strftime("%y%m%d%H%M")
        text = (
            f"id:{self.written(self.options['receipt_ids'] or self.options['ids'])} sub:001 dlvrd:001 "
            f"submit date:{moment} done date:{moment} stat:{self.options['receipt_status']} "
            f"err:{self.options['receipt_error']} text:"
        )
        fields = {"source_addr": submit.destination_addr, "esm_class": RECEIPT}
        self.send(f"receipt:{self.last_id}", submit.source_addr, text.encode("ascii"), fields)

    def send(self, tag: str, to: str, octets: bytes, fields: dict[str, Any]) -> None:
        esme = next((esme for esme in self.bound.values() if esme.can_receive), None)
        if esme is None:
            tell("undeliverable", tag=tag)
            return
        task = asyncio.get_running_loop().create_task(self.deliver(esme, tag, to, octets, fields))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def deliver(self, esme: Any, tag: str, to: str, octets: bytes, fields: dict[str, Any]) -> None:
        with contextlib.suppress(smpp34.SmppError):
            answer = await esme.deliver_sm(to, octets, **fields)
            tell("answer", tag=tag, status=answer.command_status)

    def follow_orders(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(self.obey, json.loads(line))
        loop.call_soon_threadsafe(loop.stop)

    def obey(self, order: dict[str, Any]) -> None:
        if order["command"] == "set":
            self.options |= order["options"]
        elif order["command"] == "deliver":
            pdu = dict(order["pdu"])
            octets = pdu.pop("short_message").encode(CHARSETS[pdu["data_coding"]])
            if "octets" in order:
                octets = bytes.fromhex(order["octets"])
            octets = bytes.fromhex(order.get("udh", "")) + octets
            self.send(order["tag"], pdu.pop("destination_addr"), octets, pdu)
        tell("done", command=order["command"])


def _text(octets: bytes, data_coding: int) -> str:
    charset = CHARSETS.get(data_coding)
    return octets.decode(charset, "backslashreplace") if charset else octets.hex()


if __name__ == "__main__":
    with contextlib.suppress(RuntimeError):  # the loop is stopped when stdin ends
        asyncio.run(RustSmsc(json.loads(sys.argv[1])).serve())
