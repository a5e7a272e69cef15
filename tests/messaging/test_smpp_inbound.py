"""Messages and receipts in, over real sockets: acknowledged only when they are kept."""

import asyncio
import struct

import pytest
from tests.messaging.raw_smsc import DELIVER, RESP, Peer, RawSmsc, Submitted, deliver_body, pdu, tlv
from tests.messaging.smpp_link import CARRIER, NotedTraffic, linked, sending, until

from callwright.messaging.smpp.link import SmppLink
from callwright.usecases.carrier_traffic import Accepted, Incoming, Part, Undeliverable
from callwright.usecases.ports import StorageUnavailable

ME, YOU = "15555550100", "15555550101"


def receipt_text(message_id: str, stat: str = "DELIVRD", err: str = "000") -> bytes:
    return (
        f"id:{message_id} sub:001 dlvrd:001 submit date:2611231400 done date:2611231401 "
        f"stat:{stat} err:{err} text:hello"
    ).encode()


def udh(reference: int, number: int, total: int) -> bytes:
    return bytes([5, 0, 3, reference, total, number])


async def bound(link: SmppLink) -> None:
    await until(lambda: link.state.is_ready)


async def test_a_message_is_acknowledged_only_when_it_is_kept() -> None:
    traffic = NotedTraffic(gate=asyncio.Event())
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(41, deliver_body(YOU, ME, b"hi \x1be"))
        await asyncio.sleep(0.05)
        assert smsc.answered == {}
        assert traffic.gate is not None
        traffic.gate.set()
        await until(lambda: smsc.answered == {41: 0})
    assert traffic.incoming == [Incoming(CARRIER, f"+{YOU}", f"+{ME}", "hi €")]


async def test_answers_go_out_in_the_order_of_the_work() -> None:
    traffic = NotedTraffic(gate=asyncio.Event(), held={"slow"})
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(1, deliver_body(YOU, ME, b"slow"))
        smsc.deliver(2, deliver_body(YOU, ME, b"fast"))
        await until(lambda: smsc.order == [2])
        assert traffic.gate is not None
        traffic.gate.set()
        await until(lambda: smsc.order == [2, 1])


@pytest.mark.parametrize(
    ("failure", "status"), [(Undeliverable("no such number"), 0x65), (StorageUnavailable("busy"), 0x64)]
)
async def test_what_is_not_kept_is_refused_for_good_or_to_come_again(failure: Exception, status: int) -> None:
    traffic = NotedTraffic(failure=failure)
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(7, deliver_body(YOU, ME, b"hello"))
        await until(lambda: smsc.answered == {7: status})


async def test_parts_come_in_any_order_and_by_any_way() -> None:
    traffic = NotedTraffic()
    sar = tlv(0x20C, b"\x12\x34") + tlv(0x20E, b"\x02") + tlv(0x20F, b"\x01")
    wide = bytes([6, 8, 4, 0x12, 0x34, 2, 1])
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(1, deliver_body(YOU, ME, udh(9, 2, 2) + b"world", esm_class=0x40))
        smsc.deliver(2, deliver_body(YOU, ME, udh(9, 1, 2) + b"hello ", esm_class=0x40))
        smsc.deliver(3, deliver_body(YOU, ME, b"by SAR", tlvs=sar))
        smsc.deliver(4, deliver_body(YOU, ME, wide + "wide ☎".encode("utf-16-be"), esm_class=0x40, coding=8))
        smsc.deliver(5, deliver_body(YOU, ME, b"", tlvs=tlv(0x424, b"x" * 1000) + tlv(0x1400, b"unknown")))
        await until(lambda: len(smsc.answered) == 5)
    assert set(smsc.answered.values()) == {0}
    assert [(one.body, one.part) for one in traffic.incoming] == [
        ("world", Part(9, 2, 2)),
        ("hello ", Part(9, 1, 2)),
        ("by SAR", Part(0x1234, 1, 2)),
        ("wide ☎", Part(0x1234, 1, 2)),
        ("x" * 1000, None),
    ]


