"""<Gather>: collect keys.

| attribute           | takes                             | otherwise       | warning     |
|---------------------|-----------------------------------|-----------------|-------------|
| action              | URL                               | own document    | 11100 error |
| method              | GET or POST                       | POST            | 13312       |
| input               | dtmf, dtmf speech; not yet speech | dtmf            | 12200       |
| timeout             | 1 to 14400 s                      | 5               | 13313       |
| finishOnKey         | one of 0-9 # *, or empty          | #               | 13310       |
| numDigits           | 1 and up                          | any number      | 13314       |
| actionOnEmptyResult | true or false                     | false           | 13338       |
| speechTimeout       | auto, or 1 and up                 | –               | 13327       |
| maxSpeechTime       | 1 and up                          | –               | 12200       |
| language            | a tag shaped like en-US           | en-US           | 13331       |
| hints               | ≤ 500 phrases of ≤ 100 characters | none            | 13330       |
| profanityFilter     | true or false                     | true            | 13333       |
| speechModel         | a name                            | default         | 13334       |
| enhanced            | true or false                     | false           | 13339       |
| bargeIn             | true or false                     | true            | 13332       |
| debug               | true or false                     | false           | 13336       |
| partialResultCallback, …Method | URL; GET or POST       | none; POST      | 11100; 12200 |

Inside: Say, Play, Pause.
"""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.call_control import SECONDS_PER_PROMPT, FakeCall
from tests.fakes.virtual_loop import run_virtually
from tests.unit.twiml.running import URL, Ran, document, run

from callwright.twiml.errors import NotSupportedYet
from callwright.twiml.ports import DocumentRequest, Speech
from callwright.twiml.verbs.gather import Gather

ACTION = "https://app.example.com/keys"


def gather(attributes: str = "", prompts: str = "", **caller: Any) -> Ran:
    return run(f"<Gather action='/keys' {attributes}>{prompts}</Gather><Say>next</Say>", **caller)


def digits(ran: Ran) -> str | None:
    """The digits that the action was asked with; None when the document went on instead."""
    if not ran.requests:
        assert "say next" in ran.story
        return None
    assert "say next" not in ran.story
    (request,) = ran.requests
    return request.parameters["Digits"]


def keys(text: str, from_s: float = 0.5, every_s: float = 0.5) -> list[tuple[float, str]]:
    return [(from_s + place * every_s, key) for place, key in enumerate(text)]


def test_digits_are_sent_to_the_action() -> None:
    ran = gather(keys=keys("123#"))
    assert ran.requests == [DocumentRequest(ACTION, "POST", {"Digits": "123"})]
    assert ran.story == ["answer", "hang up"]


def test_without_an_action_the_own_document_is_asked_again() -> None:
    assert run("<Gather/>", keys=keys("1#")).requests == [DocumentRequest(URL, "POST", {"Digits": "1"})]


def test_method_get() -> None:
    assert gather("method='GET'", keys=keys("1#")).requests[0].method == "GET"


def test_no_key_goes_on_with_the_next_verb_after_the_timeout() -> None:
    ran = gather("timeout='8'")
    assert digits(ran) is None
    assert ran.took_s == 8 + SECONDS_PER_PROMPT


def test_the_finishing_key_is_not_among_the_digits() -> None:
    assert digits(gather("finishOnKey='*'", keys=keys("1#2*3"))) == "1#2"


def test_the_finishing_key_ends_at_once() -> None:
    assert gather(keys=keys("12#")).took_s == 1.5


def test_with_an_empty_finish_key_only_the_timeout_ends() -> None:
    ran = gather("finishOnKey=''", keys=keys("1#*"))
    assert (digits(ran), ran.took_s) == ("1#*", 1.5 + 5)


def test_num_digits_ends_at_once() -> None:
    ran = gather("numDigits='2'", keys=keys("1234"))
    assert (digits(ran), ran.took_s) == ("12", 1.0)


def test_the_timeout_starts_anew_with_each_key() -> None:
    ran = gather("timeout='3'", keys=[(2.5, "1"), (5, "2"), (7.5, "3"), (12, "4")])
    assert (digits(ran), ran.took_s) == ("123", 10.5)


def test_the_finishing_key_alone_is_no_input() -> None:
    ran = gather(keys=keys("#12"))
    assert digits(ran) is None
    assert ran.took_s == 0.5 + SECONDS_PER_PROMPT


