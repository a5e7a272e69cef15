"""Receivers that use the official RequestValidator and get one thing wrong, or two: the doctor says which.

A receiver is given the request as it was sent, spoils its URL or parameters as some proxy or framework does, and
computes the signature with the official Python SDK.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote_plus, unquote, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from callwright.model.signature import sign
from callwright.model.signature_differences import differences, wrong_key
from callwright.model.signature_doctor import MOST_TRIED, Key, Reading, digest_of, find_reading, signature_of
from callwright.model.signature_variants import Hints, parts_of

TOKEN = "5" * 32
KEYS = (Key("the AuthToken of AC1", TOKEN), Key("the AuthToken of the subaccount AC2", "6" * 32), Key("no token", ""))
URL = "https://app.example.com/twilio/voice/answer?lang=de&tenant=a%20b"
FORM = {
    "CallSid": "CA" + "1" * 32,
    "AccountSid": "AC" + "2" * 32,
    "From": "+15555550100",
    "To": "+15555550123",
    "FromCity": "",
    "ToCity": "",
    "SpeechResult": " Grüße, Jürgen & Co ",
    "Digits": "1",
    "apiVersion": "2010-04-01",
}


@dataclass(frozen=True)
class Got:
    """A request as a receiver sees it."""

    url: str
    form: dict[str, str]
    token: str = TOKEN

    def signature(self) -> str:
        return str(RequestValidator(self.token).compute_signature(self.url, self.form))


Spoil = Callable[[Got], Got]


def url(change: Callable[[str], str]) -> Spoil:
    return lambda got: replace(got, url=change(got.url))


def form(change: Callable[[dict[str, str]], dict[str, str]]) -> Spoil:
    return lambda got: replace(got, form=change(got.form))


def values(change: Callable[[str], str]) -> Spoil:
    return form(lambda fields: {name: change(value) for name, value in fields.items()})


def _query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text.partition("?")[2], keep_blank_values=True))


CAUSES: dict[str, Spoil] = {
    "scheme": url(lambda text: text.replace("https://", "http://")),
    "port": url(lambda text: text.replace("app.example.com", "app.example.com:443")),
    "host": url(lambda text: text.replace("app.example.com", "localhost:3000")),
    "trailing-slash": url(lambda text: text.replace("/answer", "/answer/")),
    "path-prefix": url(lambda text: text.replace("/twilio/voice", "/voice")),
    "path": url(lambda text: text.replace("/twilio/voice/answer", "")),
    "path-case": url(lambda text: text.replace("/twilio/voice/answer", "/TWILIO/voice/answer").lower()),
    "query-dropped": url(lambda text: text.partition("?")[0]),
    "query-order": url(lambda text: text.replace("lang=de&tenant=a%20b", "tenant=a%20b&lang=de")),
    "query-encoding": url(unquote),
    "query-escaped": url(lambda text: text.replace("&", "&amp;")),
    "query": url(lambda text: text.replace("lang=de&", "")),
    "no-parameters": form(lambda fields: {}),
    "missing": form(lambda fields: {name: value for name, value in fields.items() if name != "Digits"}),
    "empty-dropped": form(lambda fields: {name: value for name, value in fields.items() if value}),
    "trimmed": values(str.strip),
    "plus": values(lambda value: value.replace("+", " ")),
    "charset": values(lambda value: value.encode().decode("latin-1")),
    "still-encoded": values(quote_plus),
    "escaped": values(lambda value: value.replace("&", "&amp;")),
    "empty-replaced": values(lambda value: value or "null"),
    "name-case": form(lambda fields: {name.lower(): value for name, value in fields.items()}),
    "token": lambda got: replace(got, token="6" * 32),
}
SENT = Reading(URL, tuple(FORM.items()))


def diagnose(signature: str, hints: Hints | None = None, sent: Reading = SENT) -> list[str]:
    """Causes, most likely first; ["unexplained"] when nothing was found."""
    digest = digest_of(signature)
    assert digest is not None
    search = find_reading(digest, sent, KEYS, hints or Hints())
    if search.reading is None:
        return ["unexplained"]
    found = [finding.cause for finding in differences(sent, search.reading)]
    if search.reading.whose != KEYS[0].whose:
        found.append(wrong_key(KEYS[1].whose).cause)
    return found


def test_a_receiver_that_gets_everything_right_computes_what_was_sent() -> None:
    assert sign(TOKEN, URL, FORM) == Got(URL, FORM).signature() == signature_of(KEYS[0], SENT)
    assert diagnose(Got(URL, FORM).signature()) == []


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause != "path-case"])
def test_one_cause_is_told(cause: str) -> None:
    assert diagnose(CAUSES[cause](Got(URL, FORM)).signature()) == [cause] or cause == "host"


def test_the_address_of_the_app_behind_a_proxy_is_told() -> None:
    assert diagnose(CAUSES["host"](Got(URL, FORM)).signature()) == ["host", "port"]


def test_letters_of_the_path_and_the_host() -> None:
    sent = Reading("https://App.Example.com/Voice", ())
    assert diagnose(Got("https://App.Example.com/voice", {}).signature(), sent=sent) == ["path-case"]
    assert diagnose(Got("https://app.example.com/Voice", {}).signature(), sent=sent) == ["host-case"]


@pytest.mark.parametrize(
    ("sent_url", "seen_url", "causes"),
    [
        ("https://a.test:8443/x", "https://a.test/x", ["port"]),
        ("https://a.test:8443/x", "https://a.test:3000/x", ["port"]),
        ("https://a.test/x", "http://a.test:8080/x", ["scheme", "port"]),
        ("https://a.test/x/y?q=1", "http://a.test:8080/y?q=1", ["scheme", "port", "path-prefix"]),
        ("https://a.test/x/y?q=1", "http://127.0.0.1:5000/y", ["unexplained"]),
        ("http://a.test/", "http://a.test", ["path"]),
        ("https://a.test/b%20c", "https://a.test/b c", ["path-encoding"]),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x", ["port"]),
        ("https://a.test/x?q=a+b", "https://a.test/x?q=a%20b", ["query-encoding"]),
        ("https://a.test/x?q=%2f", "https://a.test/x?q=%2F", ["query-encoding"]),
        ("https://a.test/x", "https://a.test/x?", ["query"]),
    ],
)
def test_what_proxies_do_to_urls(sent_url: str, seen_url: str, causes: list[str]) -> None:
    signature = Got(seen_url, FORM).signature()
    assert diagnose(signature, sent=Reading(sent_url, tuple(FORM.items()))) == causes


def test_the_configured_url_and_forwarded_hosts_are_tried() -> None:
    hints = Hints(("internal.test:9999",), "https://me:secret@app.example.com/twilio/voice/answer#rc=2")
    for wrong, causes in {
        URL.replace("app.example.com", "internal.test:9999"): ["host", "port"],
        URL.replace("app.example.com", "internal.test"): ["host"],
        URL.replace("//", "//me:secret@"): ["credentials"],
        f"{URL}#rc=2": ["fragment"],
    }.items():
        assert diagnose(Got(wrong, FORM).signature()) == ["unexplained"]
        assert diagnose(Got(wrong, FORM).signature(), hints) == causes


def test_a_get_whose_query_is_handed_over_as_parameters_too() -> None:
    sent = Reading(f"{URL}&{urlencode(FORM)}", ())
    assert diagnose(Got(sent.url, _query(sent.url)).signature(), sent=sent) == ["query-as-parameters"]


def test_a_post_whose_query_is_merged_into_the_form() -> None:
    assert diagnose(Got(URL, {**_query(URL), **FORM}).signature()) == ["query-as-parameters"]


def test_parameters_that_came_several_times() -> None:
    sent = Reading(URL, (("a", "2"), ("a", "1"), ("b", "x")))
    assert (
        diagnose(
            RequestValidator(TOKEN).compute_signature(URL, MultiDict([("a", "1"), ("b", "x"), ("a", "2")])), sent=sent
        )
        == []
    )
    assert diagnose(Got(URL, {"a": "1", "b": "x"}).signature(), sent=sent) == ["duplicates"]
    assert diagnose(Got(URL, {"a": "2", "b": "x"}).signature(), sent=sent) == ["duplicates"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (URL + "".join(name + value for name, value in FORM.items()), "order"),
        (URL + "".join(name + FORM[name] for name in sorted(FORM, key=str.lower)), "order-case"),
        (URL + urlencode(FORM), "raw-body"),
        ("".join(name + FORM[name] for name in sorted(FORM)), "no-url"),
    ],
)
def test_receivers_that_put_it_together_wrongly(text: str, cause: str) -> None:
    assert diagnose(sign(TOKEN, text)) == [cause]


def test_signatures_in_other_forms_are_understood() -> None:
    right = sign(TOKEN, URL, FORM)
    digest = digest_of(right)
    assert digest is not None
    for form_of_it in (f" {right}\n", f'"{right}"', right.rstrip("="), digest.hex(), f"sha1={digest.hex()}"):
        assert digest_of(form_of_it) == digest
    assert [digest_of(nonsense) for nonsense in ("", "abc", "ü", "=" * 9999, right + right)] == [None] * 5


def test_sha_256_is_told() -> None:
    signature = signature_of(KEYS[0], replace(SENT, hash_name="sha256"))
    assert diagnose(signature) == ["hash"]


_OF_URL = ("scheme", "port", "trailing-slash", "path-prefix", "query-dropped", "query-order")
_OF_FORM = ("no-parameters", "missing", "empty-dropped", "trimmed", "plus", "charset", "token")


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(_OF_URL), st.sampled_from((*_OF_FORM, *_OF_URL)))
def test_two_causes_are_both_told(first: str, second: str) -> None:
    assume(first != second)
    got = CAUSES[second](CAUSES[first](Got(URL, FORM)))
    both = {first, second} - ({"query-order"} if "query-dropped" in (first, second) else set())
    assert set(diagnose(got.signature())) == both


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=40), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4))
def test_no_url_and_no_form_is_too_strange(text: str, fields: dict[str, str]) -> None:
    strange = Reading(f"https://{text}", tuple(fields.items()))
    search = find_reading(b"\0" * 20, strange, KEYS, Hints((text,), text))
    assert (search.reading, search.tried <= MOST_TRIED) == (None, True)
    assert differences(SENT, strange) is not None
    assert str(parts_of(strange.url) or strange.url) == strange.url


def test_the_search_ends() -> None:
    sent = Reading(
        "https://app.example.com/" + "a/" * 500 + "?" + "&".join(f"x{n}=%20" for n in range(500)),
        tuple((f"Name{n}", "x" * 200) for n in range(400)),
    )
    started = time.process_time()
    search = find_reading(b"\0" * 20, sent, KEYS, Hints())
    assert (search.reading, search.tried <= MOST_TRIED) == (None, True)
    assert time.process_time() - started < 20