async def test_a_reused_sequence_number_is_another_message() -> None:
    traffic = NotedTraffic()
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(1, deliver_body(YOU, ME, b"one"))  # our bind has that number as well
        smsc.deliver(1, deliver_body(YOU, ME, b"two"))
        await until(lambda: smsc.order == [1, 1])
    assert [one.body for one in traffic.incoming] == ["one", "two"]


async def test_a_receipt_may_come_before_the_answer_and_twice() -> None:
    traffic = NotedTraffic()

    def receipt_first(peer: Peer, one: Submitted) -> None:
        receipt = pdu(DELIVER, 0, 500, deliver_body(YOU, ME, receipt_text("77"), esm_class=4))
        peer.send(receipt + receipt)
        smsc.accept(peer, one, "77")

    async with RawSmsc(on_submit=receipt_first) as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        assert await link.submit(sending()) == Accepted(("77",))
        await until(lambda: len(traffic.receipts) == 2)
    assert {(one.carrier_sid, one.carrier_message_id, one.status) for one in traffic.receipts} == {
        (CARRIER.sid, "77", "delivered")
    }
    assert traffic.receipts[0].done_date == "2611231401"


@pytest.mark.parametrize(
    ("octets", "tlvs", "expected"),
    [
        (receipt_text("77", "UNDELIV", "027"), b"",
         ("undelivered", 30003, "The carrier reported UNDELIVERABLE (its error 027).")),
        (receipt_text("77", "EXPIRED"), b"", ("undelivered", 30003, "The carrier reported EXPIRED.")),
        (receipt_text("77", "REJECTD"), b"", ("undelivered", 30004, "The carrier reported REJECTED.")),
        (receipt_text("77", "UNKNOWN"), b"", ("undelivered", 30008, "The carrier reported UNKNOWN.")),
        (receipt_text("77", "ACCEPTD"), b"", ("sent", None, None)),
        (receipt_text("77", "ENROUTE"), b"", ("sent", None, None)),
        (b"", tlv(0x1E, b"77\0") + tlv(0x427, b"\x02"), ("delivered", None, None)),
        (receipt_text("other", "UNDELIV"), tlv(0x1E, b"77\0") + tlv(0x427, b"\x02"), ("delivered", None, None)),
        (
            b"", tlv(0x1E, b"77\0") + tlv(0x427, b"\x05") + tlv(0x423, b"\x03\x00\x01"),
            ("undelivered", 30005, "The carrier reported UNDELIVERABLE (network type 3, network error 1)."),
        ),
    ],
)  # fmt: skip
async def test_a_receipt_says_how_it_went(octets: bytes, tlvs: bytes, expected: tuple[str, int | None, str]) -> None:
    traffic = NotedTraffic()
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(1, deliver_body(YOU, ME, octets, esm_class=4, tlvs=tlvs))
        await until(lambda: smsc.answered == {1: 0})
    (receipt,) = traffic.receipts
    assert receipt.carrier_message_id == "77"
    assert (receipt.status, receipt.error_code, receipt.error_message) == expected


@pytest.mark.parametrize(
    ("receipt_ids", "answered", "written"),
    [
        ("as_is", "0000001a2b", "0000001a2b"),
        ("as_is", "1A2B", "00001a2b"),
        ("as_is", "0000001a2b", "1A2B"),
        ("as_is", "c0ffee-uuid", "C0FFEE-UUID"),
        ("decimal", "1A2B", "6699"),
        ("decimal", "00001a2b", "0000006699"),
        ("hex", "6699", "1A2B"),
        ("hex", "0000006699", "00001a2b"),
        ("hex", "not-a-number", "not-a-number"),
    ],
)
async def test_the_identifiers_of_receipts_find_those_of_answers(receipt_ids: str, answered: str, written: str) -> None:
    traffic = NotedTraffic()
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port, receipt_ids=receipt_ids) as link:
        smsc.on_submit = lambda peer, one: smsc.accept(peer, one, answered)
        await bound(link)
        outcome = await link.submit(sending())
        smsc.deliver(1, deliver_body(YOU, ME, receipt_text(written), esm_class=4))
        await until(lambda: traffic.receipts)
    assert isinstance(outcome, Accepted)
    (receipt,) = traffic.receipts
    assert outcome.carrier_message_ids[0] in (receipt.carrier_message_id, *receipt.alternative_ids)


