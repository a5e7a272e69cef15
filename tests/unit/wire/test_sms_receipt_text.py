import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.wire.sms.receipt_text import ReceiptText, parse_receipt_text

USUAL = (
    "id:0123456789 sub:001 dlvrd:001 submit date:2611231355 done date:2611231356 stat:DELIVRD err:000 Text:Hello wor"
)
READ = ReceiptText(
    status="DELIVRD",
    id="0123456789",
    submitted=1,
    delivered=1,
    submit_date="2611231355",
    done_date="2611231356",
    error="000",
    text="Hello wor",
)


@pytest.mark.parametrize(
    "text",
    [
        USUAL,
        USUAL.replace("id:", "ID:").replace("submit date:", "Submit Date:").replace("stat:", "Stat:"),
        USUAL.replace(" date:", "_date:"),
        USUAL.replace(":", " : ").replace("  ", " "),
        USUAL.replace(" Text", "\nText"),
        USUAL.replace("DELIVRD", "delivrd"),
        USUAL + "\0",
        " " + USUAL,
        "stat:DELIVRD err:000 done date:2611231356 submit date:2611231355 "
        "dlvrd:001 sub:001 id:0123456789 text:Hello wor",
    ],
)
def test_receipts_are_read_as_the_many_carriers_write_them(text: str) -> None:
    assert parse_receipt_text(text) == READ


def test_fields_may_be_missing() -> None:
    assert parse_receipt_text("id:a-1 stat:UNDELIV") == ReceiptText("UNDELIV", id="a-1")
    assert parse_receipt_text("stat:EXPIRED err:") == ReceiptText("EXPIRED")
    assert parse_receipt_text("id: sub:x dlvrd: stat:REJECTD err:04C text:") == ReceiptText(
        "REJECTD", error="04C", text=""
    )


def test_dates_may_have_seconds_or_be_written_out() -> None:
    receipt = parse_receipt_text("id:1 submit date:261123135501 done date:2026-11-23 13:56:02 stat:DELIVRD err:0")
    assert receipt is not None
    assert (receipt.submit_date, receipt.done_date) == ("261123135501", "2026-11-23 13:56:02")


def test_what_is_too_long_for_a_date_is_none() -> None:
    receipt = parse_receipt_text(f"id:1 stat:DELIVRD submit date:{'1' * 20} done date:{'1' * 21}")
    assert receipt is not None
    assert (receipt.submit_date, receipt.done_date) == ("1" * 20, None)


def test_what_the_sender_wrote_is_not_taken_for_fields() -> None:
    receipt = parse_receipt_text("id:7 stat:DELIVRD err:000 text:id:9 stat:UNDELIV")
    assert receipt == ReceiptText("DELIVRD", id="7", error="000", text="id:9 stat:UNDELIV")


def test_fields_after_the_text_are_found() -> None:
    assert parse_receipt_text("text:Hello id:7 stat:DELIVRD") == ReceiptText("DELIVRD", id="7", text="Hello")


@pytest.mark.parametrize(
    "text", ["", "Hello", "stat:", "my stat:good", "id:7", "valid:7 thermostat:DELIVRD", "id:1 stat: "]
)
def test_other_texts_are_no_receipts(text: str) -> None:
    assert parse_receipt_text(text) is None


KEYS = ("id:", "sub:", "dlvrd:", "submit date:", "done date:", "stat:", "err:", "text:", "Text:")


@given(st.lists(st.sampled_from(KEYS) | st.text(max_size=12), max_size=20).map(" ".join))
def test_whatever_comes_is_read_or_is_none(text: str) -> None:
    receipt = parse_receipt_text(text)
    assert receipt is None or receipt.status
