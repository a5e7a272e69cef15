"""Many numbers on one application, loaded as fast as the API takes them."""

import asyncio
from collections.abc import Iterator

import aiohttp

from bench.stage import Stage

_AT_ONCE = 16


def attach_numbers(stage: Stage, count: int) -> int:
    """Buy that many numbers, all pointing at the stage's application; how many there are."""
    asyncio.run(_buy_all(stage, count))
    return count


async def _buy_all(stage: Stage, count: int) -> None:
    numbers = iter(range(count))
    auth = aiohttp.BasicAuth(*stage.server.credentials)
    async with aiohttp.ClientSession(auth=auth) as session:
        await asyncio.gather(*(_buyer(session, stage, numbers) for _ in range(_AT_ONCE)))


async def _buyer(session: aiohttp.ClientSession, stage: Stage, numbers: Iterator[int]) -> None:
    url = f"{stage.server.url}/2010-04-01/Accounts/{stage.server.account_sid}/IncomingPhoneNumbers.json"
    for index in numbers:  # one iterator shared by all buyers
        form = {"PhoneNumber": f"+1666{index:07d}", "VoiceApplicationSid": stage.application_sid}
        async with session.post(url, data=form) as answer:
            if answer.status != 201:
                raise RuntimeError(f"{url} answered {answer.status}: {await answer.text()}")
