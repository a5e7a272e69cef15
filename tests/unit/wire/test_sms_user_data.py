import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.wire.error import WireError
from callwright.wire.sms.user_data import Concatenation, Ports, UserDataHeader, serialise_header, split_user_data


@st.composite
def concatenations(draw: st.DrawFn) -> Concatenation:
    is_wide = draw(st.booleans())
    total = draw(st.integers(1, 255))
    reference = draw(st.integers(0, 0xFFFF if is_wide else 0xFF))
    return Concatenation(reference, draw(st.integers(1, total)), total, is_wide)


@st.composite
def ports(draw: st.DrawFn) -> Ports:
    is_wide = draw(st.booleans())
    numbers = st.integers(0, 0xFFFF if is_wide else 0xFF)
    return Ports(draw(numbers), draw(numbers), is_wide)


headers = st.builds(UserDataHeader, st.none() | concatenations(), st.none() | ports())


@pytest.mark.parametrize(
    ("octets", "header"),
    [
        ("050003a70201", UserDataHeader(Concatenation(0xA7, number=1, total=2))),
        ("060804a7010302", UserDataHeader(Concatenation(0xA701, number=2, total=3, is_wide=True))),
        ("0605040b8423f0", UserDataHeader(ports=Ports(destination=0x0B84, source=0x23F0))),
        ("0404020506", UserDataHeader(ports=Ports(5, 6, is_wide=False))),
        ("0b05040b8423f00003270201", UserDataHeader(Concatenation(0x27, 1, 2), Ports(0x0B84, 0x23F0))),
    ],
)
def test_headers_are_read_and_written(octets: str, header: UserDataHeader) -> None:
    assert split_user_data(bytes.fromhex(octets) + b"text") == (header, b"text")
    if header.concatenation is None or header.ports is None:
        assert serialise_header(header).hex() == octets


@given(headers, st.binary(max_size=140))
def test_what_is_written_is_read(header: UserDataHeader, text: bytes) -> None:
    assert split_user_data(serialise_header(header) + text) == (header, text)


def test_elements_that_are_not_known_are_skipped() -> None:
    assert split_user_data(bytes.fromhex("0a 2403 010203 0003 a70201")) == (
        UserDataHeader(Concatenation(0xA7, number=1, total=2)),
        b"",
    )
    assert split_user_data(bytes.fromhex("00") + b"text") == (UserDataHeader(), b"text")


@pytest.mark.parametrize("element", ["0003a70200", "0003a70203", "0003a70000", "0804a7010000"])
def test_a_part_that_cannot_be_is_ignored(element: str) -> None:
    octets = bytes.fromhex(element)
    assert split_user_data(bytes([len(octets)]) + octets + b"text") == (UserDataHeader(), b"text")


def test_of_elements_that_come_twice_the_last_counts() -> None:
    twice = bytes.fromhex("10 0804a7010302 0003 a70201 0003 a80202".replace(" ", ""))
    header, _ = split_user_data(twice)
    assert header.concatenation == Concatenation(0xA8, number=2, total=2)
    header, _ = split_user_data(bytes.fromhex("0b 0003a80202 0804a7010302"))
    assert header.concatenation == Concatenation(0xA701, number=2, total=3, is_wide=True)
    header, _ = split_user_data(bytes.fromhex("0a 0003a80202 0003a70200"))
    assert header.concatenation == Concatenation(0xA8, number=2, total=2)
    header, _ = split_user_data(bytes.fromhex("08 04020102 04020506"))
    assert header.ports == Ports(5, 6, is_wide=False)


@pytest.mark.parametrize(
    "octets", ["", "05", "050003a702", "0100", "030003a7", "0400020102", "0804a7010201", "03040105"]
)
def test_lengths_that_do_not_fit_are_refused(octets: str) -> None:
    with pytest.raises(WireError):
        split_user_data(bytes.fromhex(octets))


@pytest.mark.parametrize("part", [Concatenation(256, 1, 2), Concatenation(1, 1, 256), Concatenation(70000, 1, 2, True)])
def test_numbers_that_do_not_fit_are_not_written(part: Concatenation) -> None:
    with pytest.raises(WireError):
        serialise_header(UserDataHeader(part))


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        header, text = split_user_data(data)
    except WireError:
        return
    assert data.endswith(text)
    assert header.concatenation is None or 1 <= header.concatenation.number <= header.concatenation.total
