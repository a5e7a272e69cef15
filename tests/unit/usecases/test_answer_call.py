"""Incoming calls: whose they are, where they go, and what becomes of those that go nowhere."""

from typing import Any

import pytest
from tests.fakes.unit_of_work import FakeStorage
from tests.fakes.voice import account

from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.notification import Notification
from callwright.model.resources.trunk import Trunk
from callwright.usecases.answer_call import Admitted, Arrival, Refused, answer_call
from callwright.usecases.voice_parameters import voice_parameters

OWNER, PARENT, STRANGER = "AC" + "a" * 32, "AC" + "b" * 32, "AC" + "c" * 32
NUMBER = "+15555550100"


def arrive(
    number: dict[str, Any] | None = None, application: dict[str, Any] | None = None, **options: Any
) -> tuple[Admitted | Refused, FakeStorage]:
    storage = FakeStorage()
    storage.put(account(OWNER, owner_account_sid=PARENT, status=options.pop("status", "active")), account(PARENT))
    trunk = Trunk.model_construct(
        sid="TK1", account_sid=options.pop("trunk_of", OWNER), friendly_name="t", country_code="1"
    )
    if number is not None:
        given = {"account_sid": OWNER, "phone_number": NUMBER, **number}
        storage.put(IncomingPhoneNumber.model_construct(sid="PN1", **given))
    if application is not None:
        given = {"account_sid": OWNER, "friendly_name": "app", "revision": 3, **application}
        storage.put(Application.model_construct(sid="AP1", **given))
    given = {"to_user": "5555550100", "from_user": "15555550111", "sip_call_id": "id", "node": "one", **options}
    decision = storage.write_sync(lambda unit: answer_call(unit, Arrival(trunk=trunk, **given)))
    return decision, storage


def admitted(*args: Any, **options: Any) -> Call:
    decision, storage = arrive(*args, **options)
    assert isinstance(decision, Admitted)
    assert storage.one(Call, decision.call.sid) == decision.call
    return decision.call


def refused(*args: Any, **options: Any) -> tuple[Refused, FakeStorage]:
    decision, storage = arrive(*args, **options)
    assert isinstance(decision, Refused)
    return decision, storage


def codes(storage: FakeStorage) -> list[str | None]:
    return [notification.error_code for notification in storage.all(Notification)]


def test_a_call_to_a_number_asks_the_numbers_own_url() -> None:
    call = admitted({"voice_url": "http://n.test/", "voice_method": "GET", "status_callback": "http://s.test/"})
    assert (call.to, call.from_, call.status, call.direction) == (NUMBER, "+15555550111", "ringing", "inbound")
    assert (call.url, call.method, call.status_callback) == ("http://n.test/", "GET", "http://s.test/")
    assert (call.phone_number_sid, call.trunk_sid, call.node, call.sip_call_id) == ("PN1", "TK1", "one", "id")
    assert call.start_time is not None


def test_an_application_beats_the_number_and_names_its_revision() -> None:
    number = {"voice_url": "http://n.test/", "status_callback": "http://s.test/", "voice_application_sid": "AP1"}
    call = admitted(number, {"voice_url": "http://a.test/"})
    assert (call.url, call.status_callback, call.application_sid, call.application_revision) == (
        "http://a.test/",
        None,
        "AP1",
        3,
    )


def test_a_fallback_alone_is_enough() -> None:
    assert admitted({"voice_fallback_url": "http://f.test/"}).fallback_url == "http://f.test/"


def test_a_trunk_of_the_parent_brings_calls_for_its_subaccounts() -> None:
    assert admitted({"voice_url": "http://n.test/"}, trunk_of=PARENT).account_sid == OWNER


@pytest.mark.parametrize("options", [{"number": None}, {"number": {"voice_url": "http://n"}, "trunk_of": STRANGER}])
def test_strange_numbers_are_unknown(options: dict[str, Any]) -> None:
    decision, storage = refused(**options)
    assert (decision.sip_status, decision.call) == (404, None)
    assert storage.all(Call) == []


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_gets_no_calls(status: str) -> None:
    decision, storage = refused({"voice_url": "http://n.test/"}, status=status)
    assert decision.sip_status == 403
    assert storage.all(Call) == []


@pytest.mark.parametrize(
    ("number", "application", "code"),
    [
        ({"voice_application_sid": "AP1", "voice_url": "http://n.test/"}, None, "21218"),
        ({"voice_application_sid": "AP1"}, {"account_sid": STRANGER, "voice_url": "http://a.test/"}, "21218"),
        ({"voice_application_sid": "AP1", "voice_url": "http://n.test/"}, {}, "11100"),
        ({}, None, "11100"),
        ({"trunk_sid": "TK9", "voice_url": "http://n.test/"}, None, "11100"),
    ],
)
def test_a_call_with_nowhere_to_go_fails_with_a_notification(number: Any, application: Any, code: str) -> None:
    decision, storage = refused(number, application)
    [call] = storage.all(Call)
    assert (decision.sip_status, call.status, call.sip_response_code) == (480, "failed", 480)
    assert codes(storage) == [code]
    assert call.end_time is not None


def test_a_call_refused_before_it_has_a_session_tells_the_status_callback() -> None:
    _, storage = refused({"status_callback": "http://s.test/", "status_callback_method": "GET"})
    [job] = storage.jobs
    assert (job.arguments["url"], job.arguments["method"]) == ("http://s.test/", "GET")
    told = job.arguments["parameters"]
    assert (told["CallStatus"], told["SipResponseCode"], told["SequenceNumber"]) == ("failed", "480", "0")


@pytest.mark.parametrize(("lookup", "name"), [(True, "Ann"), (False, None)])
def test_the_callers_name_is_told_only_with_lookup_on(lookup: bool, name: str | None) -> None:
    call = admitted({"voice_url": "http://n.test/", "voice_caller_id_lookup": lookup}, caller_name="Ann")
    assert call.caller_name == name
    assert voice_parameters(call).get("CallerName") == name


def test_web_apps_are_told_what_the_invite_told() -> None:
    invite = {"SipHeader_X-Queue": "7", "SipDomain": "host.test", "CallSid": "forged"}
    call = admitted({"voice_url": "http://n.test/"}, forwarded_from="5555550122", sip_parameters=invite)
    told = voice_parameters(call)
    assert (told["ForwardedFrom"], told["SipHeader_X-Queue"]) == ("+15555550122", "7")
    assert (told["SipDomain"], told["SipCallId"], told["CallSid"]) == ("host.test", "id", call.sid)
    assert (told["Caller"], told["Called"], told["CallStatus"]) == (call.from_, NUMBER, "ringing")
    assert (told["ApiVersion"], told["Direction"], told["AccountSid"]) == ("2010-04-01", "inbound", OWNER)
