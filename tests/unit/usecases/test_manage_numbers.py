"""Phone numbers: taking, pointing, moving and finding them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.populated_api import PopulatedApi
from tests.fakes.rest_api import RestApi

from callwright.model.phone_number import keypad_pattern, national_format, number_type, sip_uri, to_e164
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk

NUMBERS = "/IncomingPhoneNumbers"


async def listed(api: RestApi, path: str = NUMBERS, **filters: str) -> list[str]:
    body = (await api.get(f"{path}.json", **filters)).json()
    return [row["phone_number"] for row in body["incoming_phone_numbers"]]


@pytest.mark.parametrize(
    ("given_as", "phone_number", "friendly_name"),
    [
        ("+15105647903", "+15105647903", "(510) 564-7903"),
        ("+1 (510) 564-7903", "+15105647903", "(510) 564-7903"),
        (" 15105647903", "+15105647903", "(510) 564-7903"),  # a `+` that was not percent-encoded
        ("+15555550123", "+15555550123", "(555) 555-0123"),  # fictional
        ("+491711234567", "+491711234567", "0171 1234567"),
    ],
)
async def test_a_number_is_taken_by_its_shape(given_as: str, phone_number: str, friendly_name: str) -> None:
    made = await RestApi().created(NUMBERS, PhoneNumber=given_as)
    assert (made["phone_number"], made["friendly_name"]) == (phone_number, friendly_name)
    assert made["capabilities"] == {"voice": True, "sms": True, "mms": True, "fax": False}
    assert made["status"] == "in-use"


@pytest.mark.parametrize("number", ["5105647903", "+0123456789", "+1", "+1510564790x", "hello", "+1234567890123456"])
async def test_what_is_no_number_is_refused(number: str) -> None:
    assert await RestApi().refused(NUMBERS, PhoneNumber=number) == 21421


async def test_a_number_belongs_to_one_account_of_the_server() -> None:
    api = RestApi()
    await api.created(NUMBERS, PhoneNumber="+15555550123")
    assert await api.refused(NUMBERS, PhoneNumber="+1 555 555 0123") == 21422
    stranger = api.add_account("AC" + "e" * 32)
    answer = await api.request("POST", f"{NUMBERS}.json", form={"PhoneNumber": "+15555550123"}, account=stranger)
    assert answer.json()["code"] == 21422


async def test_a_released_number_can_be_taken_again() -> None:
    api = RestApi()
    made = await api.created(NUMBERS, PhoneNumber="+15555550123")
    assert (await api.delete(f"{NUMBERS}/{made['sid']}.json")).status_code == 204
    await api.created(NUMBERS, PhoneNumber="+15555550123")


async def test_an_area_code_gives_the_lowest_free_fictional_number() -> None:
    api = RestApi()
    made = [(await api.created(NUMBERS, AreaCode="510"))["phone_number"] for _ in range(3)]
    assert made == ["+15105550100", "+15105550101", "+15105550102"]
    assert (await api.created(NUMBERS, AreaCode="212"))["phone_number"] == "+12125550100"


async def test_an_area_code_without_a_free_number_is_told() -> None:
    api = RestApi()
    for line in range(100, 10_000):
        number = IncomingPhoneNumber.model_construct(
            sid=api.storage.sids.make("PN"), account_sid=api.account.sid, phone_number=f"+1510555{line:04d}"
        )
        api.storage.put(number)
    assert await api.refused(NUMBERS, AreaCode="510") == 21452


@pytest.mark.parametrize("area_code", ["51", "5100", "110", "abc", "٥١٠"])
async def test_what_is_no_area_code_is_refused(area_code: str) -> None:
    assert await RestApi().refused(NUMBERS, AreaCode=area_code) == 21451


async def test_neither_number_nor_area_code_is_refused() -> None:
    api = RestApi()
    assert await api.refused(NUMBERS) == 21421
    for name in ("Local", "Mobile", "TollFree"):
        assert await api.refused(f"{NUMBERS}/{name}", AreaCode="510") == 21421


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("Local", "+15105550100", "+18005550199"),
        ("Mobile", "+491711234567", "+15105550100"),
        ("TollFree", "+18005550199", "+491711234567"),
    ],
)
async def test_a_typed_list_takes_and_shows_its_type_only(name: str, right: str, wrong: str) -> None:
    api = RestApi()
    assert await api.refused(f"{NUMBERS}/{name}", PhoneNumber=wrong) == 21458
    made = await api.created(f"{NUMBERS}/{name}", PhoneNumber=right)
    assert made["uri"].endswith(f"{NUMBERS}/{made['sid']}.json")
    await api.created(NUMBERS, PhoneNumber=wrong)
    assert await listed(api, f"{NUMBERS}/{name}") == [right]
    assert len(await listed(api)) == 2


async def test_voice_and_messages_may_have_different_applications() -> None:
    api = PopulatedApi()
    voice, sms = await api.created("/Applications"), await api.created("/Applications")
    answer = await api.post(
        f"{NUMBERS}/{api.owned['PN'].sid}",
        VoiceApplicationSid=voice["sid"],
        SmsApplicationSid=sms["sid"],
        VoiceUrl="http://own.test/",
    )
    assert answer.status_code == 200
    stored = api.storage.one(IncomingPhoneNumber, api.owned["PN"].sid)
    assert (stored.voice_application_sid, stored.sms_application_sid) == (voice["sid"], sms["sid"])
    assert stored.voice_url == "http://own.test/"


async def test_an_empty_application_sid_detaches_and_keeps_the_urls() -> None:
    api = PopulatedApi()
    path = f"{NUMBERS}/{api.owned['PN'].sid}.json"
    await api.post(path, VoiceUrl="http://own.test/")
    detached = (await api.post(path, VoiceApplicationSid="")).json()
    assert (detached["voice_application_sid"], detached["voice_url"]) == (None, "http://own.test/")


async def test_trunk_and_voice_application_clear_each_other() -> None:
    api = PopulatedApi()
    path = f"{NUMBERS}/{api.owned['PN'].sid}.json"
    trunk, application = api.owned["TK"].sid, api.owned["AP"].sid

    async def targets(**form: str) -> tuple[str | None, str | None]:
        row = (await api.post(path, **form)).json()
        return row["trunk_sid"], row["voice_application_sid"]

    assert await targets(TrunkSid=trunk) == (trunk, None)
    assert await targets(VoiceApplicationSid=application) == (None, application)
    assert await targets(VoiceApplicationSid=application, TrunkSid=trunk) == (trunk, None)
    assert await targets(VoiceApplicationSid="") == (trunk, None)
    assert await targets(VoiceApplicationSid=application, TrunkSid="") == (None, application)
    assert await targets(TrunkSid="") == (None, application)
    both = await api.created(NUMBERS, PhoneNumber="+15555550177", VoiceApplicationSid=application, TrunkSid=trunk)
    assert (both["trunk_sid"], both["voice_application_sid"]) == (trunk, None)


@pytest.mark.parametrize("sid", ["AP" + "0" * 32, "APxyz", "PN" + "0" * 32, "nonsense"])
async def test_an_unusable_application_is_refused_and_nothing_is_stored(sid: str) -> None:
    api = PopulatedApi()
    number = api.owned["PN"]
    assert await api.refused(f"{NUMBERS}/{number.sid}", VoiceApplicationSid=sid, VoiceUrl="http://x.test") == 22108
    assert await api.refused(f"{NUMBERS}/{number.sid}", SmsApplicationSid=sid) == 22108
    assert await api.refused(NUMBERS, PhoneNumber="+15555550177", VoiceApplicationSid=sid) == 22108
    assert api.storage.one(IncomingPhoneNumber, number.sid) == number
    assert "+15555550177" not in await listed(api)


async def test_an_unknown_trunk_is_refused() -> None:
    api = PopulatedApi()
    assert await api.refused(f"{NUMBERS}/{api.owned['PN'].sid}", TrunkSid="TK" + "0" * 32) == 20422


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"EmergencyStatus": "Active"}, 20422),
        ({"AddressSid": "AD" + "0" * 32}, 20422),
        ({"BundleSid": "BU" + "0" * 32}, 20422),
        ({"VoiceReceiveMode": "telegram"}, 20422),
        ({"FriendlyName": "x" * 65}, 20002),
        ({"SmsMethod": "PUT"}, 21403),
    ],
)
async def test_what_is_not_supported_or_wrong_is_refused(form: dict[str, Any], code: int) -> None:
    api = PopulatedApi()
    assert await api.refused(f"{NUMBERS}/{api.owned['PN'].sid}", **form) == code


async def test_harmless_values_of_what_is_not_supported_change_nothing() -> None:
    api = PopulatedApi()
    row = (await api.post(f"{NUMBERS}/{api.owned['PN'].sid}.json", EmergencyStatus="Inactive", AddressSid="")).json()
    assert (row["emergency_status"], row["address_sid"]) == ("Inactive", None)


async def test_a_cleared_name_becomes_the_national_format_again() -> None:
    api = PopulatedApi()
    row = (await api.post(f"{NUMBERS}/{api.owned['PN'].sid}.json", FriendlyName="")).json()
    assert row["friendly_name"] == "(555) 555-0100"


async def test_a_moved_number_leaves_applications_and_trunk_behind() -> None:
    api = PopulatedApi()
    child = (await api.created("/2010-04-01/Accounts"))["sid"]
    sid = api.owned["PN"].sid
    await api.post(f"{NUMBERS}/{sid}.json", SmsApplicationSid=api.owned["AP"].sid, VoiceUrl="http://own.test/")
    moved = (await api.post(f"{NUMBERS}/{sid}.json", AccountSid=child)).json()
    assert (moved["account_sid"], moved["voice_url"]) == (child, "http://own.test/")
    assert moved["voice_application_sid"] is moved["sms_application_sid"] is moved["trunk_sid"] is None
    assert moved["uri"].startswith(f"/2010-04-01/Accounts/{child}/")
    assert (await api.get(f"{NUMBERS}/{sid}.json")).status_code == 404
    back = f"/2010-04-01/Accounts/{child}{NUMBERS}/{sid}.json"
    assert (await api.post(back, AccountSid=api.account.sid)).json()["account_sid"] == api.account.sid


async def test_a_number_may_move_to_an_application_of_its_new_account() -> None:
    api = PopulatedApi()
    child = (await api.created("/2010-04-01/Accounts"))["sid"]
    application = await api.created(f"/2010-04-01/Accounts/{child}/Applications")
    path = f"{NUMBERS}/{api.owned['PN'].sid}"
    assert await api.refused(path, AccountSid=child, VoiceApplicationSid=api.owned["AP"].sid) == 22108
    moved = (await api.post(f"{path}.json", AccountSid=child, VoiceApplicationSid=application["sid"])).json()
    assert moved["voice_application_sid"] == application["sid"]


async def test_only_the_parent_moves_numbers_and_only_within_the_family() -> None:
    api = PopulatedApi()
    child = await api.created("/2010-04-01/Accounts")
    stranger = api.add_account("AC" + "e" * 32)
    path = f"{NUMBERS}/{api.owned['PN'].sid}"
    assert await api.refused(path, AccountSid=stranger.sid) == 21473
    assert await api.refused(path, AccountSid="AC" + "9" * 32) == 21473
    await api.post(f"{path}.json", AccountSid=child["sid"])
    answer = await api.request(
        "POST",
        f"/2010-04-01/Accounts/{child['sid']}{path}.json",
        form={"AccountSid": api.account.sid},
        auth=(child["sid"], child["auth_token"]),
    )
    assert answer.json()["code"] == 21474


async def test_numbers_are_found_by_any_part_with_stars_and_letters() -> None:
    api = RestApi()
    for number in ("+15105642255", "+15105550100", "+442071838750"):
        await api.created(NUMBERS, PhoneNumber=number, FriendlyName="F" + number[-4:])
    assert await listed(api, PhoneNumber="510") == ["+15105550100", "+15105642255"]
    assert await listed(api, PhoneNumber="510***2255") == ["+15105642255"]
    assert await listed(api, PhoneNumber="CALL") == ["+15105642255"]
    assert await listed(api, PhoneNumber="+442071838750") == ["+442071838750"]
    assert await listed(api, PhoneNumber="(510) 555-0100") == ["+15105550100"]
    assert await listed(api, PhoneNumber="999") == []
    assert await listed(api, FriendlyName="F8750") == ["+442071838750"]
    assert await listed(api, Beta="true") == []
    assert len(await listed(api, Beta="false", Origin="twilio")) == 3
    assert await listed(api, Origin="hosted") == []


async def test_a_subaccounts_number_may_use_its_parents_trunk() -> None:
    api = PopulatedApi()
    child = (await api.created("/2010-04-01/Accounts"))["sid"]
    path = f"/2010-04-01/Accounts/{child}{NUMBERS}"
    made = await api.created(path, PhoneNumber="+15555550177", TrunkSid=api.owned["TK"].sid)
    assert made["trunk_sid"] == api.owned["TK"].sid
    assert api.storage.one(Trunk, made["trunk_sid"]).account_sid == api.account.sid


@given(st.text(alphabet="+0123456789 -.()abc٣\n", max_size=20))
def test_e164_is_plus_and_digits_or_nothing(text: str) -> None:
    number = to_e164(text)
    if number is not None:
        assert number.isascii()
        assert number[0] == "+"
        assert number[1:].isdigit()
        assert to_e164(number) == number
        assert number_type(number) in ("local", "mobile", "tollfree")
        assert national_format(number)


@given(st.text(max_size=30))
def test_any_address_has_a_national_format(text: str) -> None:
    assert isinstance(national_format(text), str)


@given(st.text(max_size=20))
def test_a_search_is_made_of_digits_and_stars(text: str) -> None:
    assert all(char == "*" or char.isdigit() for char in keypad_pattern(text))


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:alice@example.com", "sip:alice@example.com"),
        ("SIP:alice@10.0.0.1:5070;transport=udp", "sip:alice@10.0.0.1:5070;transport=udp"),
        ("sip:+15555550100@a.test", "sip:+15555550100@a.test"),
        ("sip:alice", None),
        ("sip:alice@a.test\r\nVia: x", None),
        ("sip:a lice@a.test", None),
        ("sip:alice@a.test>", None),
        ("sips:alice@a.test", None),
        ("alice@a.test", None),
    ],
)
def test_sip_uris(text: str, uri: str | None) -> None:
    assert sip_uri(text) == uri
