import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.wire.error import WireError
from callwright.wire.sms.gsm7 import EXTENSION, decode, encode, is_gsm7, septet_count

ALPHABET = [chr(code) for code in range(0x10000) if is_gsm7(chr(code))]


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("@", "00"), ("Ç", "09"), ("\n", "0a"), ("Δ", "10"), ("_", "11"), ("¤", "24"), ("¡", "40"), ("A", "41"),
        ("§", "5f"), ("¿", "60"), ("a", "61"), ("à", "7f"), ("€", "1b65"), ("[", "1b3c"), ("\f", "1b0a"),
        ("hello", "68656c6c6f"),
    ],
)  # fmt: skip
def test_characters_have_the_codes_of_the_standard(text: str, octets: str) -> None:
    assert encode(text).hex() == octets
    assert decode(bytes.fromhex(octets)) == text


def test_the_alphabet_has_127_characters_and_ten_more() -> None:
    assert len(ALPHABET) == 127 + 10
    assert len(EXTENSION) == 10
    assert not is_gsm7("ç")
    assert not is_gsm7("`")
    assert not is_gsm7("\x1b")


@given(st.text(st.sampled_from(ALPHABET)))
def test_what_is_encoded_is_decoded(text: str) -> None:
    octets = encode(text)
    assert len(octets) == septet_count(text)
    assert decode(octets) == text


@given(st.binary().map(lambda octets: bytes(octet & 0x7F for octet in octets)))
def test_all_septets_are_some_text_that_stays_the_same(septets: bytes) -> None:
    text = decode(septets)
    assert is_gsm7(text)
    assert decode(encode(text)) == text


@pytest.mark.parametrize(
    ("septets", "text"), [(b"a\x1b", "a "), (b"\x1b\x1bA", " A"), (b"\x1bA", "A"), (b"\x1b\x00", "@")]
)
def test_an_escape_without_meaning_shows_the_character_after_it(septets: bytes, text: str) -> None:
    assert decode(septets) == text


def test_an_octet_that_is_no_septet_is_refused_with_its_place() -> None:
    with pytest.raises(WireError, match="octet 0xe4 at 1 is no septet"):
        decode(b"a\xe4\xff")


def test_a_character_outside_the_alphabet_is_refused_by_name() -> None:
    with pytest.raises(WireError, match=r"'\\u0436' is not in the GSM 7-bit alphabet"):
        encode("aж")
