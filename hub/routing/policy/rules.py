"""Which rule decides: the first that is enabled and whose conditions hold."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from hub.routing.policy.hours import is_open
from hub.routing.policy.model import Group, Question
from hub.routing.policy.words import has_word, plain, plain_keyword
from hub.types import Conditions, FieldCondition, Hours, Rule, TimeCondition


def first_match(rules: Iterable[Rule], question: Question, groups: Mapping[str, Group], now: datetime) -> Rule | None:
    """Return the rule that decides; None if no enabled rule's conditions hold."""
    asked = _Asked(question, groups, now)
    return next((each for each in rules if each.enabled and asked.meets(each.when)), None)


class _Asked:
    """A question, with what takes time to know about it found out once for all rules."""

    def __init__(self, question: Question, groups: Mapping[str, Group], now: datetime) -> None:
        self._question = question
        self._groups = groups
        self._now = now
        self._open: dict[int, bool] = {}

    @cached_property
    def _text(self) -> str:
        return plain(self._question.text)

    @cached_property
    def _fields(self) -> Mapping[str, str]:
        return {name: plain(value) for name, value in self._question.contact_fields.items()}

    def meets(self, when: Conditions) -> bool:
        """Whether all that is asked holds; what costs least is asked first."""
        question = self._question
        return (
            (not when.channel_ids or question.channel_id in when.channel_ids)
            and (not when.kinds or question.channel_kind in when.kinds)
            and (not when.languages or question.language in when.languages)
            and (not when.payloads or question.payload in when.payloads)
            and (not when.topics or question.topic in when.topics)
            and when.returning in (None, question.returning)
            and (not when.fields or all(self._has(each) for each in when.fields))
            and (not when.keywords or any(has_word(self._text, plain_keyword(each)) for each in when.keywords))
            and (when.time is None or self._is_time(when.time))
        )

    def _has(self, condition: FieldCondition) -> bool:
        value = self._fields.get(condition.field)
        return value is not None and any(value == plain_keyword(each) for each in condition.values)

    def _is_time(self, condition: TimeCondition) -> bool:
        """A group that is no more has no time, neither inside nor outside; one without hours is always open."""
        hours = condition.hours
        if condition.group_id is not None:
            group = self._groups.get(condition.group_id)
            if group is None:
                return False
            hours = group.rules.hours
        return (hours is None or self._is_open(hours)) is condition.inside

    def _is_open(self, hours: Hours) -> bool:
        """Many rules ask for the same hours; they cannot be hashed, but live as long as the question is asked."""
        if id(hours) not in self._open:
            self._open[id(hours)] = is_open(hours, self._now)
        return self._open[id(hours)]
