"""What /v1/Explain and /v1/Calls/{sid} tell.

| way | refused, with code |
|---|---|
| call in | 99010 no number, 10003 account, 21218 application gone, 11100 no URL or a trunk |
| message in | 99011 no number, 30002 account |
| call out | 21210 From, 21211 To, 21214 no trunk |
| message out | 21606 From, 21610 opted out |
"""

from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.extensions_api import ExtensionsApi, refusal
from tests.fakes.unit_of_work import START

from callwright.model.exchange import Exchange, endpoint_of
from callwright.model.opening_hours import checked_opening_hours
from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.notification import Notification
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.model.resources.short_code import ShortCode
from callwright.model.resources.trunk import Trunk

MINE, SUB, OTHER = "AC" + "a" * 32, "AC" + "b" * 32, "AC" + "c" * 32
ME, YOU = "+15555550100", "+15555550200"
AP, PN, TK, CR = "AP" + "1" * 32, "PN" + "1" * 32, "TK" + "1" * 32, "CR" + "1" * 32


@pytest.fixture
def api() -> ExtensionsApi:
    made = ExtensionsApi()
    made.rest.storage.put(
        Trunk.model_construct(sid=TK, account_sid=MINE, friendly_name="Main", allowed_sources=["192.0.2.1/32"]),
        Carrier.model_construct(sid=CR, account_sid=MINE, friendly_name="Texts", kind="loopback"),
    )
    return made


def put_number(api: ExtensionsApi, **fields: Any) -> None:
    known: dict[str, Any] = {
        "sid": PN,
        "account_sid": MINE,
        "phone_number": ME,
        "friendly_name": "Front desk",
        "revision": 2,
    }
    api.rest.storage.put(IncomingPhoneNumber.model_construct(**(known | fields)))


def put_application(api: ExtensionsApi, **fields: Any) -> None:
    known: dict[str, Any] = {"sid": AP, "account_sid": MINE, "friendly_name": "Support", "revision": 7}
    api.rest.storage.put(Application.model_construct(**(known | fields)))


