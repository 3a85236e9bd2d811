"""Names and addresses in texts, as whole words: "the" is in half of all words and means nobody."""

import re
from collections.abc import Collection


def pattern_of(words: Collection[str]) -> re.Pattern[str]:
    """Return what finds these words in either case, none of them inside a longer word or address.

    What has an @ is an address: letters, digits and . + - _ before it, or a further label behind it, make another one.
    Without words it finds nothing.
    """
    return re.compile("|".join(map(_bounded, sorted(words, key=len, reverse=True))) or r"(?!)", re.IGNORECASE)


def _bounded(word: str) -> str:
    if "@" in word:
        return rf"(?<![\w.+-]){re.escape(word)}(?![\w-]|\.\w)"
    return rf"(?<!\w){re.escape(word)}(?!\w)"
