from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.running.phone import Phone
from tests.running.server import RunningServer

_numbers = count(15_557_000_001)


@pytest.fixture
def new_phone(tmp_path: Path) -> Iterator[Callable[[], Phone]]:
    """Make SIP phones; they are ended with the test."""
    phones: list[Phone] = []

    def make() -> Phone:
        phones.append(Phone(tmp_path / f"heard-{len(phones)}.wav"))
        return phones[-1]

    yield make
    for phone in phones:
        phone.close()


@pytest.fixture
def new_number(server: RunningServer) -> Callable[..., str]:
    """Buy a number with those settings on the shared server; its E.164 form."""

    def buy(**settings: str) -> str:
        number = f"+{next(_numbers)}"
        server.rest("POST", "/IncomingPhoneNumbers", PhoneNumber=number, **settings)
        return number

    return buy
