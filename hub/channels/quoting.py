"""A provider's own words as they are kept for ban detection: short, without mail addresses, fit for every database."""

import re

LONGEST = 500
_ADDRESS = re.compile(r"\S+@\S+")


def quoted(words: object) -> str:
    """Return at most 500 printable characters of a text, with # for mail addresses; "" for anything else."""
    if not isinstance(words, str):
        return ""
    plain = "".join(each if each.isprintable() else " " for each in words[:LONGEST])
    return _ADDRESS.sub("#", plain).strip()
