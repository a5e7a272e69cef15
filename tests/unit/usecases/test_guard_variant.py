"""Variants that fail too often are taken away by themselves: what is counted, and what follows."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.unit_of_work import START, FakeStorage
from tests.fakes.voice import FakeWebhooks, account, ports_on, xml

from callwright.model.notices import VARIANT_TAKEN_AWAY
from callwright.model.resources.application import Application
from callwright.model.resources.call import Call
from callwright.model.resources.message import Message
from callwright.model.resources.notification import Notification
from callwright.twiml.ports import DocumentRequest
from callwright.usecases.guard_variant import TakingAway
from callwright.usecases.ports import StorageUnavailable
from callwright.usecases.request_document import CallDocuments
from callwright.usecases.request_message_document import MessageRequests, Question
from callwright.usecases.variant_tallies import MOST_VARIANTS, STEPS, Tally, Variant, VariantTallies
from callwright.usecases.web_ports import WebAnswer

GOOD, BAD, FALLBACK = "http://app.test/voice", "http://canary.test/voice", "http://app.test/fallback"
LIMITS = {"failure_percent": 50, "least_requests": 4, "window_s": 60}
AP = "AP" + "1" * 32


class Scene:
    """An application with a variant, and calls that it takes."""

    def __init__(self, answer: Any = None, **fields: Any) -> None:
        self.storage = FakeStorage()
        self.owner = account()
        answers = {GOOD: xml("<Say>good</Say>"), FALLBACK: xml("<Say>saved</Say>")}
        self.webhooks = FakeWebhooks(answers | ({BAD: answer} if answer else {}))
        self.ports = ports_on(self.storage, self.webhooks)
        given = {"voice_url": GOOD, "voice_variants": [{"url": BAD, "weight": 20}], "variant_guard": LIMITS, **fields}
        self.storage.put(Application.model_construct(sid=AP, account_sid=self.owner.sid, revision=3, **given))

    @property
    def application(self) -> Application:
        return self.storage.one(Application, AP)

    async def call(self, variant: int | None = 0, url: str = BAD, number: int = 1) -> None:
        call = Call.model_construct(
            sid=f"CA{number:032x}",
            account_sid=self.owner.sid,
            application_sid=AP,
            url=url,
            fallback_url=FALLBACK,
            route={"variant": variant, "url": url},
        )
        self.storage.put(call)
        await CallDocuments(self.ports, self.owner, lambda: call).first()

    @property
    def taken(self) -> list[Notification]:
        code = str(VARIANT_TAKEN_AWAY)
        return [notification for notification in self.storage.all(Notification) if notification.error_code == code]


async def test_a_variant_that_fails_is_taken_away_by_a_revision_that_says_why() -> None:
    scene = Scene()
    for _ in range(3):
        await scene.call()
    assert scene.application.voice_variants == [{"url": BAD, "weight": 20}], "too few requests to judge by"
    await scene.call()
    assert scene.application.voice_variants == []
    [revision] = scene.storage.content.revisions
    assert revision.actor is not None
    assert revision.actor.credential == "guard"
    assert (
        revision.actor.reason == f"4 of 4 requests to {BAD} failed (100 %) within 60 s: variant taken away; "
        "its share goes to voice_url again."
    )
    [told] = scene.taken
    assert (told.account_sid, told.call_sid, told.log) == (scene.owner.sid, f"CA{1:032x}", "1")
    assert revision.group_id in (told.message_text or "")
    assert told.more_info is None, "Twilio has no page about it"


async def test_every_call_that_hit_the_failing_variant_is_saved_by_the_fallback() -> None:
    scene = Scene()
    for _ in range(4):
        await scene.call()
    assert [request.url for request in scene.webhooks.requests] == [BAD, FALLBACK] * 4


@pytest.mark.parametrize(
    "answer",
    [
        WebAnswer(BAD, 200, "text/xml", b"<Response><Sya/></Response>"),
        WebAnswer(BAD, 200, "application/json", b"{}"),
    ],
)
async def test_bad_twiml_and_a_bad_content_type_are_failures(answer: WebAnswer) -> None:
    scene = Scene(answer)
    for _ in range(4):
        await scene.call()
    assert scene.application.voice_variants == []


async def test_a_success_completes_the_least_number_of_requests() -> None:
    scene = Scene()
    for _ in range(3):
        await scene.call()
    scene.webhooks.answers[BAD] = xml("<Say>better</Say>")
    await scene.call()
    assert scene.application.voice_variants == [], "3 of 4 failed"


async def test_a_variant_that_mostly_works_stays() -> None:
    scene = Scene(xml("<Say>new</Say>"))
    for _ in range(30):
        await scene.call()
    del scene.webhooks.answers[BAD]
    for _ in range(29):
        await scene.call()
    assert scene.application.voice_variants == [{"url": BAD, "weight": 20}]
    await scene.call()
    assert scene.application.voice_variants == []


async def test_failures_of_long_ago_do_not_count() -> None:
    scene = Scene()
    for _ in range(3):
        await scene.call()
    scene.storage.pass_time(61)
    await scene.call()
    assert scene.application.voice_variants != []


async def test_calls_that_no_variant_took_are_not_counted() -> None:
    scene = Scene()
    for _ in range(10):
        await scene.call(variant=None)
    assert scene.application.voice_variants != []


async def test_documents_of_other_servers_are_not_the_variants_fault() -> None:
    scene = Scene()
    call = Call.model_construct(
        sid="CA1", account_sid=scene.owner.sid, application_sid=AP, url=BAD, fallback_url=FALLBACK,
        route={"variant": 0, "url": BAD},
    )  # fmt: skip
    scene.storage.put(call)
    documents = CallDocuments(scene.ports, scene.owner, lambda: call)
    for _ in range(9):
        await documents.fetch(DocumentRequest("http://elsewhere.test/x"))
    assert scene.application.voice_variants != []
    for _ in range(4):
        await documents.fetch(DocumentRequest("http://canary.test/gathered"))
    assert scene.application.voice_variants == []


async def test_without_a_guard_nothing_is_taken_away_but_counted() -> None:
    scene = Scene(variant_guard=None)
    for _ in range(30):
        await scene.call()
    assert scene.application.voice_variants != []
    assert scene.ports.variant_tallies.tally(Variant(AP, "voice", BAD), None, scene.storage.now) == Tally(30, 30, 300)


async def test_a_variant_stays_where_there_is_no_main_url_to_go_to_instead() -> None:
    scene = Scene(voice_url=None)
    for _ in range(9):
        await scene.call()
    assert scene.application.voice_variants == [{"url": BAD, "weight": 20}]
    assert scene.taken == []


async def test_limits_that_are_changed_count_from_the_next_failure() -> None:
    scene = Scene(variant_guard={**LIMITS, "least_requests": 100})
    for _ in range(9):
        await scene.call()
    scene.storage.put(scene.application.model_copy(update={"variant_guard": LIMITS}))
    await scene.call()
    assert scene.application.voice_variants == []


def test_limits_that_were_raised_meanwhile_keep_the_variant() -> None:
    scene = Scene(variant_guard=None)
    call = Call.model_construct(sid="CA1", account_sid=scene.owner.sid)
    taking = TakingAway(Variant(AP, "voice", BAD), Tally(4, 4, 60), call)
    assert not scene.storage.write_sync(taking.perform)
    assert scene.application.voice_variants != []


async def test_only_the_failing_variant_is_taken_away() -> None:
    others = [{"url": "http://other.test/", "weight": 5}, {"url": BAD, "weight": 20}]
    scene = Scene(voice_variants=others, sms_variants=[{"url": BAD, "weight": 1}])
    for _ in range(4):
        await scene.call()
    assert scene.application.voice_variants == others[:1]
    assert scene.application.sms_variants == [{"url": BAD, "weight": 1}]


async def test_a_variant_that_was_taken_away_already_is_no_further_revision() -> None:
    scene = Scene()
    for number in range(1, 20):
        await scene.call(number=number)
    assert len(scene.storage.content.revisions) == 1
    assert len(scene.taken) == 1


async def test_variants_for_messages_are_guarded_as_well() -> None:
    scene = Scene(sms_url=GOOD, sms_variants=[{"url": BAD, "weight": 10}])
    for number in range(1, 5):
        message = Message.model_construct(
            sid=f"SM{number:032x}", position=f"{number:032x}", account_sid=scene.owner.sid, application_sid=AP,
            url=BAD, fallback_url="http://app.test/sms-fallback", route={"variant": 0, "url": BAD},
        )  # fmt: skip
        scene.webhooks.answers["http://app.test/sms-fallback"] = xml("<Message>saved</Message>")
        scene.storage.put(message)
        await MessageRequests(scene.ports, Question(message, scene.owner)).fetch(DocumentRequest(BAD))
    assert (scene.application.sms_variants, len(scene.application.voice_variants)) == ([], 1)
    assert scene.taken[0].message_sid == f"SM{4:032x}"


async def test_a_call_goes_on_when_the_guard_cannot_write() -> None:
    scene = Scene()
    write = scene.storage.write

    async def fail(work: Any, actor: Any) -> Any:
        if actor.credential == "guard":
            raise StorageUnavailable("the disk is full")
        return await write(work, actor)

    scene.storage.write = fail  # type: ignore[method-assign]  # a storage that fails
    for _ in range(5):
        await scene.call()
    assert [request.url for request in scene.webhooks.requests] == [BAD, FALLBACK] * 5
    scene.storage.write = write  # type: ignore[method-assign]  # works again
    await scene.call()
    assert scene.application.voice_variants == []


EVENTS = st.lists(st.tuples(st.floats(0, 40), st.booleans()), max_size=60)


@given(EVENTS, st.sampled_from([10, 60, 300]))
@settings(deadline=None, max_examples=150)
def test_the_window_holds_what_is_younger_than_it_and_nothing_older(
    events: list[tuple[float, bool]], window_s: int
) -> None:
    tallies, variant = VariantTallies(), Variant(AP, "voice", BAD)
    limits = {**LIMITS, "window_s": window_s}
    tallies.watch(variant, limits)
    now, seen = START, []
    for after_s, has_failed in events:
        now += timedelta(seconds=after_s)
        seen.append((now, has_failed))
        tallies.count(variant, now, has_failed=has_failed)
        ages = [((now - at).total_seconds(), failed) for at, failed in seen]
        surely = [failed for age, failed in ages if age <= window_s - window_s / STEPS]
        possibly = [failed for age, failed in ages if age < window_s]
        tally = tallies.tally(variant, limits, now)
        assert len(surely) <= tally.requests <= len(possibly)
        assert sum(surely) <= tally.failures <= sum(possibly)
        assert tally.failures <= tally.requests


@given(st.lists(st.tuples(st.floats(-500, 500), st.booleans()), max_size=40))
@settings(deadline=None)
def test_a_clock_that_jumps_breaks_nothing(jumps: list[tuple[float, bool]]) -> None:
    tallies, variant = VariantTallies(), Variant(AP, "voice", BAD)
    tallies.watch(variant, LIMITS)
    now = START
    for jump_s, has_failed in jumps:
        now += timedelta(seconds=jump_s)
        tallies.count(variant, now, has_failed=has_failed)
        assert 1 <= tallies.tally(variant, LIMITS, now).requests <= len(jumps)


def test_memory_is_bounded() -> None:
    tallies = VariantTallies()
    for number in range(MOST_VARIANTS + 10):
        tallies.watch(Variant(AP, "voice", f"http://x.test/{number}"), LIMITS)
    assert not tallies.is_watched(Variant(AP, "voice", "http://x.test/9"))
    assert tallies.is_watched(Variant(AP, "voice", "http://x.test/10"))


@pytest.mark.parametrize(
    ("requests", "failures", "is_exceeded"), [(3, 3, False), (4, 1, False), (4, 2, True), (1000, 499, False)]
)
def test_limits_are_reached_not_passed(requests: int, failures: int, is_exceeded: bool) -> None:
    assert Tally(requests, failures).exceeds(LIMITS) is is_exceeded
    assert not Tally(requests, failures).exceeds(None)
