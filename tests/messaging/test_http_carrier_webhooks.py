"""What carriers tell by HTTP: who may, what is read, and that it is stored before it is answered."""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from tests.messaging.http_link import CARRIER, TOKEN, linked

from callwright.messaging.web import LARGEST_BODY_BYTES
from callwright.usecases.carrier_traffic import Incoming, Part, Receipt, ReceivedMedia, Undeliverable
from callwright.usecases.ports import StorageUnavailable

MESSAGE = {"from": "15005550006", "to": "+15555550100", "body": "Hello"}
RECEIPT = {"id": "m-1", "status": "DELIVRD"}


def incoming(body: str = "Hello", **fields: Any) -> Incoming:
    return Incoming(CARRIER, "15005550006", "+15555550100", body, **fields)


@pytest.mark.parametrize("how", [{"data": MESSAGE}, {"json": MESSAGE}, {"params": MESSAGE, "method": "GET"}])
async def test_a_message_comes_as_form_json_or_query(how: dict[str, Any]) -> None:
    async with linked() as carrier:
        answer = await carrier.inbound(**how)
        assert (answer.status_code, answer.text) == (200, "OK\n")
        assert carrier.traffic.incoming == [incoming()]


async def test_json_is_known_by_its_first_character_too() -> None:
    async with linked() as carrier:
        await carrier.inbound(content=json.dumps(MESSAGE), headers={**TOKEN, "Content-Type": "text/plain"})
        assert carrier.traffic.incoming == [incoming()]


async def test_several_messages_come_in_one_webhook_with_names_of_the_carriers_own() -> None:
    body = {
        "results": [
            {"sender": 15005550006, "message": {"text": "one", "to": "+15555550100"}},
            {"sender": "15005550006", "message": {"text": "two", "to": "+15555550100"}},
        ]
    }
    names = {"inbound_from": "sender", "inbound_to": "message.to", "inbound_body": "message.text"}
    async with linked(inbound_list="results[]", **names) as carrier:
        assert (await carrier.inbound(json=body)).status_code == 200
        assert carrier.traffic.incoming == [incoming("one"), incoming("two")]


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("media[].url", {"json": {**MESSAGE, "media": [{"url": "http://h/a"}, {"url": "http://h/b"}, {"x": 1}]}}),
        ("media", {"data": {**MESSAGE, "media": ["http://h/a", "http://h/b"]}}),
        ("Url{n}", {"data": {**MESSAGE, "Url0": "http://h/a", "Url1": "http://h/b", "Url3": "http://h/never"}}),
        ("Url{n}", {"data": {**MESSAGE, "Url1": "http://h/a", "Url2": "http://h/b"}}),
    ],
)
async def test_media_come_as_urls(path: str, how: dict[str, Any]) -> None:
    async with linked(inbound_media=path) as carrier:
        await carrier.inbound(**how)
        media = (ReceivedMedia(url="http://h/a"), ReceivedMedia(url="http://h/b"))
        assert carrier.traffic.incoming == [incoming(media=media)]


async def test_a_message_with_media_needs_no_text() -> None:
    body = {"from": "15005550006", "to": "+15555550100", "media": ["http://h/a"]}
    async with linked(inbound_media="media[]") as carrier:
        assert (await carrier.inbound(json=body)).status_code == 200
        assert carrier.traffic.incoming == [incoming("", media=(ReceivedMedia(url="http://h/a"),))]


@pytest.mark.parametrize(
    ("reference", "number", "total", "part"),
    [
        ("7", "2", "3", Part(7, 2, 3)),
        (7, 2, 3, Part(7, 2, 3)),
        ("", "", "", None),
        ("7", "1", "1", None),
        ("7", "0", "3", None),
        ("7", "x", "3", None),
    ],
)
async def test_parts_of_a_long_message(reference: Any, number: Any, total: Any, part: Part | None) -> None:
    settings = {"inbound_part_reference": "ref", "inbound_part_number": "no", "inbound_part_total": "of"}
    async with linked(**settings) as carrier:
        await carrier.inbound(json={**MESSAGE, "ref": reference, "no": number, "of": total})
        assert carrier.traffic.incoming == [incoming(part=part)]


async def test_a_reference_that_is_no_number_is_the_same_for_all_parts() -> None:
    settings = {"inbound_part_reference": "ref", "inbound_part_number": "no", "inbound_part_total": "of"}
    async with linked(**settings) as carrier:
        for number in (1, 2):
            await carrier.inbound(json={**MESSAGE, "ref": "a1f3", "no": number, "of": 2})
        first, second = [one.part for one in carrier.traffic.incoming]
        assert first is not None
        assert second is not None
        assert (first.reference, first.number, second.number) == (second.reference, 1, 2)


