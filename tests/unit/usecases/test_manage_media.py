"""Deleting media, telling feedback, and short codes, through the API."""

from datetime import timedelta

import pytest
from tests.fakes.populated_api import FILE, PopulatedApi

from callwright.model.resource import Operation
from callwright.model.resources.feedback import FEEDBACK, Feedback
from callwright.model.resources.media import MEDIA, Media
from callwright.model.resources.short_code import SHORT_CODES
from callwright.usecases.delete_media import DELETE_MEDIA_FILE, delete_media_file, delete_media_of


async def run_deletions(api: PopulatedApi) -> None:
    """Run the jobs that delete files, twice each."""
    for job, due in api.storage.content.jobs:
        assert job.name == DELETE_MEDIA_FILE
        assert due is not None
        assert due > api.storage.now
        await delete_media_file(api.ports, job.arguments)
        await delete_media_file(api.ports, job.arguments)


async def test_deleting_media_deletes_its_file() -> None:
    api = PopulatedApi()
    assert (await api.perform(MEDIA, Operation.DELETE)).status_code == 204
    assert (await api.perform(MEDIA, Operation.FETCH)).status_code == 404
    await run_deletions(api)
    assert api.media.files == {}


@pytest.mark.parametrize("status", ["queued", "sending"])
async def test_media_that_are_yet_to_be_sent_are_not_deleted(status: str) -> None:
    api = PopulatedApi()
    api.storage.put(api.owned["MM"].model_copy(update={"status": status}))
    answer = await api.perform(MEDIA, Operation.DELETE)
    assert (answer.status_code, answer.json()["code"]) == (400, 20009)
    assert status in answer.json()["message"]
    assert (await api.perform(MEDIA, Operation.FETCH)).status_code == 200


async def test_a_file_that_another_message_shares_stays_until_the_last_is_deleted() -> None:
    api = PopulatedApi()
    media = api.owned["ME"]
    received = media.model_copy(update={"sid": "ME" + "7" * 32, "parent_sid": "MM" + "7" * 32})
    api.storage.put(received)
    await api.perform(MEDIA, Operation.DELETE)
    await run_deletions(api)
    assert api.media.files == {media.sid: FILE}
    api.storage.write_sync(lambda unit: delete_media_of(unit, "MM" + "7" * 32))
    assert api.storage.all(Media) == []
    await run_deletions(api)
    assert api.media.files == {}


async def test_feedback_is_kept_once_for_each_message() -> None:
    api = PopulatedApi()
    path = f"/Messages/{api.owned['SM'].sid}/Feedback"
    first = await api.post(f"{path}.json")
    assert (first.status_code, first.json()["outcome"]) == (200, "confirmed")
    assert first.json()["uri"] == f"/2010-04-01/Accounts/{api.account.sid}{path}.json"
    api.storage.pass_time(timedelta(hours=1).total_seconds())
    second = (await api.post(f"{path}.json", Outcome="unconfirmed")).json()
    assert (second["outcome"], second["date_created"]) == ("unconfirmed", first.json()["date_created"])
    assert second["date_updated"] != first.json()["date_updated"]
    told = [row for row in api.storage.all(Feedback) if row.message_sid == api.owned["SM"].sid]
    assert [row.outcome for row in told] == ["unconfirmed"]


async def test_feedback_about_nothing_is_refused() -> None:
    api = PopulatedApi()
    assert await api.refused(f"/Messages/SM{'0' * 32}/Feedback") == 20404
    assert await api.refused(f"/Messages/{api.owned['SM'].sid}/Feedback", Outcome="maybe") == 20422
    assert (await api.request("GET", api.path_of(FEEDBACK, is_instance=False) + ".json")).status_code == 405


async def test_short_codes_are_pointed_elsewhere() -> None:
    api = PopulatedApi()
    path = api.path_of(SHORT_CODES, is_instance=True) + ".json"
    changed = (await api.post(path, SmsUrl="", SmsFallbackUrl="http://app.test/f", SmsMethod="get")).json()
    assert (changed["sms_url"], changed["sms_method"]) == (None, "GET")
    assert (changed["sms_fallback_url"], changed["friendly_name"]) == ("http://app.test/f", "Votes")
    (revision,) = api.storage.content.revisions
    assert revision.before is not None


@pytest.mark.parametrize(("filters", "found"), [({"ShortCode": "50100"}, 1), ({"ShortCode": "1"}, 0), ({}, 1)])
async def test_short_codes_are_found_by_their_digits(filters: dict[str, str], found: int) -> None:
    api = PopulatedApi()
    assert len((await api.get("/SMS/ShortCodes.json", **filters)).json()["short_codes"]) == found
