"""What a customer chose of what they were offered, and what is said outside the hours."""

import unicodedata
from datetime import datetime

from hub.routing.policy.hours import is_open
from hub.routing.policy.model import Group
from hub.routing.policy.words import plain
from hub.types import Choice, Option


def chosen(choice: Choice, text: str, payload: str = "") -> Option | None:
    """Return the option that a pressed button or a written answer names: its label ignoring case, or its number from 1.

    Signs around the answer do not count (“2.”, “(2)”, “Sales!”); an answer that says more than that chooses nothing.
    """
    for said in (bare(payload), bare(text)):
        for number, option in enumerate(choice.options, 1):
            if said and said in (bare(option.label), str(number)):
                return option
    return None


def closed_answer(group: Group | None, now: datetime) -> str:
    """Return what a group says outside its hours; "" inside of them, and if it has nothing to say."""
    if group is None or group.rules.hours is None or is_open(group.rules.hours, now):
        return ""
    return group.rules.closed_answer


def bare(text: str) -> str:
    """Return a text as it is compared without the signs around it; a number of any script in our digits."""
    words = plain(text)
    edges = [place for place, sign in enumerate(words) if unicodedata.category(sign)[0] in "LN"]
    inner = words[edges[0] : edges[-1] + 1] if edges else words
    return str(int(inner)) if inner.isdecimal() and len(inner) < 4 else inner