async def test_a_receipt_for_nothing_and_a_broken_header_are_refused_and_the_link_stays() -> None:
    traffic = NotedTraffic()
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(1, deliver_body(YOU, ME, b"what is that", esm_class=4))
        smsc.deliver(2, deliver_body(YOU, ME, b"\xffabc", esm_class=0x40))
        smsc.deliver(3, deliver_body(YOU, ME, b"cut off")[:-3])
        smsc.deliver(4, deliver_body(YOU, ME, b"", tlvs=struct.pack("!HH", 0x424, 500)))
        smsc.deliver(5, deliver_body(YOU, ME, b"good"))
        await until(lambda: len(smsc.answered) == 5)
        assert smsc.answered == {1: 0x65, 2: 0x65, 3: 0x01, 4: 0xC0, 5: 0}
        assert smsc.connections == 1
    assert [one.body for one in traffic.incoming] == ["good"]
    assert traffic.receipts == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (deliver_body(YOU, ME, receipt_text("x" * 200)[:254], esm_class=4), 0x65),  # cut off before its stat
        (deliver_body(YOU, ME, b"", esm_class=4, tlvs=tlv(0x1E, b"x" * 255 + b"\0") + tlv(0x427, b"\2")), 0),
        (deliver_body(YOU, ME, b"", esm_class=4, tlvs=tlv(0x1E, b"x" * 256 + b"\0") + tlv(0x427, b"\2")), 0x65),
        (deliver_body(YOU, ME, b"", esm_class=4, tlvs=tlv(0x1E, b"a\x07b\0") + tlv(0x427, b"\2")), 0x65),
        (deliver_body(YOU, ME, b"", esm_class=4, tlvs=tlv(0x1E, b" \0") + tlv(0x427, b"\2")), 0x65),
        (deliver_body(YOU, ME, b"", tlvs=tlv(0x424, b"x" * 10_000)), 0),
        (deliver_body(YOU, ME, b"", tlvs=tlv(0x424, b"x" * 10_001)), 0x65),
        (deliver_body(YOU, ME, b"", esm_class=0x40, tlvs=tlv(0x424, udh(1, 1, 2) + b"x" * 1000)), 0),
        (deliver_body(YOU, ME, b"", esm_class=0x40, tlvs=tlv(0x424, udh(1, 1, 2) + b"x" * 1001)), 0x65),
    ],
)
async def test_more_than_a_message_or_an_identifier_can_be_is_refused_for_good(body: bytes, status: int) -> None:
    traffic = NotedTraffic()
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.deliver(1, body)
        await until(lambda: smsc.answered == {1: status})
        assert len(traffic.incoming) + len(traffic.receipts) == (status == 0)


async def test_more_than_can_be_in_work_is_to_come_again() -> None:
    traffic = NotedTraffic(gate=asyncio.Event())
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        for number in range(1, 1102):
            smsc.deliver(number, deliver_body(YOU, ME, b"hello"))
        await until(lambda: len(smsc.answered) == 101)
        assert set(smsc.answered.values()) == {0x64}
        assert traffic.gate is not None
        traffic.gate.set()
        await until(lambda: len(smsc.answered) == 1101)
        assert len(traffic.incoming) == 1000


async def test_a_delivery_before_the_bind_is_refused() -> None:
    traffic = NotedTraffic()
    async with RawSmsc(answers_bind=False) as smsc, linked(traffic, port=smsc.port):
        await until(lambda: smsc.peers and smsc.commands)
        smsc.deliver(9, deliver_body(YOU, ME, b"too early"))
        await until(lambda: smsc.answered == {9: 4})
    assert traffic.incoming == []


async def test_data_sm_is_a_message_as_well() -> None:
    traffic = NotedTraffic()
    body = b"\0\x01\x01" + YOU.encode() + b"\0\x01\x01" + ME.encode() + b"\0\0\0\0" + tlv(0x424, b"data")
    async with RawSmsc() as smsc, linked(traffic, port=smsc.port) as link:
        await bound(link)
        smsc.peers[0].send(pdu(0x103, 0, 3, body))
        await until(lambda: 0x103 | RESP in smsc.commands)
    assert [one.body for one in traffic.incoming] == ["data"]
