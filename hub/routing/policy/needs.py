"""What a conversation asks of an operator, as one line of text, and which part of it a group insists on."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, unquote

from hub.routing.policy.model import NOTHING, Needs
from hub.types import GroupRules, Wanted

_ESCAPED = "%,;="
_BUT = "not"


def write_needs(needs: Needs) -> str:
    """Return `skills=a,b;languages=de;not=ID`, in an order of its own: equal needs give equal texts, none give ""."""
    lists = {"skills": needs.skills, "languages": needs.languages, _BUT: needs.but}
    return ";".join(f"{name}={_written(words)}" for name, words in lists.items() if words)


def read_needs(text: str) -> Needs:
    """Return what `write_needs` wrote."""
    if not text:
        return NOTHING
    lists = dict(each.split("=", 1) for each in text.split(";"))
    return Needs(*(_read(lists.get(name, "")) for name in ("skills", "languages", _BUT)))


def required_of(needs: Needs, group_rules: GroupRules) -> Needs:
    """Return the part of the needs without which nobody in the group gets the conversation, and who gets it not."""
    return replace(_wanted(needs, group_rules, Wanted.REQUIRED), but=needs.but)


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
