"""HTTP: carriers with an API of their own, described by templates (messaging/http)."""

from callwright.messaging.carrier import CarrierKind, register
from callwright.messaging.http.link import HttpLink
from callwright.messaging.http.settings import HttpSettings

register(
    CarrierKind(
        name="http",
        summary="A carrier's HTTP API, with templates for its requests; webhooks for messages and receipts.",
        settings=HttpSettings,
        connect=HttpLink,
    )
)
