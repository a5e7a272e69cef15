"""Bodies of requests to /v1: unknown names are refused, `DryRun` means `dry_run`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from callwright.model.naming import to_snake


class Body(BaseModel):
    """Base of the bodies; a name may be written as in Twilio's API."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _names(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {to_snake(name) if name[:1].isupper() else name: value for name, value in given.items()}
