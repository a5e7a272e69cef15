"""/v1/ScheduledChanges and /v1/Applications/{AP}/Variants: what is accepted, what is shown, and to whom."""

import json
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.extensions_api import ExtensionsApi

from callwright.model.resources.application import Application
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.usecases.variant_tallies import Variant

AP, URL = "AP" + "1" * 32, "http://app.test/new"


class Api(ExtensionsApi):
    def __init__(self) -> None:
        super().__init__()
        self.application = self.storage.write_sync(
            lambda unit: unit.insert(Application.model_construct(sid=AP, account_sid=self.account.sid))
        )

    def order(self, **fields: Any) -> dict[str, Any]:
        at = (self.storage.now + timedelta(hours=1)).isoformat()
        return {"target_sid": AP, "changes": {"voice_url": URL}, "at": at, **fields}


@pytest.fixture
def api() -> Api:
    return Api()


async def test_a_change_is_scheduled_shown_listed_and_canceled(api: Api) -> None:
    answer = await api("POST", "/ScheduledChanges", api.order(), headers={"X-Callwright-Reason": "new menu"})
    assert answer.status_code == 201, answer.text
    change = answer.json()
    assert change["sid"].startswith("CH")
    assert (change["status"], change["resource"], change["target_sid"]) == ("scheduled", "applications", AP)
    assert (change["reason"], change["credential"]) == ("new menu", api.account.sid)
    assert change["at"] == "2026-11-23T13:00:00Z"
    path = f"/ScheduledChanges/{change['sid']}"
    assert (await api("GET", path)).json() == change
    page = {"scheduled_changes": [change], "next_before": None}
    assert (await api("GET", "/ScheduledChanges")).json() == page
    canceled = (await api("POST", f"{path}/Cancel")).json()
    assert (canceled["status"], canceled["canceled_by"]) == ("canceled", api.account.sid)
    again = await api("DELETE", path)
    assert (again.status_code, again.json()["code"]) == (409, 20409)
    assert api.storage.one(Application, AP).revision == 1


async def test_a_delete_cancels_and_keeps_the_row(api: Api) -> None:
    change = (await api("POST", "/ScheduledChanges", api.order())).json()
    assert (await api("DELETE", f"/ScheduledChanges/{change['sid']}")).status_code == 204
    assert api.storage.one(ScheduledChange, change["sid"]).status == "canceled"


async def test_names_may_be_written_as_in_twilios_api_and_times_with_a_zone(api: Api) -> None:
    order = {
        "TargetSid": AP, "Changes": {"voice_url": URL}, "At": "2026-12-24T18:00", "Until": "2026-12-27",
        "TimeZone": "Europe/Berlin",
    }  # fmt: skip
    change = (await api("POST", "/ScheduledChanges", order)).json()
    assert (change["at"], change["until"]) == ("2026-12-24T17:00:00Z", "2026-12-26T23:00:00Z")
    assert change["time_zone"] == "Europe/Berlin"


async def test_lists_are_filtered_and_paged(api: Api) -> None:
    for _ in range(3):
        last = (await api("POST", "/ScheduledChanges", api.order())).json()
    await api("POST", f"/ScheduledChanges/{last['sid']}/Cancel")
    first = (await api("GET", "/ScheduledChanges?status=scheduled&limit=1")).json()
    before = first["next_before"]
    second = (await api("GET", f"/ScheduledChanges?status=scheduled&limit=1&before={before}")).json()
    assert len({row["sid"] for row in first["scheduled_changes"] + second["scheduled_changes"]}) == 2
    assert second["next_before"] is None
    canceled = (await api("GET", f"/ScheduledChanges?status=canceled&target_sid={AP}")).json()
    assert [row["sid"] for row in canceled["scheduled_changes"]] == [last["sid"]]
    assert (await api("GET", "/ScheduledChanges?status=gone")).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"changes": {"voice_url": "nowhere"}}, 400, 21402),
        ({"at": "2026-12-24T18:00"}, 400, 20422),
        ({"target_sid": "AP" + "2" * 32}, 404, 20404),
        ({"expected_revision": 5}, 412, 20412),
        ({"what": 1}, 400, 20422),
    ],
)
async def test_what_cannot_be_made_is_refused(api: Api, wrong: dict[str, Any], status: int, code: int) -> None:
    answer = await api("POST", "/ScheduledChanges", api.order(**wrong))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.storage.all(ScheduledChange) == []


async def test_other_accounts_see_nothing_of_it(api: Api) -> None:
    change = (await api("POST", "/ScheduledChanges", api.order())).json()
    stranger = api.rest.add_account("AC" + "c" * 32)
    path = f"/ScheduledChanges/{change['sid']}"
    for method, wanted in (("GET", path), ("POST", f"{path}/Cancel"), ("DELETE", path)):
        assert (await api(method, wanted, account=stranger)).status_code == 404
    assert (await api("GET", "/ScheduledChanges", account=stranger)).json()["scheduled_changes"] == []
    assert (await api("POST", "/ScheduledChanges", api.order(), account=stranger)).status_code == 404
    assert (await api("GET", f"/Applications/{AP}/Variants", account=stranger)).status_code == 404


async def test_the_variants_of_an_application_are_shown_with_their_counts(api: Api) -> None:
    guard = {"failure_percent": 20, "least_requests": 20, "window_s": 60}
    changes = {"voice_variants": [{"url": URL, "weight": 12.5}], "variant_guard": guard}
    api.storage.write_sync(lambda unit: unit.update(api.application, changes))
    variant = Variant(AP, "voice", URL)
    api.ports.variant_tallies.watch(variant, guard)
    for has_failed in (True, False, False):
        api.ports.variant_tallies.count(variant, api.storage.now, has_failed=has_failed)
    shown = (await api("GET", f"/Applications/{AP}/Variants")).json()
    counted = {"requests": 3, "failures": 1, "failure_percent": 33.3, "window_s": 60}
    assert shown == {
        "application_sid": AP,
        "guard": guard,
        "voice": [{"url": URL, "weight": 12.5, **counted}],
        "sms": [],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)
MOMENTS = st.sampled_from(["2026-12-24T18:00Z", "2026-12-24T18:00", "2026-12-25", "2026-11-23T12:00:01+00:00"])
NAMES = st.sampled_from(["voice_url", "tags", "notes", "voice_variants", "opening_hours", "add_tags", "VoiceUrl"])


@cache
def shared_api() -> Api:
    """One for all examples: making it takes longer than a request."""
    return Api()


@given(
    st.fixed_dictionaries(
        {"target_sid": st.sampled_from([AP, "PN" + "1" * 32]) | JSON, "at": MOMENTS | JSON},
        optional={
            "changes": st.dictionaries(NAMES | st.text(max_size=5), JSON, max_size=3) | JSON,
            "until": MOMENTS | JSON,
            "time_zone": st.sampled_from(["Europe/Berlin", "UTC", "../etc/passwd"]) | JSON,
            "expected_revision": st.integers(-1, 3) | JSON,
        },
    )
)
@settings(max_examples=100, deadline=None)
async def test_any_order_is_stored_or_refused(order: dict[str, Any]) -> None:
    content = json.dumps(order).encode()
    answer = await shared_api()(
        "POST", "/ScheduledChanges", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (201, 400, 404, 412), answer.text
    answer.json()
