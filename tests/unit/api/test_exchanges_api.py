"""/v1/Exchanges: what is listed to whom, what is shown of one, and what a replay sends."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.fakes.extensions_api import ExtensionsApi
from tests.fakes.voice import xml

from callwright.model.exchange import Exchange, endpoint_of
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.notification import Notification
from callwright.model.signature import sign
from callwright.usecases.web_ports import WebAnswer, WebhookFailure

URL = "http://app.test/voice"
CA, AP = "CA" + "1" * 32, "AP" + "2" * 32
PARAMETERS = {"CallSid": CA, "From": "+15555550100", "To": "+15555550123"}


@pytest.fixture
def api() -> ExtensionsApi:
    return ExtensionsApi({URL: xml("<Say>hi</Say>")})


def put(api: ExtensionsApi, **given: Any) -> Exchange:
    account = given.pop("account", api.account)
    parameters = given.get("request_parameters", PARAMETERS)
    url, method = given.get("url", URL), given.get("method", "POST")
    fields = {
        "account_sid": account.sid,
        "endpoint": endpoint_of(url),
        "url": url,
        "method": method,
        "request_parameters": parameters,
        "request_headers": {
            "X-Twilio-Signature": sign(account.auth_token, url, parameters if method == "POST" else {})
        },
        "status_code": 200,
        "response_body": "<Response/>",
        "date_created": api.storage.now,
        **given,
    }
    exchange = Exchange.model_construct(sid=api.storage.sids.make("EX"), **fields)
    api.storage.put(exchange)
    return exchange


async def listed(api: ExtensionsApi, **query: Any) -> list[str]:
    answer = await api("GET", "/Exchanges", params=query)
    assert answer.status_code == 200, answer.text
    return [row["sid"] for row in answer.json()["exchanges"]]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"call_sid": CA}, {"call_sid": CA}),
        ({"message_sid": "SM" + "1" * 32}, {"message_sid": "SM" + "1" * 32}),
        ({"application_sid": AP}, {"application_sid": AP}),
        ({"request_id": "r1"}, {"request_id": "r1"}),
        ({"replay_of": "EX" + "1" * 32}, {"replay_of": "EX" + "1" * 32}),
        ({"kind": "fallback"}, {"kind": "fallback"}),
        ({"failures": "true"}, {"is_failure": True}),
        ({"url": "http://me:password@app.test/x#rc=2"}, {"url": "http://app.test/x"}),
    ],
)
async def test_a_filter_finds_what_meets_it(api: ExtensionsApi, query: dict[str, str], fields: dict[str, Any]) -> None:
    put(api)
    wanted = [put(api, **fields).sid for _ in range(2)]
    put(api)
    assert await listed(api, **query) == wanted[::-1]
    assert await listed(api, **query, since="2026-11-24T00:00:00Z") == []


async def test_the_time_limits_what_is_listed(api: ExtensionsApi) -> None:
    sids = []
    for _ in range(4):
        sids.append(put(api).sid)
        api.storage.pass_time(60)
    start = api.storage.now - timedelta(seconds=240)
    second, last = (start + timedelta(seconds=60)).isoformat(), (start + timedelta(seconds=180)).isoformat()
    assert await listed(api, since=second, until=last) == [sids[2], sids[1]]
    assert await listed(api, since=last.replace("+00:00", "")) == [sids[3]], "UTC unless it says"
    assert await listed(api, until="1960-01-01T00:00:00Z") == []
    assert (await api("GET", "/Exchanges", params={"since": "yesterday"})).status_code == 400


async def test_lists_go_page_by_page(api: ExtensionsApi) -> None:
    sids = [put(api).sid for _ in range(5)][::-1]
    first = (await api("GET", "/Exchanges", params={"limit": 3})).json()
    assert [row["sid"] for row in first["exchanges"]] == sids[:3]
    second = (await api("GET", "/Exchanges", params={"limit": 3, "before": first["next_before"]})).json()
    assert [row["sid"] for row in second["exchanges"]] == sids[3:]
    assert second["next_before"] is None


async def test_an_account_sees_only_its_own_exchanges(api: ExtensionsApi) -> None:
    other = api.rest.add_account("AC" + "b" * 32, token="6" * 32)
    child = api.rest.add_account("AC" + "c" * 32, owner=api.account.sid, token="7" * 32)
    mine = put(api, call_sid=CA, request_id="r", is_failure=True)
    theirs = put(api, call_sid=CA, request_id="r", is_failure=True, account=other)
    childs = put(api, call_sid=CA, account=child)
    for query in ({}, {"call_sid": CA}, {"request_id": "r"}, {"failures": "true"}, {"url": URL}):
        assert await listed(api, **query) == [mine.sid]
    assert await listed(api, account_sid=child.sid) == [childs.sid]
    for sid in (theirs.sid, childs.sid):
        assert (await api("GET", f"/Exchanges/{sid}")).status_code == 404
        assert (await api("POST", f"/Exchanges/{sid}/Replay")).status_code == 404
    assert api.webhooks.requests == []
    shown = (await api("GET", f"/Exchanges/{mine.sid}")).json()
    assert [one["sid"] for one in shown["related"]] == [mine.sid]


async def test_one_is_shown_with_all_about_it(api: ExtensionsApi) -> None:
    account_sid = api.account.sid
    api.storage.put(
        Application.model_construct(sid=AP, account_sid=account_sid, friendly_name="IVR", voice_url=URL, revision=5),
        Call.model_construct(sid=CA, account_sid=account_sid, application_sid=AP, application_revision=3, to="+1"),
        Notification.model_construct(
            sid="NO" + "1" * 32, account_sid=account_sid, call_sid=CA, error_code="12100", request_url=URL,
            message_text="not XML",
        ),
    )  # fmt: skip
    first = put(api, call_sid=CA, application_sid=AP, request_id="r", status_code=302)
    failed = put(
        api, call_sid=CA, application_sid=AP, request_id="r", hop=1, status_code=503, is_failure=True,
        error_code=11200, error="The web app answered 503.", response_body="x" * 16_384, response_bytes=20_000,
    )  # fmt: skip
    shown = (await api("GET", f"/Exchanges/{failed.sid}")).json()
    assert shown["request"]["parameters"] == PARAMETERS
    assert shown["signature"]["header"] == sign(api.account.auth_token, URL, PARAMETERS)
    assert shown["signature"]["signed_text"] == f"{URL}CallSid{CA}From+15555550100To+15555550123"
    assert shown["response"]["is_body_cut"]
    assert shown["cause"]["code"] == 11200
    assert "log" in shown["cause"]["fix"]
    assert [(one["sid"], one["hop"]) for one in shown["related"]] == [(first.sid, 0), (failed.sid, 1)]
    assert shown["application"] == {"sid": AP, "friendly_name": "IVR", "revision": 3, "current_revision": 5}
    assert (shown["call"]["sid"], shown["message"]) == (CA, None)
    assert [one["code"] for one in shown["problems"]] == ["12100"]
    assert api.account.auth_token not in str(shown)


async def test_of_a_get_the_url_alone_is_signed_and_of_what_was_cut_nothing_is_told(api: ExtensionsApi) -> None:
    got = put(api, url=f"{URL}?CallSid={CA}", method="GET", request_parameters={"CallSid": CA})
    shown = (await api("GET", f"/Exchanges/{got.sid}")).json()
    assert shown["signature"]["signed_text"] == f"{URL}?CallSid={CA}"
    cut = put(api, is_cut=True)
    assert (await api("GET", f"/Exchanges/{cut.sid}")).json()["signature"]["signed_text"] is None
    of_carrier = put(api, kind="carrier", request_headers={})
    assert (await api("GET", f"/Exchanges/{of_carrier.sid}")).json()["signature"] == {
        "header": None,
        "signed_text": None,
    }


async def test_a_replay_sends_the_same_again_and_shows_the_answer(api: ExtensionsApi) -> None:
    exchange = put(api, call_sid=CA)
    api.webhooks.answers[URL] = xml("<Say>hi</Say>")
    answer = await api("POST", f"/Exchanges/{exchange.sid}/Replay")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["status"], shown["replay_of"], shown["error"]) == (200, exchange.sid, None)
    assert "<Say>hi</Say>" in shown["body"]
    assert (shown["verdict"]["is_usable"], shown["verdict"]["verbs"]) == (True, ["Say"])

    [asked] = api.webhooks.requests
    assert (asked.url, asked.method, asked.parameters) == (URL, "POST", PARAMETERS)
    assert (asked.kind, asked.replay_of, asked.auth_token) == ("replay", exchange.sid, api.account.auth_token)
    assert (asked.call_sid, asked.application_sid, asked.session) == (None, None, None)
    assert asked.request_id == shown["request_id"]


async def test_warnings_of_the_answered_document_are_shown(api: ExtensionsApi) -> None:
    api.webhooks.answers[URL] = xml("<Say>hi</Say>")  # not for a message
    exchange = put(api, message_sid="SM" + "1" * 32)
    verdict = (await api("POST", f"/Exchanges/{exchange.sid}/Replay")).json()["verdict"]
    assert (verdict["is_usable"], verdict["problems"][0]["code"]) == (True, 12200)


async def test_a_replay_goes_to_another_url_or_by_another_method(api: ExtensionsApi) -> None:
    exchange = put(api, url=f"{URL}?a=b&CallSid={CA}", method="GET", request_parameters={"CallSid": CA})
    for order in ({}, {"method": "post"}, {"Url": "https://other.test/"}, {"url": "https://other.test/#rc=1"}):
        await api("POST", f"/Exchanges/{exchange.sid}/Replay", order)
    assert [(asked.method, asked.url) for asked in api.webhooks.requests] == [
        ("GET", f"{URL}?a=b"),
        ("POST", f"{URL}?a=b"),
        ("GET", "https://other.test/"),
        ("GET", "https://other.test/#rc=1"),
    ]
    assert {str(asked.parameters) for asked in api.webhooks.requests} == {str({"CallSid": CA})}


async def test_a_replay_to_the_same_url_uses_its_credentials_and_does_not_show_them(api: ExtensionsApi) -> None:
    api.storage.put(
        Application.model_construct(
            sid=AP, account_sid=api.account.sid, voice_url="http://me:secret@app.test/voice#rc=2"
        )
    )
    exchange = put(api, application_sid=AP)
    api.webhooks.answers["http://me:secret@app.test/voice#rc=2"] = xml("")
    shown = await api("POST", f"/Exchanges/{exchange.sid}/Replay")
    assert api.webhooks.requests[0].url == "http://me:secret@app.test/voice#rc=2"
    assert "secret" not in shown.text


async def test_a_web_app_that_fails_again_is_told_with_cause_and_fix(api: ExtensionsApi) -> None:
    gone = WebAnswer(URL, 404, "text/html", b"no such\x00page")
    api.webhooks.answers[URL] = WebhookFailure(11200, "It answered 404, not 2xx.", gone)
    exchange = put(api)
    shown = (await api("POST", f"/Exchanges/{exchange.sid}/Replay")).json()
    assert (shown["status"], shown["error_code"], shown["verdict"]) == (404, 11200, None)
    assert "path" in shown["fix"]
    assert shown["body"] == "no such\N{REPLACEMENT CHARACTER}page"
    api.webhooks.answers[URL] = WebhookFailure(11205, "No connection.")
    assert (await api("POST", f"/Exchanges/{exchange.sid}/Replay")).json()["status"] is None


async def test_of_a_file_the_body_is_not_shown(api: ExtensionsApi) -> None:
    api.webhooks.answers[URL] = WebAnswer(URL, 200, "audio/wav", b"RIFF" * 20_000)
    exchange = put(api, kind="media", method="GET", request_parameters={})
    shown = (await api("POST", f"/Exchanges/{exchange.sid}/Replay")).json()
    assert (shown["status"], shown["body"], shown["verdict"]) == (200, None, None)
    assert (api.webhooks.requests[0].most_bytes or 0) > 1_000_000


async def test_what_must_not_be_sent_again_is_not(api: ExtensionsApi) -> None:
    of_carrier = put(api, kind="carrier")
    answer = await api("POST", f"/Exchanges/{of_carrier.sid}/Replay", {"anyway": True})
    assert (answer.status_code, answer.json()["code"]) == (409, 20409)
    cut = put(api, is_cut=True, request_parameters={**PARAMETERS, "Body": "[redacted]"})
    answer = await api("POST", f"/Exchanges/{cut.sid}/Replay")
    assert (answer.status_code, answer.json()["parameters"]) == (409, ["Body"])
    assert api.webhooks.requests == []
    assert (await api("POST", f"/Exchanges/{cut.sid}/Replay", {"anyway": True})).status_code == 200


async def test_why_it_is_replayed_is_logged_from_the_body_or_the_header(api: ExtensionsApi) -> None:
    path = f"/Exchanges/{put(api).sid}/Replay"
    with capture_logs() as logs:
        await api("POST", path, {"reason": "in the body"})
        await api("POST", path, headers={"X-Callwright-Reason": "in the header"})
    assert [one["reason"] for one in logs if one["event"] == "exchange is replayed"] == ["in the body", "in the header"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"url": "ftp://x/"}, 21402), ({"method": "PUT"}, 21403), ({"what": 1}, 20422), ({"anyway": "yes"}, 20422)],
)
async def test_a_wrong_order_is_refused(api: ExtensionsApi, wrong: dict[str, Any], code: int) -> None:
    answer = await api("POST", f"/Exchanges/{put(api).sid}/Replay", wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert api.webhooks.requests == []


async def test_an_account_replays_sixty_a_minute_and_ten_at_once(api: ExtensionsApi) -> None:
    exchange = put(api)
    path = f"/Exchanges/{exchange.sid}/Replay"
    answers = [(await api("POST", path)).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    api.storage.pass_time(1)
    assert (await api("POST", path)).status_code == 200
