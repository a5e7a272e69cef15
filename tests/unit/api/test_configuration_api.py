"""
| what a document says | what is done |
|---|---|
| an item without SID | found by phone number, short code or name; else created |
| an item with SID | that record, created with this SID where it is free |
| a setting left out | the default again |
| a secret left out, or (kept) | stays |
| a record not named | left alone; deleted with prune if an earlier document managed it |
"""

import copy
from typing import Any

import httpx
import pytest
from tests.fakes.extensions_api import ExtensionsApi

from callwright.model.applied_configuration import AppliedConfiguration
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.trunk import Trunk
from callwright.usecases.ports import SecretUnavailable

NUMBER = "+15555550100"
DOCUMENT: dict[str, Any] = {
    "callwright": 1,
    "trunks": [{"friendly_name": "My carrier", "host": "198.51.100.1", "allowed_sources": ["198.51.100.0/24"]}],
    "carriers": [
        {"friendly_name": "inside", "kind": "loopback"},
        {
            "friendly_name": "texts",
            "kind": "smpp",
            "settings": {"host": "127.0.0.1", "system_id": "me"},
            "secrets": {"password": "env:SMPP_PASSWORD"},
        },
    ],
    "applications": [
        {"friendly_name": "Callertron", "voice_url": "https://a.example/v", "tags": ["x"], "notes": "Ask Ada"},
        {"friendly_name": "Other"},
    ],
    "numbers": [
        {"phone_number": NUMBER, "voice_application": "Callertron", "sms_application": "Other"},
        {"phone_number": "+1 555 555 0101", "trunk": "My carrier", "friendly_name": "Desk"},
    ],
    "short_codes": [{"short_code": "12345", "sms_url": "https://a.example/s"}],
}


class Configured(ExtensionsApi):
    """Also the three operations; AssertionError where they are refused."""

    async def export(self, *, full: bool = False) -> dict[str, Any]:
        answer = await self("GET", "/Configuration", params={"full": "true"} if full else None)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def plan(self, document: Any, **options: Any) -> dict[str, Any]:
        answer = await self("POST", "/Configuration/Plan", {"document": document, **options})
        assert answer.status_code == 200, answer.text
        plan: dict[str, Any] = answer.json()
        return plan

    async def apply(self, document: Any, **options: Any) -> dict[str, Any]:
        answer = await self.try_apply(document, **options)
        assert answer.status_code == 200, answer.text
        applied: dict[str, Any] = answer.json()
        return applied

    async def try_apply(self, document: Any, **options: Any) -> httpx.Response:
        return await self("POST", "/Configuration", {"document": document, **options})

    async def problems(self, document: Any, **options: Any) -> dict[str, str]:
        """Messages by path; the same document is refused when applied, and changes nothing."""
        told = (await self.plan(document, **options))["problems"]
        before = self.rest.storage.content
        refused = await self.try_apply(document, **options)
        assert refused.status_code == 400
        assert refused.json()["problems"] == told
        assert self.rest.storage.content is before
        return {problem["path"]: problem["message"] for problem in told}

    def all(self, record_type: Any) -> list[Any]:
        return self.rest.storage.all(record_type)


@pytest.fixture
def api() -> Configured:
    return Configured()


def document(**sections: Any) -> dict[str, Any]:
    return {"callwright": 1, **sections}


def changed(**settings: Any) -> dict[str, Any]:
    """The document with other settings of its first application."""
    edited = copy.deepcopy(DOCUMENT)
    edited["applications"][0].update(settings)
    return edited


async def test_a_document_makes_all_its_records_and_applied_again_changes_nothing(api: Configured) -> None:
    plan = await api.plan(DOCUMENT)
    assert plan["summary"] == {
        "create": 8, "update": 0, "delete": 0, "unchanged": 0, "adopted": 0, "left_over": 0
    }  # fmt: skip
    assert not api.all(Application), "a plan writes nothing"
    applied = await api.apply(DOCUMENT, expected_plan=plan["fingerprint"])
    assert applied["group_id"].startswith("RG")
    number = next(one for one in api.all(IncomingPhoneNumber) if one.phone_number == NUMBER)
    callertron, other = api.all(Application)
    assert (number.voice_application_sid, number.sms_application_sid) == (callertron.sid, other.sid)
    assert (number.friendly_name, number.type, callertron.tags) == ("(555) 555-0100", "local", ["x"])
    assert api.all(IncomingPhoneNumber)[1].trunk_sid == api.all(Trunk)[0].sid
    revisions = len(api.rest.storage.content.revisions)
    again = await api.apply(DOCUMENT)
    assert (again["group_id"], again["steps"], again["drift"]) == (None, [], [])
    assert again["summary"]["unchanged"] == 8
    assert len(api.rest.storage.content.revisions) == revisions


