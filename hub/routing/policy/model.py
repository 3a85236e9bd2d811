"""What decisions are made of and what comes out of them. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.types import Choice, GroupRules, Presence, Rule, Strategy


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who could get a conversation.

    taken            slots in use: conversations that wait for us, or had a message lately
    last_assigned_at when they were last given one automatically (round robin, ties)
    idle_since       since when nothing waits for them; None: something does
    """

    user_id: str
    name: str
    presence: Presence
    slots: int
    taken: int
    last_assigned_at: datetime | None = None
    idle_since: datetime | None = None
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """A group as decisions see it."""

    id: str
    name: str
    strategy: Strategy
    rules: GroupRules
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """How an organization routes, and who is there now. `members` of groups are keys of `operators`."""

    groups: Mapping[str, Group]
    operators: Mapping[str, Operator]
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What a conversation asks of an operator. `but`: users who get it by no decision, since they have released it."""

    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


NOTHING = Needs()


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation that needs an owner, and what is known of the message that made it so.

    fresh             begun or opened again by this message: the rules are asked
    group_id          the group it is in already; None: none yet
    channel_group_id  the group of its channel
    language          of the text, ISO 639-1, or "unknown"
    payload           of the pressed button, or the start parameter
    returning         the person wrote before
    last_operator_id  who had it last
    parked            it was with `last_operator_id` and took no slot when the customer wrote again
    behind            others stand before it in line who could have whomever the strategy gives it to: it does not pass
                      them, but may return to whoever had it last
    """

    channel_id: str
    channel_name: str
    channel_kind: str
    channel_group_id: str | None
    fresh: bool
    text: str = ""
    language: str = "unknown"
    payload: str = ""
    topic: str | None = None
    returning: bool = False
    contact_fields: Mapping[str, str] = field(default_factory=dict)
    group_id: str | None = None
    needs: Needs = NOTHING
    last_operator_id: str | None = None
    parked: bool = False
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """One of the best candidates: their place by the group's strategy, and why not they, where it was not they."""

    user_id: str
    name: str
    free: int
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets a conversation and why.

    user_id    None: it waits in `group_id` (None: for anybody)
    rule       the id of the rule that matched; "channel" for the channel's own group, "kept" for the group it was in
    counts     reason → how many of the group's members it kept out; "fit" are those who could have it
    best       the candidates, best first: as many as were asked for
    sticky     the last operator, and why it was or was not they; empty: nobody had it
    answer     sent automatically; `closed` says it is the one for outside the hours
    reason     one sentence
    """

    group_id: str | None
    user_id: str | None
    rule: str
    reason: str
    needs: Needs = NOTHING
    priority: int | None = None
    topic: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    best: tuple[Ranked, ...] = ()
    sticky: str = ""
    answer: str = ""
    closed: bool = False
    choice: Choice | None = None
