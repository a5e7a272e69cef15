"""Form parameters: what a refusal leaves behind."""

import gc
import weakref
from typing import Annotated

import pytest

from callwright.model.errors import ApiError
from callwright.model.fields import Text
from callwright.model.record import Parameters


class Named(Parameters):
    friendly_name: Annotated[str | None, Text(longest=3)] = None


def test_a_refusal_can_be_freed() -> None:
    """It is inside pydantic's error: as its cause it would keep the request's body for ever."""
    with pytest.raises(ApiError) as refused:
        Named.checked({"FriendlyName": "x" * 60_000})
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    gone = weakref.ref(refused.value)
    del refused
    gc.collect()
    assert gone() is None