@pytest.mark.parametrize("pressed", ["", "#"])
def test_an_empty_result_can_be_sent_too(pressed: str) -> None:
    ran = gather("actionOnEmptyResult='true'", keys=keys(pressed))
    assert ran.requests == [DocumentRequest(ACTION, "POST", {"Digits": "", "msg": "Gather End"})]


def test_prompts_play_in_order_and_the_timeout_runs_after_them() -> None:
    ran = gather("timeout='4'", "<Say>a</Say><Pause length='2'/><Play>b.wav</Play>")
    assert ran.story[:4] == ["answer", "say a", "pause 2", "play https://app.example.com/voice/b.wav"]
    assert next(done.at_s for done in ran.done if done.detail == "next") == 2 * SECONDS_PER_PROMPT + 2 + 4


def test_the_first_key_silences_the_prompt_and_counts() -> None:
    ran = gather("numDigits='2'", "<Say>a</Say><Say>b</Say>", keys=[(1, "7"), (2, "8")])
    assert (ran.story, digits(ran)) == (["answer", "say a", "hang up"], "78")
    assert ran.done[1].cut_s == 1


def test_a_finishing_key_during_the_prompt_is_no_input() -> None:
    ran = gather("", "<Say>a</Say>", keys=[(1, "#")])
    assert digits(ran) is None
    assert ran.done[1].cut_s == 1


def test_an_endless_prompt_stops_at_the_first_key() -> None:
    ran = gather("numDigits='1'", "<Say loop='0'>a</Say>", keys=[(100, "7")])
    assert (digits(ran), ran.took_s) == ("7", 100)


def test_keys_of_the_time_before_do_not_count() -> None:
    ran = run("<Say>a</Say><Gather/>", keys=[(1, "7"), (4, "8")])
    assert ran.requests[0].parameters == {"Digits": "8"}


def test_a_key_right_when_the_prompt_ends_counts() -> None:
    assert digits(gather("numDigits='1'", "<Say>a</Say>", keys=[(SECONDS_PER_PROMPT, "7")])) == "7"


def test_a_prompt_that_fails_is_told_and_the_others_play() -> None:
    ran = gather("", "<Play>http://h/a</Play><Say>b</Say>", broken={"http://h/a": 13420})
    assert ran.story[:2] == ["answer", "say b"]
    assert [(warned.code, warned.line, warned.is_error) for warned in ran.warnings] == [(13325, 1, True)]


@pytest.mark.parametrize("prompts", ["", "<Say>a</Say>"])
def test_a_caller_who_leaves_ends_it_without_a_request(prompts: str) -> None:
    ran = gather("", prompts, keys=[(0.5, "1")], caller_leaves_at_s=2)
    assert (ran.requests, ran.took_s) == ([], 2)


def test_a_caller_who_leaves_during_the_prompt_silences_it() -> None:
    ran = gather("", "<Say>a</Say>", caller_leaves_at_s=2)
    assert (ran.story, ran.done[1].cut_s, ran.requests) == (["answer", "say a"], 2, [])


def test_a_fault_of_ours_in_a_prompt_is_not_swallowed() -> None:
    class FaultyCall(FakeCall):
        async def say(self, speech: Speech) -> None:
            raise ZeroDivisionError

    async def main() -> None:
        await document("<Gather><Say>a</Say></Gather>").verbs[0].run(FaultyCall(is_answered=True))

    with pytest.raises(ZeroDivisionError):
        run_virtually(main())


def test_speech_beside_keys_takes_keys_with_a_warning() -> None:
    ran = gather("input='dtmf speech' hints='a, b' speechTimeout='auto'", keys=keys("1#"))
    assert (digits(ran), ran.codes) == ("1", [12200])


