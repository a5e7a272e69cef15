"""Trunks: SIP connections to carriers. Ours (served at /v1/Trunks), so not a resource of the 2010-04-01 API."""

from typing import Annotated, ClassVar

from callwright.model.fields import Indexed
from callwright.model.record import Record


class Trunk(Record):
    """A SIP trunk: whom calls are accepted from and where outgoing calls go.

    `allowed_sources` are CIDR blocks. `host`/`port` is the numeric address outgoing calls are sent to.
    `country_code` completes national numbers to E.164; `strip_prefix` is removed before that.
    """

    table: ClassVar[str] = "trunks"
    history: ClassVar[bool] = True

    friendly_name: Annotated[str, Indexed()]
    host: str | None = None
    port: int = 5060
    transport: str = "udp"
    allowed_sources: list[str] = []
    country_code: str | None = None
    strip_prefix: str | None = None
    #: Lower is tried first for outgoing calls.
    priority: int = 10
    #: Let its outgoing calls show any caller id.
    any_caller_id: bool = False
