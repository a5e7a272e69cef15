"""The official Python SDK against the running API, every operation."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.contract.conftest import ContractServer
from twilio.base.exceptions import TwilioRestException

from callwright.model.exchange import Exchange
from callwright.model.resources.call import Call
from callwright.model.resources.notification import Notification
from callwright.sdk import Client

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def client(contract_server: ContractServer) -> Iterator[Any]:
    made = Client(contract_server.account_sid, contract_server.auth_token, base_url=contract_server.url)
    yield made
    made.http_client.session.close()


def code_of(refused: pytest.ExceptionInfo[TwilioRestException]) -> tuple[int, int]:
    return refused.value.status, refused.value.code


def test_applications(client: Any) -> None:
    made = client.applications.create(friendly_name="Callertron", voice_url="http://app.test/v", voice_method="GET")
    assert (made.friendly_name, made.voice_method, made.sms_url) == ("Callertron", "GET", None)
    assert abs(made.date_created - datetime.now(UTC)) < timedelta(minutes=5)
    assert client.applications(made.sid).fetch().voice_url == "http://app.test/v"
    changed = client.applications(made.sid).update(sms_url="http://app.test/s", voice_url="")
    assert (changed.sms_url, changed.voice_url) == ("http://app.test/s", None)
    assert [row.sid for row in client.applications.list(friendly_name="Callertron")] == [made.sid]
    assert client.applications(made.sid).delete() is True
    with pytest.raises(TwilioRestException) as refused:
        client.applications(made.sid).fetch()
    assert code_of(refused) == (404, 20404)
    assert "/Applications/" in refused.value.msg


def test_lists_are_followed_over_all_pages(client: Any) -> None:
    made = [client.applications.create(friendly_name="paged").sid for _ in range(7)]
    assert [row.sid for row in client.applications.stream(friendly_name="paged", page_size=2)] == made[::-1]
    assert len(client.applications.list(friendly_name="paged", limit=3)) == 3
    page = client.applications.page(friendly_name="paged", page_size=4)
    following = page.next_page()
    assert [row.sid for row in following] == made[2::-1]
    assert following.next_page() is None
    assert [row.sid for row in following.previous_page()] == made[:2:-1]


def test_incoming_phone_numbers(client: Any, contract_server: ContractServer) -> None:
    application = client.applications.create(friendly_name="for numbers", voice_url="http://app.test/v")
    other = client.applications.create(friendly_name="for messages", sms_url="http://app.test/s")
    made = client.incoming_phone_numbers.create(phone_number="+15555550142")
    assert made.friendly_name == "(555) 555-0142"
    assert made.capabilities["voice"] is True
    pointed = client.incoming_phone_numbers(made.sid).update(
        voice_application_sid=application.sid, sms_application_sid=other.sid, voice_url="http://own.test/"
    )
    assert (pointed.voice_application_sid, pointed.sms_application_sid) == (application.sid, other.sid)
    assert pointed.voice_url == "http://own.test/"
    trunked = client.incoming_phone_numbers(made.sid).update(trunk_sid="TK" + "1" * 32)
    assert (trunked.trunk_sid, trunked.voice_application_sid) == ("TK" + "1" * 32, None)
    found = client.incoming_phone_numbers.list(phone_number="555****142")
    assert [row.sid for row in found] == [made.sid]
    by_area = client.incoming_phone_numbers.create(area_code="510")
    assert by_area.phone_number == "+15105550100"
    mobile = client.incoming_phone_numbers.mobile.create(phone_number="+491711234567")
    toll_free = client.incoming_phone_numbers.toll_free.create(phone_number="+18005550142")
    assert [row.sid for row in client.incoming_phone_numbers.mobile.list()] == [mobile.sid]
    assert [row.sid for row in client.incoming_phone_numbers.toll_free.list()] == [toll_free.sid]
    local = client.incoming_phone_numbers.local.create(phone_number="+15105550177")
    assert local.sid in [row.sid for row in client.incoming_phone_numbers.local.list()]
    assert client.incoming_phone_numbers(made.sid).delete() is True
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers.create(phone_number="+18005550142")
    assert code_of(refused) == (400, 21422)


@pytest.fixture(scope="module")
def caller(client: Any) -> str:
    return str(client.incoming_phone_numbers.create(phone_number="+15555550100").phone_number)


def test_calls(client: Any, caller: str, contract_server: ContractServer) -> None:
    made = client.calls.create(
        to="+15555550111",
        from_=caller,
        url="http://app.test/v",
        status_callback="http://app.test/s",
        status_callback_event=["initiated", "answered"],
        timeout=20,
    )
    assert (made.status, made.direction, made.start_time) == ("queued", "outbound-api", None)
    stored = contract_server.database.read_sync(lambda unit: unit.get(Call, made.sid))
    assert stored is not None
    assert stored.status_callback_events == ["initiated", "answered"]
    assert stored.dialing["timeout_s"] == 20
    canceled = client.calls(made.sid).update(status="canceled")
    assert canceled.status == "canceled"
    assert [row.sid for row in client.calls.list(to="+15555550111", status="canceled")] == [made.sid]
    assert client.calls(made.sid).delete() is True


def test_live_calls_take_orders(client: Any, caller: str, contract_server: ContractServer) -> None:
    made = client.calls.create(to="+15555550111", from_=caller, twiml="<Response/>")
    contract_server.change(Call, made.sid, status="in-progress", node="local")
    contract_server.live_calls.talking.add(made.sid)
    assert client.calls(made.sid).update(twiml="<Response><Hangup/></Response>").status == "in-progress"
    contract_server.live_calls.on_order = lambda _, sid: contract_server.change(Call, sid, status="completed")
    assert client.calls(made.sid).update(status="completed").status == "completed"
    assert [order[0] for order in contract_server.live_calls.orders] == ["redirect", "hang_up"]
    with pytest.raises(TwilioRestException) as refused:
        client.calls(made.sid).update(url="http://app.test/")
    assert code_of(refused) == (400, 21220)


def test_calls_are_found_by_date_and_by_moment(client: Any, contract_server: ContractServer) -> None:
    for day in (1, 2, 3):
        moment = datetime(2020, 2, day, 12, tzinfo=UTC)
        call = Call.model_construct(
            sid=f"CA{day:032x}",
            account_sid=contract_server.account_sid,
            status="busy",
            start_time=moment,
            end_time=moment,
            to="+15555550155",
        )
        contract_server.store(call)

    def days(**filters: Any) -> list[int]:
        return [row.start_time.day for row in client.calls.list(to="+15555550155", **filters)]

    assert days(start_time=date(2020, 2, 2)) == [2]
    assert days(start_time_before=date(2020, 2, 2)) == [2, 1]
    assert days(start_time_after=date(2020, 2, 2)) == [3, 2]
    assert days(end_time_after=datetime(2020, 2, 2, 12, 0, 1, tzinfo=UTC)) == [3]
    assert days(end_time_before=datetime(2020, 2, 2, 12, tzinfo=UTC)) == [2, 1]


def test_an_application_drives_a_call(client: Any, caller: str, contract_server: ContractServer) -> None:
    application = client.applications.create(voice_url="http://app.test/mine")
    made = client.calls.create(
        to="+15555550111", from_=caller, application_sid=application.sid, url="http://app.test/other"
    )
    stored = contract_server.database.read_sync(lambda unit: unit.get(Call, made.sid))
    assert stored is not None
    assert stored.url == "http://app.test/mine"
    client.applications(application.sid).delete()
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to="+15555550111", from_=caller, application_sid=application.sid)
    assert code_of(refused) == (400, 21218)


def test_notifications_and_events(client: Any, contract_server: ContractServer) -> None:
    call_sid, account_sid = f"CA{9:032x}", contract_server.account_sid
    contract_server.store(
        Call.model_construct(sid=call_sid, account_sid=account_sid, status="completed"),
        Notification.model_construct(
            sid="NO" + "1" * 32,
            account_sid=account_sid,
            call_sid=call_sid,
            error_code="11200",
            log="0",
            message_date=NOW,
            message_text="500",
            request_method="POST",
            request_url="http://app.test/",
            response_body="oops",
        ),
        Exchange.model_construct(
            sid="EX" + "1" * 32,
            account_sid=account_sid,
            call_sid=call_sid,
            url="http://app.test/",
            request_parameters={"CallSid": call_sid},
            status_code=500,
            response_headers={"Content-Type": "text/plain"},
            response_body="oops",
        ),
    )
    (event,) = client.calls(call_sid).events.list()
    assert (event.request["parameters"], event.response["response_code"]) == ({"CallSid": call_sid}, 500)
    for notifications in (client.notifications, client.calls(call_sid).notifications):
        (row,) = notifications.list(log=0, message_date_before=date.today() + timedelta(days=1))  # noqa: DTZ011 - either day
        assert row.error_code == "11200"
        assert notifications(row.sid).fetch().response_body == "oops"


def test_accounts(client: Any, contract_server: ContractServer) -> None:
    assert client.api.accounts(contract_server.account_sid).fetch().status == "active"
    child = client.api.accounts.create(friendly_name="Child")
    assert child.owner_account_sid == contract_server.account_sid
    assert {row.sid for row in client.api.accounts.list()} == {child.sid, contract_server.account_sid}
    own = client.api.accounts(child.sid).applications.create(friendly_name="of the child")
    assert own.account_sid == child.sid
    assert client.api.accounts(child.sid).update(status="suspended").status == "suspended"
    sub = Client(child.sid, child.auth_token, base_url=contract_server.url)
    with pytest.raises(TwilioRestException) as refused:
        sub.applications.create()
    assert code_of(refused) == (403, 20005)
    sub.http_client.session.close()


def test_wrong_credentials(contract_server: ContractServer) -> None:
    stranger = Client(contract_server.account_sid, "wrong", base_url=contract_server.url)
    with pytest.raises(TwilioRestException) as refused:
        stranger.applications.create()
    assert code_of(refused) == (401, 20003)
    stranger.http_client.session.close()
