"""TLS towards an SMSC, as the carrier's settings ask for it."""

import os
import ssl
import stat

from callwright.messaging.smpp.settings import SmppSettings

_LARGEST_CA_FILE_BYTES = 1024 * 1024
#: A FIFO or a terminal must not hold up whoever opens it.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class UnusableCaFile(OSError):
    """tls_ca_file is no file of certificates; the text names cause and fix."""


def tls_context(settings: SmppSettings) -> ssl.SSLContext | None:
    """None without TLS. Reads files: not for the event loop. Raises UnusableCaFile, and ssl.SSLError for no PEM."""
    if not settings.tls:
        return None
    authorities = _certificates(settings.tls_ca_file) if settings.tls_ca_file is not None else None
    context = ssl.create_default_context(cadata=authorities)
    if not settings.tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _certificates(path: str) -> str:
    """The file's text. Only a regular file of bounded size is read, once: anything else may never end."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        fix = "check the path and its rights"
        raise UnusableCaFile(f"tls_ca_file {path} cannot be read ({error.strerror}): {fix}.") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnusableCaFile(f"tls_ca_file {path} is no regular file: give a file of certificates in PEM.")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(_LARGEST_CA_FILE_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > _LARGEST_CA_FILE_BYTES:
        raise UnusableCaFile(f"tls_ca_file {path} is larger than 1 MB: give one with the carrier's authorities only.")
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise UnusableCaFile(f"tls_ca_file {path} holds no certificate: give a file of certificates in PEM.")
    return content.decode("ascii", "replace").replace("\ufffd", "?")  # comments between them may be in any language
