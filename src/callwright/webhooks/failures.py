"""What can go wrong with one request, as the debugger's codes.

Source: reference, conventions "Debugger codes"; 11235-11237: Twilio's update on certificate validation.
"""

import ssl
from collections.abc import Callable, Iterator
from typing import Any, Literal

import aiohttp

from callwright.webhooks.egress import EgressRefused

#: connect: nothing reached the app. read: no byte of an answer in time. final: never repeated.
Phase = Literal["connect", "read", "final"]

RETRIEVAL_FAILED = 11200
NO_CONNECTION = 11205
PROTOCOL_VIOLATION = 11206
UNKNOWN_HOST = 11210
TOO_MANY_REDIRECTS = 11215
TLS_FAILED = 11220
WRONG_CERTIFICATE_NAME = 11235
CERTIFICATE_EXPIRED = 11236
UNTRUSTED_CERTIFICATE = 11237
BAD_URL = 11100
BODY_TOO_LARGE = 11750

# OpenSSL's X509_V_ERR_* (include/openssl/x509_vfy.h)
_OUT_OF_DATE = (CERTIFICATE_EXPIRED, "is out of date")
_OTHER_NAME = (WRONG_CERTIFICATE_NAME, "is for another name")
_CERTIFICATE_PROBLEMS: dict[int | None, tuple[int, str]] = {
    9: _OUT_OF_DATE,
    10: _OUT_OF_DATE,
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}


class HopFailed(Exception):
    """One request got no usable answer."""

    def __init__(self, code: int, message: str, phase: Phase = "final") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.phase = phase


class Disconnected(aiohttp.ClientError):
    """The connection ended before the first byte of an answer; `was_reused` when it had served before."""

    was_reused = False


def explain(error: Exception, place: str, timeouts: aiohttp.ClientTimeout) -> HopFailed:
    """The failure for what the HTTP client raised; `place` is host:port."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return HopFailed(NO_CONNECTION, f"{place} took no connection within {timeouts.connect} s.", "connect")
    for kind, explained in _EXPLAINED:
        if isinstance(error, kind):
            return explained(error, place)
    return HopFailed(PROTOCOL_VIOLATION, f"{place} does not speak HTTP: {str(error)[:200]}")


def _unresolved(error: Any, place: str) -> HopFailed:
    return HopFailed(UNKNOWN_HOST, f"The host name of {place} was not found: {error.os_error}.", "connect")


def _handshake(error: Any, place: str) -> HopFailed:
    return HopFailed(TLS_FAILED, f"The TLS handshake with {place} failed: {error.os_error}.", "connect")


def _not_connected(error: Any, place: str) -> HopFailed:
    for cause in _causes(error):
        if isinstance(cause, EgressRefused):
            return HopFailed(NO_CONNECTION, f"{place} was not contacted: {cause}")
    hint = " Is the web app running?" if isinstance(error.os_error, ConnectionRefusedError) else ""
    reason = error.os_error.strerror or error.os_error
    return HopFailed(NO_CONNECTION, f"No connection to {place}: {reason}.{hint}", "connect")


def _bad_certificate(error: Any, place: str) -> HopFailed:
    cause = error.certificate_error
    verify_code = cause.verify_code if isinstance(cause, ssl.SSLCertVerificationError) else None
    reason = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else str(cause)
    code, problem = _CERTIFICATE_PROBLEMS.get(verify_code, (UNTRUSTED_CERTIFICATE, "is not trusted"))
    return HopFailed(code, f"The certificate of {place} {problem}: {reason}.", "connect")


def _timed_out(error: Any, place: str) -> HopFailed:
    return HopFailed(RETRIEVAL_FAILED, f"{place} did not answer in time.", "read")


def _disconnected(error: Any, place: str) -> HopFailed:
    return HopFailed(PROTOCOL_VIOLATION, f"{place} closed the connection without an answer.")


def _unusable_url(error: Any, place: str) -> HopFailed:
    return HopFailed(BAD_URL, f"{place} is no usable address.")


def _broken_off(error: Any, place: str) -> HopFailed:
    return HopFailed(PROTOCOL_VIOLATION, f"The answer of {place} ended early or is malformed.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


#: First match counts: the more special before the more general.
_EXPLAINED: list[tuple[type[Exception], Callable[[Any, str], HopFailed]]] = [
    (aiohttp.ClientConnectorDNSError, _unresolved),
    (aiohttp.ClientConnectorCertificateError, _bad_certificate),
    (aiohttp.ClientSSLError, _handshake),
    (aiohttp.ClientConnectorError, _not_connected),
    (TimeoutError, _timed_out),
    (Disconnected, _disconnected),
    (aiohttp.InvalidURL, _unusable_url),
    (aiohttp.ClientPayloadError, _broken_off),
    (aiohttp.ClientConnectionError, _broken_off),
]
