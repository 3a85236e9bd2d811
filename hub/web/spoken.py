"""What languages are called that people speak and write in."""

from collections.abc import Mapping
from typing import Final

from hub.web.language import Language, marked

UNKNOWN: Final = "unknown"
SPOKEN: Final[Mapping[str, str]] = {
    "ar": marked("Arabic"), "bg": marked("Bulgarian"), "bn": marked("Bengali"),
    "cs": marked("Czech"), "da": marked("Danish"),
    "de": marked("German"), "el": marked("Greek"), "en": marked("English"), "es": marked("Spanish"),
    "et": marked("Estonian"), "fa": marked("Persian"), "fi": marked("Finnish"), "fr": marked("French"),
    "he": marked("Hebrew"), "hi": marked("Hindi"), "hr": marked("Croatian"), "hu": marked("Hungarian"),
    "it": marked("Italian"), "ja": marked("Japanese"), "ko": marked("Korean"), "lt": marked("Lithuanian"),
    "lv": marked("Latvian"), "nl": marked("Dutch"), "no": marked("Norwegian"), "pl": marked("Polish"),
    "pt": marked("Portuguese"), "ro": marked("Romanian"), "ru": marked("Russian"), "sk": marked("Slovak"),
    "sl": marked("Slovenian"), "sr": marked("Serbian"), "sv": marked("Swedish"), "th": marked("Thai"),
    "tr": marked("Turkish"), "uk": marked("Ukrainian"), "ur": marked("Urdu"),
    "vi": marked("Vietnamese"), "zh": marked("Chinese"),
    UNKNOWN: marked("language|Unknown"),
}  # fmt: skip
"""ISO 639-1 code → its English name."""


def name_of(code: str, language: Language) -> str:
    """Return what a language is called in the reader's; its code where it is not in the list."""
    return language.text(SPOKEN[code]) if code in SPOKEN else code
