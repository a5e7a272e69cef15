"""Applications: the announcement's requests, partial updates, the limit, deletion."""

from typing import Any

import pytest
from lxml import etree
from tests.fakes.populated_api import PopulatedApi
from tests.fakes.rest_api import RestApi

from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber


async def test_the_announced_request_creates_an_application_and_answers_xml() -> None:
    api = RestApi()
    answer = await api.post(
        "/Applications",
        FriendlyName="Callertron",
        VoiceUrl="http://app.test/voice",
        SmsUrl="http://app.test/sms",
        StatusCallback="http://app.test/status",
    )
    assert answer.status_code == 201
    root = etree.fromstring(answer.content)
    stored = api.storage.one(Application, str(root.findtext("Application/Sid")))
    assert stored.voice_url == root.findtext("Application/VoiceUrl") == "http://app.test/voice"
    assert stored.sms_url == "http://app.test/sms"
    assert stored.status_callback == "http://app.test/status"
    assert stored.friendly_name == "Callertron"


async def test_an_application_can_be_created_from_nothing() -> None:
    made = await RestApi().created("/Applications")
    assert made["friendly_name"] is None
    assert [value for name, value in made.items() if name.endswith("_method")] == ["POST"] * 5
    assert [value for name, value in made.items() if name.endswith("_url")] == [None] * 4
    assert made["voice_caller_id_lookup"] is made["public_application_connect_enabled"] is False


async def test_an_update_changes_only_what_it_sends() -> None:
    api = RestApi()
    made = await api.created("/Applications", FriendlyName="a", VoiceUrl="http://a.test", VoiceMethod="GET")
    api.storage.pass_time(60)
    changed = (await api.post(f"/Applications/{made['sid']}.json", SmsUrl="http://s.test/")).json()
    assert changed.pop("date_updated") != made.pop("date_updated")
    assert changed == made | {"sms_url": "http://s.test/"}


async def test_an_empty_value_clears() -> None:
    api = RestApi()
    made = await api.created("/Applications", FriendlyName="a", VoiceUrl="http://a.test", VoiceMethod="GET")
    cleared = (await api.post(f"/Applications/{made['sid']}.json", VoiceUrl="", VoiceMethod="", FriendlyName="")).json()
    assert (cleared["voice_url"], cleared["voice_method"], cleared["friendly_name"]) == (None, "POST", None)


async def test_an_update_without_parameters_changes_nothing() -> None:
    api = RestApi()
    made = await api.created("/Applications", FriendlyName="a")
    assert (await api.post(f"/Applications/{made['sid']}.json")).json() == made
    assert len(api.storage.content.revisions) == 1


async def test_every_write_leaves_a_revision_with_its_actor() -> None:
    api = RestApi()
    made = await api.created("/Applications", FriendlyName="a")
    await api.post(f"/Applications/{made['sid']}.json", FriendlyName="b")
    await api.delete(f"/Applications/{made['sid']}.json")
    revisions = api.storage.content.revisions
    names = [
        (getattr(revision.before, "friendly_name", None), getattr(revision.after, "friendly_name", None))
        for revision in revisions
    ]
    assert names == [(None, "a"), ("a", "b"), ("b", None)]
    actor = revisions[0].actor
    assert actor is not None
    assert actor.credential == api.account.sid
    assert actor.user_agent is not None


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"FriendlyName": "x" * 65}, 20002),
        ({"VoiceUrl": "not a url"}, 21402),
        ({"VoiceUrl": "ftp://a.test"}, 21402),
        ({"VoiceUrl": "http://"}, 21402),
        ({"VoiceFallbackUrl": "//a.test"}, 21402),
        ({"SmsUrl": "http://a_b.test/"}, 21402),
        ({"VoiceMethod": "PUT"}, 21403),
        ({"SmsFallbackMethod": "DELETE"}, 21403),
        ({"StatusCallback": "x"}, 21502),
        ({"MessageStatusCallback": "x"}, 21502),
        ({"VoiceCallerIdLookup": "maybe"}, 20422),
        ({"ApiVersion": "2020-01-01"}, 20422),
    ],
)
async def test_bad_values_are_refused_on_create_and_update(form: dict[str, Any], code: int) -> None:
    api = PopulatedApi()
    before = api.storage.all(Application)
    assert await api.refused("/Applications", **form) == code
    assert await api.refused(f"/Applications/{api.owned['AP'].sid}", **form) == code
    assert api.storage.all(Application) == before


async def test_the_limit_is_a_setting() -> None:
    api = RestApi(application_limit=2)
    first = await api.created("/Applications")
    await api.created("/Applications")
    assert await api.refused("/Applications") == 21301
    await api.delete(f"/Applications/{first['sid']}.json")
    await api.created("/Applications")


async def test_a_deleted_application_stays_on_its_numbers() -> None:
    api = PopulatedApi()
    application = api.owned["AP"].sid
    answer = await api.delete(f"/Applications/{application}.json")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await api.get(f"/Applications/{application}.json")).status_code == 404
    assert (await api.delete(f"/Applications/{application}.json")).status_code == 404
    assert api.storage.one(IncomingPhoneNumber, api.owned["PN"].sid).voice_application_sid == application
    assert await api.refused(f"/IncomingPhoneNumbers/{api.owned['PN'].sid}", SmsApplicationSid=application) == 22108


async def test_applications_are_listed_newest_first_by_exact_name() -> None:
    api = RestApi()
    made = [(await api.created("/Applications", FriendlyName=name))["sid"] for name in ("a", "ab", "a")]

    async def listed(**filters: str) -> list[str]:
        return [row["sid"] for row in (await api.get("/Applications.json", **filters)).json()["applications"]]

    assert await listed() == made[::-1]
    assert await listed(FriendlyName="a") == [made[2], made[0]]
    assert await listed(FriendlyName="") == made[::-1]
    assert await listed(FriendlyName="A") == []
