"""Which URL a call goes to (Twilio: webhooks, "Which URL")."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.model.opening_hours import checked_opening_hours
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.short_code import ShortCode
from callwright.model.routing import Reason, Route, route_message, route_voice, voice_route_of_application

AC, OTHER_AC = "AC" + "a" * 32, "AC" + "b" * 32
CALLER, NOW = "+15555550111", datetime(2026, 11, 23, 12, tzinfo=UTC)
AP, TK = "AP" + "1" * 32, "TK" + "1" * 32


def number(**fields: Any) -> IncomingPhoneNumber:
    known: dict[str, Any] = {"sid": "PN" + "1" * 32, "account_sid": AC, "phone_number": "+15555550100"}
    return IncomingPhoneNumber.model_construct(**(known | fields))


def application(**fields: Any) -> Application:
    known: dict[str, Any] = {"sid": AP, "account_sid": AC, "revision": 7}
    return Application.model_construct(**(known | fields))


def voice(own: IncomingPhoneNumber, app: Application | None, caller: str = CALLER, now: datetime = NOW) -> Route:
    return route_voice(own, app, caller=caller, now=now)


def message(
    own: IncomingPhoneNumber | ShortCode, app: Application | None, caller: str = CALLER, now: datetime = NOW
) -> Route:
    return route_message(own, app, caller=caller, now=now)


def step(route: Route, name: str) -> Reason:
    """The only step of that name."""
    [reason] = [reason for reason in route.reasons if reason.step == name]
    return reason


def test_an_application_beats_every_voice_url_of_the_number() -> None:
    own = number(
        voice_url="http://number/", voice_fallback_url="http://number/f", voice_application_sid=AP,
        status_callback="http://number/s",
    )  # fmt: skip
    app = application(voice_url="http://app/", voice_method="GET", status_callback="http://app/s")
    route = voice(own, app)
    assert (route.url, route.method, route.fallback_url) == ("http://app/", "GET", None)
    assert route.status_callback == "http://app/s"
    assert (route.application_sid, route.application_revision) == (AP, 7)
    assert step(route, "application").lost == ("http://number/", "http://number/f", "http://number/s")


def test_an_application_without_voice_url_does_not_revive_the_numbers_url() -> None:
    route = voice(number(voice_url="http://number/", voice_application_sid=AP), application())
    assert (route.url, route.error_code) == (None, 11100)


def test_an_application_with_only_a_fallback_is_usable() -> None:
    route = voice(number(voice_application_sid=AP), application(voice_fallback_url="http://app/f"))
    assert (route.url, route.fallback_url, route.error_code) == (None, "http://app/f", None)


def test_a_deleted_application_is_named_in_the_error_and_the_fallback_stays_unused() -> None:
    route = voice(number(voice_fallback_url="http://number/f", voice_application_sid=AP), None)
    assert (route.url, route.fallback_url, route.error_code) == (None, None, 21218)
    assert AP in (route.error or "")


def test_an_application_of_another_account_is_as_good_as_deleted() -> None:
    foreign = application(account_sid=OTHER_AC, voice_url="http://app/")
    assert voice(number(voice_application_sid=AP), foreign).error_code == 21218


def test_a_trunk_beats_application_and_url() -> None:
    own = number(trunk_sid=TK, voice_application_sid=AP, voice_url="http://number/")
    route = voice(own, application(voice_url="http://app/"))
    assert (route.source, route.trunk_sid, route.url) == ("trunk", TK, None)
    assert step(route, "application").lost == (AP, "http://number/")


urls = st.one_of(st.none(), st.sampled_from(["http://n/1", "http://n/2"]))


@given(
    trunk=st.sampled_from([None, TK]),
    attached=st.booleans(),
    exists=st.booleans(),
    own_url=urls,
    own_fallback=urls,
    app_url=st.one_of(st.none(), st.just("http://a/1")),
)
def test_every_route_has_a_target_or_an_error_and_says_why(
    trunk: str | None, attached: bool, exists: bool, own_url: str | None, own_fallback: str | None, app_url: str | None
) -> None:
    own = number(
        trunk_sid=trunk, voice_application_sid=AP if attached else None, voice_url=own_url,
        voice_fallback_url=own_fallback,
    )  # fmt: skip
    route = voice(own, application(voice_url=app_url) if exists else None)
    has_target = bool(route.url or route.fallback_url or route.trunk_sid)
    assert has_target == (route.error_code is None)
    assert route.reasons
    if attached:
        assert route.url in (None, "http://a/1")
        assert route.fallback_url is None


def test_an_application_beats_the_message_urls_of_the_number() -> None:
    own = number(sms_url="http://number/", sms_fallback_url="http://number/f", sms_application_sid=AP)
    app = application(
        sms_url="http://app/", sms_method="GET", sms_fallback_url="http://app/f", message_status_callback="http://app/m",
        sms_status_callback="http://app/s",
    )  # fmt: skip
    route = message(own, app)
    assert (route.url, route.method, route.fallback_url) == ("http://app/", "GET", "http://app/f")
    assert (route.application_sid, route.application_revision) == (AP, 7)
    assert route.status_callback == "http://app/m"
    assert step(route, "application").lost == ("http://number/", "http://number/f")


def test_the_older_status_callback_counts_when_there_is_no_newer() -> None:
    app = application(sms_url="http://app/", sms_status_callback="http://app/s")
    assert message(number(sms_application_sid=AP), app).status_callback == "http://app/s"


def test_an_application_without_sms_url_keeps_messages_and_that_is_no_error() -> None:
    own = number(sms_url="http://number/", sms_application_sid=AP)
    route = message(own, application(sms_status_callback="http://app/s"))
    assert (route.url, route.error_code, route.application_sid) == (None, None, AP)
    assert "no SmsUrl" in step(route, "url").rule


def test_messages_of_a_deleted_application_go_nowhere() -> None:
    own = number(sms_url="http://number/", sms_fallback_url="http://number/f", sms_application_sid=AP)
    route = message(own, None)
    assert (route.url, route.fallback_url, route.error_code) == (None, None, 21218)
    assert AP in (route.error or "")


def test_a_trunk_and_a_voice_application_mean_nothing_to_messages() -> None:
    own = number(trunk_sid=TK, voice_application_sid=AP, sms_url="http://number/")
    assert message(own, None).url == "http://number/"


def test_a_short_code_asks_its_own_url() -> None:
    code = ShortCode.model_construct(
        sid="SC" + "1" * 32, account_sid=AC, short_code="12345", sms_url="http://code/", sms_method="GET",
        sms_fallback_url="http://code/f",
    )  # fmt: skip
    route = message(code, None)
    assert (route.source, route.url, route.method, route.fallback_url) == (
        "short code", "http://code/", "GET", "http://code/f",
    )  # fmt: skip


@given(
    attached=st.booleans(),
    app_account=st.sampled_from([None, AC, OTHER_AC]),
    own_url=urls,
    own_fallback=urls,
    app_url=st.one_of(st.none(), st.just("http://a/1")),
    app_fallback=st.one_of(st.none(), st.just("http://a/2")),
)
def test_a_message_goes_to_one_owner_and_says_why(
    attached: bool, app_account: str | None, own_url: str | None, own_fallback: str | None, app_url: str | None,
    app_fallback: str | None,
) -> None:  # fmt: skip
    own = number(sms_application_sid=AP if attached else None, sms_url=own_url, sms_fallback_url=own_fallback)
    app = application(account_sid=app_account, sms_url=app_url, sms_fallback_url=app_fallback) if app_account else None
    route = message(own, app)
    expected = (
        (own_url, own_fallback) if not attached else (app_url, app_fallback) if app_account == AC else (None,) * 2
    )
    assert (route.url, route.fallback_url) == expected
    assert (route.error_code is not None) == (attached and app_account != AC)
    assert route.reasons


HOURS = checked_opening_hours(
    {
        "time_zone": "UTC",
        "week": {"monday": ["09:00-17:00"]},
        "closed_voice_url": "http://closed/v",
        "closed_voice_method": "GET",
    }
)
NIGHT = NOW.replace(hour=20)
ALL_TO_B = [{"url": "http://b/", "weight": 100}]


def test_closed_hours_beat_url_and_variants_and_keep_the_fallback() -> None:
    app = application(
        voice_url="http://a/", voice_fallback_url="http://f/", voice_variants=ALL_TO_B, opening_hours=HOURS,
        status_callback="http://s/",
    )  # fmt: skip
    route = voice(number(voice_application_sid=AP), app, now=NIGHT)
    assert (route.url, route.method, route.fallback_url, route.is_closed) == (
        "http://closed/v",
        "GET",
        "http://f/",
        True,
    )
    assert (route.variant, route.status_callback) == (None, "http://s/")
    assert step(route, "opening hours").lost == ("http://a/", "http://b/")


def test_in_opening_hours_the_variants_decide_and_the_url_for_closed_hours_lost() -> None:
    app = application(voice_url="http://a/", voice_variants=ALL_TO_B, opening_hours=HOURS)
    route = voice(number(voice_application_sid=AP), app)
    assert (route.url, route.variant, route.is_closed) == ("http://b/", 0, False)
    assert step(route, "opening hours").lost == ("http://closed/v",)
    assert step(route, "variant").lost == ("http://a/",)


def test_a_channel_without_url_for_closed_hours_is_always_open() -> None:
    app = application(sms_url="http://a/", opening_hours=HOURS)
    assert message(number(sms_application_sid=AP), app, now=NIGHT).url == "http://a/"


def test_opening_hours_make_an_application_without_voice_url_usable_only_when_closed() -> None:
    own, app = number(voice_application_sid=AP), application(opening_hours=HOURS)
    assert voice(own, app, now=NIGHT).url == "http://closed/v"
    assert voice(own, app).error_code == 11100


@pytest.mark.parametrize(
    ("fallback", "main", "expected"),
    [
        ("http://f/", "http://a/", ("http://f/", "POST")),
        (None, "http://a/", ("http://a/", "GET")),
        (None, None, (None, "POST")),
    ],
)
def test_a_variant_falls_back_to_the_fallback_url_or_else_to_the_main_url(
    fallback: str | None, main: str | None, expected: tuple[str | None, str]
) -> None:
    app = application(voice_url=main, voice_method="GET", voice_fallback_url=fallback, voice_variants=ALL_TO_B)
    route = voice(number(voice_application_sid=AP), app)
    assert (route.url, route.method, route.variant) == ("http://b/", "GET", 0)
    assert (route.fallback_url, route.fallback_method) == expected


def test_who_withholds_the_number_goes_to_the_main_url_and_is_told_why() -> None:
    app = application(voice_url="http://a/", voice_variants=[{"url": "http://b/", "weight": 99}])
    route = voice(number(voice_application_sid=AP), app, caller="anonymous")
    assert (route.url, route.variant) == ("http://a/", None)
    assert "withholds" in step(route, "variant").rule


def test_a_call_that_names_the_application_itself_is_in_its_variants_but_not_bound_to_its_hours() -> None:
    app = application(voice_url="http://a/", voice_variants=ALL_TO_B, opening_hours={**(HOURS or {}), "week": {}})
    route = voice_route_of_application(app, Reason("application", "named", "it"), callee="+15555550199")
    assert (route.url, route.variant, route.is_closed) == ("http://b/", 0, False)


def test_a_stored_route_leaves_out_what_has_its_default() -> None:
    stored = voice(number(voice_url="http://number/"), None).as_dict()
    assert {name: value for name, value in stored.items() if name != "reasons"} == {
        "source": "number", "url": "http://number/",
    }  # fmt: skip
    assert stored["reasons"][0] == {
        "step": "number", "rule": "To is a number here", "chose": f"+15555550100 ({'PN' + '1' * 32})",
    }  # fmt: skip


def test_what_a_route_says_about_long_urls_and_many_variants_stays_short() -> None:
    def long_url(name: str) -> str:
        return f"http://{name}.test/{'x' * 4000}"

    variants = [{"url": long_url(f"v{at}"), "weight": 10} for at in range(10)]
    app = application(voice_url=long_url("main"), voice_variants=variants, status_callback=long_url("callback"))
    route = voice(number(voice_application_sid=AP), app)
    assert route.variant is not None
    assert route.url == variants[route.variant]["url"]
    lost = step(route, "variant").lost
    assert (lost[0], len(lost), lost[-1]) == (long_url("main")[:200] + "…", 4, "and 7 more")
    assert len(json.dumps([reason.as_dict() for reason in route.reasons])) < 3000
