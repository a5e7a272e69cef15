"""Queueing outgoing calls: what is accepted, what drives them, and when they are dialled."""

from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.populated_api import NUMBER, PopulatedApi
from tests.fakes.rest_api import RestApi

from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.trunk import Trunk

TO = {"To": "+15555550111", "From": NUMBER}


async def queued(api: PopulatedApi, **form: Any) -> Call:
    made = await api.created("/Calls", **{**TO, **form})
    return api.storage.one(Call, made["sid"])


async def test_a_call_is_queued_and_answered_with_nothing_known_yet() -> None:
    api = PopulatedApi()
    made = await api.created("/Calls", **TO, Url="http://app.test/")
    assert made["status"] == "queued"
    assert made["direction"] == "outbound-api"
    assert (made["to"], made["to_formatted"]) == ("+15555550111", "(555) 555-0111")
    assert (made["from"], made["from_formatted"]) == (NUMBER, "(555) 555-0100")
    assert made["phone_number_sid"] == api.owned["PN"].sid
    for name in ("start_time", "end_time", "duration", "price", "answered_by", "queue_time", "trunk_sid"):
        assert made[name] is None


async def test_the_call_and_its_job_are_one_transaction() -> None:
    api = PopulatedApi()
    call = await queued(api, Url="http://app.test/")
    assert [(job.name, dict(job.arguments)) for job in api.storage.jobs] == [("place_call", {"call_sid": call.sid})]
    assert await api.refused("/Calls", **TO) == 21205
    assert len(api.storage.jobs) == 1


async def test_calls_of_an_account_are_spread_by_its_rate() -> None:
    api = PopulatedApi(calls_per_second=2)
    for _ in range(3):
        await queued(api, Url="http://app.test/")
    start = api.storage.now
    dues = [due for _, due in api.storage.content.jobs]
    assert dues == [start + timedelta(seconds=wait_s) for wait_s in (0, 0.5, 1)]
    api.storage.pass_time(10)
    await queued(api, Url="http://app.test/")
    assert api.storage.content.jobs[-1][1] == api.storage.now


async def test_accounts_do_not_wait_for_one_another() -> None:
    api = PopulatedApi(allow_any_caller_id=True)
    await queued(api, Url="http://app.test/")
    child = (await api.created("/2010-04-01/Accounts"))["sid"]
    await api.created(f"/2010-04-01/Accounts/{child}/Calls", **TO, Url="http://app.test/")
    assert [due for _, due in api.storage.content.jobs] == [api.storage.now] * 2


async def test_a_url_drives_the_call_with_all_that_the_request_says() -> None:
    call = await queued(
        PopulatedApi(),
        Url="http://app.test/u",
        Method="GET",
        FallbackUrl="http://app.test/f",
        FallbackMethod="GET",
        StatusCallback="http://app.test/s",
        StatusCallbackMethod="GET",
        StatusCallbackEvent=["answered", "initiated"],
        SendDigits="1w2W#*A",
        Timeout="15",
        TimeLimit="120",
        CallerId=NUMBER,
    )
    assert (call.url, call.method, call.fallback_url, call.fallback_method) == (
        "http://app.test/u",
        "GET",
        "http://app.test/f",
        "GET",
    )
    assert (call.status_callback, call.status_callback_method) == ("http://app.test/s", "GET")
    assert call.status_callback_events == ["initiated", "answered"]
    assert call.dialing == {"timeout_s": 15, "time_limit_s": 120, "send_digits": "1w2W#*A", "caller_id": NUMBER}
    assert (call.application_sid, call.twiml) == (None, None)
    assert call.route["source"] == "request"


async def test_what_is_not_said_has_twilios_defaults() -> None:
    call = await queued(PopulatedApi(), Twiml="<Response/>")
    assert call.dialing == {"timeout_s": 60, "time_limit_s": 14_400, "send_digits": None, "caller_id": None}
    assert (call.method, call.status_callback_events) == ("POST", ["completed"])
    assert (call.twiml, call.url) == ("<Response/>", None)


async def test_an_application_beats_url_and_twiml_and_brings_its_own_settings() -> None:
    api = PopulatedApi()
    made = await api.created(
        "/Applications",
        VoiceUrl="http://app.test/v",
        VoiceMethod="GET",
        VoiceFallbackUrl="http://app.test/vf",
        StatusCallback="http://app.test/vs",
        StatusCallbackMethod="GET",
    )
    call = await queued(
        api,
        ApplicationSid=made["sid"],
        Url="http://other.test/",
        Twiml="<Response/>",
        Method="POST",
        FallbackUrl="http://other.test/f",
        StatusCallback="http://other.test/s",
        StatusCallbackEvent=["ringing"],
    )
    assert (call.url, call.method, call.twiml) == ("http://app.test/v", "GET", None)
    assert (call.fallback_url, call.fallback_method) == ("http://app.test/vf", "POST")
    assert (call.status_callback, call.status_callback_method) == ("http://app.test/vs", "GET")
    assert call.status_callback_events == ["completed"]
    assert (call.application_sid, call.application_revision) == (made["sid"], 1)
    reason = call.route["reasons"][0]
    assert reason["rule"] == "ApplicationSid beats Url and Twiml"
    assert reason["chose"] == f"application {made['sid']} ({made['friendly_name']}), revision 1"
    assert tuple(reason["lost"]) == ("http://other.test/", "Twiml")


