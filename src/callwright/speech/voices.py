"""Which voice speaks when a web app asks for one of Twilio's.

Source: Twilio's page "Text-to-speech", the names of its basic, Amazon Polly and Google voices.
"""

import re
import unicodedata
from dataclasses import dataclass

from callwright.speech.engine import EngineVoice

_DEFAULT_LANGUAGE = "en-US"
#: The basic voices are named by sex, not by a person: any voice may stand for them without a word.
_BASIC_PITCH = {"man": 0.75, "woman": 1.0, "alice": 1.0, "": 1.0}
#: A language of its own for dialects that are nearer to another voice than to the language's first.
_NEAREST = {
    "en-au": "en-GB", "en-nz": "en-GB", "en-ie": "en-GB", "en-in": "en-GB", "en-za": "en-GB",
    "en-gb-wls": "en-GB", "en-sg": "en-GB", "en-hk": "en-GB",
}  # fmt: skip

#: Polly's voices by the language they speak; neural and generative ones carry a suffix that is cut off.
_POLLY_BY_LANGUAGE = {
    "en-US": "Danielle Gregory Ivy Joanna Kendra Kimberly Salli Joey Justin Kevin Matthew Ruth Stephen Patrick Tiffany",
    "en-GB": "Amy Emma Brian Arthur",
    "en-AU": "Nicole Olivia Russell",
    "en-IN": "Aditi Raveena Kajal",
    "en-IE": "Niamh", "en-NZ": "Aria", "en-ZA": "Ayanda", "en-GB-WLS": "Geraint", "en-SG": "Jasmine",
    "de-DE": "Marlene Vicki Hans Daniel", "de-AT": "Hannah", "de-CH": "Sabrina",
    "es-ES": "Conchita Lucia Enrique Sergio Alba Raul",
    "es-MX": "Mia Andres", "es-US": "Lupe Penelope Miguel Pedro",
    "fr-FR": "Celine Léa Lea Mathieu Remi Céline", "fr-CA": "Chantal Gabrielle Liam", "fr-BE": "Isabelle",
    "it-IT": "Carla Bianca Giorgio Adriano Beatrice Lorenzo",
    "arb": "Zeina", "ar-AE": "Hala Zayd", "ca-ES": "Arlet", "yue-CN": "Hiujin", "cmn-CN": "Zhiyu",
    "cs-CZ": "Jitka", "da-DK": "Naja Mads Sofie", "nl-BE": "Lisa", "nl-NL": "Laura Lotte Ruben",
    "fi-FI": "Suvi", "is-IS": "Dora Karl Dóra", "ja-JP": "Mizuki Takumi Kazuha Tomoko",
    "ko-KR": "Seoyeon Jihye", "nb-NO": "Liv Ida", "pl-PL": "Ewa Maja Jacek Jan Ola",
    "pt-BR": "Camila Vitoria Vitória Ricardo Thiago", "pt-PT": "Ines Inês Cristiano",
    "ro-RO": "Carmen", "ru-RU": "Tatyana Maxim", "sv-SE": "Astrid Elin", "tr-TR": "Filiz Burcu",
    "cy-GB": "Gwyneth",
}  # fmt: skip
_POLLY = {name.lower(): language for language, names in _POLLY_BY_LANGUAGE.items() for name in names.split()}
_POLLY_MEN = {
    "joey", "justin", "kevin", "matthew", "gregory", "stephen", "patrick", "brian", "arthur", "russell",
    "geraint", "hans", "daniel", "enrique", "sergio", "raul", "andres", "miguel", "pedro", "mathieu",
    "remi", "liam", "giorgio", "adriano", "lorenzo", "zayd", "mads", "ruben", "karl", "takumi", "jacek",
    "jan", "ricardo", "thiago", "cristiano", "maxim",
}  # fmt: skip
_POLLY_NAME = re.compile(r"polly\.([^-.\s]+)", re.IGNORECASE)
_GOOGLE_NAME = re.compile(r"google\.([a-z]{2,3}-[a-z]{2,4})\b", re.IGNORECASE)


@dataclass(frozen=True)
class VoiceChoice:
    """The voice that speaks, its pitch, and why it is not the one asked for (None when it is)."""

    voice: EngineVoice
    pitch: float = 1.0
    substitution: str | None = None


def choose_voice(voice: str, language: str, voices: tuple[EngineVoice, ...]) -> VoiceChoice:
    """The voice for <Say voice language>, out of those that exist (at least one for en-US).

    A voice that names its language (Polly.Marlene, Google.de-DE-Wavenet-A) wins over the attribute.
    """
    wanted, pitch, is_basic = _asked_for(voice, language)
    chosen = find_voice(wanted, voices)
    reasons = []
    if not is_basic:
        reasons.append(f"the voice {voice[:100]!r} does not exist here")
    if wanted.lower() not in (chosen.language.lower(), chosen.language.partition("-")[0]):
        reasons.append(f"no voice speaks {wanted[:100]}")
    if not reasons:
        return VoiceChoice(chosen, pitch)
    text = " and ".join(reasons)
    instead = f"the {chosen.language} voice of {chosen.engine} speaks"
    return VoiceChoice(chosen, pitch, f"{text[0].upper()}{text[1:]}: {instead}")


def find_voice(language: str, voices: tuple[EngineVoice, ...]) -> EngineVoice:
    """The voice of that language, else of its nearest dialect, else the en-US one."""
    wanted = language.lower().replace("_", "-")
    by_language = {voice.language.lower(): voice for voice in reversed(voices)}
    if found := by_language.get(wanted) or by_language.get(_NEAREST.get(wanted, "").lower()):
        return found
    primary = wanted.partition("-")[0]
    if primary == "en":
        return by_language[_DEFAULT_LANGUAGE.lower()]
    same_language = (voice for voice in voices if voice.language.partition("-")[0] == primary)
    return next(same_language, by_language[_DEFAULT_LANGUAGE.lower()])


def unspeakable_letters(text: str) -> str | None:
    """What to tell when the text has letters of other alphabets, which no voice here pronounces."""
    if text.isascii():
        return None
    foreign = "".join(dict.fromkeys(sign for sign in text if sign.isalpha() and not _is_latin(sign)))
    return f"The voices speak the Latin alphabet only: {foreign[:20]!r} is left out" if foreign else None


def _is_latin(letter: str) -> bool:
    return letter.isascii() or "LATIN" in unicodedata.name(letter, "") or letter in "ªºµ"


def _asked_for(voice: str, language: str) -> tuple[str, float, bool]:
    """The language wanted, the pitch, and whether the voice is one of the basic ones."""
    language = language.strip() or _DEFAULT_LANGUAGE
    basic_pitch = _BASIC_PITCH.get(voice.strip().lower())
    if basic_pitch is not None:
        return language, basic_pitch, True
    if polly := _POLLY_NAME.match(voice):
        name = polly.group(1).lower()
        return _POLLY.get(name, language), _BASIC_PITCH["man"] if name in _POLLY_MEN else 1.0, False
    if google := _GOOGLE_NAME.match(voice):
        return google.group(1), 1.0, False
    return language, 1.0, False