async def test_all_writes_share_one_group_and_the_reason(api: Configured) -> None:
    applied = await api.apply(DOCUMENT, reason="Ticket 7")
    written = api.rest.storage.content.revisions
    assert {revision.group_id for revision in written} == {applied["group_id"]}
    assert {revision.actor.reason for revision in written if revision.actor} == {"Ticket 7"}


@pytest.mark.parametrize("full", [False, True])
async def test_an_export_applied_to_an_empty_server_makes_the_same_with_the_same_sids(full: bool) -> None:
    first, second = Configured(), Configured()
    await first.apply(DOCUMENT)
    exported = await first.export(full=full)
    assert (await first.plan(exported))["steps"] == []
    await second.apply(exported)
    assert await second.export(full=full) == exported
    assert [one.sid for one in second.all(IncomingPhoneNumber)] == [one.sid for one in first.all(IncomingPhoneNumber)]


async def test_an_export_names_what_is_not_default_in_a_stable_order(api: Configured) -> None:
    await api.apply(DOCUMENT)
    exported = await api.export()
    assert list(exported) == ["callwright", "trunks", "carriers", "applications", "short_codes", "numbers"]
    assert [{**item, "sid": None} for item in exported["numbers"]] == [
        {"sid": None, "phone_number": NUMBER, "voice_application": "Callertron", "sms_application": "Other"},
        {"sid": None, "phone_number": "+15555550101", "friendly_name": "Desk", "trunk": "My carrier"},
    ]
    assert exported["carriers"][1]["settings"] == {"host": "127.0.0.1", "system_id": "me"}


async def test_references_to_a_name_that_two_have_are_exported_as_sids(api: Configured) -> None:
    twins = [{"sid": "AP" + digit * 32, "friendly_name": "Twin"} for digit in "12"]
    wanted = document(applications=twins, numbers=[{"phone_number": NUMBER, "voice_application": "AP" + "1" * 32}])
    await api.apply(wanted)
    assert (await api.export())["numbers"][0]["voice_application"] == "AP" + "1" * 32
    wanted["numbers"][0]["voice_application"] = "Twin"
    told = await api.problems(wanted)
    assert "give the SID of one" in told["numbers[0].voice_application"]


async def test_a_record_that_is_there_is_taken_over_by_phone_number_and_name(api: Configured) -> None:
    made = (await api.rest.created("/Applications", FriendlyName="Callertron", SmsUrl="https://old.example/s"))["sid"]
    number = (await api.rest.created("/IncomingPhoneNumbers", PhoneNumber=NUMBER, VoiceUrl="https://old.example"))[
        "sid"
    ]
    applied = await api.apply(DOCUMENT)
    assert applied["summary"]["adopted"] == 2
    steps = {step["sid"]: step for step in applied["steps"] if step["action"] == "update"}
    assert set(steps) == {made, number}
    assert {"field": "sms_url", "before": "https://old.example/s", "after": None} in steps[made]["difference"]
    told = {change["field"]: (change["before"], change["after"]) for change in steps[number]["difference"]}
    assert told["voice_application"] == (None, f"Callertron ({made})")
    assert told["voice_url"] == ("https://old.example", None)


async def test_a_setting_that_is_taken_out_has_its_default_again(api: Configured) -> None:
    await api.apply(DOCUMENT)
    edited = copy.deepcopy(DOCUMENT)
    del edited["applications"][0]["tags"], edited["applications"][0]["voice_url"], edited["numbers"][1]["friendly_name"]
    await api.apply(edited)
    assert (api.all(Application)[0].tags, api.all(Application)[0].voice_url) == ([], None)
    assert api.all(IncomingPhoneNumber)[1].friendly_name == "(555) 555-0101"


async def test_a_name_can_change_where_the_sid_is_given(api: Configured) -> None:
    await api.apply(DOCUMENT)
    exported = await api.export()
    exported["applications"][0]["friendly_name"] = "Renamed"
    exported["numbers"][0]["voice_application"] = "Renamed"
    applied = await api.apply(exported)
    assert [step["difference"] for step in applied["steps"]] == [
        [{"field": "friendly_name", "before": "Callertron", "after": "Renamed"}]
    ]


