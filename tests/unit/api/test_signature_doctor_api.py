"""The signature doctor of /v1: what is told about an exchange, about a pasted request, and to whom."""

import json
from typing import Any

import pytest
from tests.fakes.extensions_api import ExtensionsApi
from tests.unit.api.test_exchanges_api import put
from twilio.request_validator import RequestValidator

URL = "https://app.test/ivr/voice?tenant=7"
CA = "CA" + "1" * 32
FORM = {"CallSid": CA, "From": "+15555550100", "FromCity": ""}


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi()


def signed(api: ExtensionsApi, url: str, form: dict[str, str], token: str | None = None) -> str:
    return str(RequestValidator(token or api.account.auth_token).compute_signature(url, form))


async def asked(api: ExtensionsApi, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
    answer = await api("POST", path, body, **options)
    assert answer.status_code == 200, answer.text
    assert api.account.auth_token not in answer.text, "the token is never shown"
    found: dict[str, Any] = answer.json()
    return found


def causes(diagnosis: dict[str, Any]) -> list[str]:
    return [finding["cause"] for finding in diagnosis["findings"]]


async def test_without_evidence_the_right_text_and_the_usual_mistakes_are_told(api: ExtensionsApi) -> None:
    exchange = put(api, url=URL, request_parameters=FORM)
    told = await asked(api, f"/Exchanges/{exchange.sid}/Doctor")
    assert (told["verdict"], told["signature"]) == ("valid", signed(api, URL, FORM))
    assert told["signed_text"] == f"{URL}CallSid{CA}From+15555550100FromCity"
    mistakes = {one["finding"]["cause"]: one["signature"] for one in told["usual_mistakes"]}
    assert mistakes["scheme"] == signed(api, URL.replace("https", "http"), FORM)
    assert mistakes["no-parameters"] == signed(api, URL, {})
    assert set(mistakes) >= {"scheme", "port", "query-dropped", "trailing-slash", "path-prefix", "no-parameters"}


async def test_the_signature_a_receiver_computed_tells_what_it_does_differently(api: ExtensionsApi) -> None:
    exchange = put(api, url=URL, request_parameters=FORM)
    wrong = signed(api, "http://app.test:8080/voice?tenant=7", FORM)
    told = await asked(api, f"/Exchanges/{exchange.sid}/Doctor", {"computed_signature": wrong})
    assert (told["verdict"], causes(told)) == ("explained", ["scheme", "port", "path-prefix"])
    assert "X-Forwarded-Proto" in told["findings"][0]["fix"]
    assert told["received"]["url"] == "http://app.test:8080/voice?tenant=7"
    right = await asked(api, f"/Exchanges/{exchange.sid}/Doctor", {"ComputedSignature": signed(api, URL, FORM)})
    assert right["verdict"] == "valid"
    assert "compares" in right["summary"]
    nothing = await asked(api, f"/Exchanges/{exchange.sid}/Doctor", {"computed_signature": "A" * 27 + "="})
    assert (nothing["verdict"], nothing["findings"]) == ("unexplained", [])
    assert nothing["tried"] > 1000


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"received_url": "http://app.test/ivr/voice?tenant=7"}, ["scheme"]),
        ({"received_parameters": {"CallSid": CA, "From": "+15555550100"}}, ["empty-dropped"]),
        ({"received_parameters": {**FORM, "From": " 15555550100"}}, ["plus"]),
        ({"received_parameters": {}}, ["no-parameters"]),
        ({"received_parameters": {**FORM, "controller": "x"}}, ["extra"]),
        ({"received_body": f"CallSid={CA}&From=%2B15555550100&FromCity="}, []),
        ({"received_body": f"CallSid={CA}&From=+15555550100&FromCity="}, ["plus"]),
        ({"received_url": URL}, []),
    ],
)
async def test_what_a_receiver_sees_is_compared_with_what_was_sent(
    api: ExtensionsApi, evidence: dict[str, Any], expected: list[str]
) -> None:
    exchange = put(api, url=URL, request_parameters=FORM)
    told = await asked(api, f"/Exchanges/{exchange.sid}/Doctor", evidence)
    assert causes(told) == expected
    assert told["verdict"] == ("explained" if expected else "valid")
    assert told["summary"]


