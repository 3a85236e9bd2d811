"""What may happen to routing, as values that name people, groups and talks: whoever plays them finds the rows.

A talk is a contact on a channel ("bot:3"). An event on a talk that is not there, or is closed, happens to nobody.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from hub.types import (
    Choice,
    Conditions,
    Effects,
    FieldCondition,
    GroupRules,
    Hours,
    Interval,
    Option,
    Presence,
    Rule,
    Strategy,
    TimeCondition,
    Wanted,
)

BEGIN = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
"""Two days before the clocks go back in Europe."""
BEGINNINGS = (BEGIN, datetime(2027, 3, 26, 6, 0, tzinfo=UTC))
"""And two days before they go on."""
PEOPLE = tuple(f"user{number}" for number in range(6))
GROUPS = ("sales", "support", "night")
CHANNELS: Mapping[str, str | None] = {"bot": "support", "box": None}
"""Channel → its group at the beginning."""
KINDS = {"bot": "telegram", "box": "sms"}
GROUP_IDS = {name: f"{place}{name.upper():0<25}" for place, name in enumerate(GROUPS)}
TALKS = tuple(f"{channel}:{number}" for channel in CHANNELS for number in range(12))
OVERFLOW = {"sales": "support", "support": "night", "night": None}
TEXTS = ("hello", "a refund please", "urgent", "1", "sales", "ich habe eine Frage zu meiner Rechnung", "")

_OFFICE = Hours("Europe/Berlin", (((Interval(9 * 60, 18 * 60),),) * 5) + ((), ()), holidays="DE-BE")
_NIGHT = Hours("Europe/Berlin", ((Interval(22 * 60, 6 * 60),),) * 7, extra={date(2026, 10, 25): (Interval(60, 240),)})
_LONDON = Hours("Europe/London", ((Interval(60, 120), Interval(8 * 60, 20 * 60)),) * 7)


_DEFAULTS = GroupRules()


@dataclass(frozen=True)
class Event:
    """Something that happens. `what` says which of the other fields count."""

    what: str
    talk: str = ""
    person: str = ""
    group: str | None = None
    said: tuple[tuple[str, str, str], ...] = ()
    """(talk, text, payload) that one look into the journal finds."""
    number: int = 0
    presence: Presence = Presence.ONLINE
    names: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    strategy: Strategy = Strategy.LEAST_BUSY
    rules: GroupRules = _DEFAULTS

    def __repr__(self) -> str:
        said = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if self._says(each)]
        return f"Event({', '.join(said)})"

    def _says(self, field: Field[Any]) -> bool:
        return bool(getattr(self, field.name) != field.default)


def draw_event(draw: Random) -> Event:
    return draw_one(draw.choices(*_OFTEN)[0], draw)


def draw_one(what: str, draw: Random) -> Event:
    """Draw an event of a kind."""
    talk, person, group = draw.choice(TALKS), draw.choice(PEOPLE), draw.choice(GROUPS)
    match what:
        case "hear":
            return Event(what, said=_said(draw))
        case "answer" | "close" | "take" | "release" | "reopen":
            return Event(what, talk=talk, person=person)
        case "snooze" | "clock" | "slots":
            return Event(what, talk=talk, person=person, number=draw.choice(_NUMBERS[what]))
        case "give" | "move":
            return Event(what, talk=talk, person=person, group=group)
        case "presence":
            return Event(what, person=person, presence=draw.choices(list(Presence), (6, 1, 2))[0])
        case "skills":
            skills = tuple(draw.sample(("refunds", "vip"), draw.randint(0, 2)))
            return Event(what, person=person, names=skills, languages=tuple(draw.sample(("de", "en"), 1)))
        case "members":
            return Event(what, group=group, names=tuple(draw.sample(PEOPLE, draw.randint(0, 5))))
        case "group":
            return Event(what, group=group, strategy=draw.choice(list(Strategy)), rules=_group_rules(group, draw))
        case "rules":
            return Event(what, names=tuple(draw.sample(sorted(RULES), draw.randint(0, len(RULES)))))
        case _:
            return Event(what, names=(draw.choice(tuple(CHANNELS)),), group=draw.choice((*GROUPS, None)))


def _said(draw: Random) -> tuple[tuple[str, str, str], ...]:
    """Whoever presses a button says what is on it."""
    talks = [draw.choice(TALKS) for _ in range(draw.choice((1, 1, 1, 3)))]
    return tuple((talk, draw.choice(TEXTS), draw.choice(("", "", "start"))) for talk in talks)


def _group_rules(group: str, draw: Random) -> GroupRules:
    """`overflow_group_id` is a name here."""
    return GroupRules(
        sticky=draw.random() < 0.5,
        skills=draw.choice(list(Wanted)),
        languages=draw.choice(list(Wanted)),
        hours=draw.choice((None, _OFFICE, _NIGHT, _LONDON)),
        closed_answer=draw.choice(("", "We are closed")),
        overflow_group_id=OVERFLOW[group] if draw.random() < 0.5 else None,
        tell_after=draw.choice((None, 600)),
        slot_minutes=draw.choice((0, 10, 60, 240)),
    )


def rules_for(ids: Mapping[str, str]) -> dict[str, Rule]:
    """The rules that may be switched on, by their names. `ids`: of groups."""
    sales, support, night = (ids[each] for each in GROUPS)
    offer = Choice("Sales or support?", (Option("Sales", sales, "buying"), Option("Support", support)), support, 300)
    return {
        each.name: each
        for each in (
            Rule("", "urgent", Conditions(keywords=("urgent",)), Effects(support, priority=3)),
            Rule("", "refunds", Conditions(keywords=("refund",)), Effects(sales, skills=("refunds",))),
            Rule("", "links", Conditions(payloads=("start",)), Effects(choice=offer)),
            Rule("", "German", Conditions(languages=("de",)), Effects(language=True, answer="Moment!")),
            Rule("", "office", Conditions(time=TimeCondition(False, hours=_OFFICE)), Effects(night, topic="late")),
            Rule("", "known", Conditions(fields=(FieldCondition("name", ("Carla",)),), returning=True), Effects()),
        )
    }


RULES = rules_for(GROUP_IDS)
_NUMBERS = {"snooze": (1, 20, 90), "clock": (1, 1, 3, 6, 10, 59, 61, 600), "slots": (0, 1, 3, 5, 8)}
WEIGHTS = {
    "hear": 30, "answer": 14, "close": 24, "clock": 14, "presence": 10, "snooze": 3, "take": 2, "give": 2, "move": 2,
    "release": 2, "reopen": 1, "slots": 2, "skills": 2, "members": 2, "group": 2, "rules": 2, "channel": 1,
}  # fmt: skip
_OFTEN = (list(WEIGHTS), list(WEIGHTS.values()))
DAYLIGHT_SAVING = ("2026-10-25", "2027-03-28")
"""Days on which the clocks of Berlin and London change; a run that is long enough passes both."""