async def test_secrets_are_never_told_and_stay_where_they_are_left_out(api: Configured) -> None:
    carrier = {**DOCUMENT["carriers"][1], "secrets": {"password": "s3cret"}}
    applied = await api.try_apply(document(carriers=[carrier]))
    assert "s3cret" not in applied.text
    sealed = api.all(Carrier)[0].secrets
    assert (await api.apply(document(carriers=[carrier])))["steps"] == [], "the same secret is no change"
    exported = await api.export()
    assert exported["carriers"][0]["secrets"] == {"password": "(kept)"}
    without = {name: value for name, value in carrier.items() if name != "secrets"}
    for wanted in (exported, document(carriers=[without])):
        assert (await api.apply(wanted))["steps"] == []
        assert api.all(Carrier)[0].secrets == sealed
    applied = await api.try_apply(document(carriers=[{**carrier, "secrets": {"password": "0ther"}}]))
    assert "0ther" not in applied.text
    changes = applied.json()["steps"][0]["difference"]
    assert changes == [{"field": "secrets.password", "before": "(secret)", "after": "(secret, changed)"}]
    told = await Configured().problems(exported)
    assert "give it as text, or as env:NAME" in told["carriers[0].secrets.password"]


async def test_a_carriers_setting_that_is_taken_out_has_its_default_again(api: Configured) -> None:
    carrier = copy.deepcopy(DOCUMENT["carriers"][1])
    carrier["settings"]["port"] = 5000
    await api.apply(document(carriers=[carrier]))
    del carrier["settings"]["port"]
    steps = (await api.apply(document(carriers=[carrier])))["steps"]
    assert steps[0]["difference"] == [{"field": "settings.port", "before": 5000, "after": 2775}]


async def test_drift_is_told_with_who_and_refused_unless_accepted(api: Configured) -> None:
    await api.apply(DOCUMENT)
    sid = api.all(Application)[0].sid
    by_hand = await api.rest.request(
        "POST", f"/Applications/{sid}.json", form={"VoiceUrl": "https://hand.example"},
        headers={"X-Callwright-Reason": "hotfix", "User-Agent": "curl/8"},
    )  # fmt: skip
    assert by_hand.status_code == 200
    plan = await api.plan(DOCUMENT)
    drift = plan["drift"][0]
    assert (drift["sid"], drift["is_overwritten"], drift["is_deleted"]) == (sid, True, False)
    assert (drift["credential"], drift["user_agent"]) == (api.rest.account.sid, "curl/8")
    assert drift["difference"] == [
        {"field": "voice_url", "before": "https://a.example/v", "after": "https://hand.example"}
    ]
    refused = await api.try_apply(DOCUMENT)
    assert (refused.status_code, refused.json()["code"]) == (409, 20409)
    assert refused.json()["drift"] == plan["drift"]
    assert "application Callertron" in refused.json()["message"]
    assert api.all(Application)[0].voice_url == "https://hand.example"
    await api.apply(DOCUMENT, accept_drift=True)
    assert api.all(Application)[0].voice_url == "https://a.example/v"
    assert (await api.plan(DOCUMENT))["drift"] == []


async def test_drift_that_was_taken_over_into_the_document_is_told_but_not_refused(api: Configured) -> None:
    await api.apply(DOCUMENT)
    await api.rest.post(f"/Applications/{api.all(Application)[0].sid}.json", VoiceUrl="https://hand.example")
    applied = await api.apply(changed(voice_url="https://hand.example"))
    assert [(one["is_overwritten"], one["name"]) for one in applied["drift"]] == [(False, "Callertron")]
    assert (await api.plan(changed(voice_url="https://hand.example")))["drift"] == []


async def test_what_was_changed_and_changed_back_is_no_drift(api: Configured) -> None:
    await api.apply(DOCUMENT)
    for url in ("https://hand.example", "https://a.example/v"):
        await api.rest.post(f"/Applications/{api.all(Application)[0].sid}.json", VoiceUrl=url)
    assert (await api.plan(changed(notes="other")))["drift"] == []


async def test_a_secret_that_was_changed_by_hand_is_drift(api: Configured) -> None:
    await api.apply(DOCUMENT)
    carrier = next(one for one in api.all(Carrier) if one.kind == "smpp")
    await api("POST", f"/Carriers/{carrier.sid}", {"secrets": {"password": "new"}})
    assert [one["name"] for one in (await api.plan(DOCUMENT))["drift"]] == ["texts"]