async def test_a_url_beats_twiml() -> None:
    call = await queued(PopulatedApi(), Url="http://app.test/", Twiml="<Response/>")
    assert (call.url, call.twiml) == ("http://app.test/", None)


async def test_an_application_without_a_voice_url_is_refused() -> None:
    api = PopulatedApi()
    empty = await api.created("/Applications", SmsUrl="http://app.test/")
    assert await api.refused("/Calls", **TO, ApplicationSid=empty["sid"], Url="http://app.test/") == 21218


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": None}, 21201),
        ({"To": ""}, 21201),
        ({"To": "555"}, 21211),
        ({"To": "client:alice"}, 21211),
        ({"To": "sip:alice@a.test\r\nX: y"}, 21211),
        ({"From": None}, 21213),
        ({"From": ""}, 21213),
        ({"From": "anonymous"}, 21212),
        ({"From": "+15555550199"}, 21210),
        ({"CallerId": "+15555550199"}, 21210),
        ({"CallerId": "me"}, 21212),
        ({"Url": ""}, 21205),
        ({"Url": "not a url"}, 21205),
        ({"Url": None, "Twiml": "x" * 4001}, 32018),
        ({"ApplicationSid": "AP" + "0" * 32}, 21218),
        ({"ApplicationSid": "nonsense"}, 21218),
        ({"SendDigits": "12 34"}, 21206),
        ({"SendDigits": "1" * 33}, 21206),
        ({"Timeout": "0"}, 21208),
        ({"Timeout": "601"}, 21208),
        ({"Timeout": "1.5"}, 21208),
        ({"Timeout": "9" * 5000}, 21208),
        ({"TimeLimit": "0"}, 20422),
        ({"StatusCallbackEvent": ["answered", "exploded"]}, 21626),
        ({"StatusCallback": "x"}, 21502),
        ({"StatusCallbackMethod": "PUT"}, 21209),
        ({"Method": "PUT"}, 21209),
        ({"Record": "true"}, 20422),
        ({"MachineDetection": "Enable"}, 20422),
        ({"SipAuthUsername": "x"}, 20422),
    ],
)
async def test_bad_values_are_refused_and_nothing_is_queued(changed: dict[str, Any], code: int) -> None:
    api = PopulatedApi()
    form = {**TO, "Url": "http://app.test/", **changed}
    assert await api.refused("/Calls", **{name: value for name, value in form.items() if value is not None}) == code
    assert api.storage.jobs == []
    assert len(api.storage.all(Call)) == 1


async def test_no_more_than_four_thousand_characters_of_twiml() -> None:
    assert len((await queued(PopulatedApi(), Twiml="ä" * 4000)).twiml or "") == 4000


async def test_harmless_values_of_what_is_not_supported_are_accepted() -> None:
    await queued(PopulatedApi(), Url="http://app.test/", Record="false", CallReason="")


async def test_without_a_trunk_only_sip_uris_can_be_called() -> None:
    api = RestApi()
    await api.created("/IncomingPhoneNumbers", PhoneNumber=NUMBER)
    answer = await api.post("/Calls.json", **TO, Twiml="<Response/>")
    assert answer.json()["code"] == 21214
    assert "callwright trunks add" in answer.json()["message"]
    made = await api.created("/Calls", From=NUMBER, To="SIP:alice@127.0.0.1:5070", Twiml="<Response/>")
    assert made["to"] == made["to_formatted"] == "sip:alice@127.0.0.1:5070"


async def test_a_trunk_that_only_receives_places_no_call() -> None:
    api = PopulatedApi()
    api.storage.put(api.storage.one(Trunk, api.owned["TK"].sid).model_copy(update={"host": None}))
    assert await api.refused("/Calls", **TO, Twiml="<Response/>") == 21214


@pytest.mark.parametrize("where", ["setting", "trunk"])
async def test_any_caller_id_may_be_shown_where_that_is_allowed(where: str) -> None:
    api = PopulatedApi(allow_any_caller_id=where == "setting")
    if where == "trunk":
        api.storage.put(api.storage.one(Trunk, api.owned["TK"].sid).model_copy(update={"any_caller_id": True}))
    call = await queued(api, From="+15555550199", Twiml="<Response/>")
    assert (call.from_, call.phone_number_sid) == ("+15555550199", None)


async def test_an_edit_of_the_application_counts_for_the_next_call() -> None:
    api = PopulatedApi()
    sid = api.owned["AP"].sid
    first = await queued(api, ApplicationSid=sid)
    await api.post(f"/Applications/{sid}.json", VoiceUrl="http://new.test/")
    second = await queued(api, ApplicationSid=sid)
    assert (first.url, second.url) == ("http://app.test/?a=1&b=2", "http://new.test/")
    assert second.application_revision == api.storage.one(Application, sid).revision
