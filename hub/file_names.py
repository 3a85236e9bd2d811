"""Names of files that came from outside, made fit to show, to store and to put into a header."""

import re
import unicodedata
from typing import Final

MAX_NAME: Final = 120
"""Characters."""

_SEPARATORS: Final = re.compile(r"[/\\]")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*]')
_SPACES: Final = re.compile(r"\s+")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters nobody sees; Cf holds the overrides that make "exe.jpg" out of "gpj.exe"."""

_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{each}{n}" for each in ("com", "lpt") for n in range(1, 10))}
)
"""Names that Windows keeps for its devices, with any extension."""


def plain_name(name: str) -> str:
    """Return the last part of a path without characters that hide, break a line or mean something to a system.

    "" when nothing is left. At most MAX_NAME characters; a short extension is kept.
    """
    last = _SEPARATORS.split(name[-4096:])[-1]
    seen = "".join(each for each in unicodedata.normalize("NFC", last) if _is_visible(each))
    plain = _SPACES.sub(" ", _FORBIDDEN.sub("_", seen)).strip(" .")
    if plain.partition(".")[0].lower() in _DEVICES:
        plain = f"_{plain}"
    return shortened(plain, MAX_NAME)


def shortened(name: str, limit: int) -> str:
    """Cut a name to `limit` characters before its extension."""
    if len(name) <= limit:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:limit].rstrip(" .")
    return stem[: limit - len(extension) - 1].rstrip(" .") + dot + extension


def _is_visible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _INVISIBLE
