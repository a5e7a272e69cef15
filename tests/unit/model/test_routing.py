"""Which URL a call goes to (Twilio: webhooks, "Which URL")."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.routing import route_voice

AC, OTHER_AC = "AC" + "a" * 32, "AC" + "b" * 32
AP, TK = "AP" + "1" * 32, "TK" + "1" * 32


def number(**fields: Any) -> IncomingPhoneNumber:
    known: dict[str, Any] = {"sid": "PN" + "1" * 32, "account_sid": AC, "phone_number": "+15555550100"}
    return IncomingPhoneNumber.model_construct(**(known | fields))


def application(**fields: Any) -> Application:
    known: dict[str, Any] = {"sid": AP, "account_sid": AC, "revision": 7}
    return Application.model_construct(**(known | fields))


def test_an_application_beats_every_voice_url_of_the_number() -> None:
    own = number(
        voice_url="http://number/", voice_fallback_url="http://number/f", voice_application_sid=AP,
        status_callback="http://number/s",
    )  # fmt: skip
    app = application(voice_url="http://app/", voice_method="GET", status_callback="http://app/s")
    route = route_voice(own, app)
    assert (route.url, route.method, route.fallback_url) == ("http://app/", "GET", None)
    assert route.status_callback == "http://app/s"
    assert (route.application_sid, route.application_revision) == (AP, 7)
    assert route.reasons[0].lost == ("http://number/", "http://number/f", "http://number/s")


def test_an_application_without_voice_url_does_not_revive_the_numbers_url() -> None:
    route = route_voice(number(voice_url="http://number/", voice_application_sid=AP), application())
    assert (route.url, route.error_code) == (None, 11100)


def test_an_application_with_only_a_fallback_is_usable() -> None:
    route = route_voice(number(voice_application_sid=AP), application(voice_fallback_url="http://app/f"))
    assert (route.url, route.fallback_url, route.error_code) == (None, "http://app/f", None)


def test_a_deleted_application_is_named_in_the_error_and_the_fallback_stays_unused() -> None:
    route = route_voice(number(voice_fallback_url="http://number/f", voice_application_sid=AP), None)
    assert (route.url, route.fallback_url, route.error_code) == (None, None, 21218)
    assert AP in (route.error or "")


def test_an_application_of_another_account_is_as_good_as_deleted() -> None:
    foreign = application(account_sid=OTHER_AC, voice_url="http://app/")
    assert route_voice(number(voice_application_sid=AP), foreign).error_code == 21218


def test_a_trunk_beats_application_and_url() -> None:
    own = number(trunk_sid=TK, voice_application_sid=AP, voice_url="http://number/")
    route = route_voice(own, application(voice_url="http://app/"))
    assert (route.source, route.trunk_sid, route.url) == ("trunk", TK, None)
    assert route.reasons[0].lost == (AP, "http://number/")


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
    route = route_voice(own, application(voice_url=app_url) if exists else None)
    has_target = bool(route.url or route.fallback_url or route.trunk_sid)
    assert has_target == (route.error_code is None)
    assert route.reasons
    if attached:
        assert route.url in (None, "http://a/1")
        assert route.fallback_url is None