async def explained(api: ExtensionsApi, **query: str) -> Any:
    answer = await api("GET", "/Explain", params={"To": ME, "From": YOU, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def kinds(told: Any) -> list[str]:
    return [warning["kind"] for warning in told["warnings"]]


async def test_each_step_of_a_call_is_told_with_its_rule_and_what_lost(api: ExtensionsApi) -> None:
    put_number(api, voice_application_sid=AP, voice_url="http://old.test/")
    put_application(api, voice_url="http://user:secret@new.test/v", voice_fallback_url="http://new.test/f")
    told = await explained(api, TrunkSid=TK)
    assert (told["direction"], told["to"], told["from"], told["at"]) == ("inbound", ME, YOU, "2026-11-23T12:00:00Z")
    assert [(one["step"], one["chose"]) for one in told["route"]["reasons"]] == [
        ("number", f"{ME} ({PN})"),
        ("trunk", f"trunk {TK} (Main)"),
        ("application", f"application {AP} (Support), revision 7"),
        ("url", "http://new.test/v"),
        ("method", "POST"),
        ("fallback", "POST http://new.test/f"),
        ("callbacks", "nothing"),
    ]
    assert told["route"]["reasons"][2]["lost"] == ["http://old.test/"]
    assert told["outcome"]["kind"] == "webhook"
    assert (told["number"]["friendly_name"], told["application"]["revision"]) == ("Front desk", 7)
    assert told["way"] == {"sid": TK, "friendly_name": "Main"}
    assert told["warnings"] == []
    assert "secret" not in str(told)


async def test_a_number_is_read_as_the_trunk_writes_it(api: ExtensionsApi) -> None:
    trunk = Trunk.model_construct(sid="TK" + "2" * 32, account_sid=MINE, friendly_name="de", country_code="49")
    api.rest.storage.put(trunk)
    put_number(api, phone_number="+4930123456", voice_url="http://a.test/")
    told = await explained(api, To="030123456", TrunkSid=trunk.sid)
    assert (told["to"], told["outcome"]["kind"]) == ("+4930123456", "webhook")
    assert (await explained(api, To="030123456"))["outcome"]["code"] == 99010


@pytest.mark.parametrize(
    ("number", "application", "code", "kind"),
    [
        ({"voice_application_sid": AP}, None, 21218, "application-deleted"),
        ({"voice_application_sid": AP}, {}, 11100, "url-empty"),
        ({}, None, 11100, "url-empty"),
        ({"trunk_sid": TK}, None, 11100, None),
    ],
)
async def test_a_call_that_would_fail_is_told_with_code_cause_and_fix(
    api: ExtensionsApi, number: Any, application: Any, code: int, kind: str | None
) -> None:
    put_number(api, **number)
    if application is not None:
        put_application(api, **application)
    told = await explained(api)
    outcome = told["outcome"]
    assert (outcome["kind"], outcome["code"], outcome["sip_status"]) == ("refused", code, 480)
    assert outcome["cause"]
    assert outcome["fix"]
    assert kinds(told) == ([kind] if kind else [])


async def test_variants_and_hours_are_told_with_what_comes_next(api: ExtensionsApi) -> None:
    hours = {"time_zone": "UTC", "week": {"monday": ["09:00-17:00"]}, "closed_voice_url": "http://closed.test/"}
    variants = [{"url": "http://b.test/", "weight": 100}]
    put_number(api, voice_application_sid=AP)
    put_application(
        api, voice_url="http://a.test/", voice_variants=variants, opening_hours=checked_opening_hours(hours)
    )
    told = await explained(api)
    assert (told["route"]["url"], told["route"]["variant"], told["route"]["fallback_url"]) == (
        "http://b.test/", 0, "http://a.test/",
    )  # fmt: skip
    assert [(warning["kind"], warning["at"]) for warning in told["warnings"]] == [
        ("open", "2026-11-23T17:00:00Z"), ("variant", None),
    ]  # fmt: skip
    for evening in (
        "2026-11-23T18:00:00Z",
        "2026-11-23T19:00:00+01:00",
        "2026-11-23T19:00:00 01:00",
        "2026-11-23T18:00",
    ):
        closed = await explained(api, At=evening)
        assert (closed["route"]["url"], closed["route"]["is_closed"]) == ("http://closed.test/", True)
        assert closed["at"] == "2026-11-23T18:00:00Z"
        assert closed["warnings"][0]["at"] == "2026-11-30T09:00:00Z"
    for at in ("tomorrow", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"):
        assert refusal(await api("GET", "/Explain", params={"To": ME, "At": at})) == (400, 20422)


async def test_a_message_without_url_is_kept(api: ExtensionsApi) -> None:
    put_number(api, sms_application_sid=AP)
    put_application(api)
    told = await explained(api, Channel="sms")
    assert (told["outcome"]["kind"], kinds(told)) == ("kept", ["url-empty"])
    told = await explained(api, Channel="sms", To="12345")
    assert (told["outcome"]["kind"], told["outcome"]["code"]) == ("refused", 99011)
    code = ShortCode.model_construct(
        sid="SC" + "1" * 32, account_sid=MINE, short_code="12345", sms_url="http://c.test/"
    )
    api.rest.storage.put(code)
    told = await explained(api, Channel="sms", To="12345", CarrierSid=CR)
    assert (told["route"]["source"], told["outcome"]["url"]) == ("short code", "http://c.test/")


async def test_the_last_failure_of_a_url_is_told_and_whether_it_has_answered_since(api: ExtensionsApi) -> None:
    put_number(api, voice_url="http://a.test/#rc=2")
    endpoint = endpoint_of("http://a.test/")

    def ask(number: int, account: str = MINE, **fields: Any) -> None:
        api.rest.storage.put(
            Exchange.model_construct(
                sid=f"EX{number:032}", account_sid=account, endpoint=endpoint, date_created=START, **fields
            )
        )

    ask(1)
    assert (await explained(api))["warnings"] == []
    ask(2, account=OTHER, is_failure=True, error="not to be told")
    assert (await explained(api))["warnings"] == []
    ask(3, is_failure=True, status_code=503)
    [warning] = (await explained(api))["warnings"]
    assert warning["kind"] == "url-failed"
    assert "it answered 503" in warning["text"]
    assert "nothing has been asked since" in warning["text"]
    ask(4)
    [warning] = (await explained(api))["warnings"]
    assert "it has answered since" in warning["text"]


async def test_a_scheduled_change_of_number_or_application_is_told(api: ExtensionsApi) -> None:
    put_number(api, voice_application_sid=AP)
    put_application(api, voice_url="http://a.test/")
    for number, target, status in ((1, AP, "scheduled"), (2, PN, "done"), (3, "AP" + "9" * 32, "scheduled")):
        api.rest.storage.put(
            ScheduledChange.model_construct(
                sid=f"CH{number:032}", account_sid=MINE, resource="x", target_sid=target, status=status,
                at=START + timedelta(days=1), changes={"voice_url": "http://b.test/"}, credential=MINE,
            )
        )  # fmt: skip
    [warning] = (await explained(api))["warnings"]
    assert (warning["kind"], warning["at"]) == ("scheduled-change", "2026-11-24T12:00:00Z")
    assert f"CH{1:032}" in warning["text"]


async def test_an_account_that_nothing_can_reach_is_told_so() -> None:
    api = ExtensionsApi()
    put_number(api, voice_url="http://a.test/", sms_url="http://a.test/")
    assert kinds(await explained(api)) == ["no-trunk"]
    assert kinds(await explained(api, Channel="sms")) == ["no-carrier"]


async def test_numbers_of_subaccounts_are_explained_and_those_of_others_are_not_there(api: ExtensionsApi) -> None:
    api.rest.add_account(SUB, owner=MINE, status="suspended")
    api.rest.add_account(OTHER)
    put_number(api, account_sid=SUB, voice_url="http://a.test/")
    told = await explained(api)
    assert (told["account_sid"], told["outcome"]["code"], told["outcome"]["sip_status"]) == (SUB, 10003, 403)
    assert kinds(told) == ["account-not-active"]
    put_number(api, account_sid=OTHER, voice_url="http://secret.test/", sms_url="http://secret.test/")
    for channel in ("voice", "sms"):
        told = await explained(api, Channel=channel)
        assert (told["outcome"]["kind"], told["number"], told["route"]) == ("refused", None, None)
        assert OTHER not in str(told)
        assert "secret" not in str(told)
        nobody = await explained(api, Channel=channel, To="+15555550999")
        assert nobody["outcome"]["code"] == told["outcome"]["code"]
    foreign = Trunk.model_construct(sid="TK" + "9" * 32, account_sid=OTHER, friendly_name="x")
    api.rest.storage.put(foreign)
    assert refusal(await api("GET", "/Explain", params={"To": ME, "TrunkSid": foreign.sid})) == (404, 20404)
    assert refusal(await api("GET", "/Explain", params={"To": ME, "CarrierSid": foreign.sid})) == (404, 20404)


async def test_an_outgoing_call_takes_the_trunk_that_placing_takes(api: ExtensionsApi) -> None:
    put_number(api)
    assert (await explained(api, To=YOU, From=ME))["outcome"]["code"] == 21214
    for number, priority in ((2, 20), (3, 5)):
        trunk = Trunk.model_construct(
            sid=f"TK{number:032}", account_sid=MINE, friendly_name=f"t{number}", host="192.0.2.9", priority=priority
        )
        api.rest.storage.put(trunk)
    told = await explained(api, To=YOU, From=ME)
    assert (told["direction"], told["outcome"]["kind"], told["way"]["friendly_name"]) == ("outbound", "dialed", "t3")
    assert told["route"]["reasons"][-1]["lost"] == [f"trunk TK{2:032} (t2)"]
    assert (await explained(api, To="12", From=ME))["outcome"]["code"] == 21211


async def test_an_outgoing_message_takes_the_carrier_that_sending_takes(api: ExtensionsApi) -> None:
    put_number(api, capabilities={"sms": True})
    told = await explained(api, To=YOU, From=ME, Channel="sms")
    assert (told["outcome"]["kind"], told["way"]) == ("sent", {"sid": CR, "friendly_name": "Texts"})
    assert told["route"]["candidates"] == [CR]
    api.rest.storage.put(
        OptOut.model_construct(sid=opt_out_sid(MINE, ME, YOU), account_sid=MINE, sender=ME, recipient=YOU)
    )
    assert (await explained(api, To=YOU, From=ME, Channel="sms"))["outcome"]["code"] == 21610
    put_number(api, capabilities={"sms": False})
    assert (await explained(api, To=YOU, From=ME, Channel="sms"))["outcome"]["code"] == 21606


async def test_a_call_is_inspected_with_its_route_and_what_went_wrong(api: ExtensionsApi) -> None:
    put_application(api, revision=9)
    sid = "CA" + "1" * 32
    route = {"source": "application", "url": "http://u:pw@a.test/", "reasons": [{"rule": "old", "chose": "x"}]}
    api.rest.storage.put(
        Call.model_construct(
            sid=sid, account_sid=MINE, from_=YOU, to=ME, status="failed", application_sid=AP, application_revision=7,
            trunk_sid=TK, route=route, date_created=START,
        ),
        Notification.model_construct(sid="NO" + "1" * 32, account_sid=MINE, call_sid=sid, error_code="11200"),
        Exchange.model_construct(sid="EX" + "1" * 32, account_sid=MINE, call_sid=sid, is_failure=True),
        Exchange.model_construct(sid="EX" + "2" * 32, account_sid=MINE, call_sid=sid),
    )  # fmt: skip
    shown = (await api("GET", f"/Calls/{sid}")).json()
    assert (shown["application_revision"], shown["current_revision"]) == (7, 9)
    assert (shown["exchanges"], shown["failed_exchanges"]) == (2, 1)
    assert [one["error_code"] for one in shown["notifications"]] == ["11200"]
    assert shown["trunk"] == {"sid": TK, "friendly_name": "Main"}
    assert shown["route"]["reasons"] == [{"step": "", "rule": "old", "chose": "x", "lost": []}]
    assert "pw" not in str(shown["route"])
    stranger = api.rest.add_account(OTHER)
    assert refusal(await api("GET", f"/Calls/{sid}", account=stranger)) == (404, 20404)


async def test_any_addresses_are_explained(api: ExtensionsApi) -> None:
    for text in ("", " ", "😀" * 50, "sip:a@b", "+", "anonymous", "1" * 400, "٣٣٣٣٣"):
        for channel in ("voice", "sms"):
            for query in ({"To": text, "From": ME}, {"To": ME, "From": text}, {"To": text, "TrunkSid": TK}):
                answer = await api("GET", "/Explain", params={"Channel": channel, **query})
                assert answer.status_code == 200, answer.text
    assert refusal(await api("GET", "/Explain", params={"To": "\0"})) == (400, 20422)
    assert refusal(await api("GET", "/Explain", params={"Channel": "fax", "To": ME}))[0] == 400
    assert refusal(await api("GET", "/Explain")) == (400, 20422)
