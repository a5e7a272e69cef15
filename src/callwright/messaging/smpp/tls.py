"""TLS towards an SMSC, as the carrier's settings ask for it."""

import ssl

from callwright.messaging.smpp.settings import SmppSettings


def tls_context(settings: SmppSettings) -> ssl.SSLContext | None:
    """None without TLS. Reads files: not for the event loop. Raises OSError when tls_ca_file cannot be used."""
    if not settings.tls:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca_file)
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
