"""Large requests: one at a time, and no account fills the queue."""

import asyncio

import pytest

from callwright.api.turns import Turns
from callwright.model.errors import TooManyLargeRequests


def test_an_account_has_two_places_and_gets_them_back() -> None:
    turns = Turns()
    places = (turns.place("AC1"), turns.place("AC1"), turns.place("AC2"))
    with places[0], places[1], places[2], pytest.raises(TooManyLargeRequests), turns.place("AC1"):
        pass
    with turns.place("AC1"), turns.place("AC1"):
        pass


async def test_a_request_that_fails_gives_its_place_back() -> None:
    turns = Turns()
    for _ in range(5):
        with pytest.raises(ValueError), turns.place("AC1"):
            async with turns.turn:
                raise ValueError
    assert not turns.turn.locked()


async def test_others_come_next_when_one_account_sends_many() -> None:
    turns, order = Turns(), []

    async def work(account_sid: str) -> None:
        try:
            with turns.place(account_sid):
                async with turns.turn:
                    order.append(account_sid)
                    await asyncio.sleep(0)
        except TooManyLargeRequests:
            order.append("refused")

    await asyncio.gather(*(work("AC1") for _ in range(10)), work("AC2"))
    assert order.count("refused") == 8
    assert order[-1] == "AC2"
    assert order.count("AC1") == 2
