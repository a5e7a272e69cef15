"""Batches: what waits together goes together, each outcome to its own."""

import asyncio

import pytest

from callwright.usecases.batching import Batches


class Performed:
    """Remembers the batches; answers each item doubled, or its own ValueError when it is negative."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def __call__(self, items: list[int]) -> list[int | Exception]:
        self.batches.append(items)
        await self.may_go_on.wait()
        if 0 in items:
            raise LookupError("nothing can be done")
        return [item * 2 if item > 0 else ValueError(item) for item in items]


async def test_what_comes_in_during_a_call_goes_into_the_next_one_together() -> None:
    performed = Performed()
    performed.may_go_on.clear()
    batches = Batches(performed)
    tasks = [asyncio.create_task(batches.add(1))]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(batches.add(item)) for item in (2, 3, 4)]
    await asyncio.sleep(0.01)
    performed.may_go_on.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8]
    assert performed.batches == [[1], [2, 3, 4]]


async def test_a_batch_has_at_most_so_many_items() -> None:
    performed = Performed()
    batches = Batches(performed, most=2)
    assert await asyncio.gather(*(batches.add(item) for item in range(1, 6))) == [2, 4, 6, 8, 10]
    assert performed.batches == [[1, 2], [3, 4], [5]]


async def test_an_exception_among_the_outcomes_is_its_items_alone() -> None:
    batches = Batches(Performed())
    outcomes = await asyncio.gather(*(batches.add(item) for item in (1, -1, 2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [int, ValueError, int]


async def test_what_the_call_raises_goes_to_all_its_items_and_later_ones_go_on() -> None:
    batches = Batches(Performed(), most=2)
    outcomes = await asyncio.gather(*(batches.add(item) for item in (0, 1, 2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError, int]


async def test_a_caller_that_is_cancelled_does_not_keep_the_others_from_their_outcome() -> None:
    performed = Performed()
    performed.may_go_on.clear()
    batches = Batches(performed)
    gone, here = asyncio.create_task(batches.add(1)), asyncio.create_task(batches.add(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    performed.may_go_on.set()
    assert await here == 4
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_draining_waits_until_nothing_waits_or_long_enough() -> None:
    performed = Performed()
    performed.may_go_on.clear()
    batches = Batches(performed, most=2)
    await batches.drain(5)  # nothing waits
    tasks = [asyncio.create_task(batches.add(item)) for item in (1, 2, 3)]
    await asyncio.sleep(0)
    await batches.drain(0.01)
    assert performed.batches == [[1, 2]]
    performed.may_go_on.set()
    await batches.drain(5)
    assert performed.batches == [[1, 2], [3]]
    assert await asyncio.gather(*tasks) == [2, 4, 6]
