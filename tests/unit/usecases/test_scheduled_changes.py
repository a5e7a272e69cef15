"""
| moment | what happens |
|---|---|
| scheduling | everything is checked as an update checks it |
| `at` | one revision group by who scheduled it; done, or active when there is an `until` |
| `until` | that group is rolled back |
| in the way | failed, with cause, difference and a notification; nothing is changed |
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.fakes.unit_of_work import START, FakeStorage
from tests.fakes.voice import FakeWebhooks, account, ports_on

from callwright.model.actor import SERVER, Actor
from callwright.model.errors import ApiError, InvalidParameter, InvalidUrl, NotFound
from callwright.model.notices import SCHEDULED_CHANGE_FAILED, SCHEDULED_CHANGE_LATE
from callwright.model.resources.account import Account
from callwright.model.resources.application import Application
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber
from callwright.model.resources.notification import Notification
from callwright.model.resources.scheduled_change import ScheduledChange
from callwright.usecases.expect_revision import RevisionMismatch
from callwright.usecases.jobs import HANDLERS, RunAgain
from callwright.usecases.make_scheduled_changes import make_scheduled_changes
from callwright.usecases.roll_back import roll_back_group
from callwright.usecases.schedule_change import (
    MAKE_SCHEDULED_CHANGES,
    MOST_OPEN,
    ScheduledChangeOver,
    ScheduledChangesOverlap,
    TooManyScheduledChanges,
    cancel_scheduled_change,
    schedule_change,
)

AP, PN = "AP" + "1" * 32, "PN" + "1" * 32
OLD, NEW, NEWER = "http://app.test/old", "http://app.test/new", "http://app.test/newer"
ASKER = Actor("AC" + "a" * 32, "203.0.113.1", "curl", "the new menu")


def after(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


class Scene:
    def __init__(self, storage: FakeStorage | None = None) -> None:
        self.storage = storage or FakeStorage()
        self.ports = ports_on(self.storage, FakeWebhooks())
        self.owner = account()
        self.storage.put(self.owner)
        application = Application.model_construct(sid=AP, account_sid=self.owner.sid, voice_url=OLD)
        number = IncomingPhoneNumber.model_construct(
            sid=PN, account_sid=self.owner.sid, phone_number="+15555550100", friendly_name="x", voice_url=OLD
        )
        self.storage.write_sync(lambda unit: [unit.insert(application), unit.insert(number)])

    def schedule(self, **wanted: Any) -> ScheduledChange:
        given = {"target_sid": AP, "changes": {"voice_url": NEW}, "at": after(100), **wanted}
        return self.storage.write_sync(lambda unit: schedule_change(unit, self.owner, ASKER, given), ASKER)

    def cancel(self, change: ScheduledChange) -> ScheduledChange:
        return self.storage.write_sync(lambda unit: cancel_scheduled_change(unit, self.owner, ASKER, change.sid))

    def again(self, change: ScheduledChange) -> ScheduledChange:
        return self.storage.one(ScheduledChange, change.sid)

    async def work(self) -> None:
        """Run the jobs that are due, until none is."""
        for place, (job, due) in enumerate(self.storage.content.jobs):
            if due is not None and due <= self.storage.now:
                del self.storage.content.jobs[place]
                assert job.name == MAKE_SCHEDULED_CHANGES
                await make_scheduled_changes(self.ports, job.arguments)
                await self.work()
                return

    async def at(self, seconds: float) -> None:
        self.storage.now = START + timedelta(seconds=seconds)
        await self.work()

    @property
    def voice_url(self) -> str | None:
        return self.storage.one(Application, AP).voice_url

    @property
    def told(self) -> list[Notification]:
        return self.storage.all(Notification)


async def test_a_change_is_made_at_its_moment_by_who_scheduled_it() -> None:
    scene = Scene()
    change = scene.schedule()
    await scene.at(99)
    assert (scene.voice_url, scene.again(change).status) == (OLD, "scheduled")
    await scene.at(100)
    done = scene.again(change)
    assert (scene.voice_url, done.status, done.started_at) == (NEW, "done", scene.storage.now)
    revision = scene.storage.content.revisions[-1]
    assert revision.actor is not None
    assert (revision.actor.credential, revision.actor.address) == (ASKER.credential, "203.0.113.1")
    assert revision.actor.reason == f"scheduled change {change.sid}: the new menu"
    assert revision.group_id == done.group_id
    assert [one.group_id for one in scene.storage.content.revisions].count(str(done.group_id)) == 1
    assert scene.told == []


async def test_the_handler_is_found_by_the_name_of_the_job() -> None:
    assert HANDLERS[MAKE_SCHEDULED_CHANGES] is make_scheduled_changes


async def test_a_job_that_runs_twice_makes_the_change_once() -> None:
    scene = Scene()
    scene.schedule()
    [(job, _)] = scene.storage.content.jobs
    await scene.at(100)
    scene.storage.put(scene.storage.one(Application, AP).model_copy(update={"voice_url": NEWER}))
    await make_scheduled_changes(scene.ports, job.arguments)
    assert scene.voice_url == NEWER


class SlowReads(FakeStorage):
    """What was read may be old already."""

    async def read(self, work: Any) -> Any:
        found = self.read_sync(work)
        await asyncio.sleep(0)
        return found


async def test_two_servers_that_see_it_due_make_it_once() -> None:
    scene = Scene(SlowReads())
    change = scene.schedule()
    [(job, _)] = scene.storage.content.jobs
    scene.storage.pass_time(100)
    await asyncio.gather(*(make_scheduled_changes(scene.ports, job.arguments) for _ in range(2)))
    done = scene.again(change)
    assert (scene.voice_url, done.status) == (NEW, "done")
    assert done.group_id is not None, "the second would have found nothing to change"


async def test_what_was_canceled_while_it_failed_is_canceled() -> None:
    scene = Scene()
    change = scene.schedule(expected_revision=1)
    scene.storage.put(scene.storage.one(Application, AP).model_copy(update={"revision": 2}))
    write = scene.storage.write

    async def cancel_first(work: Any, actor: Actor) -> Any:
        if actor == SERVER:
            scene.cancel(change)
        return await write(work, actor)

    scene.storage.write = cancel_first  # type: ignore[method-assign]  # somebody is faster
    await scene.at(100)
    assert scene.again(change).status == "canceled"
    assert scene.told == []


async def test_a_job_that_comes_before_its_time_comes_again() -> None:
    scene = Scene()
    change = scene.schedule()
    [(job, _)] = scene.storage.content.jobs
    with pytest.raises(RunAgain) as again:
        await make_scheduled_changes(scene.ports, job.arguments)
    assert again.value.delay == timedelta(seconds=100)
    scene.cancel(change)
    await make_scheduled_changes(scene.ports, job.arguments)


async def test_after_a_downtime_it_is_made_late_and_told() -> None:
    scene = Scene()
    change = scene.schedule()
    await scene.at(4000)
    assert (scene.voice_url, scene.again(change).status) == (NEW, "done")
    [told] = scene.told
    assert (told.error_code, told.log, told.call_sid) == (str(SCHEDULED_CHANGE_LATE), "1", None)
    assert "3900 s late" in (told.message_text or "")


async def test_changes_that_are_late_are_made_in_the_order_of_their_moments() -> None:
    scene = Scene()
    late = scene.schedule(changes={"voice_url": NEWER}, at=after(200))
    early = scene.schedule(at=after(100))
    [(job, _), _] = scene.storage.content.jobs
    scene.storage.now = START + timedelta(seconds=500)
    await make_scheduled_changes(scene.ports, job.arguments)
    assert scene.voice_url == NEWER, "the job of the later one came first"
    assert [scene.again(one).status for one in (late, early)] == ["done", "done"]


async def test_at_its_end_it_is_put_back() -> None:
    scene = Scene()
    change = scene.schedule(until=after(200))
    await scene.at(100)
    assert (scene.voice_url, scene.again(change).status) == (NEW, "active")
    await scene.at(199)
    assert scene.voice_url == NEW
    await scene.at(200)
    done = scene.again(change)
    assert (scene.voice_url, done.status, done.ended_at) == (OLD, "done", scene.storage.now)
    revision = scene.storage.content.revisions[-1]
    assert revision.actor is not None
    assert revision.actor.reason == f"rollback of {done.group_id}: end of scheduled change {change.sid}: the new menu"
    assert revision.group_id == done.ended_group_id != done.group_id


async def test_a_change_whose_whole_time_was_missed_is_not_made() -> None:
    scene = Scene()
    change = scene.schedule(until=after(200))
    await scene.at(300)
    failed = scene.again(change)
    assert (scene.voice_url, failed.status, failed.group_id) == (OLD, "failed", None)
    assert "No server ran" in (failed.error or "")
    assert [one.error_code for one in scene.told] == [str(SCHEDULED_CHANGE_FAILED)]


async def test_what_was_changed_meanwhile_is_not_put_back_over() -> None:
    scene = Scene()
    change = scene.schedule(until=after(200))
    await scene.at(100)
    application = scene.storage.one(Application, AP)
    scene.storage.write_sync(lambda unit: unit.update(application, {"voice_url": NEWER}))
    await scene.at(200)
    assert (scene.voice_url, scene.again(change).status) == (NEWER, "failed")
    assert f"{change.sid} of {AP} could not be put back" in (scene.told[0].message_text or "")


async def test_a_target_that_is_not_as_expected_is_left_alone() -> None:
    scene = Scene()
    change = scene.schedule(expected_revision=1)
    application = scene.storage.one(Application, AP)
    scene.storage.write_sync(lambda unit: unit.update(application, {"sms_url": NEWER}))
    await scene.at(100)
    failed = scene.again(change)
    assert (scene.voice_url, failed.status, failed.error_code) == (OLD, "failed", 20412)
    assert failed.difference == [{"field": "sms_url", "expected": None, "current": NEWER}]


async def test_a_target_that_is_gone_or_an_account_that_is_suspended_fails_it() -> None:
    for is_gone in (True, False):
        scene = Scene()
        change = scene.schedule()
        if is_gone:
            scene.storage.write_sync(lambda unit: unit.delete(unit.get(Application, AP)))
        else:
            scene.storage.put(scene.owner.model_copy(update={"status": "suspended"}))
        await scene.at(100)
        failed = scene.again(change)
        assert failed.status == "failed"
        assert failed.error
        assert [one.error_code for one in scene.told] == [str(SCHEDULED_CHANGE_FAILED)]


async def test_what_somebody_put_back_before_its_end_is_over_at_its_end() -> None:
    scene = Scene()
    change = scene.schedule(until=after(200))
    await scene.at(100)
    group_id = scene.again(change).group_id
    scene.storage.write_sync(lambda unit: roll_back_group(unit, scene.owner, str(group_id)))
    await scene.at(200)
    done = scene.again(change)
    assert (scene.voice_url, done.status, done.ended_group_id) == (OLD, "done", None)
    assert scene.told == []


async def test_a_number_is_pointed_elsewhere_for_a_while() -> None:
    scene = Scene()
    wanted = {"target_sid": PN, "changes": {"VoiceApplicationSid": AP, "add_tags": ["holiday"]}, "until": after(200)}
    change = scene.schedule(**wanted)
    await scene.at(100)
    number = scene.storage.one(IncomingPhoneNumber, PN)
    assert (number.voice_application_sid, number.tags) == (AP, ["holiday"])
    await scene.at(200)
    number = scene.storage.one(IncomingPhoneNumber, PN)
    assert (number.voice_application_sid, number.tags) == (None, [])
    assert scene.again(change).status == "done"


async def test_where_nothing_differs_nothing_is_written_and_nothing_put_back() -> None:
    scene = Scene()
    change = scene.schedule(changes={"voice_url": OLD}, until=after(200))
    revisions = len(scene.storage.content.revisions)
    await scene.at(100)
    assert (scene.again(change).status, scene.again(change).group_id) == ("active", None)
    await scene.at(200)
    assert (scene.again(change).status, scene.again(change).ended_group_id) == ("done", None)
    assert len(scene.storage.content.revisions) == revisions


async def test_a_canceled_change_is_not_made() -> None:
    scene = Scene()
    change = scene.schedule()
    canceled = scene.cancel(change)
    assert (canceled.status, canceled.canceled_by) == ("canceled", ASKER.credential)
    await scene.at(100)
    assert scene.voice_url == OLD
    with pytest.raises(ScheduledChangeOver):
        scene.cancel(change)


async def test_a_change_that_is_canceled_while_it_is_in_effect_stays() -> None:
    scene = Scene()
    change = scene.schedule(until=after(200))
    await scene.at(100)
    scene.cancel(change)
    await scene.at(200)
    assert scene.voice_url == NEW
    with pytest.raises(ScheduledChangeOver, match=str(scene.again(change).group_id)):
        scene.cancel(change)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"target_sid": "TK" + "1" * 32}, InvalidParameter, "application"),
        ({"target_sid": "AP" + "2" * 32}, NotFound, "no application"),
        ({"target_sid": None}, InvalidParameter, "application"),
        ({"target_sid": "AP\ud800"}, InvalidParameter, "application"),
        ({"changes": {}}, InvalidParameter, "changes"),
        ({"changes": None}, InvalidParameter, "changes"),
        ({"changes": {"voice_url": "ftp://x"}}, InvalidUrl, "VoiceUrl"),
        ({"changes": {"colour": "red"}}, InvalidParameter, "colour"),
        ({"target_sid": PN, "changes": {"voice_application_sid": "AP" + "2" * 32}}, ApiError, "no such application"),
        ({"target_sid": PN, "changes": {"account_sid": "AC" + "2" * 32}}, InvalidParameter, "account_sid"),
        ({"at": after(-1)}, InvalidParameter, "ahead"),
        ({"at": after(3 * 366 * 86400)}, InvalidParameter, "two years"),
        ({"at": "soon"}, InvalidParameter, "ISO 8601"),
        ({"until": after(50)}, InvalidParameter, "later than at"),
        ({"time_zone": "Mars"}, InvalidParameter, "time zone"),
        ({"expected_revision": 7}, RevisionMismatch, "revision 1"),
        ({"expected_revision": "1"}, InvalidParameter, "expected_revision"),
    ],
)
def test_what_could_not_be_made_is_refused_now(wrong: dict[str, Any], error: type[ApiError], words: str) -> None:
    scene = Scene()
    with pytest.raises(error, match=words):
        scene.schedule(**wrong)
    assert scene.storage.jobs == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"at": 100, "until": 200}, {"at": 150, "until": 250}),
        ({"at": 150, "until": 250}, {"at": 100, "until": 200}),
        ({"at": 100, "until": 300}, {"at": 150, "until": 200}),
        ({"at": 100, "until": 200}, {"at": 100, "until": 200}),
        ({"at": 100, "until": 200}, {"at": 150}),
        ({"at": 100, "until": 200}, {"at": 100}),
        ({"at": 150}, {"at": 100, "until": 200}),
    ],
)
def test_a_field_that_has_a_value_for_a_time_is_not_changed_by_another_meanwhile(
    first: dict[str, int], second: dict[str, int]
) -> None:
    scene = Scene()
    change = scene.schedule(**{name: after(seconds) for name, seconds in first.items()})
    with pytest.raises(ScheduledChangesOverlap, match=f"{change.sid} changes voice_url"):
        scene.schedule(**{name: after(seconds) for name, seconds in second.items()})
    scene.schedule(changes={"sms_url": NEW}, **{name: after(seconds) for name, seconds in second.items()})
    scene.cancel(change)
    scene.schedule(**{name: after(seconds) for name, seconds in second.items()})


def test_a_trunk_and_a_voice_application_of_a_number_are_one_field() -> None:
    scene = Scene()
    scene.schedule(target_sid=PN, changes={"VoiceApplicationSid": AP}, until=after(200))
    with pytest.raises(ScheduledChangesOverlap, match="voice_application_sid"):
        scene.schedule(target_sid=PN, changes={"trunk_sid": None}, until=after(200))
    scene.schedule(target_sid=PN, changes={"add_tags": ["x"]}, until=after(200))
    with pytest.raises(ScheduledChangesOverlap, match="tags"):
        scene.schedule(target_sid=PN, changes={"remove_tags": ["y"]}, at=after(150))


@pytest.mark.parametrize("is_last_first", [False, True])
async def test_what_begins_when_another_ends_is_made_after_that_is_put_back(is_last_first: bool) -> None:
    scene = Scene()
    windows = [
        {"at": after(100), "until": after(200), "changes": {"voice_url": NEW}},
        {"at": after(200), "until": after(300), "changes": {"voice_url": NEWER}},
    ]
    for window in reversed(windows) if is_last_first else windows:
        scene.schedule(**window)
    seen = []
    for seconds in (100, 200, 300):
        await scene.at(seconds)
        seen.append(scene.voice_url)
    assert (seen, scene.told) == ([NEW, NEWER, OLD], [])


async def test_what_a_parent_scheduled_is_not_made_once_the_parent_is_suspended_but_put_back() -> None:
    for moment, status, url in ((50, "failed", OLD), (150, "done", OLD)):
        scene = Scene()
        parent: Account = account("AC" + "b" * 32)
        scene.storage.put(parent)
        order = {"target_sid": AP, "changes": {"voice_url": NEW}, "at": after(100), "until": after(200)}
        change: ScheduledChange = scene.storage.write_sync(
            lambda unit: schedule_change(unit, scene.owner, Actor(parent.sid), order)  # noqa: B023  # run at once
        )
        await scene.at(moment)
        scene.storage.put(parent.model_copy(update={"status": "suspended"}))
        await scene.at(200)
        ended = scene.again(change)
        assert (ended.status, scene.voice_url) == (status, url)
        assert (parent.sid in (ended.error or "")) is (status == "failed")


def test_other_accounts_have_no_say() -> None:
    scene = Scene()
    change = scene.schedule()
    stranger: Account = account("AC" + "b" * 32)
    scene.owner = stranger
    with pytest.raises(NotFound):
        scene.cancel(change)
    with pytest.raises(NotFound):
        scene.schedule()


def test_an_account_has_a_bounded_number_of_open_changes() -> None:
    scene = Scene()
    change = scene.schedule()
    for number in range(1, MOST_OPEN):
        scene.storage.put(change.model_copy(update={"sid": f"CH{number:032x}"}))
    with pytest.raises(TooManyScheduledChanges):
        scene.schedule()
    scene.cancel(change)
    scene.schedule()
