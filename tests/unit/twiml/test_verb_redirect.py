"""<Redirect>: another document takes over.

| attribute | takes                                      | otherwise | warning     |
|-----------|--------------------------------------------|-----------|-------------|
| method    | GET or POST, small letters too             | POST      | 13710       |
| (text)    | URL; empty is the document that redirects  | –         | 11100 error |
"""

import pytest
from tests.unit.twiml.running import URL, run

from callwright.twiml.ports import DocumentRequest


def test_the_other_document_runs_and_the_rest_of_this_one_does_not() -> None:
    ran = run("<Redirect>http://h/b</Redirect><Say>never</Say>", {"http://h/b": "<Say>b</Say>"})
    assert ran.story == ["answer", "say b", "hang up"]
    assert ran.requests == [DocumentRequest("http://h/b", "POST", {})]


def test_redirect_first_keeps_the_call_ringing() -> None:
    assert run("<Redirect>http://h/b</Redirect>", {"http://h/b": "<Reject/>"}).story == ["reject rejected"]


def test_an_empty_redirect_asks_for_its_own_document_again() -> None:
    assert run("<Redirect/>").requests == [DocumentRequest(URL)]


def test_relative_urls_follow_the_document_they_stand_in() -> None:
    ran = run("<Redirect>http://h/dir/b</Redirect>", {"http://h/dir/b": "<Redirect>c</Redirect>"})
    assert [request.url for request in ran.requests] == ["http://h/dir/b", "http://h/dir/c"]


@pytest.mark.parametrize(
    ("written", "method", "codes"),
    [
        ("GET", "GET", []),
        ("get", "GET", []),
        ("POST", "POST", []),
        ("PUT", "POST", [13710]),
        ("", "POST", [13710]),
    ],
)
def test_method(written: str, method: str, codes: list[int]) -> None:
    ran = run(f"<Redirect method='{written}'>http://h/b</Redirect>")
    assert (ran.requests[0].method, ran.codes) == (method, codes)
