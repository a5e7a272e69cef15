from callwright.model.sid import SidFactory, is_sid, least_sid


def test_the_least_sid_of_a_moment_lies_between_those_before_and_those_after() -> None:
    now_s = 1_795_000_000.0
    sids = SidFactory(lambda: now_s, lambda count: b"\xff" * count)
    before = sids.make("EX")
    now_s += 0.001
    least = least_sid("EX", now_s)
    after = SidFactory(lambda: now_s, lambda count: b"\x00" * count).make("EX")
    assert is_sid(least, "EX")
    assert before < least <= after
