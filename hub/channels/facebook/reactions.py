"""Reactions: Meta's words for them, and the emojis they stand for."""

from collections.abc import Mapping

from hub.channels.facebook.content import text_of
from hub.types import JsonObject

REACTIONS: Mapping[str, str] = {
    "love": "❤",
    "smile": "😆",
    "wow": "😮",
    "sad": "😢",
    "angry": "😠",
    "like": "👍",
    "dislike": "👎",
}
"""Word and emoji; any other emoji comes as itself, under the word "other"."""
WORDS: Mapping[str, str] = {emoji: word for word, emoji in REACTIONS.items()}
UNNAMED = "other"
_IN_COLOUR = "\N{VARIATION SELECTOR-16}"


def emoji_of(reaction: JsonObject) -> str:
    """Return the emoji of a reaction that came; "" where Meta names none."""
    word = text_of(reaction, "reaction")
    return without_colour(text_of(reaction, "emoji")) or REACTIONS.get(word, word)


def without_colour(emoji: str) -> str:
    """Return an emoji without the sign that only asks for a coloured picture of it."""
    return emoji.replace(_IN_COLOUR, "")
