"""Whole words and phrases in a text of any language."""

import unicodedata
from functools import lru_cache
from typing import Final

_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
"""Scripts, as Unicode's names of their letters begin, that are written without spaces between words."""


def plain(text: str) -> str:
    """Return a text as it is compared: without the difference of cases, of forms of a letter, of kinds of space."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


@lru_cache(maxsize=4096)
def plain_keyword(keyword: str) -> str:
    """`plain`, kept: the same keywords are looked for in every message."""
    return plain(keyword)


def has_word(text: str, keyword: str) -> bool:
    """Whether a keyword stands in a text and inside no longer word; both are `plain`. An empty one never does."""
    place = text.find(keyword) if keyword else -1
    while place >= 0:
        end = place + len(keyword)
        if not (_joined(text, place) or _joined(text, end)):
            return True
        place = text.find(keyword, place + 1)
    return False


def _joined(text: str, place: int) -> bool:
    """Whether what stands before a place and what stands behind it are of one word."""
    return 0 < place < len(text) and _spaced_letter(text[place - 1]) and _spaced_letter(text[place])


@lru_cache(maxsize=4096)
def _spaced_letter(sign: str) -> bool:
    """Whether a sign is a letter, a digit or a mark on one, of a script that puts spaces between words."""
    is_letter = sign == "_" or unicodedata.category(sign)[0] in "LMN"
    return is_letter and not unicodedata.name(sign, "").startswith(_UNSPACED)
