"""How numbers are searched: what of a number is searched by, as the columns of a narrow table beside the numbers.

A number's row is wide, and most of what people search by (a part of a text, one of several tags, what is missing) has
no index. Reading one column of a narrow table is quick enough: storage keeps it with every write.
"""

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from callwright.model.phone_number import country_of
from callwright.model.record import SearchColumn

if TYPE_CHECKING:
    from callwright.model.resources.application import Application
    from callwright.model.resources.incoming_phone_number import IncomingPhoneNumber

Capability = Literal["voice", "sms", "mms", "fax"]
CAPABILITIES: tuple[Capability, ...] = ("voice", "sms", "mms", "fax")

#: A flag that is set; the others are None.
YES = "1"
#: What says where calls and messages go. A number of which all are None has no target.
TARGETS = {
    "voice": ("trunk_sid", "voice_application_sid", "own_voice"),
    "sms": ("sms_application_sid", "own_sms"),
}
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
    """What a number is, can and is tagged with, as marked words."""
    facets = [type_facet(number.type)]
    facets += [capability_facet(name) for name in CAPABILITIES if number.capabilities.get(name)]
    facets += [tag_facet(tag) for tag in number.tags]
    return "".join(dict.fromkeys(facets))


def own_target(owner: "Application | IncomingPhoneNumber", channel: Capability) -> bool:
    """Whether it has a main URL or fallback to ask about calls or messages.

    As routing has it: a fallback alone answers calls, but without SmsUrl nobody is asked about a message.
    """
    return bool(owner.sms_url if channel == "sms" else owner.voice_url or owner.voice_fallback_url)


def _own(channel: Capability) -> Callable[["IncomingPhoneNumber"], str | None]:
    return lambda number: YES if own_target(number, channel) else None


def type_facet(name: str) -> str:
    return _facet("type", name)


def capability_facet(name: str) -> str:
    return _facet("can", name)


def tag_facet(tag: str) -> str:
    return _facet("tag", tag)


def _facet(kind: str, value: str) -> str:
    return f"{_MARK}{kind}:{value}{_MARK}"


#: To be counted up with every change of what the columns hold: storage then works all of them out anew.
NUMBER_SEARCH_VERSION = 1
#: Short ones first: what stands behind a long text takes longer to be found in a row.
NUMBER_SEARCH = {
    "own_voice": SearchColumn(("voice_url", "voice_fallback_url"), _own("voice")),
    "own_sms": SearchColumn(("sms_url",), _own("sms")),
    "country": SearchColumn(("phone_number",), lambda number: country_of(number.phone_number)),
    "digits": SearchColumn(("phone_number",), lambda number: number.phone_number.removeprefix("+")),
    "voice_application_sid": SearchColumn.same("voice_application_sid"),
    "sms_application_sid": SearchColumn.same("sms_application_sid"),
    "trunk_sid": SearchColumn.same("trunk_sid"),
    "facets": SearchColumn(("type", "capabilities", "tags"), _facets_of),
    "text": SearchColumn(("phone_number", "friendly_name", "tags", "notes"), _text_of),
    "urls": SearchColumn(_URLS, _urls_of),
}
