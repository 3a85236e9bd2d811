"""What is too long or too much of groups and rules, in sentences. Known without the database, so before it is asked."""

from collections.abc import Iterable, Iterator

from hub.routing.policy import limits
from hub.types import Choice, Conditions, Effects, GroupRules, Rule

_SHOWN = 40


def rule_limits(number: int, rule: Rule) -> list[str]:
    """Return what is beyond the limits in a rule, one sentence each. `number`: its place from 1."""
    if len(rule.name) > limits.LONGEST_NAME:
        return [f"rule {number} {problem}" for problem in _name_problems(rule.name)]
    name = f"the rule “{rule.name}”" if rule.name.strip() else f"rule {number}"
    found = [*_asked_problems(rule.when), *_done_problems(rule.then)]
    return [f"{name} {problem}" for problem in dict.fromkeys(found)]


def count_problems(count: int) -> Iterator[str]:
    """Say when there are more rules than an organization can have."""
    most = limits.MOST_RULES
    if count > most:
        yield f"{count} rules are more than the {most} that can be kept; make one of several that are alike"


def group_limits(name: str, rules: GroupRules) -> list[str]:
    """Return what is beyond the limits in a group, one sentence each."""
    return [*_group_name_problems(name), *_patience_problems(rules)]


def _group_name_problems(name: str) -> Iterator[str]:
    if len(name) > limits.LONGEST_NAME:
        yield f"the name of the group has {len(name)} characters; shorten it to {limits.LONGEST_NAME}"


def _patience_problems(rules: GroupRules) -> Iterator[str]:
    answer, slot, over, tell = rules.closed_answer, rules.slot_minutes, rules.overflow_after, rules.tell_after
    if len(answer) > limits.LONGEST_TEXT:
        yield f"the answer outside the hours has {len(answer)} characters; shorten it to {limits.LONGEST_TEXT}"
    if not 0 <= slot <= limits.LONGEST_SLOT:
        yield f"no slot can be taken for {slot} minutes; choose from 0 to {limits.LONGEST_SLOT} (a week)"
    if not _is_wait(over):
        yield f"nothing can be handed over after {over} seconds; choose from 1 to {limits.LONGEST_WAIT} (a week)"
    if tell is not None and not _is_wait(tell):
        yield f"supervisors cannot be told after {tell} seconds; choose from 1 to {limits.LONGEST_WAIT} (a week)"


def _name_problems(name: str) -> Iterator[str]:
    yield f"has a name of {len(name)} characters; shorten it to {limits.LONGEST_NAME}"


def _asked_problems(when: Conditions) -> Iterator[str]:
    if len(when.fields) > limits.MOST_FIELDS:
        yield f"asks for {len(when.fields)} fields; make several rules of it, each with {limits.MOST_FIELDS} at most"
    lists = (when.channel_ids, when.kinds, when.languages, when.keywords, when.payloads, when.topics)
    for words in (*lists, *(each.values for each in when.fields)):
        if len(words) > limits.MOST_WORDS:
            yield f"has a list of {len(words)}; make several rules of it, each with {limits.MOST_WORDS} at most"
    fields = [word for each in when.fields for word in (each.field, *each.values)]
    yield from _word_problems([*when.keywords, *when.payloads, *when.topics, *fields])


def _word_problems(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if not word.strip():
            yield "asks for an empty word; take it out"
        if len(word) > limits.LONGEST_WORD:
            yield f"asks for “{word[:_SHOWN]}…”, {len(word)} characters; shorten it to {limits.LONGEST_WORD}"


def _done_problems(then: Effects) -> Iterator[str]:
    if len(then.answer) > limits.LONGEST_TEXT:
        yield f"has an answer of {len(then.answer)} characters; shorten it to {limits.LONGEST_TEXT}"
    options = then.choice.options if then.choice else ()
    for topic in (then.topic, *(each.topic for each in options)):
        if topic is not None and len(topic) > limits.LONGEST_TOPIC:
            yield f"gives a topic of {len(topic)} characters; shorten it to {limits.LONGEST_TOPIC}"
    if then.choice is not None:
        yield from _offer_problems(then.choice)


def _offer_problems(choice: Choice) -> Iterator[str]:
    if len(choice.text) > limits.LONGEST_TEXT:
        yield f"asks a question of {len(choice.text)} characters; shorten it to {limits.LONGEST_TEXT}"
    if len(choice.options) > limits.MOST_OPTIONS:
        yield f"offers {len(choice.options)} options; a choice has {limits.MOST_OPTIONS} at most, so take some out"
    if choice.wait > limits.LONGEST_WAIT:
        yield f"waits {choice.wait} seconds for a choice; wait {limits.LONGEST_WAIT} (a week) at most"
    for option in choice.options:
        label = option.label
        if len(label) > limits.LONGEST_WORD:
            yield f"offers “{label[:_SHOWN]}…”, {len(label)} characters; shorten it to {limits.LONGEST_WORD}"


def _is_wait(seconds: int) -> bool:
    return limits.LEAST_WAIT <= seconds <= limits.LONGEST_WAIT
