import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callwright.wire.sms.grapheme_clusters import clusters
from callwright.wire.sms.gsm7 import EXTENSION, encode, is_gsm7, septet_count
from callwright.wire.sms.segments import segment, unit_count
from callwright.wire.sms.smart_encoding import smart_encoded

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ZALGO = "z" + "\u0301" * 150

gsm_texts = st.text(st.sampled_from("ab €[]~^\\{}|\f\r\nüÅ"), max_size=500)
any_texts = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from([FAMILY, "\U0001f1e9\U0001f1ea", "e\u0301", "ж", "a", "€", "\r\n", ZALGO]), max_size=90
    ).map("".join),
)


def test_an_empty_text_is_one_part() -> None:
    assert segment("").parts == ("",)
    assert segment("").encoding == "GSM-7"


@pytest.mark.parametrize(
    ("text", "encoding", "sizes"),
    [
        ("a" * 160, "GSM-7", [160]),
        ("a" * 161, "GSM-7", [153, 8]),
        ("a" * 306, "GSM-7", [153, 153]),
        ("a" * 307, "GSM-7", [153, 153, 1]),
        ("€" * 80, "GSM-7", [80]),
        ("a" * 152 + "€" + "a" * 7, "GSM-7", [152, 8]),
        ("ж" * 70, "UCS-2", [70]),
        ("ж" * 71, "UCS-2", [67, 4]),
        ("ж" * 134, "UCS-2", [67, 67]),
        ("ж" * 135, "UCS-2", [67, 67, 1]),
        ("\U0001f642" * 35, "UCS-2", [35]),
        ("\U0001f642" * 36, "UCS-2", [33, 3]),
        ("ж" * 60 + FAMILY, "UCS-2", [60, 7]),
        ("a" * 69 + "\r\n", "GSM-7", [71]),
        ("ж" * 66 + "\r\n" + "ж" * 3, "UCS-2", [67, 4]),
    ],
)
def test_a_text_is_cut_where_a_part_is_full(text: str, encoding: str, sizes: list[int]) -> None:
    segments = segment(text)
    assert segments.encoding == encoding
    assert [len(part) for part in segments.parts] == sizes
    assert segments.count == len(sizes)


def test_a_cluster_that_no_part_has_room_for_is_cut_between_characters() -> None:
    assert [unit_count(part) for part in segment(ZALGO).parts] == [67, 67, 17]


@given(gsm_texts)
def test_parts_in_gsm7_are_the_text_and_none_is_too_long(text: str) -> None:
    segments = segment(text)
    room = 160 if segments.count == 1 else 153
    assert segments.encoding == "GSM-7"
    assert "".join(segments.parts) == text
    assert all(len(encode(part)) == septet_count(part) <= room for part in segments.parts)
    assert all(septet_count(part) >= room - 1 for part in segments.parts[:-1])


@given(any_texts)
@example(ZALGO * 3)
def test_parts_are_the_text_and_none_is_too_long(text: str) -> None:
    segments = segment(text)
    size, most = (septet_count, (160, 153)) if segments.encoding == "GSM-7" else (unit_count, (70, 67))
    assert "".join(segments.parts) == text
    assert all(size(part) <= most[segments.count > 1] for part in segments.parts)
    assert all(segments.parts) or text == ""
    assert segments.encoding == "GSM-7" or not is_gsm7(text)


@given(any_texts)
def test_no_part_begins_or_ends_in_mid_character(text: str) -> None:
    for part in segment(text).parts:
        part.encode("utf-16-le")  # refuses halves of a surrogate pair


@given(any_texts)
def test_clusters_stay_whole_where_a_part_has_room_for_them(text: str) -> None:
    segments = segment(text)
    pieces = clusters(text)
    if segments.encoding == "GSM-7" or any(unit_count(piece) > 67 for piece in pieces):
        return
    ends = {sum(map(len, segments.parts[: index + 1])) for index in range(segments.count)}
    boundaries = {sum(map(len, pieces[:index])) for index in range(len(pieces) + 1)}
    assert ends <= boundaries


@given(st.text(max_size=200))
def test_clusters_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize(
    "cluster",
    [
        FAMILY, "\U0001f1e9\U0001f1ea", "e\u0301\u0323", "\U0001f44d\U0001f3fd", "\u1112\u1161\u11ab", "\uac00\u11a8",
        "\u0915\u094d", "\U0001f3f3\ufe0f\u200d\U0001f308", "1\ufe0f\u20e3", "\u0600a",
    ],
)  # fmt: skip
def test_what_a_reader_takes_for_one_character_is_one_cluster(cluster: str) -> None:
    assert clusters("x" + cluster + "y") == ["x", cluster, "y"]


def test_flags_are_told_apart_in_pairs() -> None:
    assert len(clusters("\U0001f1e9\U0001f1ea" * 3)) == 3


def test_typographic_characters_become_those_of_gsm7() -> None:
    assert smart_encoded("„Grüße“ – it’s ½ …\u200b") == '"Grüße" - it\'s 1/2 ...'
    assert smart_encoded("ＡＢＣ ｘ") == "ABC ｘ"
    assert segment(smart_encoded("“" * 160)).count == 1


@given(gsm_texts.filter(lambda text: not set(text) & EXTENSION))
def test_smart_encoding_leaves_what_is_gsm7_already(text: str) -> None:
    assert smart_encoded(text) == text


def test_every_character_that_joins_its_neighbours_stays_with_them_at_the_end_of_a_part() -> None:
    joining = [character for character in map(chr, range(0xD800)) if len(list(clusters(f"ж{character}ж"))) < 3]
    assert len(joining) > 1000
    for character in joining:
        for before in (66, 67):
            pieces = list(clusters("ж" * before + character + "ж" * 9))
            whole = len("".join(pieces[:67]))
            first = "".join(pieces[:67] if whole <= 67 else pieces[:66])
            assert segment("".join(pieces)).parts[0] == first, f"U+{ord(character):04X}"
