"""Messages out over real sockets: what becomes of them in good days and bad ones."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.messaging.raw_smsc import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    ENQUIRE,
    RESP,
    SUBMIT,
    UNBIND,
    Peer,
    RawSmsc,
    Submitted,
    pdu,
)  # fmt: skip
from tests.messaging.smpp_link import NotedTraffic, linked, sending, until
from tests.running.ports import free_tcp_port
from tests.webhooks.test_webhook_tls import certificate

from callwright.usecases.carrier_traffic import (
    Accepted,
    Outcome,
    Postponed,
    Refused,
    SendableMedia,
    Unacknowledged,
)  # fmt: skip

LONG = "abcdefghij" * 40  # three parts of GSM-7
THROTTLED = 0x58


async def test_a_message_is_submitted_as_the_settings_say() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending("hello {€}", lasts_s=90_061.9))
    assert outcome == Accepted(("id-1",))
    (submitted,) = smsc.submitted
    assert submitted.source == (1, 1, "15555550100")
    assert submitted.destination == (1, 1, "15555550101")
    assert submitted.octets == b"hello \x1b(\x1be\x1b)"
    assert (submitted.registered, submitted.coding, submitted.esm_class) == (1, 0, 0)
    assert submitted.validity == "000001010101000R"


@pytest.mark.parametrize(("answered", "kept"), [("a" * 255, "a" * 255), ("a" * 256, ""), ("a\x1bb", ""), (" a ", "a")])
async def test_identifiers_that_no_receipt_could_name_are_none(answered: str, kept: str) -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        smsc.on_submit = lambda peer, one: smsc.accept(peer, one, answered)
        await until(lambda: link.state.is_ready)
        assert await link.submit(sending()) == Accepted((kept,))


async def test_without_receipts_no_identifier_is_waited_for() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port, receipts=False) as link:
        await until(lambda: link.state.is_ready)
        assert await link.submit(sending(LONG)) == Accepted(("", "", ""))
    assert smsc.submitted[0].registered == 0


async def test_links_to_media_follow_the_text() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        media = (SendableMedia("https://h/1", "image/png"), SendableMedia("https://h/2", "image/png"))
        await link.submit(sending("look", media=media))
    assert smsc.submitted[0].octets == b"look\nhttps://h/1\nhttps://h/2"


async def test_parts_of_a_long_message_go_out_in_order_with_one_reference() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port, window=2) as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending(LONG))
    assert outcome == Accepted(("id-1", "id-2", "id-3"))
    assert [part.esm_class for part in smsc.submitted] == [0x40] * 3
    headers = [part.octets[:6] for part in smsc.submitted]
    assert [header[:3] + header[4:] for header in headers] == [bytes([5, 0, 3, 3, n]) for n in (1, 2, 3)]
    assert len({header[3] for header in headers}) == 1
    assert b"".join(part.octets[6:] for part in smsc.submitted).decode() == LONG


async def test_the_window_is_never_exceeded() -> None:
    waiting: list[tuple[Peer, Submitted]] = []
    async with (
        RawSmsc(on_submit=lambda peer, one: waiting.append((peer, one))) as smsc,
        linked(NotedTraffic(), port=smsc.port, window=3) as link,
    ):
        await until(lambda: link.room == 3)
        tasks = [asyncio.create_task(link.submit(sending(f"text {n}"))) for n in range(8)]
        await until(lambda: len(waiting) == 3)
        assert link.room == 0
        await asyncio.sleep(0.05)
        assert len(waiting) == 3
        while len(smsc.submitted) < 8 or waiting:
            peer, one = waiting.pop()  # answers out of order
            smsc.accept(peer, one, one.octets.decode())
            await until(lambda: waiting or len(smsc.submitted) == 8)
        outcomes = await asyncio.gather(*tasks)
        assert outcomes == [Accepted((f"text {n}",)) for n in range(8)]
        assert link.room == 3


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0B, Refused(30005, "The carrier answered ESME_RINVDSTADR (0x0000000b): invalid destination address.")),
        (0x66, Refused(30004, "The carrier answered ESME_RX_R_APPN (0x00000066): rejected by the receiver.")),
        (0x0A, Refused(30008, "The carrier answered ESME_RINVSRCADR (0x0000000a): invalid source address.", True)),
        (0x432, Refused(30008, "The carrier answered 0x00000432: a status of the carrier's own.")),
        (0x08, Refused(30008, "The carrier answered ESME_RSYSERR (0x00000008): system error of the carrier.", True)),
        (0x14, Postponed("The carrier answered ESME_RMSGQFUL (0x00000014): message queue full.", 1.0)),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(status: int, expected: Outcome) -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        smsc.on_submit = lambda peer, one: smsc.accept(peer, one, status=status)
        await until(lambda: link.state.is_ready)
        assert await link.submit(sending()) == expected


async def test_throttling_postpones_and_slows_the_link_down() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port, window=50) as link:
        await until(lambda: link.room == 50)
        smsc.on_submit = lambda peer, one: smsc.accept(peer, one, status=THROTTLED if len(smsc.submitted) > 4 else 0)
        outcomes = await asyncio.gather(*(link.submit(sending()) for _ in range(8)))
        assert [type(outcome) for outcome in outcomes] == [Accepted] * 4 + [Postponed] * 4
        assert link.room < 50
        smsc.on_submit = None
        began_s = time.monotonic()
        assert isinstance(await link.submit(sending()), Accepted)
        assert time.monotonic() - began_s > 0.5


async def test_a_throttled_part_goes_out_again_without_the_parts_that_were_taken() -> None:
    refused: list[int] = []

    def refuse_the_second_once(peer: Peer, one: Submitted) -> None:
        is_refused = one.octets[5] == 2 and not refused
        refused.extend([1] if is_refused else [])
        smsc.accept(peer, one, f"part-{one.octets[5]}", THROTTLED if is_refused else 0)

    async with RawSmsc(on_submit=refuse_the_second_once) as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending(LONG))
    assert outcome == Accepted(("part-1", "part-2", "part-3"))
    assert [one.octets[5] for one in smsc.submitted] == [1, 2, 3, 2]


async def test_a_final_refusal_of_a_part_keeps_the_rest_from_being_sent() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port, window=1) as link:
        smsc.on_submit = lambda peer, one: smsc.accept(peer, one, status=0x0B if one.octets[5] == 2 else 0)
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending(LONG))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.try_elsewhere) == (30005, False)
    assert outcome.reason.startswith("The carrier took 1 of 3 parts and answered ESME_RINVDSTADR")
    assert [one.octets[5] for one in smsc.submitted] == [1, 2]


async def test_a_link_lost_in_mid_window_tells_what_may_have_arrived() -> None:
    def drop_at_the_second(peer: Peer, one: Submitted) -> None:
        if len(smsc.submitted) == 2:
            peer.drop()
        elif len(smsc.submitted) == 1:
            smsc.accept(peer, one, "first")

    async with (
        RawSmsc(on_submit=drop_at_the_second) as smsc,
        linked(NotedTraffic(), port=smsc.port, window=1) as link,
    ):
        await until(lambda: link.state.is_ready)
        long, other = await asyncio.gather(link.submit(sending(LONG)), link.submit(sending("never written")))
        assert isinstance(long, Unacknowledged)
        assert long.carrier_message_ids == ("first",)
        assert isinstance(other, Postponed)
        smsc.on_submit = None
        await until(lambda: smsc.connections == 2 and link.state.is_ready)
        assert isinstance(await link.submit(sending()), Accepted)


async def test_what_the_carrier_refused_before_the_link_was_lost_is_known_not_to_be_there() -> None:
    def throttle_and_leave(peer: Peer, one: Submitted) -> None:
        smsc.accept(peer, one, status=THROTTLED)
        peer.writer.close()

    async with (
        RawSmsc(on_submit=throttle_and_leave) as smsc,
        linked(NotedTraffic(), port=smsc.port, window=1) as link,
    ):
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending(LONG))
    assert isinstance(outcome, Postponed)
    assert len(smsc.submitted) == 1


async def test_a_submit_without_an_answer_is_unacknowledged_and_a_late_answer_changes_nothing() -> None:
    late: list[tuple[Peer, Submitted]] = []
    async with (
        RawSmsc(on_submit=lambda peer, one: late.append((peer, one))) as smsc,
        linked(NotedTraffic(), port=smsc.port, response_timeout_s=0.2) as link,
    ):
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending())
        assert outcome == Unacknowledged("the carrier did not answer in time")
        await until(lambda: ENQUIRE in smsc.commands)
        smsc.on_submit = None
        smsc.accept(*late[0], "late")
        smsc.accept(*late[0], "late again")
        assert await link.submit(sending()) == Accepted(("id-1",))
        assert smsc.connections == 1


async def test_a_nack_answers_a_submit() -> None:
    def nack(peer: Peer, one: Submitted) -> None:
        peer.send(pdu(RESP, THROTTLED, one.number))

    async with RawSmsc(on_submit=nack) as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        assert isinstance(await link.submit(sending()), Postponed)


async def test_a_message_that_no_pdu_can_hold_is_refused() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending(from_="a sender of far too many letters"))
        assert isinstance(outcome, Refused)
        assert "source_addr" in outcome.reason
        assert isinstance(await link.submit(sending()), Accepted)


async def test_a_silent_smsc_is_left_and_bound_again() -> None:
    settings = {"enquire_link_s": 0.1, "response_timeout_s": 0.2}
    async with (
        RawSmsc(answers_enquire=False) as smsc,
        linked(NotedTraffic(), port=smsc.port, **settings) as link,
    ):
        await until(lambda: link.state.is_ready)
        await until(lambda: smsc.connections == 2)
        assert smsc.commands[:2] == [BIND_TRANSCEIVER, ENQUIRE]
        assert link.state.detail is None or "enquire_link" in link.state.detail


async def test_a_living_link_stays_over_many_enquiries_of_both_sides() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port, enquire_link_s=0.05) as link:
        await until(lambda: link.state.is_ready)
        smsc.peers[0].send(pdu(ENQUIRE, 0, 7))
        await until(lambda: smsc.commands.count(ENQUIRE) >= 5 and ENQUIRE | RESP in smsc.commands)
        assert smsc.connections == 1


async def test_a_smsc_that_never_answers_the_bind_is_left() -> None:
    async with (
        RawSmsc(answers_bind=False) as smsc,
        linked(NotedTraffic(), port=smsc.port, response_timeout_s=0.1) as link,
    ):
        await until(lambda: smsc.connections == 2)
        await until(lambda: "did not answer the bind" in (link.state.detail or ""))
        assert isinstance(await link.submit(sending()), Postponed)


@pytest.mark.parametrize(("status", "fix"), [(0x0E, "check password"), (0x0F, "check system_id")])
async def test_a_refused_bind_is_not_tried_again_soon_and_says_what_to_do(status: int, fix: str) -> None:
    with structlog.testing.capture_logs() as logged:
        async with RawSmsc(bind_status=status) as smsc, linked(NotedTraffic(), port=smsc.port) as link:
            await until(lambda: link.state.state == "refused")
            assert fix in (link.state.detail or "")
            await asyncio.sleep(0.2)  # ten first pauses
            assert smsc.connections == 1
            assert "secret" not in (link.state.detail or "")
    assert 45 <= logged[0]["pause_s"] <= 60  # a minute, however short the first pause is


async def test_only_an_address_that_is_allowed_is_connected_to() -> None:
    asked: list[str] = []

    def refuse(address: str) -> bool:
        asked.append(address)
        return False

    async with RawSmsc() as smsc:
        async with linked(NotedTraffic(), host="localhost", port=smsc.port, may_reach=refuse) as link:
            await until(lambda: "localhost leads to no public address" in (link.state.detail or ""))
        assert "127.0.0.1" in asked
        assert smsc.connections == 0
        only = "127.0.0.1".__eq__
        async with linked(NotedTraffic(), host="localhost", port=smsc.port, may_reach=only) as link:
            await until(lambda: link.state.is_ready)


async def test_a_link_that_fails_again_for_the_same_reason_says_so_once() -> None:
    with structlog.testing.capture_logs() as logged:
        async with linked(NotedTraffic(), port=free_tcp_port()) as link:
            await until(lambda: "refuses connections" in (link.state.detail or ""))
            await asyncio.sleep(0.3)  # some more attempts
    assert [entry["event"] for entry in logged] == ["SMPP link down"]


async def test_nobody_listening_is_told_and_found_when_there() -> None:
    port = free_tcp_port()
    async with linked(NotedTraffic(), port=port) as link:
        await until(lambda: "refuses connections" in (link.state.detail or ""))
        async with RawSmsc(port=port):
            await until(lambda: link.state.is_ready)
            assert link.state.state == "bound"


async def test_the_carriers_unbind_is_answered_and_the_link_comes_back() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        smsc.peers[0].send(pdu(UNBIND, 0, 99))
        await until(lambda: UNBIND | RESP in smsc.commands and smsc.connections == 2)
        await until(lambda: link.state.is_ready)


async def test_stopping_waits_for_answers_and_unbinds() -> None:
    waiting: list[tuple[Peer, Submitted]] = []
    async with (
        RawSmsc(on_submit=lambda peer, one: waiting.append((peer, one))) as smsc,
        linked(NotedTraffic(), port=smsc.port) as link,
    ):
        await until(lambda: link.state.is_ready)
        task = asyncio.create_task(link.submit(sending()))
        await until(lambda: waiting)
        stop = asyncio.create_task(link.stop(5.0))
        await asyncio.sleep(0)
        assert link.room == 0
        assert isinstance(await link.submit(sending()), Postponed)
        smsc.accept(*waiting[0])
        await stop
        assert await task == Accepted(("id-1",))
        await until(lambda: not smsc.peers)
        assert smsc.commands[-1] == UNBIND
        assert link.state.state == "stopped"


async def test_a_pair_of_binds_submits_on_one_only() -> None:
    async with (
        RawSmsc() as smsc,
        linked(NotedTraffic(), port=smsc.port, bind="transmitter_receiver", binds=2) as link,
    ):
        await until(lambda: len(smsc.peers) == 4 and link.room == 20)
        kinds = sorted(peer.bind for peer in smsc.peers)
        assert kinds == [BIND_RECEIVER, BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSMITTER]
        assert {(peer.system_id, peer.password) for peer in smsc.peers} == {("user", "secret")}
        assert len(await asyncio.gather(*(link.submit(sending()) for _ in range(20)))) == 20
        await until(lambda: link.state.detail is None)
        next(peer for peer in smsc.peers if peer.bind == BIND_TRANSMITTER).drop()
        await until(lambda: len(smsc.peers) == 3 or smsc.connections > 4)
        assert link.state.is_ready


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3, b"\xff\xff\xff\xff" * 8, bytes(64)])
async def test_what_is_not_smpp_closes_the_link_which_comes_back(garbage: bytes) -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        smsc.peers[0].send(garbage)
        await until(lambda: smsc.connections == 2)
        await until(lambda: link.state.is_ready)


async def test_a_command_nobody_knows_is_nacked_and_the_link_stays() -> None:
    async with RawSmsc() as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        smsc.peers[0].send(pdu(0x77, 0, 5, b"what") + pdu(0x0B, 0, 6, b"smsc\0pw\0") + pdu(0x102, 0, 7, b"\0" * 6))
        await until(lambda: len(smsc.nacks) == 2)
        assert smsc.nacks == [(5, 3), (6, 4)]
        assert isinstance(await link.submit(sending()), Accepted)


async def test_answers_that_drip_in_octet_by_octet_are_read() -> None:
    async def drip(peer: Peer, one: Submitted) -> None:
        for octet in pdu(SUBMIT | RESP, 0, one.number, b"slow\0"):
            peer.send(bytes([octet]))
            await peer.writer.drain()
            await asyncio.sleep(0.001)

    async with RawSmsc(on_submit=drip) as smsc, linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        assert await link.submit(sending()) == Accepted(("slow",))


async def test_a_drip_that_never_makes_a_pdu_is_no_sign_of_life() -> None:
    settings: dict[str, Any] = {"enquire_link_s": 0.1, "response_timeout_s": 0.2}
    async with (
        RawSmsc(answers_enquire=False) as smsc,
        linked(NotedTraffic(), port=smsc.port, **settings) as link,
    ):
        await until(lambda: link.state.is_ready)
        smsc.peers[0].send(b"\x00\x00\x10\x00")
        while smsc.connections == 1:
            for peer in smsc.peers:
                peer.send(b"x")
            await asyncio.sleep(0.02)
        assert smsc.connections == 2


@pytest.mark.parametrize(
    ("settings", "detail"),
    [({"tls_ca_file": True}, None), ({"tls_verify": False}, None), ({}, "certificate"), ({"tls": False}, "answer")],
)
async def test_tls_is_verified_unless_told_otherwise(
    tmp_path: Path, settings: dict[str, Any], detail: str | None
) -> None:
    context = certificate(tmp_path, "smsc.example")
    given = dict(settings)
    if "tls_ca_file" in given:
        given["tls_ca_file"] = str(tmp_path / "smsc.example.pem")
        given["tls_server_name"] = "smsc.example"
    async with (
        RawSmsc(tls=context) as smsc,
        linked(NotedTraffic(), port=smsc.port, **{"tls": True, "response_timeout_s": 0.3, **given}) as link,
    ):
        if detail is None:
            await until(lambda: link.state.is_ready)
            assert isinstance(await link.submit(sending()), Accepted)
        else:
            await until(lambda: link.state.state == "disconnected")
            assert not smsc.submitted


async def test_a_certificate_of_another_name_is_refused_with_the_fix(tmp_path: Path) -> None:
    context = certificate(tmp_path, "smsc.example")
    async with RawSmsc(tls=context) as smsc:
        ca_file = str(tmp_path / "smsc.example.pem")
        async with linked(NotedTraffic(), port=smsc.port, tls=True, tls_ca_file=ca_file) as link:
            await until(lambda: "tls_server_name" in (link.state.detail or ""))
            assert not link.state.is_ready


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("nowhere", "cannot be read (No such file or directory): check the path and its rights."),
        (".", "is no regular file: give a file of certificates in PEM."),
        ("fifo", "is no regular file"),
        ("/dev/ptmx", "is no regular file"),
        ("/dev/zero", "is no regular file"),
        ("large", "is larger than 1 MB"),
        ("empty", "holds no certificate"),
        ("broken", "TLS with 127.0.0.1:1 failed"),
    ],
)
async def test_a_ca_file_that_cannot_be_used_is_named_and_holds_nothing_up(
    tmp_path: Path, name: str, cause: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"-----BEGIN CERTIFICATE-----" + b"A" * 2**20)
    (tmp_path / "empty").touch()
    (tmp_path / "broken").write_text("# \u00dc\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    async with linked(NotedTraffic(), port=1, tls=True, tls_ca_file=str(tmp_path / name)) as link:
        await until(lambda: link.state.state == "disconnected")
        assert cause in (link.state.detail or "")
