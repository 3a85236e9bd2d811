"""The form of a routing rule: what it shows, and the rule it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.errors import Invalid
from hub.types import Choice, Conditions, Effects, FieldCondition, Option, Rule, TimeCondition
from hub.web.admin.groups_form import read_minutes
from hub.web.admin.groups_hours import Read
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
OPTIONS: Final = tuple(range(10))
"""How many answers of a choice the form has room for."""

_OWN_HOURS = "own"
_BETWEEN = re.compile(r"[,;\n]+")
_MOST_WORDS = 100
_LONGEST_WORD = 100
_LONGEST_TEXT = 1000
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form of a rule shows: `one` value of a field, or `many` that are ticked."""

    one: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, Sequence[str]] = field(default_factory=dict)


EMPTY = Typed({"enabled": "yes", "wait": "5"})


def rule_as_typed(rule: Rule) -> Typed:
    """Return what the form of a rule shows."""
    when, then = rule.when, rule.then
    one = {
        "name": rule.name,
        "enabled": "yes" if rule.enabled else "",
        "fields": "\n".join(f"{each.field}: {', '.join(each.values)}" for each in when.fields),
        "keywords": ", ".join(when.keywords),
        "payloads": ", ".join(when.payloads),
        "topics": ", ".join(when.topics),
        "writer": "" if when.returning is None else "returning" if when.returning else "new",
        "time": _time_as_typed(when.time),
        "group_id": then.group_id or "",
        "priority": "" if then.priority is None else str(then.priority),
        "topic": then.topic or "",
        "skills": ", ".join(then.skills),
        "language": "yes" if then.language else "",
        "answer": then.answer,
        **_choice_as_typed(then.choice),
    }
    return Typed(one, {"channels": when.channel_ids, "kinds": when.kinds, "languages": when.languages})


def typed_of(form: Mapping[str, Sequence[str]]) -> Typed:
    """Return a form that was sent, to be shown again."""
    return Typed({name: values[-1] for name, values in form.items()}, form)


def read_rule(typed: Typed, before: Rule) -> Rule:
    """Return the rule a form says. Raises Invalid, naming what is wrong.

    `before` gives the id, and hours of its own, which only the API can write.
    """
    return Rule(
        id=before.id,
        name=_said(typed)("name").strip(),
        when=_conditions(typed, before.when.time),
        then=_effects(_said(typed)),
        enabled=_said(typed)("enabled") == "yes",
    )


def _said(typed: Typed) -> Read:
    return lambda name: typed.one.get(name, "")


def _conditions(typed: Typed, own: TimeCondition | None) -> Conditions:
    said = _said(typed)
    return Conditions(
        channel_ids=tuple(typed.many.get("channels", ())),
        kinds=tuple(typed.many.get("kinds", ())),
        fields=_fields(said("fields")),
        languages=tuple(typed.many.get("languages", ())),
        keywords=_words(said("keywords")),
        payloads=_words(said("payloads")),
        topics=_words(said("topics")),
        returning={"new": False, "returning": True}.get(said("writer")),
        time=_time(said("time"), own),
    )


def _effects(said: Read) -> Effects:
    return Effects(
        group_id=said("group_id") or None,
        priority=int(said("priority")) if said("priority") in {value for value, _ in PRIORITIES if value} else None,
        topic=said("topic").strip() or None,
        skills=_words(said("skills")),
        language=said("language") == "yes",
        answer=_text(said("answer")),
        choice=_choice(said),
    )


def _fields(text: str) -> tuple[FieldCondition, ...]:
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    return tuple(_field(line) for line in lines)


def _field(line: str) -> FieldCondition:
    name, _, values = line.partition(":")
    found = _words(values)
    if not name.strip() or not found:
        raise Invalid(f"write “{line[:40]}” like city: Berlin, Hamburg")
    return FieldCondition(name.strip(), found)


def _words(text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in _BETWEEN.split(text) if word.strip()))
    if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
        raise Invalid(f"at most {_MOST_WORDS} words of {_LONGEST_WORD} characters can be listed")
    return words


def _text(text: str) -> str:
    if len(text.strip()) > _LONGEST_TEXT:
        raise Invalid(f"write at most {_LONGEST_TEXT} characters")
    return text.strip()


def _time(value: str, own: TimeCondition | None) -> TimeCondition | None:
    if value == _OWN_HOURS:
        return own
    inside, _, group_id = value.partition(":")
    return TimeCondition(inside == "open", group_id) if group_id else None


def _time_as_typed(condition: TimeCondition | None) -> str:
    if condition is None:
        return ""
    if condition.group_id is None:
        return _OWN_HOURS
    return f"{'open' if condition.inside else 'closed'}:{condition.group_id}"


def _choice(said: Read) -> Choice | None:
    options = tuple(option for place in OPTIONS if (option := _option(said, place)))
    text = _text(said("question"))
    if not text and not options:
        return None
    if not text or len(options) < 2:
        raise Invalid("a choice needs a question and at least two answers, each with its group")
    if not said("otherwise"):
        raise Invalid("say which group gets customers who do not choose")
    return Choice(text, options, said("otherwise"), read_minutes(said("wait") or "5"))


def _option(said: Read, place: int) -> Option | None:
    label, group_id = _text(said(f"label-{place}")), said(f"option-group-{place}")
    if bool(label) != bool(group_id):
        raise Invalid("a choice needs a question and at least two answers, each with its group")
    return Option(label, group_id, said(f"option-topic-{place}").strip() or None) if label else None


def _choice_as_typed(choice: Choice | None) -> dict[str, str]:
    if choice is None:
        return {"wait": "5"}
    typed = {"question": choice.text, "otherwise": choice.otherwise_group_id, "wait": f"{choice.wait / _MINUTE:g}"}
    for place, option in enumerate(choice.options):
        typed |= {f"label-{place}": option.label, f"option-group-{place}": option.group_id,
                  f"option-topic-{place}": option.topic or ""}  # fmt: skip
    return typed
