"""Why there is no link: cause and fix, for the carrier's state."""

import socket
import ssl

from callwright.messaging.smpp.addresses import AddressRefused
from callwright.messaging.smpp.settings import SmppSettings
from callwright.messaging.smpp.tls import UnusableCaFile
from callwright.wire.smpp.command_status import RALYBND, RBINDFAIL, RINVPASWD, RINVSYSID, status_text
from callwright.wire.smpp.session import Ended

_FIXES = {
    RINVPASWD: "check password",
    RINVSYSID: "check system_id",
    RBINDFAIL: "check system_id, password, system_type and bind, and whether the carrier admits this server's address",
    RALYBND: "an earlier bind is still held, or another program uses this system_id; lower binds if fewer are allowed",
}
_SETTINGS_ARE_WRONG = frozenset({RINVPASWD, RINVSYSID, RBINDFAIL})


def is_hopeless(ended: Ended) -> bool:
    """Whether trying again soon is no use, as somebody has to change the settings (and might lock the login)."""
    return ended.command_status in _SETTINGS_ARE_WRONG


def explain_end(ended: Ended) -> str:
    """Why a connection that had been made ended."""
    if ended.command_status is None:
        return f"{ended.reason[:1].upper()}{ended.reason[1:].rstrip('.')}."
    fix = _FIXES.get(ended.command_status, "ask the carrier")
    return f"The carrier refused the bind with {status_text(ended.command_status)}: {fix}."


def explain_failure(error: Exception, settings: SmppSettings) -> str:
    """Why no connection could be made."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, TimeoutError):
        return f"{where} does not answer: check host and port, firewalls, and whether the carrier admits this address."
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {where} is not accepted ({error.verify_message}): "
            "set tls_ca_file or tls_server_name, or tls_verify to false."
        )
    if isinstance(error, ssl.SSLError):
        also = ", and that tls_ca_file holds certificates in PEM" if settings.tls_ca_file else ""
        return f"TLS with {where} failed ({error}): check that the port speaks TLS{also}."
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"The name {settings.host} cannot be resolved: check host."
    if isinstance(error, AddressRefused):
        return (
            f"{settings.host} leads to no public address, and carriers of subaccounts reach only those: "
            "let the main account add the carrier, or allow it for all with CALLWRIGHT_EGRESS=any."
        )
    if isinstance(error, UnusableCaFile):
        return str(error)
    if isinstance(error, ConnectionRefusedError):
        return f"{where} refuses connections: check host and port, and whether the carrier admits this address."
    return f"No connection to {where}: {str(error).rstrip('.') or type(error).__name__}."
