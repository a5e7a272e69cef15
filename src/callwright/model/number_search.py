"""How numbers are searched: what of a number is searched by, as the columns of a narrow table beside the numbers.

A number's row is wide, and most of what people search by (a part of a text, one of several tags, what is missing) has
no index. Reading one column of a narrow table is quick enough: storage keeps it with every write.
"""

import unicodedata
from typing import TYPE_CHECKING, Literal

from callwright.model.phone_number import country_of
from callwright.model.record import SearchColumn

if TYPE_CHECKING:
    from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber

Capability = Literal["voice", "sms", "mms", "fax"]
Channel = Literal["voice", "sms"]
CHANNELS: tuple[Channel, ...] = ("voice", "sms")
CAPABILITIES: tuple[Capability, ...] = ("voice", "sms", "mms", "fax")

#: How much of the notes is searched, in characters.
SEARCHED_NOTES = 500
_URLS = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")
#: Stands around each facet; no tag can have it.
_MARK = "\x1f"


def folded(text: str) -> str:
    """Text as it is searched: capitals and ways to write the same letter make no difference."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _text_of(number: "IncomingPhoneNumber") -> str:
    notes = (number.notes or "")[:SEARCHED_NOTES]
    return folded("\n".join([number.phone_number, number.friendly_name or "", *number.tags, notes]))


def _urls_of(number: "IncomingPhoneNumber") -> str | None:
    """Each URL once: a number's own ones, whether they are in use or not."""
    urls = dict.fromkeys(getattr(number, name) for name in _URLS)
    return folded("\n".join(url for url in urls if url)) or None


def _facets_of(number: "IncomingPhoneNumber") -> str:
    """What a number has or has not, as marked words."""
    facets = [type_facet(number.type)]
    facets += [capability_facet(name) for name in CAPABILITIES if number.capabilities.get(name)]
    facets += [no_target_facet(channel) for channel in CHANNELS if not has_target(number, channel)]
    facets += [tag_facet(tag) for tag in number.tags]
    return "".join(dict.fromkeys(facets))


def has_target(number: "IncomingPhoneNumber", channel: Channel) -> bool:
    """Whether the number itself says where calls or messages go; that the application is there is another question.

    As routing has it: a fallback alone answers calls, but no messages.
    """
    if channel == "sms":
        return bool(number.sms_application_sid or number.sms_url)
    own = number.voice_url or number.voice_fallback_url
    return bool(number.trunk_sid or number.voice_application_sid or own)


def type_facet(name: str) -> str:
    return _facet("type", name)


def capability_facet(name: str) -> str:
    return _facet("can", name)


def no_target_facet(channel: str) -> str:
    return _facet("none", channel)


def tag_facet(tag: str) -> str:
    return _facet("tag", tag)


def _facet(kind: str, value: str) -> str:
    return f"{_MARK}{kind}:{value}{_MARK}"


_VOICE = ("trunk_sid", "voice_application_sid", "voice_url", "voice_fallback_url")
_SMS = ("sms_application_sid", "sms_url")

#: To be counted up with every change of what the columns hold: storage then works all of them out anew.
NUMBER_SEARCH_VERSION = 1
NUMBER_SEARCH = {
    "phone_number": SearchColumn.same("phone_number"),
    "country": SearchColumn(("phone_number",), lambda number: country_of(number.phone_number)),
    "text": SearchColumn(("phone_number", "friendly_name", "tags", "notes"), _text_of),
    "urls": SearchColumn(_URLS, _urls_of),
    "facets": SearchColumn(("type", "capabilities", "tags", *_VOICE, *_SMS), _facets_of),
    "voice_application_sid": SearchColumn.same("voice_application_sid"),
    "sms_application_sid": SearchColumn.same("sms_application_sid"),
    "trunk_sid": SearchColumn.same("trunk_sid"),
}
