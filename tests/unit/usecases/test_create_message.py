"""Creating messages: what is accepted, what is refused with which code, and when each has its turn."""

from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.populated_api import NUMBER, PopulatedApi

from callwright.model.opt_out import OptOut, opt_out_sid
from callwright.model.queued_message import QueuedMessage
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.message import Message
from callwright.model.resources.short_code import ShortCode

TO = "+15555550111"
FORM = {"To": TO, "From": NUMBER, "Body": "Hello"}
MEDIA = "http://files.test/cat.png"


async def created(api: PopulatedApi, **form: Any) -> Message:
    wanted = {name: value for name, value in {**FORM, **form}.items() if value is not None}
    return api.storage.one(Message, (await api.created("/Messages", **wanted))["sid"])


async def code_of(api: PopulatedApi, **form: Any) -> int:
    """The code it is refused with; nothing of it is stored."""
    before = len(api.storage.all(Message))
    wanted = {name: value for name, value in {**FORM, **form}.items() if value is not None}
    code = await api.refused("/Messages", **wanted)
    assert len(api.storage.all(Message)) == before
    assert not api.storage.all(QueuedMessage)
    assert not api.storage.jobs
    return code


def add_short_code(api: PopulatedApi, digits: str = "99123", account_sid: str | None = None) -> ShortCode:
    sid = api.storage.sids.make("SC")
    code = ShortCode.model_construct(sid=sid, account_sid=account_sid or api.account.sid, short_code=digits)
    api.storage.put(code)
    return code


def add_carrier(api: PopulatedApi, **fields: Any) -> None:
    sid, owner = api.storage.sids.make("CR"), fields.pop("account_sid", api.account.sid)
    api.storage.put(Carrier.model_construct(sid=sid, account_sid=owner, friendly_name=sid, kind="smpp", **fields))


async def test_a_message_is_queued_with_its_turn_and_its_place() -> None:
    api = PopulatedApi()
    made = await api.created("/Messages", **FORM)
    assert (made["status"], made["direction"], made["num_segments"], made["num_media"]) == (
        "queued",
        "outbound-api",
        "1",
        "0",
    )
    assert (made["from"], made["to"], made["body"]) == (NUMBER, TO, "Hello")
    assert (made["date_sent"], made["error_code"], made["price"]) == (None, None, None)
    [queued] = api.storage.all(QueuedMessage)
    now = api.storage.now
    assert (queued.message_sid, queued.sender, queued.to) == (made["sid"], f"{api.account.sid}:{NUMBER}", TO)
    assert (queued.due, queued.expires_at, queued.node) == (now, now + timedelta(seconds=36_000), None)
    message = api.storage.one(Message, made["sid"])
    assert message.position == message.sid[2:]
    assert message.phone_number_sid == api.owned["PN"].sid


@pytest.mark.parametrize("to", ["+1 (555) 555-0111", " 15555550111"])
async def test_the_recipient_is_stored_in_e164(to: str) -> None:
    assert (await created(PopulatedApi(), To=to)).to == TO


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": None}, 21604),
        ({"To": ""}, 21604),
        ({"To": "nobody"}, 21211),
        ({"To": "5555550111"}, 21211),
        ({"To": "12345"}, 21211),
        ({"From": None}, 21603),
        ({"From": ""}, 21603),
        ({"From": "+15555550999"}, 21606),
        ({"From": "12345"}, 21606),
        ({"From": "ACME"}, 21606),
        ({"From": "5555550100"}, 21212),
        ({"From": "a name far too long"}, 21212),
        ({"From": "ÄCME"}, 21212),
        ({"To": NUMBER}, 21266),
        ({"Body": None}, 21602),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": "é" * 1601}, 21617),
        ({"Body": "…" * 600, "SmartEncoded": "true"}, 21617),
        ({"Body": "a\x00b"}, 20422),
        ({"MediaUrl": [MEDIA] * 11}, 21623),
        ({"MediaUrl": ["ftp://files.test/"]}, 21620),
        ({"MediaUrl": [MEDIA, "cat.png"]}, 21620),
        ({"StatusCallback": "nowhere"}, 21609),
        ({"ApplicationSid": "AP" + "0" * 32}, 21218),
        ({"ApplicationSid": "nonsense"}, 21218),
        ({"ValidityPeriod": "0"}, 21624),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"ValidityPeriod": "-1"}, 21624),
        ({"ValidityPeriod": "1.5"}, 21624),
        ({"ValidityPeriod": "soon"}, 21624),
        ({"MaxPrice": "cheap"}, 20422),
        ({"MaxPrice": "-1"}, 20422),
        ({"MaxPrice": "nan"}, 20422),
        ({"Attempt": "0"}, 20422),
        ({"Attempt": "first"}, 20422),
        ({"ProvideFeedback": "perhaps"}, 20422),
        ({"ContentRetention": "forget"}, 20422),
        ({"AddressRetention": "forget"}, 20422),
        ({"RiskCheck": "maybe"}, 20422),
        ({"TrafficType": "paid"}, 20422),
        ({"SendAsMms": "true"}, 20422),
        ({"MessagingServiceSid": "MG" + "0" * 32}, 20422),
        ({"ContentSid": "HX" + "0" * 32}, 20422),
        ({"ContentVariables": "{}"}, 20422),
        ({"ShortenUrls": "true"}, 20422),
        ({"PersistentAction": ["geo:1,2"]}, 20422),
        ({"FallbackFrom": NUMBER}, 20422),
        ({"SendAt": "2026-11-24T12:00:00Z"}, 35111),
        ({"ScheduleType": "fixed"}, 35111),
        ({"ScheduleType": "loose", "SendAt": "2026-11-24T12:00:00Z"}, 20422),
        ({"ScheduleType": "fixed", "SendAt": "tomorrow"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "2026-11-24T12:00:00"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "2026-11-23T12:04:59Z"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "2026-12-28T12:00:01Z"}, 35114),
        ({"ScheduleType": "fixed", "SendAt": "0001-01-01T00:00:00+23:59"}, 35114),
    ],
)
async def test_what_is_wrong_is_refused_with_its_code(form: dict[str, Any], code: int) -> None:
    assert await code_of(PopulatedApi(), **form) == code


