"""What is told to be wrong with a number is what happens to its calls and messages."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.unit_of_work import START, FakeStorage

from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.routing import Route, route_message, route_voice
from callwright.usecases.show_numbers import states_of

AC, AP, TK = "AC" + "1" * 32, "AP" + "1" * 32, "TK" + "1" * 32
URL = st.sampled_from([None, "https://a.example/"])
VARIANTS = st.sampled_from([[], [100], [60, 40], [30]]).map(
    lambda weights: [{"url": "https://v.example/", "weight": weight} for weight in weights]
)
TARGETS = {f"{channel}{kind}": URL for channel in ("voice", "sms") for kind in ("_url", "_fallback_url")}
NUMBERS = st.fixed_dictionaries(
    {
        "voice_application_sid": st.sampled_from([None, AP]),
        "sms_application_sid": st.sampled_from([None, AP]),
        "trunk_sid": st.sampled_from([None, None, TK]),
        **TARGETS,
    }
)
APPLICATIONS = st.one_of(
    st.none(), st.fixed_dictionaries({"voice_variants": VARIANTS, "sms_variants": VARIANTS, **TARGETS})
)
#: Slots of 10 000 are theirs by chance: some of them fall to each variant, and to what variants leave.
CALLERS = ["anonymous", *(f"+1555555{at:04}" for at in range(40))]


def reaches_nobody(route: Route, channel: str) -> bool:
    return route.trunk_sid is not None or route.error_code is not None or (channel == "sms" and not route.url)


@given(NUMBERS, APPLICATIONS)
def test_a_number_has_a_problem_where_some_callers_reach_nobody(
    number: dict[str, Any], application: dict[str, Any] | None
) -> None:
    one = IncomingPhoneNumber.model_construct(sid="PN1", account_sid=AC, phone_number="+15550100", **number)
    app = application and Application.model_construct(sid=AP, account_sid=AC, friendly_name="a", **application)
    storage = FakeStorage()
    storage.put(one, *([app] if app else []))
    (state,) = storage.read_sync(lambda unit: states_of(unit, [one]))
    for channel in ("voice", "sms"):
        named = app or None if number[f"{channel}_application_sid"] else None
        route = route_voice if channel == "voice" else route_message
        routes = [route(one, named, caller=caller, now=START) for caller in CALLERS]
        is_broken = any(reaches_nobody(route, channel) for route in routes)
        assert is_broken == any(problem.channel == channel for problem in state.problems)


def test_a_number_on_a_trunk_is_told_to_be_refused() -> None:
    one = IncomingPhoneNumber.model_construct(
        sid="PN1", account_sid=AC, phone_number="+15550100", trunk_sid=TK, capabilities={"voice": True}
    )
    ((problem,),) = (state.problems for state in FakeStorage().read_sync(lambda unit: states_of(unit, [one])))
    assert (problem.channel, problem.kind) == ("voice", "trunk_not_supported")
