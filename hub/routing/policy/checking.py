"""What is wrong with rules and groups before they are kept: sentences that say why and what to do."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from hub.routing.policy.answers import bare
from hub.routing.policy.checking_hours import hours_problems
from hub.routing.policy.model import Group
from hub.routing.policy.reaching import takes_all
from hub.routing.policy.words import plain
from hub.types import Choice, Conditions, Effects, Rule, TimeCondition
from hub.types.languages import ISO_639_1

_LANGUAGES = ISO_639_1 | {"unknown"}
_MOST_URGENT = 3
_FEWEST_OPTIONS = 2


def problems_of(
    rules: Sequence[Rule], groups: Mapping[str, Group], channels: Mapping[str, str], kinds: Collection[str]
) -> list[str]:
    """Return what contradicts itself, cannot ever happen, or names what is not there.

    `channels`: id → its kind; `kinds`: all that channels can be of. Circles of overflow are `overflow_problem`'s,
    what is too long or too much is `checking_limits`'.
    """
    found = [problem for group in groups.values() for problem in _group_problems(group, groups)]
    for number, rule in enumerate(rules, 1):
        name = _named(number, rule)
        found += [f"{name} {problem}" for problem in _condition_problems(rule.when, groups, channels)]
        found += [f"{name} {problem}" for problem in _kind_problems(rule.when, kinds)]
        found += [f"{name} {problem}" for problem in _effect_problems(rule.then, groups)]
        if rule.when.time is not None and rule.when.time.hours is not None:
            found += hours_problems(rule.when.time.hours, f"{name} asks for hours that")
    return found + list(_never_reached(rules, channels))


def overflow_problem(groups: Mapping[str, Group]) -> str | None:
    """Return in one sentence which groups overflow in a circle; None if none do."""
    for group in groups.values():
        chain = [group]
        while (after := groups.get(chain[-1].rules.overflow_group_id or "")) is not None:
            if after is group:
                way = " → ".join(each.name for each in (*chain, group))
                return f"conversations would overflow in a circle ({way}) without end; let one of them overflow nowhere"
            if after in chain:
                break
            chain.append(after)
    return None


def _group_problems(group: Group, groups: Mapping[str, Group]) -> Iterator[str]:
    rules = group.rules
    if rules.hours is not None:
        yield from hours_problems(rules.hours, f"the hours of {group.name}")
    if rules.overflow_group_id is not None and rules.overflow_group_id not in groups:
        yield f"{group.name} overflows to a group that does not exist any more; choose another, or none"


def _condition_problems(when: Conditions, groups: Mapping[str, Group], channels: Mapping[str, str]) -> Iterator[str]:
    if any(each not in channels for each in when.channel_ids):
        yield "asks for a channel that does not exist any more; take it out, or choose another"
    kinds = {channels[each] for each in when.channel_ids if each in channels}
    if when.kinds and kinds and not kinds & set(when.kinds):
        yield (
            f"asks for {_or(sorted(kinds))} by its channel and for {_or(when.kinds)} by the kind, "
            "which is never both; take out one of the two"
        )
    for code in when.languages:
        if code not in _LANGUAGES:
            yield f"asks for the language “{code}”, which is no code of ISO 639-1; write de, en, … or unknown"
    if any(not plain(each) for each in when.keywords):
        yield "has a keyword without letters, which is in no text; take it out"
    for field in when.fields:
        if not field.values:
            yield f"asks for the field “{field.field}” without saying what it should be; give it a value"
    if when.time is not None:
        yield from _time_problems(when.time, groups)


def _kind_problems(when: Conditions, kinds: Collection[str]) -> Iterator[str]:
    known = ", ".join(sorted(kinds))
    for kind in when.kinds:
        if kind not in kinds:
            yield f"asks for channels of the kind “{kind[:40]}”, which there is not; choose of {known}"


def _time_problems(time: TimeCondition, groups: Mapping[str, Group]) -> Iterator[str]:
    if time.group_id is not None and time.hours is not None:
        yield "asks for the hours of a group and for others; take out one of the two"
    elif time.group_id is not None and time.group_id not in groups:
        yield "asks for the hours of a group that does not exist any more; choose another"
    elif time.group_id is not None and groups[time.group_id].rules.hours is None and not time.inside:
        name = groups[time.group_id].name
        yield f"asks for the time outside the hours of {name}, which has none and is always open; give it hours"
    elif time.group_id is None and time.hours is None:
        yield "asks for a time without saying which; name a group, or hours"


def _effect_problems(then: Effects, groups: Mapping[str, Group]) -> Iterator[str]:
    if then.group_id is not None and then.group_id not in groups:
        yield "sends to a group that does not exist any more; choose another"
    if then.priority is not None and not 0 <= then.priority <= _MOST_URGENT:
        yield f"gives the priority {then.priority}; it goes from 0 (normal) to {_MOST_URGENT} (most urgent)"
    if then.choice is None:
        return
    if then.group_id is not None:
        yield "names a group and lets the customer choose one; take out one of the two"
    yield from _choice_problems(then.choice, groups)


def _choice_problems(choice: Choice, groups: Mapping[str, Group]) -> Iterator[str]:
    if not plain(choice.text):
        yield "offers a choice without a question; write what the customer is asked"
    if len(choice.options) < _FEWEST_OPTIONS:
        yield "offers a choice of less than two; give it more options, or a group instead"
    if choice.otherwise_group_id not in groups:
        yield "sends those who do not choose to a group that does not exist any more; choose another"
    if choice.wait <= 0:
        yield f"waits {choice.wait} seconds for a choice; give the customer some time"
    for option in choice.options:
        if option.group_id not in groups:
            yield f"offers “{option.label}”, whose group does not exist any more; choose another"
    yield from _label_problems(choice)


def _label_problems(choice: Choice) -> Iterator[str]:
    """A label must say which option it is, also against the numbers that options are chosen by."""
    labels = [bare(each.label) for each in choice.options]
    numbers = {str(number): number for number in range(1, len(labels) + 1)}
    for number, label in enumerate(labels, 1):
        if not label:
            yield f"has no label for option {number}; write what the customer reads"
        elif label in labels[: number - 1]:
            yield f"offers “{choice.options[number - 1].label}” twice; name the options differently"
        elif numbers.get(label, number) != number:
            yield f"calls option {number} “{label}”, which is the number of another one; name it in words"


def _never_reached(rules: Sequence[Rule], channels: Mapping[str, str]) -> Iterator[str]:
    """Each rule that an earlier one leaves nothing to, by the first that does."""
    enabled = [(number, rule) for number, rule in enumerate(rules, 1) if rule.enabled]
    for place, (number, rule) in enumerate(enabled):
        earlier = ((n, each) for n, each in enabled[:place] if takes_all(each.when, rule.when, channels))
        before = next(earlier, None)
        if before is not None:
            yield _unreached(_named(number, rule), rule, _named(*before), before[1], channels)


def _unreached(name: str, rule: Rule, before: str, earlier: Rule, channels: Mapping[str, str]) -> str:
    if not takes_all(rule.when, earlier.when, channels):
        return f"{name} is never reached, because {before} before it takes all that it asks for; move it up"
    does = "does the same" if earlier.then == rule.then else "does something else"
    return f"{name} asks the same as {before} before it and {does}, so it is never reached; remove one of them"


def _named(number: int, rule: Rule) -> str:
    return f"the rule “{rule.name}”" if rule.name.strip() else f"rule {number}"


def _or(words: Sequence[str]) -> str:
    return " or ".join(words)
