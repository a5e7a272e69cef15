"""SMS carriers by SMPP 3.4."""

from callwright.messaging.carrier import CarrierKind, register
from callwright.messaging.smpp.link import SmppLink
from callwright.messaging.smpp.settings import SmppSettings

register(
    CarrierKind(
        name="smpp",
        summary="A connection to an SMS carrier (SMSC) by SMPP 3.4.",
        settings=SmppSettings,
        connect=SmppLink,
    )
)
