"""Random numbers and selectors, and what it means for a number to be meant, said as plainly as possible."""

import random
import unicodedata
from typing import Any

import phonenumbers

from callwright.model.phone_number import number_type
from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber

APPS = [f"AP{digit * 32}" for digit in "1234"]
#: Of these there are applications in the account; the third is another account's, the fourth was deleted.
PRESENT = APPS[:2]
TRUNKS = [f"TK{digit * 32}" for digit in "56"]
TAGS = ["retail", "Retail", "vip", "50%", "a_b", "x*y", "[z]", "größe", "☎️", "!"]
WORDS = ["Main line", "100% sure", "a_b", "STRASSE", "Straße", "Ångström", "A\u030angstrom", "🎉 party", "back\\slash",
         "it's", "", "x*y?", "[abc]", "new\nline", "!", "ﬁne"]  # fmt: skip
URLS = [None, None, "https://one.example.com/voice", "https://ONE.example.com/Voice?x=1&y=%20", "http://b.test/a_b",
        "https://user:pass@c.test/[x]*", "https://größe.test/ü"]  # fmt: skip
PREFIXES = ["+1510555", "+1555555", "+1416555", "+4930", "+44207", "+800123", "+1800", "+491701"]
CAPABILITIES = ("voice", "sms", "mms", "fax")


def random_fields(chance: random.Random, index: int) -> dict[str, Any]:
    """All that a number may be searched by; the index makes its phone number unique."""
    phone_number = f"{chance.choice(PREFIXES)}{index:05d}"
    apps: list[str | None] = [None, None, *APPS]
    return {
        "phone_number": phone_number,
        "friendly_name": chance.choice([*WORDS, phone_number, None]),
        "type": number_type(phone_number),
        "voice_url": chance.choice(URLS),
        "voice_fallback_url": chance.choice([None, None, *URLS]),
        "status_callback": chance.choice([None, None, *URLS]),
        "sms_url": chance.choice(URLS),
        "sms_fallback_url": chance.choice([None, None, *URLS]),
        "voice_application_sid": chance.choice(apps),
        "sms_application_sid": chance.choice(apps),
        "trunk_sid": chance.choice([None, None, None, *TRUNKS]),
        "capabilities": {name: chance.random() < 0.7 for name in CAPABILITIES if chance.random() < 0.9},
        "tags": sorted(chance.sample(TAGS, chance.choice([0, 0, 1, 2, 5]))),
        "notes": chance.choice([None, None, *WORDS, "long " * 90 + "needle", "long " * 100 + "lost"]),
    }


def random_selector(chance: random.Random) -> dict[str, Any]:
    """One to three filters, by name."""
    texts = ["retail", "straße", "ÅNGSTRÖM", "+1510", "0001", "%", "_", "zzz", "needle", "lost", "*", "?"]
    texts += [*WORDS, *TAGS]
    urls = ["one.example.com", "HTTPS://ONE", "%20", "_b", "[x]*", "größe", "GRÖSSE", "?x=1", "nowhere", "a\\b"]
    filters: dict[str, Any] = {
        "application_sid": chance.choice(APPS),
        "voice_application_sid": chance.choice(APPS),
        "sms_application_sid": chance.choice(APPS),
        "trunk_sid": chance.choice(TRUNKS),
        "url": chance.choice(urls),
        "text": chance.choice([text for text in texts if text.strip()]),
        "phone_number": chance.choice(["510", "0001", "+1510*55", "555", "*1510", "49*0", "KKK", "99999999", "1"]),
        "country": chance.choice(["US", "us", "DE", "GB", "CA", "FR"]),
        "type": chance.choice(["local", "mobile", "tollfree"]),
        "capability": chance.sample(CAPABILITIES, chance.choice([1, 1, 2])),
        "tag": chance.sample([*TAGS, "vi"], chance.choice([1, 1, 2])),
        "target": chance.sample(
            ["voice:none", "sms:none", "voice:deleted", "sms:deleted", "deleted"], chance.choice([1, 1, 2])
        ),
    }
    return {name: filters[name] for name in chance.sample(list(filters), chance.choice([1, 1, 2, 3]))}


def is_meant(number: IncomingPhoneNumber, filters: dict[str, Any]) -> bool:
    return all(_MEANT[name](number, value) for name, value in filters.items())


def _alike(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _has_text(number: IncomingPhoneNumber, wanted: str) -> bool:
    texts = [number.phone_number, number.friendly_name or "", *number.tags, (number.notes or "")[:500]]
    return any(_alike(wanted) in _alike(text) for text in texts)


def _has_url(number: IncomingPhoneNumber, wanted: str) -> bool:
    urls = [number.voice_url, number.voice_fallback_url, number.sms_url, number.sms_fallback_url]
    return any(_alike(wanted) in _alike(url) for url in (*urls, number.status_callback) if url)


_KEYPAD = ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ")
_KEYS = {letter: str(key) for key, letters in enumerate(_KEYPAD, 2) for letter in letters}


def _has_digits(number: IncomingPhoneNumber, wanted: str) -> bool:
    pattern = [_KEYS.get(char, char) for char in wanted if char != "+"]
    digits = number.phone_number[1:]
    starts = range(len(digits) - len(pattern) + 1)
    return any(all(want in ("*", have) for want, have in zip(pattern, digits[at:], strict=False)) for at in starts)


def _country(number: IncomingPhoneNumber) -> str | None:
    parsed = phonenumbers.parse(number.phone_number)
    known = phonenumbers.region_code_for_number(parsed)
    return known or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def _lacks(number: IncomingPhoneNumber, target: str) -> bool:
    voice_gone = number.voice_application_sid is not None and number.voice_application_sid not in PRESENT
    sms_gone = number.sms_application_sid is not None and number.sms_application_sid not in PRESENT
    voice = (number.trunk_sid, number.voice_application_sid, number.voice_url, number.voice_fallback_url)
    return {
        "voice:none": not any(voice),
        "sms:none": not number.sms_application_sid and not number.sms_url,
        "voice:deleted": voice_gone,
        "sms:deleted": sms_gone,
        "deleted": voice_gone or sms_gone,
    }[target]


_MEANT: dict[str, Any] = {
    "application_sid": lambda number, sid: sid in (number.voice_application_sid, number.sms_application_sid),
    "voice_application_sid": lambda number, sid: number.voice_application_sid == sid,
    "sms_application_sid": lambda number, sid: number.sms_application_sid == sid,
    "trunk_sid": lambda number, sid: number.trunk_sid == sid,
    "url": _has_url,
    "text": _has_text,
    "phone_number": _has_digits,
    "country": lambda number, code: _country(number) == code.upper(),
    "type": lambda number, name: number.type == name,
    "capability": lambda number, names: all(number.capabilities.get(name) for name in names),
    "tag": lambda number, tags: all(tag in number.tags for tag in tags),
    "target": lambda number, targets: all(_lacks(number, target) for target in targets),
}
