"""How an organization wants its conversations routed: groups, hours, rules. Values only; hub.routing.policy decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Strategy(StrEnum):
    """How a group chooses among its operators who are online with a free slot."""

    LEAST_BUSY = "least_busy"
    ROUND_ROBIN = "round_robin"
    LONGEST_IDLE = "longest_idle"
    MANUAL = "manual"


class Wanted(StrEnum):
    """How much something an operator may have or lack counts."""

    OFF = "off"
    PREFERRED = "preferred"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Interval:
    """Part of a day in minutes since its midnight; an `until` that is not after `since` is on the next day."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When a group works.

    time_zone   IANA name
    week        seven days from Monday on, each with its intervals, in the local time of the zone
    holidays    country and its part ("DE", "DE-BE") whose public holidays are closed; empty: none
    closed      further days that are closed
    extra       days with intervals of their own, which go before holidays and the week
    """

    time_zone: str
    week: tuple[tuple[Interval, ...], ...]
    holidays: str = ""
    closed: tuple[date, ...] = ()
    extra: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupRules:
    """How a group routes.

    sticky            a returning customer goes to their last operator who is online with a free slot
    skills, languages whether what a conversation needs is required of an operator, preferred, or does not count
    hours             None: always open
    closed_answer     sent once a conversation and day outside the hours; empty: nothing
    overflow_group_id whoever waited `overflow_after` seconds in this group's queue goes over to that one
    tell_after        seconds after which the supervisors are told that somebody waits; None: never
    slot_minutes      how long after its last message a conversation that waits for the customer takes a slot
    """

    sticky: bool = True
    skills: Wanted = Wanted.REQUIRED
    languages: Wanted = Wanted.PREFERRED
    hours: Hours | None = None
    closed_answer: str = ""
    overflow_group_id: str | None = None
    overflow_after: int = 300
    tell_after: int | None = None
    slot_minutes: int = 60


@dataclass(frozen=True, slots=True)
class FieldCondition:
    """A field of the contact, or its `name`, that is one of some texts (ignoring case)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeCondition:
    """Inside some hours, or outside of them. `group_id`: the hours of that group; else `hours`."""

    inside: bool
    group_id: str | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a rule asks. All that is given must hold; of a list one. Nothing given: always.

    languages   ISO 639-1 codes, and "unknown"
    keywords    whole words or phrases, ignoring case
    payloads    of a pressed button, or the start parameter of a link
    returning   True: wrote before; False: writes for the first time
    """

    channel_ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    fields: tuple[FieldCondition, ...] = ()
    languages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    payloads: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    returning: bool | None = None
    time: TimeCondition | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers a conversation is offered, and what it leads to."""

    label: str
    group_id: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A question to the customer: buttons where the channel has them, a numbered text elsewhere.

    Whoever does not choose within `wait` seconds goes to `otherwise_group_id`.
    """

    text: str
    options: tuple[Option, ...]
    otherwise_group_id: str
    wait: int = 300


@dataclass(frozen=True, slots=True)
class Effects:
    """What a rule does; None and empty leave things as they are.

    priority    0 normal, up to 3 most urgent
    skills      an operator needs all of them
    language    True: an operator should speak the language of the text, if it is known
    answer      sent automatically, once
    """

    group_id: str | None = None
    priority: int | None = None
    topic: str | None = None
    skills: tuple[str, ...] = ()
    language: bool = False
    answer: str = ""
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an organization's rules; the first whose conditions hold decides."""

    id: str
    name: str
    when: Conditions
    then: Effects
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RoutingWishes:
    """What holds for the whole organization.

    offline_grace   seconds after which an operator who went offline gives back what waits for us
    browser_grace   seconds a browser may be silent before its user counts as offline
    close_after     days of silence after which a conversation closes by itself; None: never
    """

    offline_grace: int = 120
    browser_grace: int = 60
    close_after: int | None = None
