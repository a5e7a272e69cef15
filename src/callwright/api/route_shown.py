"""How routes are shown: the way of a call or message, a step each, without the credentials of URLs."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

_CREDENTIALS = re.compile(r"(\bhttps?://)[^/?#\s@]*@", re.IGNORECASE)


class ReasonShown(BaseModel):
    """One step of the way."""

    step: str = Field(
        description="number, trunk, application, opening hours, variant, url, method, fallback, callbacks, or carrier; "
        "empty for calls of before there were steps."
    )
    rule: str = Field(description="The rule that decided.")
    chose: str = Field(description="What it chose.")
    lost: list[str] = Field(description="What was there too, and not chosen.")


class RouteShown(BaseModel):
    """Where a call or message goes. Each keeps the route it started on, to its end."""

    source: str | None = Field(
        description="application, number, short code, trunk, request (what the API was asked for) or carriers."
    )
    url: str | None = Field(description="The web app that is asked; without user name and password.")
    method: str = Field(description="GET or POST.")
    fallback_url: str | None = Field(description="Asked when the web app fails.")
    fallback_method: str = Field(description="GET or POST.")
    status_callback: str | None = Field(description="Told how it went; for messages, of the replies.")
    status_callback_method: str = Field(description="GET or POST.")
    application_sid: str | None = Field(description="The application that decided.")
    application_revision: int | None = Field(description="The application's revision that decided.")
    variant: int | None = Field(description="The index of the application's variant that was chosen.")
    is_closed: bool = Field(description="Whether the opening hours of the application led elsewhere.")
    trunk_sid: str | None = Field(description="The trunk that the number points at, or that a call goes out by.")
    candidates: list[str | None] = Field(
        description="Outgoing messages: SIDs of the carriers that may take it, best first; null is this server itself."
    )
    error_code: int | None = Field(description="Why there is nothing to go to; its page is in the reference.")
    error: str | None = Field(description="The same in words.")
    fix: str | None = Field(description="What to do about it.")
    reasons: list[ReasonShown] = Field(description="The way, step by step.")


def route_shown(route: Mapping[str, Any]) -> RouteShown | None:
    """A route as it is kept with a call or message; None where none was decided."""
    if not route:
        return None
    values: dict[str, Any] = {
        "method": "POST",
        "fallback_method": "POST",
        "status_callback_method": "POST",
        "candidates": [],
    }
    values |= {"is_closed": False, **route}
    values["reasons"] = [_reason(reason) for reason in route.get("reasons", ())]
    for name in ("url", "fallback_url", "status_callback"):
        values[name] = without_credentials_in(values.get(name))
    return RouteShown(**{name: values.get(name) for name in RouteShown.model_fields})


def _reason(reason: Mapping[str, Any]) -> ReasonShown:
    return ReasonShown(
        step=reason.get("step", ""),
        rule=reason["rule"],
        chose=without_credentials_in(reason["chose"]) or "",
        lost=[without_credentials_in(text) or "" for text in reason.get("lost", ())],
    )


def without_credentials_in(text: str | None) -> str | None:
    """The text without the user name and password of each URL in it."""
    return None if text is None else _CREDENTIALS.sub(r"\1", text)


def plain(value: Any) -> Any:
    """JSON without the credentials of URLs."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return without_credentials_in(value) if isinstance(value, str) else value
