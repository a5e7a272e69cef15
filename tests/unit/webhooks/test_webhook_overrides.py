"""
| key | meaning | range | default |
|---|---|---|---|
| ct | connect ms | 100..10000 | 5000 |
| rt | read ms | 100..15000 | 15000 |
| tt | total ms | 100..15000 | 15000 |
| rc | retries | 0..5 | 1 |
| rp | when | 4xx, 5xx, ct, rt, all | ct |
| sni | server name | y, n | y |
| e | edges | a list of names | |
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.webhooks.overrides import BadOverrides, Overrides, parse_overrides


def test_every_key_is_understood() -> None:
    parsed = parse_overrides("ct=100&rt=200&tt=300&rc=5&rp=4xx,RT&sni=n&e=ashburn,sao-paulo")
    assert parsed == Overrides(100, 200, 300, 5, frozenset({"4xx", "rt"}), sends_server_name=False)


@pytest.mark.parametrize("fragment", ["", "top", "section=2", "a=b&c"])
def test_a_fragment_without_overrides_is_just_a_fragment(fragment: str) -> None:
    assert parse_overrides(fragment) == Overrides()


@pytest.mark.parametrize(
    ("fragment", "code"),
    [
        ("rc=2&what=1", 11240),
        ("rc=2&ct", 11240),
        ("ct=99", 11241),
        ("ct=10001", 11241),
        ("rt=15001", 11241),
        ("tt=99", 11241),
        ("tt=", 11241),
        ("rc=6", 11241),
        ("rc=-1", 11241),
        ("rc=²", 11241),
        ("rc=" + "9" * 5000, 11241),
        ("rp=6xx", 11241),
        ("rp=", 11241),
        ("sni=maybe", 11241),
        ("e=", 11243),
        ("e=Ash burn", 11243),
    ],
)
def test_a_bad_override_is_refused_with_its_code(fragment: str, code: int) -> None:
    with pytest.raises(BadOverrides) as caught:
        parse_overrides(fragment)
    assert caught.value.code == code


def test_all_means_every_reason() -> None:
    everything = parse_overrides("rp=all")
    assert all(everything.retries_on(reason) for reason in ("ct", "rt", "4xx", "5xx"))
    assert [reason for reason in ("ct", "rt", "4xx", "5xx") if Overrides().retries_on(reason)] == ["ct"]


KEYS = st.sampled_from(["ct", "rt", "tt", "rc", "rp", "sni", "e", "x"])


@given(st.lists(st.tuples(KEYS, st.text(max_size=6))))
def test_any_fragment_gives_overrides_in_range_or_is_refused(items: list[tuple[str, str]]) -> None:
    try:
        parsed = parse_overrides("&".join(f"{key}={value}" for key, value in items))
    except BadOverrides:
        return
    assert 100 <= parsed.connect_timeout_ms <= 10_000
    assert 100 <= parsed.read_timeout_ms <= 15_000
    assert 100 <= parsed.total_timeout_ms <= 15_000
    assert 0 <= parsed.retries <= 5