async def test_the_longest_text_is_taken() -> None:
    assert (await created(PopulatedApi(), Body="x" * 1600)).num_segments == "11"


async def test_a_number_of_another_account_cannot_send() -> None:
    api = PopulatedApi()
    child = (await api.created("/2010-04-01/Accounts"))["sid"]
    assert await api.refused(f"/2010-04-01/Accounts/{child}/Messages", **FORM) == 21606


async def test_a_number_without_the_sms_capability_cannot_send() -> None:
    api = PopulatedApi()
    number = api.storage.one(IncomingPhoneNumber, api.owned["PN"].sid)
    api.storage.put(number.model_copy(update={"capabilities": {"voice": True, "sms": False}}))
    assert await code_of(api) == 21606


async def test_short_codes_send_and_receive() -> None:
    api = PopulatedApi()
    mine = add_short_code(api, "99123")
    add_short_code(api, "99124", account_sid="AC" + "b" * 32)
    sent = await created(api, From="99123")
    assert (sent.from_, sent.phone_number_sid) == ("99123", mine.sid)
    assert (await created(api, To="99124")).to == "99124"
    assert await api.refused("/Messages", **{**FORM, "From": "99124"}) == 21606


async def test_a_short_code_cannot_write_to_itself() -> None:
    api = PopulatedApi()
    add_short_code(api, "99123")
    assert await code_of(api, From="99123", To="99123") == 21266


async def test_a_name_sends_only_where_a_carrier_is_set_up_for_it() -> None:
    api = PopulatedApi()
    add_carrier(api, senders=["SHOP*"])
    sent = await created(api, From="SHOP 24")
    assert (sent.from_, sent.phone_number_sid) == ("SHOP 24", None)
    assert await api.refused("/Messages", **{**FORM, "From": "ACME"}) == 21606


async def test_a_carrier_for_all_senders_does_not_say_that_names_may_send() -> None:
    api = PopulatedApi()
    add_carrier(api)
    add_carrier(api, senders=["ACME"], is_enabled=False)
    add_carrier(api, senders=["ACME"], account_sid="AC" + "b" * 32)
    assert await code_of(api, From="ACME") == 21606


async def test_who_has_answered_stop_is_not_written_to() -> None:
    api = PopulatedApi()
    sid = opt_out_sid(api.account.sid, NUMBER, TO)
    api.storage.put(OptOut.model_construct(sid=sid, account_sid=api.account.sid, sender=NUMBER, recipient=TO))
    assert await code_of(api) == 21610
    assert (await created(api, To="+15555550112")).status == "queued"


async def test_without_opt_out_stop_means_nothing() -> None:
    api = PopulatedApi(opt_out=False)
    sid = opt_out_sid(api.account.sid, NUMBER, TO)
    api.storage.put(OptOut.model_construct(sid=sid, account_sid=api.account.sid, sender=NUMBER, recipient=TO))
    assert (await created(api)).status == "queued"


async def test_segments_of_a_sender_are_spread_by_its_rate() -> None:
    api = PopulatedApi(messages_per_second=2)
    for body in ("one", "x" * 161, "three"):  # 1, 2 and 1 segments
        await created(api, Body=body)
    start = api.storage.now
    dues = [row.due for row in api.storage.all(QueuedMessage)]
    assert dues == [start + timedelta(seconds=wait_s) for wait_s in (0, 0.5, 1.5)]