async def test_what_was_deleted_by_hand_is_drift_and_made_again_with_its_sid_when_accepted(api: Configured) -> None:
    await api.apply(DOCUMENT)
    exported = await api.export()
    sid = exported["numbers"][0]["sid"]
    await api.rest.delete(f"/IncomingPhoneNumbers/{sid}.json")
    plan = await api.plan(exported)
    assert [(one["sid"], one["name"], one["is_deleted"]) for one in plan["drift"]] == [(sid, NUMBER, True)]
    assert [(one["action"], one["sid"]) for one in plan["steps"]] == [("create", sid)]
    for wanted in (DOCUMENT, exported):
        assert (await api.try_apply(wanted)).status_code == 409
    await api.apply(exported, accept_drift=True)
    assert await api.export() == exported
    assert (await api.plan(exported))["drift"] == []


async def test_prune_deletes_what_the_document_managed_and_nothing_else(api: Configured) -> None:
    unmanaged = (await api.rest.created("/Applications", FriendlyName="Not ours"))["sid"]
    await api.apply(DOCUMENT)
    smaller = document(applications=DOCUMENT["applications"][:1], numbers=[{"phone_number": NUMBER}])
    kept = await api.plan(smaller)
    assert (kept["summary"]["delete"], kept["summary"]["left_over"]) == (0, 6)
    applied = await api.apply(smaller, prune=True)
    assert applied["summary"]["delete"] == 6
    assert [one.friendly_name for one in api.all(Application)] == ["Not ours", "Callertron"]
    assert (len(api.all(Trunk)), len(api.all(Carrier)), len(api.all(IncomingPhoneNumber))) == (0, 0, 1)
    assert (await api.plan(smaller, prune=True))["steps"] == []
    assert api.rest.storage.one(Application, unmanaged).friendly_name == "Not ours"


async def test_what_is_left_over_is_still_managed_for_a_later_prune(api: Configured) -> None:
    await api.apply(DOCUMENT)
    smaller = document(numbers=[])
    await api.apply(smaller)
    assert (await api.plan(smaller))["summary"]["left_over"] == 8
    assert (await api.plan(smaller, prune=True))["summary"]["delete"] == 8


async def test_an_application_that_other_numbers_use_is_not_pruned(api: Configured) -> None:
    await api.apply(DOCUMENT)
    sid = api.all(Application)[1].sid
    await api.rest.created("/IncomingPhoneNumbers", PhoneNumber="+15555550199", VoiceApplicationSid=sid)
    without = {**DOCUMENT, "applications": DOCUMENT["applications"][:1]}
    without["numbers"] = [{"phone_number": NUMBER, "voice_application": "Callertron"}, DOCUMENT["numbers"][1]]
    told = await api.problems(without, prune=True)
    assert "+15555550199 would still use it" in told["applications"]
    referring = {**DOCUMENT, "applications": DOCUMENT["applications"][:1]}
    assert (
        "no application is named 'Other'" in (await api.problems(referring, prune=True))["numbers[0].sms_application"]
    )


async def test_what_was_shown_is_what_is_done_or_nothing(api: Configured) -> None:
    plan = await api.plan(DOCUMENT)
    await api.rest.created("/IncomingPhoneNumbers", PhoneNumber=NUMBER)
    refused = await api.try_apply(DOCUMENT, expected_plan=plan["fingerprint"])
    assert (refused.status_code, refused.json()["code"]) == (409, 20409)
    assert len(api.all(IncomingPhoneNumber)) == 1
    assert not api.all(AppliedConfiguration)


