"""Differences of images, and images of records."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callwright.model.difference import Change, difference
from callwright.model.image import image, is_mark, values_of
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.carrier import Carrier
from callwright.model.revision import CHANGED_SECRET, SECRET

AT = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=4)


def test_only_fields_that_differ_are_told_without_revision_and_dates() -> None:
    before = {"sid": "AP1", "voice_url": "a", "sms_url": None, "revision": 1, "date_updated": "x", "date_created": "y"}
    after = {**before, "voice_url": "b", "revision": 2, "date_updated": "z"}
    assert difference(before, after) == [Change("voice_url", "a", "b")]


def test_of_what_is_created_or_deleted_the_set_fields_are_told() -> None:
    shown: dict[str, Any] = {
        "sid": "AP1",
        "account_sid": "AC1",
        "voice_url": "a",
        "sms_url": None,
        "tags": [],
        "port": 0,
        "flag": False,
    }
    changes = [Change("voice_url", None, "a"), Change("port", None, 0), Change("flag", None, False)]
    assert difference(None, shown) == changes
    assert difference(shown, None) == [Change(one.field, one.after, None) for one in changes]
    assert difference(None, None) == []


def test_that_a_record_went_to_another_account_is_a_difference() -> None:
    assert difference({"account_sid": "AC1"}, {"account_sid": "AC2"}) == [Change("account_sid", "AC1", "AC2")]


def test_secrets_differ_when_the_mark_after_says_so() -> None:
    before, changed = {"token": SECRET}, {"token": CHANGED_SECRET}
    assert difference(before, changed) == [Change("token", SECRET, CHANGED_SECRET)]
    assert difference(changed, before) == []
    assert difference(changed, changed) == [Change("token", SECRET, CHANGED_SECRET)]
    assert difference({"secrets": {"a": SECRET}}, {"secrets": {"a": SECRET, "b": SECRET}}) == [
        Change("secrets", {"a": SECRET}, {"a": SECRET, "b": SECRET})
    ]


def test_a_field_that_only_one_version_has_is_told() -> None:
    assert difference({"old": 1}, {"new": 2}) == [Change("old", 1, None), Change("new", None, 2)]


@given(st.dictionaries(st.sampled_from("abcdef"), JSON), st.dictionaries(st.sampled_from("abcdef"), JSON))
def test_what_is_put_back_field_by_field_is_as_before(before: dict[str, Any], after: dict[str, Any]) -> None:
    again = {**after, **{change.field: change.before for change in difference(before, after)}}
    assert {name: value for name, value in again.items() if value is not None} == {
        name: value for name, value in before.items() if value is not None
    }


def test_an_image_holds_every_stored_field_and_can_be_stored_again() -> None:
    cet = AT.astimezone(timezone(timedelta(hours=1)))
    record = Application.model_construct(sid="AP1", account_sid="AC1", tags=["a"], date_created=cet, revision=3)
    shown = image(record)
    assert list(shown) == Application.columns()
    assert (shown["date_created"], shown["date_updated"]) == ("2026-11-23T12:00:00.000005Z", None)
    values = values_of(Application, {**shown, "of_another_version": 1})
    assert Application.model_construct(**values) == record


def test_an_image_never_holds_a_secret() -> None:
    account = Account.model_construct(
        sid="AC1", account_sid="AC1", owner_account_sid="AC1", auth_token="hush", auth_token_sha256="hash"
    )
    renewed = account.model_copy(update={"auth_token": "hush2"})
    assert (image(account)["auth_token"], image(renewed, account)["auth_token"]) == (SECRET, CHANGED_SECRET)
    assert image(renewed, account)["auth_token_sha256"] == SECRET
    assert "hush" not in str(image(renewed, account))


def test_of_several_secrets_the_names_and_those_in_the_environment_are_known() -> None:
    secrets = {"password": "sealed", "token": "env:TOKEN"}
    carrier = Carrier.model_construct(sid="CR1", account_sid="AC1", friendly_name="x", kind="smpp", secrets=secrets)
    other = carrier.model_copy(update={"secrets": {"password": "sealed2", "token": "env:OTHER", "key": "new"}})
    assert image(carrier)["secrets"] == {"password": SECRET, "token": "env:TOKEN"}
    assert image(other, carrier)["secrets"] == {
        "password": CHANGED_SECRET,
        "token": "env:OTHER",
        "key": CHANGED_SECRET,
    }
    assert image(carrier.model_copy(update={"secrets": {}}), carrier)["secrets"] == {}
    assert is_mark(SECRET)
    assert not is_mark("env:TOKEN")
