import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.webhooks.target import UnusableUrl, parse_target


def test_credentials_and_fragment_never_go_over_the_wire() -> None:
    target = parse_target("https://me:p%40ss@App.example:8443/voice?x=1#rc=2")
    assert target.url == "https://App.example:8443/voice?x=1"
    assert (target.username, target.password, target.fragment) == ("me", "p@ss", "rc=2")
    assert (target.authority, target.origin) == ("App.example:8443", ("https", "app.example", 8443))
    assert target.path_and_query == "/voice?x=1"


@pytest.mark.parametrize(
    ("configured", "sent"),
    [
        ("http://app.example", "http://app.example/"),
        ("http://app.example?x=1", "http://app.example/?x=1"),
        ("http://app.example/a b?c=ü", "http://app.example/a%20b?c=%C3%BC"),
        ("http://app.example/%7Euser/a%2Fb?x=%20&y=a+b", "http://app.example/%7Euser/a%2Fb?x=%20&y=a+b"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://[::1]:5000/x", "http://[::1]:5000/x"),
    ],
)
def test_the_url_is_sent_as_configured_but_for_what_http_forbids(configured: str, sent: str) -> None:
    assert parse_target(configured).url == sent


@pytest.mark.parametrize(
    "configured",
    [
        *("", "voice", "/voice", "ftp://app.example/", "http://", "javascript:alert(1)"),
        *("http://my_app.example/", "http://a:0/", "http://a:x/", "http://[::1/", "http://a b/"),
    ],
)
def test_what_is_no_web_address_is_refused(configured: str) -> None:
    with pytest.raises(UnusableUrl):
        parse_target(configured)


def test_a_refused_url_is_shown_without_its_password() -> None:
    with pytest.raises(UnusableUrl) as caught:
        parse_target("http://me:secret@my_app.example/")
    assert "secret" not in str(caught.value)


def test_parameters_are_appended_to_the_query() -> None:
    target = parse_target("http://app.example/v?x=1")
    assert target.with_query({"Body": "a&b ü"}).url == "http://app.example/v?x=1&Body=a%26b+%C3%BC"
    assert parse_target("http://app.example/").with_query({"A": "1"}).url == "http://app.example/?A=1"


def test_a_redirect_is_relative_to_the_url_it_came_from_and_leaves_credentials_behind() -> None:
    target = parse_target("http://me:secret@app.example/a/b?x=1").redirected("../c")
    assert (target.url, target.username) == ("http://app.example/c", None)


@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://a", "http://a/", "http://a@"]))
def test_any_text_is_a_sendable_url_or_refused(text: str, start: str) -> None:
    try:
        target = parse_target(start + text)
    except UnusableUrl:
        return
    assert target.url.isascii()
    assert not set(target.url) & set(' \r\n\t"<>#')
    assert target.host