async def test_what_a_receiver_sees_may_be_right_while_its_token_is_not(api: ExtensionsApi) -> None:
    child = api.rest.add_account("AC" + "c" * 32, owner=api.account.sid, token="7" * 32)
    exchange = put(api, url=URL, request_parameters=FORM)
    evidence = {"received_url": URL, "computed_signature": signed(api, URL, FORM, child.auth_token)}
    told = await asked(api, f"/Exchanges/{exchange.sid}/Doctor", evidence)
    assert causes(told) == ["token"]
    assert child.sid in told["summary"]
    assert child.auth_token not in json.dumps(told)


async def test_only_tokens_that_the_caller_may_know_are_tried(api: ExtensionsApi) -> None:
    child = api.rest.add_account("AC" + "c" * 32, owner=api.account.sid, token="7" * 32)
    stranger = api.rest.add_account("AC" + "d" * 32, token="8" * 32)
    exchange = put(api, url=URL, request_parameters=FORM, account=child)
    path = f"/Exchanges/{exchange.sid}/Doctor"
    by_parent = {"computed_signature": signed(api, URL, FORM)}
    told = await asked(api, path, by_parent, params={"account_sid": child.sid})
    assert causes(told) == ["token"], "the parent asks: it knows both"
    told = await asked(api, path, by_parent, account=child)
    assert told["verdict"] == "unexplained", "the subaccount asks: it does not know its parent's"
    by_stranger = {"computed_signature": signed(api, URL, FORM, stranger.auth_token)}
    assert (await asked(api, path, by_stranger, params={"account_sid": child.sid}))["verdict"] == "unexplained"
    assert (await api("POST", path, by_parent)).status_code == 404


async def test_a_token_changed_since_is_told(api: ExtensionsApi) -> None:
    exchange = put(api, url=URL, request_headers={"X-Twilio-Signature": signed(api, URL, FORM, "old")})
    told = await asked(api, f"/Exchanges/{exchange.sid}/Doctor")
    assert causes(told) == ["token-changed"]


async def test_what_was_cut_or_is_not_signed_is_told(api: ExtensionsApi) -> None:
    cut = put(api, url=URL, request_parameters={**FORM, "Body": "[redacted]"}, is_cut=True)
    assert (await asked(api, f"/Exchanges/{cut.sid}/Doctor"))["verdict"] == "unexplained"
    whole = {"received_parameters": {**FORM, "Body": "[redacted]"}}
    assert (await asked(api, f"/Exchanges/{cut.sid}/Doctor", whole))["verdict"] == "valid"
    of_carrier = put(api, kind="carrier", request_headers={})
    assert (await api("POST", f"/Exchanges/{of_carrier.sid}/Doctor")).status_code == 409
    assert (await api("POST", f"/Exchanges/{cut.sid}/Doctor", {"computed_signature": "x"})).status_code == 400


async def test_a_pasted_request_is_found_among_the_exchanges(api: ExtensionsApi) -> None:
    exchange = put(
        api, url="https://app.test/a/b/c/voice?x=1&y=2", request_parameters=FORM, call_sid=CA, request_id="r"
    )
    signature = exchange.request_headers["X-Twilio-Signature"]
    seen = {"url": "http://10.0.0.5:9999/other?z=3", "parameters": {"CallSid": CA}, "signature": signature}
    told = await asked(api, "/SignatureDoctor", seen)
    assert (told["exchange_sid"], told["verdict"]) == (exchange.sid, "explained")
    assert causes(told) == ["scheme", "host", "port", "path", "query", "missing"]
    told = await asked(api, "/SignatureDoctor", {**seen, "parameters": {}, "request_id": "r"})
    assert told["exchange_sid"] == exchange.sid
    other = api.rest.add_account("AC" + "b" * 32, token="6" * 32)
    assert (await asked(api, "/SignatureDoctor", seen, account=other))["exchange_sid"] is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"url": URL.replace("https", "http")}, ["scheme"]),
        ({"url": URL.replace("app.test", "app.test:3000")}, ["port"]),
        ({"parameters": {**FORM, "format": "html"}}, ["extra"]),
        ({"parameters": {**FORM, "From": " 15555550100"}}, ["plus"]),
        ({"parameters": None, "body": f"CallSid={CA}&From=%2B15555550100&FromCity="}, []),
        ({"url": URL.replace("app.test", "inside.test:81"), "hosts": ["app.test"]}, ["host", "port"]),
    ],
)
async def test_what_was_sent_is_found_from_what_is_pasted(
    api: ExtensionsApi, change: dict[str, Any], expected: list[str]
) -> None:
    pasted = {"url": URL, "parameters": FORM, "signature": signed(api, URL, FORM), **change}
    told = await asked(api, "/SignatureDoctor", pasted)
    assert causes(told) == expected
    assert told["sent"]["url"] == URL
    assert told["verdict"] == ("explained" if expected else "valid")


