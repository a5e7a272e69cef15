"""An image of the history as one account may see it."""

from collections.abc import Mapping
from typing import Any

Image = Mapping[str, Any] | None


def own_image(shown: Image, account_sid: str) -> Image:
    """The image; of a record that was another account's then, only whose it was."""
    if shown is None or shown.get("account_sid") == account_sid:
        return shown
    return {"sid": shown.get("sid"), "account_sid": shown.get("account_sid")}