async def test_senders_do_not_wait_for_one_another_and_short_codes_are_faster() -> None:
    api = PopulatedApi()
    add_short_code(api, "99123")
    for sender in (NUMBER, "99123", "99123"):
        await created(api, From=sender)
    start = api.storage.now
    assert [row.due for row in api.storage.all(QueuedMessage)] == [start, start, start + timedelta(seconds=0.01)]


async def test_time_that_passed_without_messages_is_not_saved_up() -> None:
    api = PopulatedApi()
    await created(api)
    api.storage.pass_time(100)
    await created(api)
    await created(api)
    start = api.storage.now
    assert [row.due for row in api.storage.all(QueuedMessage)][1:] == [start, start + timedelta(seconds=1)]


async def test_a_queue_that_is_too_long_takes_nothing_more() -> None:
    api = PopulatedApi(message_queue_s=2)
    for _ in range(3):
        await created(api)
    assert await api.refused("/Messages", **FORM) == 21611
    assert len(api.storage.all(Message)) - len(PopulatedApi().storage.all(Message)) == 3
    api.storage.pass_time(1)
    assert (await created(api)).status == "queued"


async def test_smart_encoding_changes_the_text_that_is_sent() -> None:
    message = await created(PopulatedApi(), Body="“Hi” – you", SmartEncoded="true")
    assert (message.body, message.encoding) == ('"Hi" - you', "GSM-7")
    plain = await created(PopulatedApi(), Body="“Hi” – you")
    assert (plain.body, plain.encoding) == ("“Hi” – you", "UCS-2")


async def test_media_are_fetched_before_the_message_is_queued() -> None:
    api = PopulatedApi()
    message = await created(api, Body=None, MediaUrl=[MEDIA, "http://files.test/dog.png"])
    assert message.sid.startswith("MM")
    assert (message.num_media, message.num_segments, message.body) == ("2", "1", "")
    assert not api.storage.all(QueuedMessage)
    assert [(job.name, job.arguments) for job in api.storage.jobs] == [("fetch_media", {"message_sid": message.sid})]


async def test_the_validity_period_is_kept_on_the_queue() -> None:
    api = PopulatedApi()
    message = await created(api, ValidityPeriod="60")
    [queued] = api.storage.all(QueuedMessage)
    assert queued.expires_at == message.expires_at == api.storage.now + timedelta(seconds=60)


async def test_what_is_only_kept_is_kept() -> None:
    message = await created(
        PopulatedApi(),
        MaxPrice="0.05",
        Attempt="2",
        ProvideFeedback="true",
        ForceDelivery="true",
        RiskCheck="disable",
        TrafficType="free",
        ContentRetention="retain",
        AddressRetention="retain",
    )
    assert message.sending == {
        "max_price": "0.05",
        "attempt": "2",
        "provide_feedback": True,
        "force_delivery": True,
        "risk_check": "disable",
        "traffic_type": "free",
        "content_retention": "retain",
        "address_retention": "retain",
    }


@pytest.mark.parametrize(
    ("application", "form", "told"),
    [
        ({"SmsStatusCallback": "http://a.test/sms", "MessageStatusCallback": "http://a.test/m"}, {}, "http://a.test/m"),
        ({"SmsStatusCallback": "http://a.test/sms"}, {}, "http://a.test/sms"),
        ({"MessageStatusCallback": "http://a.test/m"}, {"StatusCallback": "http://b.test/"}, "http://b.test/"),
        ({"StatusCallback": "http://a.test/voice"}, {}, None),
    ],
)
async def test_who_is_told_how_it_went(application: dict[str, str], form: dict[str, str], told: str | None) -> None:
    api = PopulatedApi()
    made = await api.created("/Applications", FriendlyName="x", **application)
    assert (await created(api, ApplicationSid=made["sid"], **form)).status_callback == told


async def test_an_application_of_another_account_is_refused() -> None:
    api = PopulatedApi()
    child = (await api.created("/2010-04-01/Accounts"))["sid"]
    made = await api.created(f"/2010-04-01/Accounts/{child}/Applications", FriendlyName="x")
    assert await code_of(api, ApplicationSid=made["sid"]) == 21218


@pytest.mark.parametrize("send_at", ["2026-11-23T12:05:00Z", "2026-11-23T13:05:00+01:00", "2026-11-23T13:05:00 01:00"])
async def test_a_scheduled_message_waits_for_its_moment(send_at: str) -> None:
    api = PopulatedApi()
    message = await created(api, SendAt=send_at, ScheduleType="fixed", ValidityPeriod="10")
    moment = api.storage.now + timedelta(minutes=5)
    assert (message.status, message.send_at) == ("scheduled", moment)
    assert message.expires_at == moment + timedelta(seconds=10)
    assert not api.storage.all(QueuedMessage)
    [(job, due)] = api.storage.content.jobs
    assert (job.name, job.arguments, due) == ("queue_scheduled_message", {"message_sid": message.sid}, moment)