def test_speech_alone_is_refused_with_its_place() -> None:
    with pytest.raises(NotSupportedYet) as caught:
        document("\n<Gather input='speech'/>")
    assert (caught.value.code, caught.value.line, caught.value.column) == (12200, 2, 1)


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ("method='PUT'", 13312),
        ("input='voice'", 12200),
        ("input=''", 12200),
        ("timeout='0'", 13313),
        ("timeout='auto'", 13313),
        ("timeout='14401'", 13313),
        ("finishOnKey='12'", 13310),
        ("finishOnKey='A'", 13310),
        ("numDigits='0'", 13314),
        ("actionOnEmptyResult='yes'", 13338),
        ("speechTimeout='0'", 13327),
        ("maxSpeechTime='x'", 12200),
        ("language='?'", 13331),
        (f"hints='{'h' * 101}'", 13330),
        (f"hints='{'h,' * 501}'", 13330),
        ("profanityFilter='1'", 13333),
        ("speechModel=''", 13334),
        ("enhanced='True'", 13339),
        ("bargeIn='no'", 13332),
        ("debug='x'", 13336),
        ("partialResultCallbackMethod='x'", 12200),
    ],
)
def test_a_wrong_value_is_the_default_with_a_warning(attributes: str, code: int) -> None:
    read = document(f"<Gather {attributes}/>")
    assert [warned.code for warned in read.warnings] == [code]
    assert read.verbs == document("<Gather/>").verbs


def test_all_attributes_are_read() -> None:
    (verb,) = document(
        "<Gather action='/k' method='GET' input='dtmf' timeout='7' finishOnKey='*' numDigits='4' "
        "actionOnEmptyResult='true' speechTimeout='3' maxSpeechTime='20' language='fr-FR' hints='yes, no' "
        "profanityFilter='false' speechModel='phone_call' enhanced='true' bargeIn='false' debug='true' "
        "partialResultCallback='/p' partialResultCallbackMethod='GET'/>"
    ).verbs
    assert verb == Gather(
        line=1, column=11, prompts=(), action="https://app.example.com/k", method="GET",
        input=frozenset({"dtmf"}), timeout_s=7, finish_on_key="*", num_digits=4, action_on_empty_result=True,
        speech_timeout=3, max_speech_time_s=20, language="fr-FR", hints=("yes", "no"), profanity_filter=False,
        speech_model="phone_call", enhanced=True, barge_in=False, debug=True,
        partial_result_callback="https://app.example.com/p", partial_result_callback_method="GET",
    )  # fmt: skip


def test_an_endless_collection_stops_at_a_thousand_digits() -> None:
    ran = gather("finishOnKey=''", keys=keys("5" * 1200, every_s=0.01))
    assert len(digits(ran) or "") == 1000


def expected(pressed: list[tuple[float, str]], finish: str, most: int | None, timeout_s: float, prompt_s: float) -> str:
    """The rules of the page once more, told as a walk over the keys."""
    collected = ""
    limit_s = prompt_s + timeout_s
    for at_s, key in pressed:
        if at_s >= limit_s or key == finish:
            break
        collected += key
        if len(collected) == most:
            break
        limit_s = at_s + timeout_s
    return collected


@given(
    gaps=st.lists(st.tuples(st.integers(1, 90), st.sampled_from("0159*#")), max_size=8),
    finish=st.sampled_from(["#", "*", "5", ""]),
    most=st.none() | st.integers(1, 4),
    timeout_s=st.integers(1, 6),
    prompts=st.integers(0, 2),
)
@settings(max_examples=200, deadline=None)
def test_what_is_collected_follows_the_rules_whatever_is_pressed(
    gaps: list[tuple[int, str]], finish: str, most: int | None, timeout_s: int, prompts: int
) -> None:
    pressed, at_s = [], 0.05  # off the tenths, so that no key falls together with a time-out
    for gap, key in gaps:
        at_s = round(at_s + gap / 10, 2)
        pressed.append((at_s, key))
    gaps_apart = all(abs((b - a) - timeout_s) > 1e-6 for (a, _), (b, _) in itertools.pairwise(pressed))
    count = f"numDigits='{most}'" if most else ""
    attributes = f"finishOnKey='{finish}' timeout='{timeout_s}' {count}"
    ran = gather(attributes, "<Say>a</Say>" * prompts, keys=pressed)
    want = expected(pressed, finish, most, timeout_s, prompts * SECONDS_PER_PROMPT)
    if gaps_apart:
        assert (digits(ran) or "") == want


def test_problems_of_prompts_have_codes_of_their_own() -> None:
    read = document("<Gather><Say voice='' loop='x'>a</Say><Play digits='1'/><Pause length='x'/></Gather>")
    assert [warned.code for warned in read.warnings] == [13321, 13322, 13910, 13320]
    (verb,) = read.verbs
    assert isinstance(verb, Gather)
    assert [prompt.element_name for prompt in verb.prompts] == ["Say", "Pause"]
