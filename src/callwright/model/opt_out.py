"""Opt-outs: whom a number of ours may not write to anymore (STOP)."""

import hashlib
from typing import Annotated, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class OptOut(Record):
    """`recipient` does not want messages from `sender`, a number of the account. The row exists or not."""

    table: ClassVar[str] = "opt_outs"

    sender: Annotated[str, Indexed()]
    recipient: str


def opt_out_sid(account_sid: str, sender: str, recipient: str) -> str:
    """There is one for each pair, so its SID is worked out, not drawn."""
    return "OO" + hashlib.sha256(f"{account_sid}:{sender}:{recipient}".encode()).hexdigest()[:32]