async def test_a_pasted_get_and_what_it_computed(api: ExtensionsApi) -> None:
    url = f"{URL}&CallSid={CA}"
    pasted = {"url": url, "method": "get", "parameters": {"CallSid": CA}, "signature": signed(api, url, {})}
    assert (await asked(api, "/SignatureDoctor", pasted))["verdict"] == "valid"
    pasted["computed_signature"] = signed(api, url, {"CallSid": CA, "tenant": "7"})
    assert causes(await asked(api, "/SignatureDoctor", pasted)) == ["query-as-parameters"]


async def test_a_request_that_another_token_signed_is_told(api: ExtensionsApi) -> None:
    child = api.rest.add_account("AC" + "c" * 32, owner=api.account.sid, token="7" * 32)
    pasted = {"url": URL, "parameters": FORM, "signature": signed(api, URL, FORM, child.auth_token)}
    told = await asked(api, "/SignatureDoctor", pasted)
    assert (causes(told), child.sid in told["summary"]) == (["token"], True)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"signature": "x"}, {"method": "PUT"}, {"url": "x" * 9000}, {"body": "x" * 33_000}, {"what": 1}),
        *({"parameters": {str(n): "" for n in range(301)}}, {"hosts": ["x"] * 6}, {"computed_signature": "no"}),
    ],
)
async def test_nonsense_is_refused(api: ExtensionsApi, wrong: dict[str, Any]) -> None:
    pasted = {"url": URL, "parameters": FORM, "signature": "A" * 27 + "=", **wrong}
    assert (await api("POST", "/SignatureDoctor", pasted)).status_code == 400


@pytest.mark.parametrize("url", ["", "nonsense", "https://", "//x", "https://[", "https://a?b#c?d", "https://\ud800/"])
async def test_strange_urls_are_answered(api: ExtensionsApi, url: str) -> None:
    pasted = json.dumps({"url": url, "parameters": {"\ud800": "\ud800"}, "signature": "A" * 27 + "="})
    answer = await api("POST", "/SignatureDoctor", content=pasted, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400)


async def test_an_account_asks_sixty_times_a_minute_and_ten_at_once(api: ExtensionsApi) -> None:
    exchange = put(api, url=URL, request_parameters=FORM)
    path = f"/Exchanges/{exchange.sid}/Doctor"
    assert [(await api("POST", path)).status_code for _ in range(11)] == [200] * 10 + [429]
    assert (await api("POST", "/SignatureDoctor", {"url": URL, "signature": "A" * 27 + "="})).status_code == 429
    api.storage.pass_time(1)
    assert (await api("POST", path)).status_code == 200


async def test_bodies_of_many_parameters_are_refused_before_they_cost_seconds(api: ExtensionsApi) -> None:
    most = {"url": URL, "method": "POST", "signature": signed(api, URL, {}), "body": "&".join(["a=b"] * 300)}
    assert (await api("POST", "/SignatureDoctor", most)).status_code == 200
    more = await api("POST", "/SignatureDoctor", {**most, "body": most["body"] + "&a=b"})
    assert (more.status_code, more.json()["code"]) == (400, 20422)
