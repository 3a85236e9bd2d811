"""The form of a routing rule: what it shows, the rule it says, and what is wrong with it, field by field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.errors import Invalid
from hub.routing.policy.limits import LONGEST_TEXT, LONGEST_WORD, MOST_WORDS
from hub.types import Conditions, Effects, FieldCondition, Rule, TimeCondition
from hub.web.admin.fields import Fields
from hub.web.admin.groups_hours import hours_as_typed, read_week
from hub.web.admin.routing_choice import choice_as_typed, read_choice
from hub.web.language import marked

PRIORITIES: Final = (
    ("", marked("As it is")),
    ("0", marked("priority|0: normal")),
    ("1", marked("priority|1: soon")),
    ("2", marked("priority|2: urgent")),
    ("3", marked("priority|3: at once")),
)
WRITERS: Final = (
    ("", marked("Anybody")),
    ("new", marked("Customers who write for the first time")),
    ("returning", marked("Customers who wrote before")),
)
OPEN, CLOSED, OWN_OPEN, OWN_CLOSED = "open", "closed", "own-open", "own-closed"
"""How the field `time` begins for hours of a group (its id follows a colon), and what it says for hours of its own."""

_WORD = re.compile(r'\s*"([^"]*)"\s*(?=[,;\n]|$)|([^,;\n]+)')
_APART = re.compile(r"[,;\n]")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form of a rule shows: `one` value of a field, or `many` that are ticked."""

    one: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What a form says. `rule` is None when something is `wrong` (field → why, in English)."""

    rule: Rule | None
    wrong: Mapping[str, str]


def empty(time_zone: str) -> Typed:
    """Return the form of a new rule. `time_zone` is proposed for hours of its own."""
    return Typed({"enabled": "yes", **choice_as_typed(None), **hours_as_typed(None, time_zone)})


def rule_as_typed(rule: Rule, time_zone: str) -> Typed:
    """Return what the form of a rule shows."""
    when, then = rule.when, rule.then
    one = {
        "name": rule.name,
        "enabled": "yes" if rule.enabled else "",
        "fields": "\n".join(f"{each.field}: {_listed(each.values)}" for each in when.fields),
        "keywords": _listed(when.keywords),
        "payloads": _listed(when.payloads),
        "topics": _listed(when.topics),
        "writer": "" if when.returning is None else "returning" if when.returning else "new",
        "time": _time_as_typed(when.time),
        **hours_as_typed(when.time.hours if when.time else None, time_zone),
        "group_id": then.group_id or "",
        "priority": "" if then.priority is None else str(then.priority),
        "topic": then.topic or "",
        "skills": _listed(then.skills),
        "language": "yes" if then.language else "",
        "answer": then.answer,
        **choice_as_typed(then.choice),
    }
    return Typed(one, {"channels": when.channel_ids, "kinds": when.kinds, "languages": when.languages})


def typed_of(form: Mapping[str, Sequence[str]]) -> Typed:
    """Return a form that was sent, to be shown again."""
    return Typed({name: values[-1] for name, values in form.items()}, form)


def read_rule(typed: Typed, before: Rule) -> RuleForm:
    """Read the form of a rule; `before` gives the id."""
    fields = Fields(lambda name: typed.one.get(name, ""))
    rule = Rule(
        id=before.id,
        name=fields.said("name").strip(),
        when=_conditions(typed, fields),
        then=_effects(fields),
        enabled=fields.said("enabled") == "yes",
    )
    return RuleForm(None if fields.wrong else rule, fields.wrong)


def _conditions(typed: Typed, fields: Fields) -> Conditions:
    return Conditions(
        keywords=fields.read("keywords", _words, ()),
        languages=tuple(typed.many.get("languages", ())),
        channel_ids=tuple(typed.many.get("channels", ())),
        kinds=tuple(typed.many.get("kinds", ())),
        returning={"new": False, "returning": True}.get(fields.said("writer")),
        time=_time(fields),
        topics=fields.read("topics", _words, ()),
        payloads=fields.read("payloads", _words, ()),
        fields=fields.read("fields", _fields, ()),
    )


def _effects(fields: Fields) -> Effects:
    said = fields.said
    return Effects(
        group_id=said("group_id") or None,
        priority=int(said("priority")) if said("priority") in {value for value, _ in PRIORITIES if value} else None,
        topic=said("topic").strip() or None,
        skills=fields.read("skills", _words, ()),
        language=said("language") == "yes",
        answer=fields.read("answer", _text, ""),
        choice=read_choice(fields),
    )


def _time(fields: Fields) -> TimeCondition | None:
    value = fields.said("time")
    if value in (OWN_OPEN, OWN_CLOSED):
        hours, wrong = read_week(fields.said)
        fields.wrong.update(wrong)
        return TimeCondition(value == OWN_OPEN, hours=hours)
    inside, _, group_id = value.partition(":")
    return TimeCondition(inside == OPEN, group_id) if group_id else None


def _time_as_typed(condition: TimeCondition | None) -> str:
    if condition is None:
        return ""
    if condition.group_id is None:
        return OWN_OPEN if condition.inside else OWN_CLOSED
    return f"{OPEN if condition.inside else CLOSED}:{condition.group_id}"


def _fields(text: str) -> tuple[FieldCondition, ...]:
    return tuple(_field(line) for line in map(str.strip, text.splitlines()) if line)


def _field(line: str) -> FieldCondition:
    name, _, values = line.partition(":")
    found = _words(values)
    if not name.strip() or not found:
        raise Invalid(f"write “{line[:40]}” like city: Berlin, Hamburg")
    return FieldCondition(name.strip(), found)


def _listed(words: Sequence[str]) -> str:
    """Write words so that `_words` reads them again: one with a comma in it stands in quotation marks."""
    return ", ".join(f'"{word}"' if _APART.search(word) else word for word in words)


def _words(text: str) -> tuple[str, ...]:
    found = (quoted or bare for quoted, bare in _WORD.findall(text))
    words = tuple(dict.fromkeys(word.strip() for word in found if word.strip()))
    if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        raise Invalid(f"at most {MOST_WORDS} words of {LONGEST_WORD} characters can be listed")
    return words


def _text(text: str) -> str:
    if len(text.strip()) > LONGEST_TEXT:
        raise Invalid(f"write at most {LONGEST_TEXT} characters")
    return text.strip()