@pytest.mark.parametrize(
    ("word", "error", "expected"),
    [
        ("DELIVRD", None, Receipt(CARRIER.sid, "m-1", "delivered")),
        ("accepted", None, Receipt(CARRIER.sid, "m-1", "sent")),
        ("Zugestellt", None, Receipt(CARRIER.sid, "m-1", "delivered")),
        ("Read", None, Receipt(CARRIER.sid, "m-1", "read")),
        (
            "UNDELIV",
            "17",
            Receipt(CARRIER.sid, "m-1", "undelivered", error_code=30005, error_message="The carrier says UNDELIV: 17."),
        ),
        (
            "failed",
            None,
            Receipt(CARRIER.sid, "m-1", "failed", error_code=30008, error_message="The carrier says failed."),
        ),
    ],
)
async def test_receipts_are_told_in_our_words(word: str, error: str | None, expected: Receipt) -> None:
    settings: dict[str, Any] = {
        "statuses": {"zugestellt": "delivered", "BUFFERED": "ignored"},
        "error_codes": {"17": 30005},
        "receipt_error": "error",
    }
    async with linked(**settings) as carrier:
        answer = await carrier.receipt(json={"id": "m-1", "status": word, "error": error})
        assert (answer.status_code, carrier.traffic.receipts) == (200, [expected])


@pytest.mark.parametrize("word", ["buffered", "on its way to the moon"])
async def test_statuses_without_a_meaning_are_passed_over(word: str) -> None:
    async with linked(statuses={"BUFFERED": "ignored"}) as carrier:
        answer = await carrier.receipt(data={"id": "m-1", "status": word})
        assert (answer.status_code, carrier.traffic.receipts) == (200, [])
        assert "statuses" in answer.text


async def test_several_receipts_come_in_one_webhook() -> None:
    async with linked(receipt_list="[]", receipt_id="message.id", receipt_status="state") as carrier:
        await carrier.receipt(json=[{"message": {"id": n}, "state": "delivered"} for n in range(3)])
        assert [receipt.carrier_message_id for receipt in carrier.traffic.receipts] == ["0", "1", "2"]


