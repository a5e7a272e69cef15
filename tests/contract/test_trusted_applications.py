"""What /v1 adds to applications and numbers stays out of the sight of the official SDK, and survives its updates."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from tests.running.server import RunningServer
from twilio.base.exceptions import TwilioRestException

from callwright.model.resources.application import Application
from callwright.sdk import Client

NUMBER = "+15550004711"
OURS: dict[str, Any] = {
    "tags": ["vip-tag"],
    "notes": "A note of ours.",
    "voice_variants": [{"url": "https://canary.example/v", "weight": 10}],
    "sms_variants": [{"url": "https://canary.example/s", "weight": 5}],
    "variant_guard": {"failure_percent": 5, "least_requests": 7, "window_s": 77},
    "opening_hours": {"time_zone": "Asia/Tokyo", "week": {}, "closed_voice_url": "https://closed.example/v"},
}
WORDS = ("vip-tag", "note of ours", "canary", "Tokyo", "closed.example", "guard", "variant", "revision", "Revision")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    started = RunningServer(tmp_path_factory.mktemp("trusted") / "data").start()
    yield started
    started.close()


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[Any]:
    made = Client(*server.credentials, base_url=server.url)
    yield made
    made.http_client.session.close()


def test_the_sdk_sees_what_v1_changed_and_none_of_what_is_ours(server: RunningServer, client: Any) -> None:
    made = client.applications.create(friendly_name="Before", voice_url="https://a.example/v")
    server.v1("POST", f"/Applications/{made.sid}", friendly_name="After", sms_url="https://a.example/s", **OURS)
    seen = client.applications(made.sid).fetch()
    assert (seen.friendly_name, seen.voice_url, seen.sms_url) == ("After", "https://a.example/v", "https://a.example/s")
    updated = client.applications(made.sid).update(voice_method="GET")
    assert updated.voice_method == "GET"
    shown = server.v1("GET", f"/Applications/{made.sid}")
    assert (shown["tags"], shown["notes"], shown["voice_variants"]) == (
        OURS["tags"], OURS["notes"], OURS["voice_variants"],
    )  # fmt: skip
    assert shown["voice_method"] == "GET"


def test_nothing_of_ours_is_in_the_2010_api(server: RunningServer, client: Any) -> None:
    sid = server.v1("POST", "/Applications", friendly_name="Ours", **OURS)["sid"]
    number = client.incoming_phone_numbers.create(phone_number=NUMBER, voice_application_sid=sid)
    server.v1("POST", f"/Numbers/{number.sid}", tags=OURS["tags"], notes=OURS["notes"])
    base = f"{server.url}/2010-04-01/Accounts/{server.account_sid}"
    shown = set(Application.properties()) | {"uri"}
    one = httpx.get(f"{base}/Applications/{sid}.json", auth=server.credentials).json()
    assert set(one) == shown
    of_number = httpx.get(f"{base}/IncomingPhoneNumbers/{number.sid}.json", auth=server.credentials).json()
    assert not {"tags", "notes", "revision", "country", "problems"} & set(of_number)
    for suffix in (".json", ".csv", ""):
        for path in (
            f"/Applications/{sid}",
            "/Applications",
            "/IncomingPhoneNumbers",
            f"/IncomingPhoneNumbers/{number.sid}",
        ):
            if suffix == ".csv" and path.endswith((sid, number.sid)):
                continue
            answer = httpx.get(f"{base}{path}{suffix}", auth=server.credentials)
            assert answer.status_code == 200
            assert "Ours" in answer.text or NUMBER in answer.text
            assert not [word for word in WORDS if word in answer.text], (path, suffix)
    document = ElementTree.fromstring(httpx.get(f"{base}/Applications/{sid}", auth=server.credentials).text)
    elements = {element.tag for element in document[0]}
    assert {"Sid", "FriendlyName", "VoiceUrl"} <= elements
    assert not elements & {"Tags", "Notes", "VoiceVariants", "SmsVariants", "VariantGuard", "OpeningHours", "Revision"}


def test_the_sdk_updates_a_number_and_leaves_what_is_ours(server: RunningServer, client: Any) -> None:
    number = client.incoming_phone_numbers.create(phone_number="+15550004713")
    server.v1("POST", f"/Numbers/{number.sid}", tags=OURS["tags"], notes=OURS["notes"])
    assert client.incoming_phone_numbers(number.sid).update(friendly_name="Renamed").friendly_name == "Renamed"
    shown = server.v1("GET", f"/Numbers/{number.sid}")
    assert (shown["tags"], shown["notes"], shown["friendly_name"]) == (OURS["tags"], OURS["notes"], "Renamed")


def test_the_sdk_lists_calls_and_messages_of_applications_that_have_more(server: RunningServer, client: Any) -> None:
    app = server.v1("POST", "/Applications", friendly_name="Listed", voice_url="https://a.example/v", **OURS)["sid"]
    for end in ("14", "15"):
        client.incoming_phone_numbers.create(phone_number=f"+155500047{end}", voice_application_sid=app)
    sent = client.messages.create(to="+15550004715", from_="+15550004714", body="Hello")
    server.trunk(friendly_name="out", host="127.0.0.1", port=9)
    called = client.calls.create(to="+15550009999", from_="+15550004714", application_sid=app)
    assert sent.sid in [message.sid for message in client.messages.list(from_="+15550004714")]
    assert [call.sid for call in client.calls.list(to="+15550009999")] == [called.sid]
    base = f"{server.url}/2010-04-01/Accounts/{server.account_sid}"
    for path in ("/Calls", f"/Calls/{called.sid}", "/Messages", f"/Messages/{sent.sid}"):
        answer = httpx.get(f"{base}{path}.json", auth=server.credentials)
        assert answer.status_code == 200
        assert not [word for word in (*WORDS, "exchange", "route") if word in answer.text], path


def test_the_sdk_still_deletes_as_at_twilio(server: RunningServer, client: Any) -> None:
    made = client.applications.create(friendly_name="To go")
    number = client.incoming_phone_numbers.create(phone_number="+15550004712", voice_application_sid=made.sid)
    guarded = httpx.delete(f"{server.url}/v1/Applications/{made.sid}", auth=server.credentials)
    assert (guarded.status_code, guarded.json()["code"]) == (409, 20409)
    assert client.applications(made.sid).delete() is True
    assert client.incoming_phone_numbers(number.sid).fetch().voice_application_sid == made.sid
    with pytest.raises(TwilioRestException):
        client.applications(made.sid).fetch()
