"""A routing rule as one sentence: “If the language is German and the text has “Rechnung” → Billing, priority 2”."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.types import Choice, Conditions, Effects, Rule, TimeCondition
from hub.web.admin.groups_hours import hours_in_short
from hub.web.language import Language, marked
from hub.web.spoken import name_of

_IF = marked("If {conditions}")
_ALWAYS = marked("Always")
_OR = marked("{first} or {last}")
_AND = marked("{first} and {last}")
_QUOTED = marked("“{text}”")
GONE = marked("(deleted)")
_LONGEST = 60

_CHANNELS = marked("it comes on {names}")
_KINDS = marked("it comes by {names}")
_FIELD = marked("{field} of the customer is {values}")
_LANGUAGES = marked("the language is {names}")
_KEYWORDS = marked("the text has {words}")
_PAYLOADS = marked("a button or a link says {words}")
_TOPICS = marked("the topic is {words}")
_RETURNING = {True: marked("the customer wrote before"), False: marked("the customer writes for the first time")}
_OF_GROUP = {True: marked("{group} is open"), False: marked("{group} is closed")}
_OF_OWN = {True: marked("it is within {hours}"), False: marked("it is outside {hours}")}

_CHANNELS_GROUP = marked("the channel's group")
_PRIORITY = marked("priority {n}")
_TOPIC = marked("topic {topic}")
_SKILLS = marked("somebody with {skills}")
_SPEAKS = marked("somebody who speaks the language")
_ANSWER = marked("answers {text}")
_CHOICE = marked("asks {text}: {options}")
_OPTION = marked("{label} goes to {group}")


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: of channels and groups, and kinds by their own name."""

    channels: Mapping[str, str]
    groups: Mapping[str, str]
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A rule in words: when, and what then."""

    when: str
    then: str


def tell(rule: Rule, names: Names, language: Language) -> Told:
    """Return a rule in the reader's words."""
    conditions = list(_conditions(rule.when, names, language))
    when = (
        language.text(_IF, {"conditions": _joined(conditions, _AND, language)})
        if conditions
        else language.text(_ALWAYS)
    )
    return Told(when, ", ".join(_effects(rule.then, names, language)))


def _conditions(when: Conditions, names: Names, language: Language) -> Iterator[str]:
    yield from _origin(when, names, language)
    for each in when.fields:
        values = {"field": _quoted(each.field, language), "values": _any_word(each.values, language)}
        yield language.text(_FIELD, values)
    if when.languages:
        spoken = [name_of(code, language) for code in when.languages]
        yield language.text(_LANGUAGES, {"names": _joined(spoken, _OR, language)})
    for pattern, words in ((_KEYWORDS, when.keywords), (_PAYLOADS, when.payloads), (_TOPICS, when.topics)):
        if words:
            yield language.text(pattern, {"words": _any_word(words, language)})
    if when.returning is not None:
        yield language.text(_RETURNING[when.returning])
    if when.time is not None:
        yield _time(when.time, names, language)


def _origin(when: Conditions, names: Names, language: Language) -> Iterator[str]:
    if when.channel_ids:
        channels = [_called(key, names.channels, language) for key in when.channel_ids]
        yield language.text(_CHANNELS, {"names": _joined(channels, _OR, language)})
    if when.kinds:
        kinds = [language.text(names.kinds.get(kind, kind)) for kind in when.kinds]
        yield language.text(_KINDS, {"names": _joined(kinds, _OR, language)})


def _any_word(words: Sequence[str], language: Language) -> str:
    return _joined([_quoted(word, language) for word in words], _OR, language)


def _time(condition: TimeCondition, names: Names, language: Language) -> str:
    if condition.hours is not None:
        return language.text(_OF_OWN[condition.inside], {"hours": hours_in_short(condition.hours, language)})
    return language.text(
        _OF_GROUP[condition.inside], {"group": _called(condition.group_id or "", names.groups, language)}
    )


def _effects(then: Effects, names: Names, language: Language) -> Iterator[str]:
    say = language.text
    if then.choice is not None:
        yield _choice(then.choice, names, language)
    elif then.group_id is None:
        yield say(_CHANNELS_GROUP)
    else:
        yield _called(then.group_id, names.groups, language)
    if then.priority is not None:
        yield say(_PRIORITY, {"n": then.priority})
    if then.topic:
        yield say(_TOPIC, {"topic": _quoted(then.topic, language)})
    if then.skills:
        skilled = [_quoted(skill, language) for skill in then.skills]
        yield say(_SKILLS, {"skills": _joined(skilled, _AND, language)})
    if then.language:
        yield say(_SPEAKS)
    if then.answer:
        yield say(_ANSWER, {"text": _quoted(then.answer, language)})


def _choice(choice: Choice, names: Names, language: Language) -> str:
    options = [
        language.text(
            _OPTION,
            {"label": _quoted(option.label, language), "group": _called(option.group_id, names.groups, language)},
        )
        for option in choice.options
    ]
    values = {"text": _quoted(choice.text, language), "options": _joined(options, _AND, language)}
    return language.text(_CHOICE, values)


def _called(key: str, names: Mapping[str, str], language: Language) -> str:
    return names.get(key) or language.text(GONE)


def _quoted(text: str, language: Language) -> str:
    line = " ".join(text.split())
    shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return language.text(_QUOTED, {"text": shown})


def _joined(pieces: Sequence[str], pattern: str, language: Language) -> str:
    """Join with commas, and with the pattern before the last one."""
    if len(pieces) < 2:
        return "".join(pieces)
    return language.text(pattern, {"first": ", ".join(pieces[:-1]), "last": pieces[-1]})
