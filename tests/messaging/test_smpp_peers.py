"""The link against SMSCs that do not share a line with it."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.messaging.smpp_link import NotedTraffic, linked, sending, until
from tests.running.smsc import Smsc, Submit
from tests.running.smsc.certificate import make_certificate
from tests.running.smsc.smsc import certificate_option

from callwright.usecases.carrier_traffic import Accepted, Part, Postponed, Refused, Unacknowledged, Undeliverable
from callwright.usecases.ports import StorageUnavailable
from callwright.wire.sms.segments import segment

Peer = Literal["npm", "perl", "smpp34"]
FIRST, SECOND = b"\x05\x00\x03\x09\x02\x01hello ", b"\x05\x00\x03\x09\x02\x02world"
PEERS: list[Peer] = ["npm", "perl", "smpp34"]
WAYS = ["udh", "sar", "payload"]
LOGIN: dict[str, Any] = {"system_id": "user", "password": "secret"}


@pytest.fixture(params=PEERS)
def smsc(request: pytest.FixtureRequest) -> Iterator[Smsc]:
    with Smsc(request.param) as peer:
        yield peer


@pytest.fixture
def npm() -> Iterator[Smsc]:
    with Smsc("npm", **LOGIN) as peer:
        yield peer


async def test_a_text_goes_out_and_its_receipt_comes_back(smsc: Smsc) -> None:
    traffic = NotedTraffic()
    async with linked(traffic, port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending("hello there"))
        await until(lambda: traffic.receipts)
    (submit,) = smsc.submits()
    assert (submit.from_, submit.to, submit.text) == ("15555550100", "15555550101", "hello there")
    assert (submit["source_addr_ton"], submit["dest_addr_npi"], submit["registered_delivery"]) == (1, 1, 1)
    assert isinstance(outcome, Accepted)
    assert (traffic.receipts[0].carrier_message_id,) == outcome.carrier_message_ids
    assert traffic.receipts[0].status == "delivered"


@pytest.mark.parametrize(
    ("peer", "text", "way"),
    [
        *(("npm", "Grüße, 😀 " * 30, way) for way in WAYS),
        *(("smpp34", "abc de" * 70, way) for way in WAYS),
        ("perl", "0123456789" * 40, "udh"),  # tells of no TLVs
    ],
)
async def test_a_long_text_is_put_together_by_the_peer(peer: Peer, text: str, way: str) -> None:
    with Smsc(peer) as smsc:
        async with linked(NotedTraffic(), port=smsc.port, long_messages=way) as link:
            await until(lambda: link.state.is_ready)
            outcome = await link.submit(sending(text))
        assert isinstance(outcome, Accepted)
        submits = smsc.wait_for_submits(len(outcome.carrier_message_ids))
    assert len(submits) == (1 if way == "payload" else segment(text).count)
    in_order = sorted(submits, key=lambda submit: _number(submit, way))  # smpp34 tells of them as it likes
    assert [_number(submit, way) for submit in in_order] == list(range(1, len(submits) + 1))
    assert "".join(submit.text for submit in in_order) == text


def _number(submit: Submit, way: str) -> int:
    if way == "sar":
        return int(submit["sar_segment_seqnum"])
    return int(submit.udh[0][-2:], 16) if way == "udh" else 1


async def test_throttling_is_waited_out(npm: Smsc) -> None:
    npm.set(throttle=2)
    async with linked(NotedTraffic(), port=npm.port) as link:
        await until(lambda: link.state.is_ready)
        first = await asyncio.gather(link.submit(sending("a")), link.submit(sending("b")))
        assert [type(outcome) for outcome in first] == [Postponed, Postponed]
        assert isinstance(await link.submit(sending("a")), Accepted)


async def test_a_refused_destination_is_a_refusal(smsc: Smsc) -> None:
    smsc.set(refuse={"15555550199": 0x0B})
    async with linked(NotedTraffic(), port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending(to="+15555550199"))
    assert isinstance(outcome, Refused)
    assert outcome.code == 30005


@pytest.mark.parametrize("receipts", ["double", "early"])
@pytest.mark.parametrize("style", ["text", "tlv", "both"])
async def test_receipts_come_twice_and_early(npm: Smsc, receipts: str, style: str) -> None:
    npm.set(receipts=receipts, receipt_style=style, ids="hex", receipt_ids="decimal", receipt_status="UNDELIV")
    traffic = NotedTraffic()
    async with linked(traffic, port=npm.port, receipt_ids="decimal") as link:
        await until(lambda: link.state.is_ready)
        outcome = await link.submit(sending())
        await until(lambda: len(traffic.receipts) == (2 if receipts == "double" else 1))
    assert isinstance(outcome, Accepted)
    assert {receipt.carrier_message_id for receipt in traffic.receipts} == set(outcome.carrier_message_ids)
    assert {receipt.status for receipt in traffic.receipts} == {"undelivered"}


async def test_a_link_lost_in_mid_window_loses_and_doubles_nothing(npm: Smsc) -> None:
    npm.set(disconnect_after=7, unanswered=3)
    async with linked(NotedTraffic(), port=npm.port, window=5) as link:
        await until(lambda: link.state.is_ready)
        outcomes = await asyncio.gather(*(link.submit(sending(f"text {n}")) for n in range(12)))
        by_text = {f"text {n}": outcome for n, outcome in enumerate(outcomes)}
        unanswered = {submit.text for submit in npm.unanswered()}
        submitted = {submit.text for submit in npm.submits()}
        assert len(submitted) >= 7  # and what had been written before the link was lost
        assert {text for text, outcome in by_text.items() if isinstance(outcome, Accepted)} == submitted - unanswered
        unknown = {text for text, outcome in by_text.items() if isinstance(outcome, Unacknowledged)}
        postponed = {text for text, outcome in by_text.items() if isinstance(outcome, Postponed)}
        assert unanswered <= unknown  # the last of them were written, and the peer read no more
        assert not postponed & submitted
        await until(lambda: link.state.is_ready)
        assert isinstance(await link.submit(sending()), Accepted)


async def test_what_comes_in_is_answered_when_it_is_kept(smsc: Smsc) -> None:
    traffic = NotedTraffic()
    async with linked(traffic, port=smsc.port) as link:
        await until(lambda: link.state.is_ready)
        await asyncio.to_thread(smsc.wait_for_binds)
        for octets in (SECOND, FIRST):
            tag = smsc.start_deliver("15555550101", "15555550100", octets=octets, esm_class=0x40)
            assert await asyncio.to_thread(smsc.wait_for_answer, tag) == 0
        found = [(one.body, one.part) for one in traffic.incoming]
        assert found == [("world", Part(9, 2, 2)), ("hello ", Part(9, 1, 2))]
        traffic.failure = StorageUnavailable("busy")
        assert await asyncio.to_thread(smsc.deliver, "15555550101", "15555550100", "again") == 0x64
        traffic.failure = Undeliverable("no such number")
        assert await asyncio.to_thread(smsc.deliver, "15555550101", "15555550100", "never") == 0x65
        traffic.failure = None
        assert await asyncio.to_thread(smsc.deliver, "15555550101", "15555550100", "hello") == 0
    assert traffic.incoming[-1].from_ == "+15555550101"


async def test_texts_of_every_coding_come_in(npm: Smsc) -> None:
    traffic = NotedTraffic()
    async with linked(traffic, port=npm.port) as link:
        await until(lambda: link.state.is_ready)
        for coding, text in (("gsm7", "{€} @ Ä"), ("latin1", "ÄÖÜ ×"), ("ucs2", "жук 😀")):
            more: dict[str, Any] = {"coding": coding}
            tag = npm.start_deliver("15555550101", "15555550100", text, **more)
            assert await asyncio.to_thread(npm.wait_for_answer, tag) == 0
    assert [one.body for one in traffic.incoming] == ["{€} @ Ä", "ÄÖÜ ×", "жук 😀"]


def _has_receipts(traffic: NotedTraffic, number: int) -> bool:
    return len(traffic.receipts) == number


@pytest.mark.parametrize("bind", ["transceiver", "transmitter_receiver"])
async def test_binds_of_both_kinds_come_back_after_each_loss(npm: Smsc, bind: str) -> None:
    traffic = NotedTraffic()
    number = 1 if bind == "transceiver" else 2
    async with linked(traffic, port=npm.port, bind=bind) as link:
        for round_ in (1, 2):
            await asyncio.to_thread(npm.wait_for_binds, number * round_)
            await until(lambda: link.state.is_ready and link.state.detail is None)
            assert isinstance(await link.submit(sending(f"round {round_}")), Accepted)
            await until(partial(_has_receipts, traffic, round_))
            if round_ == 1:
                npm.disconnect()
    assert len(npm.submits()) == 2


async def test_a_wrong_password_is_told(npm: Smsc) -> None:
    async with linked(NotedTraffic(), port=npm.port, password="wrong") as link:
        await until(lambda: link.state.state == "refused")
        assert "check" in (link.state.detail or "")
        assert "wrong" not in (link.state.detail or "")


async def test_a_mute_smsc_is_left(npm: Smsc) -> None:
    async with linked(NotedTraffic(), port=npm.port, enquire_link_s=0.2, response_timeout_s=0.3) as link:
        await until(lambda: link.state.is_ready)
        npm.set(mute=True)
        assert isinstance(await link.submit(sending()), Unacknowledged)
        await until(lambda: not link.state.is_ready)
        npm.set(mute=False)
        await until(lambda: link.state.is_ready)


async def test_tls_with_the_peers_own_authority(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with Smsc("npm", tls=certificate_option(certificate)) as peer:
        async with linked(NotedTraffic(), port=peer.port, tls=True, tls_ca_file=str(certificate[0])) as link:
            await until(lambda: link.state.is_ready)
            assert isinstance(await link.submit(sending()), Accepted)
        async with linked(NotedTraffic(), port=peer.port, tls=True) as link:
            await until(lambda: "tls_ca_file" in (link.state.detail or ""))
