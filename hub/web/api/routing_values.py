"""What groups and rules look like in JSON, and back: one model for what comes in and what goes out.

The models refuse another shape only. How long and how much is the use cases' (`hub.routing.policy.limits`), so that
whatever one door took can be shown by the other; here it is told to whoever reads the schema.
"""

import re
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, field_validator

from hub.routing.policy import limits
from hub.types import (
    Choice,
    Conditions,
    Effects,
    FieldCondition,
    GroupRules,
    Hours,
    Interval,
    Option,
    Rule,
    TimeCondition,
    Wanted,
)
from hub.web.api.frame import Body

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES: Final = 24 * 60
_INTERVAL: Final = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Word = Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": limits.LONGEST_WORD})]
Words = Annotated[list[Word], Field(json_schema_extra={"maxItems": limits.MOST_WORDS})]
Answer = Annotated[str, Field(json_schema_extra={"maxLength": limits.LONGEST_TEXT})]
Topic = Annotated[str, Field(json_schema_extra={"maxLength": limits.LONGEST_TOPIC})]
Wait = Annotated[int, Field(json_schema_extra={"minimum": limits.LEAST_WAIT, "maximum": limits.LONGEST_WAIT})]


class Value(Body):
    """Base of what is read and written in one form."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _read_interval(text: str) -> Interval:
    """Raises ValueError."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ValueError("write a part of a day like 09:00-12:30")
    hour, minute, last_hour, last_minute = map(int, found.groups())
    since, until = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or since >= _DAY_MINUTES or until > _DAY_MINUTES:
        raise ValueError("a day has 00:00 to 24:00")
    return Interval(since, until)


def _checked(text: str) -> str:
    _read_interval(text)
    return text


Part = Annotated[str, AfterValidator(_checked)]
Parts = Annotated[list[Part], Field(json_schema_extra={"maxItems": limits.MOST_INTERVALS})]


def _written(part: Interval | str) -> str:
    if isinstance(part, str):
        return part
    return f"{part.since // 60:02d}:{part.since % 60:02d}-{part.until // 60:02d}:{part.until % 60:02d}"


def _read(parts: list[str]) -> tuple[Interval, ...]:
    return tuple(map(_read_interval, parts))


class HoursValue(Value):
    time_zone: str = Field(description="IANA name")
    week: dict[Day, Parts] = Field(
        default_factory=dict, description="Parts of the day like 09:00-12:30; one that ends earlier is over midnight"
    )
    holidays: str = Field("", description="Country and part whose public holidays are closed: DE, DE-BE")
    closed: list[date] = Field(
        default_factory=list, description="Further closed days", json_schema_extra={"maxItems": limits.MOST_DAYS}
    )
    extra: dict[date, Parts] = Field(
        default_factory=dict,
        description="Days with hours of their own, before holidays and the week",
        json_schema_extra={"maxProperties": limits.MOST_DAYS},
    )

    @field_validator("week", mode="before")
    @classmethod
    def _name_days(cls, week: Any) -> Any:
        if isinstance(week, tuple):
            return {day: list(map(_written, parts)) for day, parts in zip(DAYS, week, strict=True)}
        return week

    @field_validator("extra", mode="before")
    @classmethod
    def _write_parts(cls, extra: Any) -> Any:
        if isinstance(extra, dict):
            return {day: [_written(each) for each in parts] for day, parts in extra.items()}
        return extra

    def value(self) -> Hours:
        return Hours(
            self.time_zone,
            tuple(_read(self.week.get(day, [])) for day in DAYS),
            self.holidays,
            tuple(self.closed),
            {day: _read(parts) for day, parts in self.extra.items()},
        )


