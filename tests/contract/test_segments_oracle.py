"""Segments and smart encoding against Twilio's own calculator (tests/node/segments.js)."""

import json
import random
import subprocess
from typing import Any

import pytest

from callwright.wire.sms.segments import segment
from callwright.wire.sms.smart_encoding import smart_encoded

SEED = 3
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
KISS = "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff"
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
CLUSTERS = (
    *(FAMILY, KISS, RAINBOW, ENGLAND, "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "\U0001f642", "1\ufe0f\u20e3"),
    *(
        "e\u0301",
        "n\u0303\u0323",
        "\u0915\u094d\u0937\u093f",
        "\u0e01\u0e47",
        "\ud55c",
        "\u1112\u1161\u11ab",
        "\u0600a",
    ),
    *("\U0001f468\u200d\U0001f9b0", "\U0001f575\ufe0f\u200d\u2640\ufe0f", "\r\n", "ж", "短", "—", "é", "a", "[", "€"),
)
GSM = "The quick brown fox 0123456789 @£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€\f"
SENTENCES = (
    "Schöne Grüße – „bis morgen“ …",
    "It’s 10 °C « là »\tnow",
    "ｆｕｌｌ ＷＩＤＴＨ ！",
    "Привет, мир!",
    "a\r\nb",
    "",
)


def boundary_texts() -> list[str]:
    texts = []
    for length in (1, 69, 70, 71, 133, 134, 135, 152, 153, 154, 159, 160, 161, 200, 201, 305, 306, 307, 459, 460):
        texts += [filler * (length // len(filler)) for filler in ("a", "€", "ж", "\U0001f642", "\r\n", "e\u0301")]
        texts += ["a" * (length - 1) + tail for tail in ("€", "ж", "\U0001f642", FAMILY, "\r\n")]
        texts += ["a" * (length - 2) + "[b" + "c" * more for more in (0, 1, 30)]
        texts += ["ж" * (length - 2) + cluster + "ж" * 5 for cluster in CLUSTERS]
    return texts


def mixed_texts(chance: random.Random) -> list[str]:
    kinds = (CLUSTERS, tuple(GSM), (*CLUSTERS, *"x" * 200, *"ы" * 10))
    return ["".join(chance.choices(kinds[index % 3], k=chance.randint(1, 300))) for index in range(600)]


@pytest.fixture(scope="module")
def judged() -> list[tuple[str, dict[str, Any]]]:
    """Each text with what the calculator says of it."""
    single = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    texts = [*SENTENCES, *boundary_texts(), *mixed_texts(random.Random(SEED)), *single]
    run = subprocess.run(
        ["node", "segments.js"], cwd="tests/node", input=json.dumps(texts), capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return list(zip(texts, json.loads(run.stdout), strict=True))


def test_encoding_and_count_are_the_calculators(judged: list[tuple[str, dict[str, Any]]]) -> None:
    differing = []
    for text, verdict in judged:
        ours = segment(text)
        if (ours.encoding, ours.count) != (verdict["encoding"], verdict["count"]):
            differing.append((ascii(text), ours, verdict))
    assert differing == []


def test_texts_are_cut_where_the_calculator_cuts(judged: list[tuple[str, dict[str, Any]]]) -> None:
    assert [ascii(text) for text, verdict in judged if list(segment(text).parts) != verdict["parts"]] == []


def test_smart_encoding_replaces_what_the_calculator_replaces(judged: list[tuple[str, dict[str, Any]]]) -> None:
    assert [ascii(text) for text, verdict in judged if smart_encoded(text) != verdict["smart"]] == []
    assert [ascii(text) for text, seen in judged if segment(smart_encoded(text)).count != seen["smartCount"]] == []
