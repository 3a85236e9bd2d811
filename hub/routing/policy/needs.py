"""What a conversation asks of an operator, as one line of text, and which part of it a group insists on."""

from collections.abc import Iterable
from urllib.parse import quote, unquote

from hub.routing.policy.model import NOTHING, Needs
from hub.types import GroupRules, Wanted

_ESCAPED = "%,;="


def write_needs(needs: Needs) -> str:
    """Return `skills=a,b;languages=de`, in an order of its own so that equal needs give equal texts; "" for nothing."""
    lists = {"skills": needs.skills, "languages": needs.languages}
    return ";".join(f"{name}={_written(words)}" for name, words in lists.items() if words)


def read_needs(text: str) -> Needs:
    """Return what `write_needs` wrote."""
    if not text:
        return NOTHING
    lists = dict(each.split("=", 1) for each in text.split(";"))
    return Needs(_read(lists.get("skills", "")), _read(lists.get("languages", "")))


def required_of(needs: Needs, group_rules: GroupRules) -> Needs:
    """Return the part of the needs without which nobody in the group gets the conversation."""
    return _wanted(needs, group_rules, Wanted.REQUIRED)


def preferred_of(needs: Needs, group_rules: GroupRules) -> Needs:
    """Return the part of the needs that only decides between operators who could both have it."""
    return _wanted(needs, group_rules, Wanted.PREFERRED)


def _wanted(needs: Needs, group_rules: GroupRules, how: Wanted) -> Needs:
    skills = needs.skills if group_rules.skills is how else ()
    languages = needs.languages if group_rules.languages is how else ()
    return Needs(skills, languages)


def _written(words: Iterable[str]) -> str:
    return ",".join(sorted({_escape(word) for word in words}))


def _escape(word: str) -> str:
    return "".join(quote(sign, safe="") if sign in _ESCAPED else sign for sign in word)


def _read(text: str) -> tuple[str, ...]:
    return tuple(unquote(word) for word in text.split(",") if word)
