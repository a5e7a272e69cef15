"""Differences of many records on a screen."""

from callwright.cli.difference import Difference, alike


def changed(sid: str, after: str, operation: str = "update") -> Difference:
    return Difference(f"numbers {sid}", operation, [{"field": "voice_url", "before": None, "after": after}])


def test_few_are_told_one_by_one() -> None:
    few = [changed(f"PN{at}", "https://a.example/") for at in range(20)]
    assert alike(few) == few


def test_many_that_differ_alike_are_one_with_examples() -> None:
    same = [changed(f"PN{at}", "https://a.example/") for at in range(200)]
    other = changed("PN999", "https://b.example/")
    first, second = alike([*same, other])
    assert first.title == "200 numbers: PN0, PN1, PN2, …"
    assert first.changes == same[0].changes
    assert second == other


def test_many_that_are_created_are_one_though_their_fields_differ() -> None:
    (one,) = alike([changed(f"PN{at}", f"https://{at}.example/", "create") for at in range(30)])
    assert (one.title, one.operation, list(one.changes)) == ("30 numbers: PN0, PN1, PN2, …", "create", [])