async def test_nothing_is_answered_before_it_is_stored() -> None:
    async with linked() as carrier:
        carrier.traffic.gate = asyncio.Event()
        answering = asyncio.create_task(carrier.inbound(data=MESSAGE))
        await asyncio.sleep(0.05)  # time enough for a wrong answer
        assert not answering.done()
        carrier.traffic.gate.set()
        assert (await answering).status_code == 200


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (StorageUnavailable("full"), 503, "send it again"),
        (Undeliverable("No number here is +15555550100: buy it."), 422, "No number here"),
    ],
)
async def test_what_could_not_be_taken_is_said(failure: Exception, status: int, words: str) -> None:
    async with linked() as carrier:
        carrier.traffic.failure = failure
        answer = await carrier.inbound(data=MESSAGE)
        assert (answer.status_code, words in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"json": {"from": "1", "to": "2"}}, "no text at body: check the carrier's setting inbound_body"),
        ({"json": {"body": "x", "to": "2"}}, "no sender at from: check the carrier's setting inbound_from"),
        ({"json": {"body": "x", "from": {"a": 1}, "to": "2"}}, "no sender"),
        ({"json": {"body": "x" * 10_001, "from": "1", "to": "2"}}, "longer than 10000"),
        ({"json": {"body": "x" * 1001, "from": "1", "to": "2", "ref": 7, "part": 1, "of": 2}}, "longer than 1000"),
        ({"json": {"body": "x", "from": "1" * 65, "to": "2"}}, "longer than 64"),
        ({"json": 17}, "no text"),
        ({"content": b"{" * 1000}, "no JSON"),
        ({"content": b"\xff\xfe", "headers": TOKEN}, "UTF-8"),
        ({"data": {str(n): "" for n in range(1100)}}, "1000 fields"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_cause_and_fix(asked: dict[str, Any], words: str) -> None:
    parts = {"inbound_part_reference": "ref", "inbound_part_number": "part", "inbound_part_total": "of"}
    async with linked(**parts) as carrier:
        answer = await carrier.inbound(**asked)
        assert (answer.status_code, words in answer.text, carrier.traffic.incoming) == (400, True, [])


async def test_a_body_without_bound_is_refused_before_it_is_read() -> None:
    async with linked() as carrier:
        assert (await carrier.inbound(content=b"x" * (LARGEST_BODY_BYTES + 1))).status_code == 413
        assert (await carrier.inbound(content=b" " * LARGEST_BODY_BYTES)).status_code == 400


@pytest.mark.parametrize("headers", [{}, {"X-Webhook-Secret": "wrong"}, {"X-Webhook-Secret": "ä".encode()}])
async def test_a_wrong_token_is_refused(headers: dict[str, Any]) -> None:
    async with linked() as carrier:
        answer = await carrier.inbound(data=MESSAGE, headers=headers)
        assert (answer.status_code, carrier.traffic.incoming) == (401, [])
        assert "X-Webhook-Secret" in answer.text
        assert "a long secret" not in answer.text


async def test_without_a_way_to_prove_who_asks_nothing_is_taken() -> None:
    async with linked(webhook_auth=None, webhook_secret=None) as carrier:
        for answer in (await carrier.inbound(data=MESSAGE), await carrier.receipt(data=RECEIPT)):
            assert answer.status_code == 403
            assert "webhook_auth" in answer.text
        assert (carrier.traffic.incoming, carrier.traffic.receipts) == ([], [])


@pytest.mark.parametrize(
    ("given", "status"),
    [("me:p:w", 200), ("me:wrong", 401), ("you:p:w", 401), ("me", 401), (None, 401)],
)
async def test_basic(given: str | None, status: int) -> None:
    headers = {"Authorization": f"Basic {base64.b64encode(given.encode()).decode()}"} if given else {}
    async with linked(webhook_auth="basic", webhook_username="me", webhook_secret="p:w") as carrier:
        answer = await carrier.inbound(data=MESSAGE, headers=headers)
        assert answer.status_code == status
        assert ("WWW-Authenticate" in answer.headers) == (status == 401)
        assert (await carrier.inbound(data=MESSAGE, headers={"Authorization": "Basic ###"})).status_code == 401


async def test_hmac_is_of_the_body_in_hex_or_base64() -> None:
    body = json.dumps(MESSAGE).encode()
    digest = hmac.new(b"key", body, hashlib.sha256)
    forms = (digest.hexdigest(), f"sha256={digest.hexdigest()}", base64.b64encode(digest.digest()).decode())
    settings = {"webhook_auth": "hmac-sha256", "webhook_header": "X-Signature", "webhook_secret": "key"}
    async with linked(**settings) as carrier:
        for form in forms:
            assert (await carrier.inbound(content=body, headers={"X-Signature": form})).status_code == 200
            other = await carrier.inbound(content=body + b" ", headers={"X-Signature": form})
            assert other.status_code == 401
        assert (await carrier.inbound(content=body, headers={})).status_code == 401
        of_nothing = hmac.new(b"key", b"", hashlib.sha256).hexdigest()
        answer = await carrier.inbound(params=MESSAGE, method="GET", headers={"X-Signature": of_nothing})
        assert answer.status_code == 401
    assert len(carrier.traffic.incoming) == len(forms)


async def test_a_carrier_that_does_not_run_now_is_to_be_asked_again() -> None:
    async with linked() as carrier:
        answer = await carrier.web.post(f"/carriers/{'CR' + '9' * 32}/inbound", data=MESSAGE, headers=TOKEN)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Check the SID" in answer.text


async def test_other_addresses_are_not_found() -> None:
    async with linked() as carrier:
        answer = await carrier.web.post(f"/carriers/{CARRIER.sid}/other", data=MESSAGE, headers=TOKEN)
        assert (answer.status_code, "/carriers/SID/inbound" in answer.text) == (404, True)


async def test_what_can_be_read_of_a_list_is_taken() -> None:
    async with linked(inbound_list="events[]") as carrier:
        answer = await carrier.inbound(json={"events": [{"from": "1"}, MESSAGE, 17]})
        assert (answer.status_code, carrier.traffic.incoming) == (200, [incoming()])
        assert (await carrier.inbound(json={"events": [{"from": "1"}]})).status_code == 400
        assert (await carrier.inbound(json={"events": []})).status_code == 200


async def test_a_list_that_is_not_there_is_said() -> None:
    async with linked(inbound_list="events[]") as carrier:
        answer = await carrier.inbound(json=MESSAGE)
        assert (answer.status_code, "inbound_list" in answer.text) == (400, True)


async def test_identifiers_that_are_large_numbers_stay_exact() -> None:
    async with linked() as carrier:
        await carrier.receipt(content=b'{"id": 123456789012345678901234567890, "status": "delivered"}')
        await carrier.receipt(content=b'{"id": 1.50, "status": "delivered"}')
        ids = [receipt.carrier_message_id for receipt in carrier.traffic.receipts]
        assert ids == ["123456789012345678901234567890", "1.50"]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"id": NaN}',
        b"1" * 5000,
        b'{"id": "\\ud800", "status": "\\u0000"}',
        b"\x00",
    ],
)
async def test_hostile_bodies_are_refused_cleanly(body: bytes) -> None:
    async with linked() as carrier:
        answer = await carrier.receipt(content=body, headers={**TOKEN, "Content-Type": "application/json"})
        assert (answer.status_code, carrier.traffic.receipts) == (400, [])


async def test_what_databases_refuse_is_replaced() -> None:
    async with linked(inbound_media="media[]") as carrier:
        media = ["file:///x", "http://h/a", "\x00"]
        body = {"from": "1\x00", "to": "2", "body": "a\x00b\ud800", "media": media}
        assert (await carrier.inbound(content=json.dumps(body))).status_code == 200
        (taken,) = carrier.traffic.incoming
        assert (taken.from_, taken.body, taken.media) == ("1", "ab?", (ReceivedMedia(url="http://h/a"),))