class GroupRulesValue(Value):
    sticky: bool = Field(True, description="Who comes back goes to their last operator, if online with a free slot")
    skills: Wanted = Wanted.REQUIRED
    languages: Wanted = Wanted.PREFERRED
    hours: HoursValue | None = Field(None, description="null: always open")
    closed_answer: Answer = Field("", description="Sent once a conversation and day outside the hours")
    overflow_group_id: str | None = Field(None, description="Where those go who waited too long")
    overflow_after: Wait = Field(300, description="Seconds")
    tell_after: Wait | None = Field(None, description="Seconds until supervisors are told")
    slot_minutes: int = Field(
        60,
        description="How long after its last message a conversation still takes a slot",
        json_schema_extra={"minimum": 0, "maximum": limits.LONGEST_SLOT},
    )

    def given(self) -> dict[str, Any]:
        """Return what was said, by the names of `GroupRules`."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return said | ({"hours": self.hours.value()} if self.hours else {})

    def value(self) -> GroupRules:
        return GroupRules(**self.given())


class FieldConditionValue(Value):
    field: Word = Field(description="A field of the contact, or `name`")
    values: Words = Field(description="One of these, ignoring case")

    def value(self) -> FieldCondition:
        return FieldCondition(self.field, tuple(self.values))


class TimeConditionValue(Value):
    inside: bool = Field(description="Inside the hours, or outside of them")
    group_id: str | None = Field(None, description="The hours of this group")
    hours: HoursValue | None = Field(None, description="Hours of the rule's own")

    def value(self) -> TimeCondition:
        return TimeCondition(self.inside, self.group_id, self.hours.value() if self.hours else None)


class ConditionsValue(Value):
    channel_ids: list[str] = Field(default_factory=list, json_schema_extra={"maxItems": limits.MOST_WORDS})
    kinds: Words = Field(default_factory=list)
    fields: list[FieldConditionValue] = Field(default_factory=list, json_schema_extra={"maxItems": limits.MOST_FIELDS})
    languages: Words = Field(default_factory=list, description="ISO 639-1, and `unknown`")
    keywords: Words = Field(default_factory=list, description="Whole words or phrases, ignoring case")
    payloads: Words = Field(default_factory=list, description="Of a pressed button, or the start parameter of a link")
    topics: Words = Field(default_factory=list)
    returning: bool | None = Field(None, description="true: wrote before; false: writes for the first time")
    time: TimeConditionValue | None = None

    def value(self) -> Conditions:
        return Conditions(
            tuple(self.channel_ids),
            tuple(self.kinds),
            tuple(each.value() for each in self.fields),
            tuple(self.languages),
            tuple(self.keywords),
            tuple(self.payloads),
            tuple(self.topics),
            self.returning,
            self.time.value() if self.time else None,
        )


class OptionValue(Value):
    label: Word
    group_id: str
    topic: Topic | None = None

    def value(self) -> Option:
        return Option(self.label, self.group_id, self.topic)


class ChoiceValue(Value):
    text: Answer
    options: list[OptionValue] = Field(json_schema_extra={"maxItems": limits.MOST_OPTIONS})
    otherwise_group_id: str
    wait: Wait = Field(300, description="Seconds for the customer to choose")

    def value(self) -> Choice:
        return Choice(self.text, tuple(each.value() for each in self.options), self.otherwise_group_id, self.wait)


class EffectsValue(Value):
    group_id: str | None = Field(None, description="null: the channel's group")
    priority: int | None = Field(
        None, description="0 normal to 3 most urgent", json_schema_extra={"minimum": 0, "maximum": 3}
    )
    topic: Topic | None = None
    skills: Words = Field(default_factory=list, description="An operator needs all of them; at most 10")
    language: bool = Field(False, description="An operator should speak the language of the text")
    answer: Answer = Field("", description="Sent automatically, once")
    choice: ChoiceValue | None = None

    def value(self) -> Effects:
        choice = self.choice.value() if self.choice else None
        return Effects(self.group_id, self.priority, self.topic, tuple(self.skills), self.language, self.answer, choice)


class RuleValue(Value):
    id: str | None = Field(None, description="Of a rule that stays; without it the rule is new")
    name: str = Field("", description="May be empty", json_schema_extra={"maxLength": limits.LONGEST_NAME})
    when: ConditionsValue | None = Field(None, description="All that is given must hold")
    then: EffectsValue | None = None
    enabled: bool = True

    def value(self) -> Rule:
        when = self.when.value() if self.when else Conditions()
        then = self.then.value() if self.then else Effects()
        return Rule(self.id or "", self.name, when, then, self.enabled)