@pytest.mark.parametrize(
    ("sections", "path", "told"),
    [
        ({"aplications": []}, "aplications", "did you mean applications?"),
        ({"callwright": 2}, "callwright", "version 1"),
        ({"callwright": True}, "callwright", "version 1"),
        ({"numbers": {}}, "numbers", "has to be a list"),
        ({"numbers": ["x"]}, "numbers[0]", "has to be a mapping"),
        ({"numbers": [{}]}, "numbers[0]", "a number needs phone_number"),
        ({"numbers": [{"phone_number": 15555550100}]}, "numbers[0].phone_number", "put it in quotes"),
        ({"numbers": [{"phone_number": "x"}]}, "numbers[0].phone_number", "E.164"),
        ({"numbers": [{"phone_number": NUMBER, "voice_uri": "x"}]}, "numbers[0].voice_uri", "voice_url?"),
        ({"numbers": [{"phone_number": NUMBER, "voice_url": "x"}]}, "numbers[0].voice_url", "not a valid URL"),
        ({"numbers": [{"phone_number": NUMBER, "tags": ["a,b"]}]}, "numbers[0].tags", "not valid"),
        ({"numbers": [{"phone_number": NUMBER}] * 2}, "numbers[1].phone_number", "twice"),
        ({"numbers": [{"phone_number": NUMBER, "sid": "AP" + "1" * 32}]}, "numbers[0].sid", "PN and 32"),
        ({"numbers": [{"phone_number": NUMBER, "trunk": "x"}]}, "numbers[0].trunk", "no trunk is named 'x'"),
        (
            {"numbers": [{"phone_number": NUMBER, "voice_application": "AP" + "1" * 32}]},
            "numbers[0].voice_application",
            "has no such application",
        ),
        ({"applications": [{}]}, "applications[0]", "needs its sid"),
        ({"applications": [{"friendly_name": "x" * 65}]}, "applications[0].friendly_name", "1 to 64"),
        ({"applications": [{"friendly_name": "x", "voice_method": "PUT"}]}, "applications[0].voice_method", "GET or"),
        ({"applications": [{"friendly_name": "a\0"}]}, "applications[0].friendly_name", "cannot be stored"),
        ({"applications": [{"friendly_name": "x"}] * 2}, "applications[1].friendly_name", "twice"),
        ({"trunks": [{"friendly_name": "x", "host": "name.example"}]}, "trunks[0].host", "numeric address"),
        ({"trunks": [{"friendly_name": "x", "country_code": 49}]}, "trunks[0].country_code", "put it in quotes"),
        ({"carriers": [{"friendly_name": "x", "kind": "smoke"}]}, "carriers[0].kind", "not known"),
        ({"carriers": [{"friendly_name": "x", "kind": "smpp"}]}, "carriers[0]", "host"),
        ({"short_codes": [{"short_code": "1"}]}, "short_codes[0].short_code", "3 to 8 digits"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(
    api: Configured, sections: dict[str, Any], path: str, told: str
) -> None:
    problems = await api.problems({"callwright": 1, **sections})
    assert told in problems[path]
    assert len(problems) == 1


async def test_all_problems_are_told_at_once(api: Configured) -> None:
    edited = changed(voice_url="x", sms_url="y", status_callback="z")
    edited["trunks"][0]["port"] = 0
    assert set(await api.problems(edited)) == {
        "trunks[0].port", "applications[0].voice_url", "applications[0].sms_url", "applications[0].status_callback"
    }  # fmt: skip


async def test_a_number_has_a_trunk_or_an_application(api: Configured) -> None:
    edited = copy.deepcopy(DOCUMENT)
    edited["numbers"][1]["voice_application"] = "Other"
    assert "take one out" in (await api.problems(edited))["numbers[1].trunk"]


async def test_nothing_of_another_account_is_touched_or_told(api: Configured) -> None:
    stranger = api.rest.add_account("AC" + "c" * 32)
    theirs = await api("POST", "/Configuration", {"document": DOCUMENT}, account=stranger)
    assert theirs.status_code == 200
    assert await api.export() == {"callwright": 1}
    told = await api.problems(document(numbers=[{"phone_number": NUMBER}], short_codes=DOCUMENT["short_codes"]))
    assert set(told) == {"numbers[0].phone_number", "short_codes[0].short_code"}
    sid = next(one.sid for one in api.all(Application) if one.account_sid == stranger.sid)
    told = await api.problems(document(applications=[{"sid": sid, "friendly_name": "Mine"}]))
    assert "another account" in told["applications[0].sid"]
    told = await api.problems(document(numbers=[{"phone_number": "+15555550155", "voice_application": sid}]))
    assert "has no such application" in told["numbers[0].voice_application"]
    sources = {"friendly_name": "Mine", "allowed_sources": ["198.51.100.7"]}
    assert "another account" in (await api.problems(document(trunks=[sources])))["trunks[0].allowed_sources"]


async def test_a_parent_configures_a_subaccount_which_may_name_its_trunks(api: Configured) -> None:
    sub: Account = api.rest.add_account("AC" + "b" * 32, owner=api.rest.account.sid)
    await api.apply(document(trunks=DOCUMENT["trunks"]))
    trunk = api.all(Trunk)[0].sid
    wanted = {"document": document(numbers=[{"phone_number": NUMBER, "trunk": trunk}])}
    answer = await api("POST", f"/Configuration?AccountSid={sub.sid}", wanted)
    assert answer.status_code == 200, answer.text
    number = api.all(IncomingPhoneNumber)[0]
    assert (number.account_sid, number.trunk_sid) == (sub.sid, trunk)
    exported = (await api("GET", f"/Configuration?account_sid={sub.sid}")).json()
    assert (await api("POST", f"/Configuration/Plan?account_sid={sub.sid}", {"document": exported})).json()[
        "steps"
    ] == []


async def test_a_reference_to_what_is_gone_may_stay_but_not_be_made(api: Configured) -> None:
    await api.apply(DOCUMENT)
    sid = api.all(Application)[0].sid
    await api.rest.delete(f"/Applications/{sid}.json")
    exported = await api.export()
    assert exported["numbers"][0]["voice_application"] == sid
    assert (await api.plan(exported))["problems"] == []
    exported["numbers"][1] = {"phone_number": "+15555550102", "voice_application": sid}
    assert "has no such application" in (await api.problems(exported))["numbers[1].voice_application"]


async def test_sids_and_keys_have_to_mean_one_record(api: Configured) -> None:
    await api.apply(DOCUMENT)
    numbers = (await api.export())["numbers"]
    other = document(numbers=[{"phone_number": NUMBER, "sid": "PN" + "1" * 32}])
    assert numbers[0]["sid"] in (await api.problems(other))["numbers[0].sid"]
    moved = document(numbers=[{"phone_number": "+15555550177", "sid": numbers[0]["sid"]}])
    assert "cannot change" in (await api.problems(moved))["numbers[0].phone_number"]
    for _ in range(2):
        await api.rest.created("/Applications", FriendlyName="Twin")
    told = await api.problems(document(applications=[{"friendly_name": "Twin"}]))
    assert "give the sid of the one that is meant" in told["applications[0].friendly_name"]


async def test_the_limit_of_applications_holds_here_too(api: Configured) -> None:
    limit = api.rest.ports.settings.application_limit
    many = [{"friendly_name": f"App {index}"} for index in range(limit + 1)]
    assert f"than {limit}" in (await api.problems(document(applications=many)))["applications"]


async def test_a_carrier_whose_secret_cannot_be_opened_is_told(api: Configured) -> None:
    await api.apply(document(carriers=[{**DOCUMENT["carriers"][1], "secrets": {"password": "s3cret"}}]))

    def locked(sealed: str) -> str:
        raise SecretUnavailable("the key is another: set it again")

    api.rest.ports.secrets.open = locked  # type: ignore[method-assign]  # the server's key was lost
    told = await api.problems(document(carriers=[DOCUMENT["carriers"][1] | {"secrets": {}}]))
    assert "set it again" in told["carriers[0]"]


async def test_large_documents_are_read_from_those_who_may_and_from_nobody_else(api: Configured) -> None:
    numbers = [{"phone_number": f"+1555{index:07d}", "notes": "x" * 200} for index in range(1000)]
    applied = await api.apply(document(numbers=numbers))
    assert applied["summary"]["create"] == 1000
    assert (await api.apply(document(numbers=numbers)))["summary"]["unchanged"] == 1000
    stranger = await api("POST", "/Configuration", content=b"{" * 10_000_000, auth=("AC" + "9" * 32, "x"))
    assert stranger.status_code == 401
    headers = {"Content-Type": "application/json"}
    too_large = await api("POST", "/Configuration", content=b" " * (17 * 1024 * 1024), headers=headers)
    assert too_large.status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"5", b'{"a":' * 5000, b"\xff", b'{"document": []}', b'{"document": {}, "x": 1}'],
)
async def test_a_body_that_is_no_request_is_refused(api: Configured, body: bytes) -> None:
    for path in ("/Configuration", "/Configuration/Plan"):
        answer = await api("POST", path, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, 20422), body[:20]


async def test_names_may_be_written_as_in_twilios_api(api: Configured) -> None:
    answer = await api("POST", "/Configuration/Plan", {"Document": DOCUMENT, "Prune": True})
    assert answer.status_code == 200
    applied = await api("POST", "/Configuration", {"Document": DOCUMENT, "AcceptDrift": True})
    assert applied.status_code == 200
