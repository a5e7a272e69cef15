"""Orders to the calls of this process, and the end of all of them."""

import asyncio

import pytest
from tests.fakes.virtual_loop import run_virtually

from callwright.usecases.jobs import RunAgain
from callwright.voice.events import CallEvent, HangUpOrdered, RedirectOrdered
from callwright.voice.live_calls import LocalCalls


class Live:
    def __init__(self, *, is_answered: bool = True, is_over: bool = False) -> None:
        self.is_answered = is_answered
        self.is_over = is_over
        self.events: list[CallEvent] = []
        self.told = asyncio.Event()

    def post(self, event: CallEvent) -> None:
        self.events.append(event)
        self.told.set()


async def test_orders_reach_the_call_they_name() -> None:
    calls, call = LocalCalls(), Live()
    calls.add("CA1", call)
    assert await calls.redirect("CA1", "http://a.test", "GET", None)
    assert await calls.hang_up("CA1")
    assert call.events == [RedirectOrdered("http://a.test", "GET", None), HangUpOrdered()]
    assert ("CA1" in calls, "CA2" in calls, len(calls)) == (True, False, 1)
    calls.remove("CA1")
    assert not await calls.hang_up("CA1")


async def test_only_ringing_calls_are_cancelled_and_only_talking_ones_redirected() -> None:
    calls = LocalCalls()
    ringing, talking, ending = Live(is_answered=False), Live(), Live(is_over=True)
    for sid, call in (("R", ringing), ("T", talking), ("E", ending)):
        calls.add(sid, call)
    assert [await calls.cancel(sid) for sid in "RTX"] == [True, False, False]
    assert [await calls.redirect(sid, None, "POST", "<Response/>") for sid in "RTEX"] == [False, True, False, False]
    assert (len(ringing.events), len(talking.events), len(ending.events)) == (1, 1, 0)


async def test_placing_needs_a_voice_side() -> None:
    calls = LocalCalls()
    with pytest.raises(RuntimeError, match="before the voice side"):
        await calls.place("CA1")
    placed: list[str] = []

    async def place(sid: str) -> None:
        placed.append(sid)

    calls.place_with(place)
    await calls.place("CA1")
    assert placed == ["CA1"]


def test_the_end_waits_for_calls_also_those_that_begin_meanwhile() -> None:
    async def main() -> None:
        calls, first, second = LocalCalls(), Live(), Live()
        ended: list[str] = []

        async def run(sid: str, call: Live) -> None:
            calls.add(sid, call)
            await call.told.wait()
            await asyncio.sleep(1)
            ended.append(sid)

        calls.spawn(run("one", first))
        await asyncio.sleep(0)

        async def late() -> None:
            await asyncio.sleep(0.5)
            calls.spawn(run("two", second))

        late_task = asyncio.create_task(late())
        await calls.end_all(5)
        await late_task
        assert ended == ["one", "two"]
        with pytest.raises(RunAgain):
            await calls.place("CA3")

    run_virtually(main())


def test_calls_that_do_not_end_are_dropped() -> None:
    async def main() -> None:
        calls = LocalCalls()
        dropped = asyncio.Event()

        async def stuck() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                dropped.set()

        async def broken() -> None:
            raise ZeroDivisionError

        calls.spawn(stuck())
        calls.spawn(broken())
        await calls.end_all(2)
        assert dropped.is_set()
        assert asyncio.get_running_loop().time() == pytest.approx(2)

    run_virtually(main())
