"""Phone numbers: E.164, how people write them, and of which type they are.

Numbers are taken by their shape alone, as people test with fictional ones (+1 555 …).
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_VISUAL_SEPARATORS = re.compile(r"[-.() ]")
#: RFC 3261, 25.1: user part, host, port and parameters; no headers (`?…`), no password.
_SIP_URI = re.compile(
    r"(?i:sip):([A-Za-z0-9\-_.!~*'()&=+$,;?/%]{1,128}@[A-Za-z0-9.\-]{1,253}(?::\d{1,5})?(?:;[A-Za-z0-9\-_.=%+]{1,64}){0,8})",
    re.ASCII,
)
_INTERNATIONAL_DIGITS = re.compile(r"\+?(?:00)?([1-9]\d{8,14})", re.ASCII)
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")

#: What phonenumbers calls the country of a country code that nobody has.
_UNKNOWN_REGION = "ZZ"
_TYPES = {PhoneNumberType.TOLL_FREE: "tollfree", PhoneNumberType.MOBILE: "mobile"}


def to_e164(text: str) -> str | None:
    """The number in E.164, or None when it has not that shape; visual separators are dropped.

    A leading blank is a `+` that a client forgot to percent-encode.
    """
    written = "+" + text[1:] if text.startswith(" ") else text
    number = _VISUAL_SEPARATORS.sub("", written)
    return number if _E164.fullmatch(number) else None


def carrier_address(written: str) -> str:
    """The sender or recipient of a message as SMS carriers write it, in E.164 where it can be told.

    `+…` and `00…` are international, and so are nine digits or more alone; fewer are a short code. The rest is a
    name (alphanumeric sender) and stays as it is.
    """
    digits = _INTERNATIONAL_DIGITS.fullmatch(_VISUAL_SEPARATORS.sub("", written))
    return f"+{digits[1]}" if digits else to_e164(written) or written.strip()


def sip_uri(text: str) -> str | None:
    """`sip:user@host[:port][;parameters]` with its scheme in small letters, or None when it is no such URI."""
    match = _SIP_URI.fullmatch(text)
    return f"sip:{match[1]}" if match else None


@lru_cache(maxsize=8192)
def national_format(address: str) -> str:
    """`+15105647903` → `(510) 564-7903`; anything that is no phone number is answered as it is."""
    try:
        number = phonenumbers.parse(address)
    except NumberParseException:
        return address
    return str(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


@lru_cache(maxsize=8192)
def number_type(e164: str) -> str:
    """`tollfree`, `mobile` or `local` (which is everything that cannot be told, fictional numbers included)."""
    return _TYPES.get(phonenumbers.number_type(phonenumbers.parse(e164)), "local")


@lru_cache(maxsize=8192)
def country_of(e164: str) -> str | None:
    """The ISO 3166 code of the number's country (`US`), or None where there is none (international services).

    Fictional numbers have the main country of their country code.
    """
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return None
    code = phonenumbers.region_code_for_number(number)
    if code is None and number.country_code is not None:
        code = phonenumbers.region_code_for_country_code(number.country_code)
    return code if code is not None and code.isalpha() and code != _UNKNOWN_REGION else None


def keypad_pattern(text: str) -> str:
    """A search for a number as digits and `*`: letters become their keypad's digits, separators are dropped."""
    return "".join(char for char in text.upper().translate(_KEYPAD) if char in "0123456789*")
