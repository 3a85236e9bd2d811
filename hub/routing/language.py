"""Which language a text is in, as far as a few words tell, without asking anybody outside.

Only who needs a language imports this. The detector's tables (23 MB on the disk) are mapped, not read: a process pays
for what it touches, and all share it.
"""

import re
from functools import cache
from typing import Any, Final

import eldc

UNKNOWN: Final = "unknown"

LANGUAGES: Final = (
    "ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "it", "ja",
    "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
"""What a text is taken for, ISO 639-1: with fewer languages to mistake one for another, short texts come out right."""

_MOST_SIGNS = 1000
"""What a text begins with is enough, whatever its length."""

_SURE = 0.75
_AHEAD = 0.03
"""A text the detector calls doubtful must score this much of 1, and be this far ahead of the next language.

By tests/routing/first_messages.toml: without them "ok" is Italian and "Info" Estonian; with them five greetings and the
like of 200 are unknown that were right.
"""

_NO_WORDS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|[^\W\d_]*\d\S*|[\ud800-\udfff]")
"""Links, addresses, numbers and article codes: they are of no language."""


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language of a text, one of LANGUAGES, or "unknown" where it could be several."""
    words = _NO_WORDS.sub(" ", text[:_MOST_SIGNS]).strip()
    if not words:
        return UNKNOWN
    found = _detector().detect_details(words)
    scores = sorted(found.scores.values(), reverse=True)
    if not scores or found.language not in LANGUAGES:
        return UNKNOWN
    ahead = scores[0] - scores[1] if len(scores) > 1 else scores[0]
    return found.language if found.reliable or (scores[0] >= _SURE and ahead >= _AHEAD) else UNKNOWN


@cache
def _detector() -> Any:
    eldc.init()
    detector = eldc.instance()
    detector.set_languages(list(LANGUAGES))
    detector.set_scores(2)
    return detector
