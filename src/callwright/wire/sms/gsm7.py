"""The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1), one septet in each octet."""

import re

from callwright.wire.error import WireError

ESCAPE = 0x1B
#: The default alphabet by code; ESC, which is no character, holds its place as itself.
_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
#: Characters that take two septets, the first of them ESC.
EXTENSION = frozenset(_EXTENSION.values())

_CODES = {character: bytes([code]) for code, character in enumerate(_DEFAULT) if code != ESCAPE}
_CODES |= {character: bytes([ESCAPE, code]) for code, character in _EXTENSION.items()}
_CHARACTERS = dict(enumerate(_DEFAULT))
_ESC = chr(ESCAPE)
_ESCAPED = re.compile(f"{_ESC}(.?)", re.DOTALL)
_BY_ESCAPED = {_DEFAULT[code]: character for code, character in _EXTENSION.items()}
_FOREIGN = re.compile(f"[^{re.escape(''.join(_CODES))}]")
_IS_EXTENSION = re.compile(f"[{re.escape(''.join(EXTENSION))}]")


def is_gsm7(text: str) -> bool:
    """Whether every character is in the default alphabet or its extension table."""
    return _FOREIGN.search(text) is None


def septet_count(text: str) -> int:
    """How many septets a text for which `is_gsm7` holds takes: extension characters take two."""
    return len(text) + len(_IS_EXTENSION.findall(text))


def encode(text: str) -> bytes:
    """One octet for each septet. Raises WireError naming the first character that the alphabet has not."""
    try:
        return b"".join([_CODES[character] for character in text])
    except KeyError as error:
        raise WireError(f"{error.args[0]!a} is not in the GSM 7-bit alphabet: send it as UCS-2") from None


def decode(septets: bytes) -> str:
    """The text of septets that came one in each octet.

    ESC and a code without an entry in the extension table is that code's character of the default alphabet, ESC
    twice or at the end a space (TS 23.038 §6.2.1.1). Raises WireError for an octet above 0x7F.
    """
    if not septets.isascii():
        position, octet = next((index, octet) for index, octet in enumerate(septets) if octet > 0x7F)
        raise WireError(f"octet {octet:#04x} at {position} is no septet: the text is not in the GSM 7-bit alphabet")
    text = septets.decode("ascii").translate(_CHARACTERS)
    return text if _ESC not in text else _ESCAPED.sub(_character_of_escape, text)


def _character_of_escape(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped in ("", _ESC):
        return " "
    return _BY_ESCAPED.get(escaped, escaped)
