"""Durable jobs: the same promises of the embedded queue and of procrastinate."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.storage.records import application
from tests.storage.working import Notes, enqueue, until_listening, until_no_jobs_wait, waiting_jobs, working

from callwright.model.actor import SERVER
from callwright.storage.database import Database
from callwright.storage.job_queues import embedded, procrastinate
from callwright.storage.jobs import FailedJob, Retrying
from callwright.usecases.jobs import JobHandler, RunAgain
from callwright.usecases.ports import Job, Ports, UnitOfWork


def noting(notes: Notes) -> dict[str, JobHandler]:
    async def note(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add(arguments["note"])

    return {"note": note}


def note(text: object, lane: str | None = None) -> Job:
    return Job("note", {"note": text}, lane)


async def failed_jobs(database: Database) -> list[FailedJob]:
    return await database.transact(database.failed_jobs.all, writes=False)


async def test_a_job_runs_after_the_commit_and_is_gone_afterwards(database: Database) -> None:
    notes = Notes()
    arguments = {"grüße": "📞\0", "z": 1, "a": [None, 1.5, {"b": True}]}
    async with working(database, noting(notes)):
        await enqueue(database, note(arguments))
        assert await notes.until(1) == [arguments]
        await until_no_jobs_wait(database)
    assert list(notes.all[0]) == list(arguments)


async def test_jobs_of_before_the_start_run_too(database: Database) -> None:
    notes = Notes()
    await enqueue(database, note(1), note(2))
    async with working(database, noting(notes)):
        assert sorted(await notes.until(2)) == [1, 2]


async def test_a_job_of_a_rolled_back_unit_of_work_never_runs(database: Database) -> None:
    def fail(unit: UnitOfWork) -> None:
        unit.enqueue(note("never"))
        unit.insert(application(unit))
        raise LookupError

    notes = Notes()
    with pytest.raises(LookupError):
        await database.write(fail, SERVER)
    assert await waiting_jobs(database) == 0
    async with working(database, noting(notes)):
        await enqueue(database, note("after"))
        assert await notes.until(1) == ["after"]


async def test_jobs_of_a_lane_run_one_after_the_other_while_other_lanes_go_on(database: Database) -> None:
    notes, may_go_on = Notes(), asyncio.Event()

    async def slow_first(_: Ports, arguments: Mapping[str, Any]) -> None:
        if arguments["note"] == "a1":
            await may_go_on.wait()
        await notes.add(arguments["note"])

    await enqueue(database, note("a1", "a"), note("a2", "a"), note("b1", "b"), note("a3", "a"), note("free"))
    async with working(database, {"note": slow_first}):
        assert sorted(await notes.until(2)) == ["b1", "free"]
        may_go_on.set()
        assert (await notes.until(5))[2:] == ["a1", "a2", "a3"]


async def test_a_lane_waits_for_the_retries_of_its_first_job(database: Database) -> None:
    notes = Notes()

    async def fail_twice(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add(arguments["note"])
        if notes.all.count("first") < 3 and arguments["note"] == "first":
            raise ConnectionError("not yet")

    await enqueue(database, note("first", "lane"), note("second", "lane"))
    async with working(database, {"note": fail_twice}):
        assert await notes.until(4) == ["first", "first", "first", "second"]
    assert await failed_jobs(database) == []


async def test_a_job_that_keeps_failing_is_given_up_and_kept_and_its_lane_goes_on(database: Database) -> None:
    notes = Notes()

    async def fail(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add(arguments["note"])
        if arguments["note"] == "bad":
            raise ConnectionError("line is\ncut \0")

    await enqueue(database, note("bad", "lane"), note("good", "lane"))
    async with working(database, {"note": fail}):
        assert await notes.until(4) == ["bad", "bad", "bad", "good"]
        await until_no_jobs_wait(database)
    (failed,) = await failed_jobs(database)
    assert (failed.name, failed.arguments, failed.lane) == ("note", {"note": "bad"}, "lane")
    assert (failed.attempts, failed.last_error) == (3, "ConnectionError: line is cut")
    assert (
        await database.transact(
            lambda connection: database.failed_jobs.prune(connection, datetime.now(UTC) + timedelta(hours=1)),
            writes=True,
        )
        == 1
    )


async def test_a_job_without_handler_is_given_up_with_its_name(database: Database) -> None:
    await enqueue(database, Job("from_the_future", {}))
    async with working(database, {}, retrying={"from_the_future": Retrying(attempts=1)}):
        await until_no_jobs_wait(database)
    (failed,) = await failed_jobs(database)
    assert "from_the_future" in failed.last_error


async def test_run_again_is_no_failure(database: Database) -> None:
    notes = Notes()

    async def later(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add("run")
        if len(notes.all) < 6:  # more often than it may fail
            raise RunAgain(timedelta(milliseconds=5))

    await enqueue(database, Job("later", {}))
    async with working(database, {"later": later}):
        await notes.until(6)
        await until_no_jobs_wait(database)
    assert await failed_jobs(database) == []


async def test_runs_again_do_not_count_towards_giving_up(database: Database) -> None:
    notes = Notes()

    async def later_then_fail(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add("run")
        if len(notes.all) <= 5:
            raise RunAgain(timedelta(milliseconds=5))
        if len(notes.all) <= 7:  # one failure less than gives it up
            raise ConnectionError

    await enqueue(database, Job("later", {}))
    async with working(database, {"later": later_then_fail}):
        await notes.until(8)
        await until_no_jobs_wait(database)
    assert await failed_jobs(database) == []


async def test_a_commit_wakes_the_worker_without_polling(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_LONGEST_SLEEP_S", 1000.0)
    monkeypatch.setattr(procrastinate, "_POLLING_S", 1000.0)
    notes = Notes()
    await enqueue(database, note("before"))
    async with working(database, noting(notes)):
        await notes.until(1)
        await until_no_jobs_wait(database)
        await until_listening(database)
        await enqueue(database, note("from the loop"))
        await notes.until(2)
        await until_no_jobs_wait(database)
        await asyncio.to_thread(database.write_sync, lambda unit: unit.enqueue(note("from a thread")))
        assert await notes.until(3) == ["before", "from the loop", "from a thread"]


async def test_a_job_does_not_run_before_it_is_due(database: Database) -> None:
    notes, due = Notes(), datetime.now(UTC) + timedelta(seconds=0.7)

    async def tell_time(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add(datetime.now(UTC))

    async with working(database, {"tell_time": tell_time}):
        await database.write(lambda unit: unit.enqueue(Job("tell_time", {}), due), SERVER)
        (ran_at,) = await notes.until(1)
    assert ran_at >= due


async def test_no_more_jobs_run_at_once_than_allowed(database: Database) -> None:
    notes, running, most = Notes(), 0, 0
    are_three = asyncio.Event()

    async def count(_: Ports, arguments: Mapping[str, Any]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            are_three.set()
        await are_three.wait()
        await asyncio.sleep(0.005)
        running -= 1
        await notes.add("done")

    await enqueue(database, *[Job("count", {}) for _ in range(12)])
    async with working(database, {"count": count}, concurrency=3):
        await notes.until(12)
    assert most == 3


async def test_a_stopped_worker_leaves_unfinished_jobs_to_the_next_one(database: Database) -> None:
    notes = Notes()

    async def hang(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add("started")
        await asyncio.Event().wait()

    await enqueue(database, note("kept"))
    for _ in range(4):  # more often than it may fail: being stopped is no failure
        started = len(notes.all)
        async with working(database, {"note": hang}):
            await notes.until(started + 1)
    again = Notes()
    async with working(database, noting(again)):
        assert await again.until(1) == ["kept"]
    assert await failed_jobs(database) == []


async def test_a_stopping_worker_lets_running_jobs_finish(database: Database) -> None:
    started, finished = Notes(), Notes()

    async def short(_: Ports, arguments: Mapping[str, Any]) -> None:
        await started.add(1)
        await asyncio.sleep(0.02)
        await finished.add(1)

    worker = database.worker({"short": short}, ports_of_none())
    await worker.start()
    await enqueue(database, Job("short", {}))
    await started.until(1)
    await worker.stop(20)
    assert finished.all == [1]
    assert await waiting_jobs(database) == 0


def ports_of_none() -> Any:
    return None


@pytest.mark.parametrize("failures", [1, 2, 5, 40])
def test_the_back_off_doubles_up_to_a_bound_and_jitters(failures: int) -> None:
    retrying = Retrying(first_delay_s=1.0, longest_delay_s=10.0)
    longest_s = min(2.0 ** (failures - 1), 10.0)
    assert retrying.delay(failures, lambda: 1.0) == timedelta(seconds=longest_s)
    assert retrying.delay(failures, lambda: 0.0) == timedelta(seconds=longest_s / 2)


async def test_jobs_of_one_account_that_hang_leave_workers_to_others(database: Database) -> None:
    notes, hanging, may_go_on = Notes(), Notes(), asyncio.Event()

    async def hang(_: Ports, arguments: Mapping[str, Any]) -> None:
        if arguments["note"] == "slow":
            await hanging.add("slow")
            await may_go_on.wait()
        await notes.add(arguments["note"])

    def flood(unit: UnitOfWork) -> None:
        for _ in range(400):  # more than is read ahead
            unit.enqueue(Job("note", {"note": "slow"}, account_sid="AC1"))

    await database.write(flood, SERVER)
    async with working(database, {"note": hang}, concurrency=8):
        await hanging.until(6)
        for number in range(12):
            await enqueue(database, Job("note", {"note": number}, account_sid="AC2"))
        assert sorted(await notes.until(12)) == list(range(12))
        assert len(hanging.all) <= 7  # on PostgreSQL one may be on its way when its account is passed over
        may_go_on.set()
        await notes.until(412)
        await until_no_jobs_wait(database)


async def test_the_servers_own_jobs_are_not_held_back(database: Database) -> None:
    notes = Notes()
    may_go_on = asyncio.Event()

    async def all_eight(_: Ports, arguments: Mapping[str, Any]) -> None:
        await notes.add(1)
        await may_go_on.wait()

    await enqueue(database, *[Job("all_eight", {}) for _ in range(8)])
    async with working(database, {"all_eight": all_eight}, concurrency=8):
        await notes.until(8)
        may_go_on.set()
        await until_no_jobs_wait(database)
