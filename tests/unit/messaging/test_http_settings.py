"""Settings of HTTP carriers: what is refused with cause and fix, and that paths and templates bound their work."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.messaging.http.paths import check_path, text_at, value_at, values_at
from callwright.messaging.http.template import PLACEHOLDERS, check_template, filled
from callwright.messaging.kinds import CarrierKinds
from callwright.model.errors import InvalidParameter

URL = {"url": "https://api.carrier.example/messages"}


@pytest.mark.parametrize(
    ("given_settings", "secrets", "words"),
    [
        ({}, {}, "url is missing"),
        ({"url": "ftp://h/"}, {}, "no address of an API"),
        ({"url": "https://me:pw@h/"}, {}, "auth, username and secret"),
        ({**URL, "fields": {"to": "{number}"}}, {}, "{number}"),
        ({**URL, "fields": {"to": "{to"}}, {}, "no placeholder"),
        ({**URL, "fields": {}}, {}, "fields"),
        ({**URL, "fields": {"to": {"number": "{to}"}}}, {}, "content set to json"),
        ({**URL, "method": "GET"}, {}, "set content to query"),
        ({**URL, "auth": "basic"}, {}, "there is no secret"),
        ({**URL, "auth": "bearer"}, {"secret": "a\nb"}, "printable ASCII"),
        ({**URL, "headers": {"Host": "x"}}, {}, "set by the server"),
        ({**URL, "headers": {"X": "a\r\nb"}}, {}, "printable ASCII"),
        ({**URL, "headers": {"X Y": "a"}}, {}, "no name of a header"),
        ({**URL, "id_path": "a..b"}, {}, "no path"),
        ({**URL, "id_path": "text:OK"}, {}, "{id} once"),
        ({**URL, "error_codes": {"1": 17}}, {}, "30001"),
        ({**URL, "statuses": {"x": "lost"}}, {}, "delivered"),
        ({**URL, "webhook_auth": "header"}, {}, "no webhook_secret"),
        ({**URL, "inbound_part_total": "n"}, {}, "belong together"),
        ({**URL, "api_key": "x"}, {}, "is no setting"),
    ],
)
def test_what_cannot_work_is_refused_with_cause_and_fix(
    given_settings: dict[str, Any], secrets: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        CarrierKinds().check_settings("http", given_settings, secrets)
    assert words in refused.value.message


def test_secrets_are_kept_apart_from_the_plain_settings() -> None:
    secrets = {"secret": "s3cret", "webhook_secret": "other"}
    plain, sealed = CarrierKinds().check_settings("http", {**URL, "auth": "bearer", "webhook_auth": "header"}, secrets)
    assert sealed == secrets
    assert "s3cret" not in repr(plain)
    assert (plain["method"], plain["retry_statuses"]) == ("POST", [429, 503])


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a", [1]),
        ("b.c[1].d", ["y"]),
        ("b.c.1.d", ["y"]),
        ("b.c[].d", ["x", "y"]),
        ("b.c[9].d", []),
        ("a.b", []),
        ("f.g", [2]),
        ("n{n}", ["p", "q"]),
        ("e[]", []),
    ],
)
def test_paths(path: str, values: list[Any]) -> None:
    body = {"a": 1, "b": {"c": [{"d": "x"}, {"d": "y"}]}, "f.g": 2, "n1": "p", "n2": "q", "e": []}
    assert values_at(body, check_path(path)) == values
    assert value_at(body, path) == (values[0] if values else None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "0", "a.b"]), inner),
    max_leaves=20,
)


@given(JSON, st.text(alphabet="ab01.[]{n}", max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_path_is_refused_or_finds_something_bounded_in_any_body(body: Any, path: str) -> None:
    try:
        check_path(path)
    except ValueError:
        return
    assert len(values_at(body, path)) <= 1000 * 1000
    text = text_at(body, path)
    assert text is None or text


@given(st.text(alphabet="{}abcto", max_size=20), st.text(max_size=10))
@settings(max_examples=300, deadline=None)
def test_any_template_is_refused_or_can_be_filled(template: str, body: str) -> None:
    try:
        check_template(template)
    except ValueError:
        return
    values: dict[str, Any] = dict.fromkeys(PLACEHOLDERS, "")
    assert filled(template, {**values, "body": body, "to": "{from}"}) is not None


def test_what_is_filled_in_is_not_read_as_a_template() -> None:
    values: dict[str, Any] = {**dict.fromkeys(PLACEHOLDERS, ""), "body": "{secret}", "secret": "s3cret"}
    assert filled({"a": "{body}", "b": "x {body} {{"}, values) == {"a": "{secret}", "b": "x {secret} {"}
