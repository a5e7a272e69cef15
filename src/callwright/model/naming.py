"""Names between Python, JSON, XML and form parameters: friendly_name ↔ FriendlyName."""

import re
from functools import lru_cache

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


@lru_cache(maxsize=4096)
def to_pascal(name: str) -> str:
    """`voice_url` → `VoiceUrl`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


@lru_cache(maxsize=4096)
def to_snake(name: str) -> str:
    """`VoiceUrl` → `voice_url`."""
    return _WORD_START.sub("_", name).lower()


_INEQUALITIES = {"_before": "<", "_after": ">"}


@lru_cache(maxsize=4096)
def parameter_name(name: str) -> str:
    """Name of a form parameter: `start_time_before` → `StartTime<` (inequalities are part of the name)."""
    for suffix, sign in _INEQUALITIES.items():
        if name.endswith(suffix):
            return to_pascal(name.removesuffix(suffix)) + sign
    return to_pascal(name)


def property_name(name: str) -> str:
    """JSON name of a record's field: `from_` → `from`."""
    return name.removesuffix("_")
