"""The form of a group: what it shows, what it says, and what is wrong with it, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.errors import Invalid
from hub.routing.policy.limits import LONGEST_SLOT, LONGEST_TEXT
from hub.types import GroupRules, Strategy, Wanted
from hub.web.admin.fields import Fields, Read, read_minutes, read_whole
from hub.web.admin.groups_hours import DAYS, hours_as_typed, read_hours
from hub.web.language import marked

STRATEGIES: Final = (
    (
        Strategy.LEAST_BUSY,
        marked("Least busy"),
        marked("Whoever has most free slots; among equals whoever was idle longest."),
    ),
    (Strategy.ROUND_ROBIN, marked("In turn"), marked("Whoever was given nothing for longest, however many slots.")),
    (Strategy.LONGEST_IDLE, marked("Longest idle"), marked("Whoever has had nobody waiting for them for longest.")),
    (Strategy.MANUAL, marked("By hand"), marked("Nothing is assigned: people take what waits in the group.")),
)
WANTED: Final = (
    (Wanted.REQUIRED, marked("Required: without it nobody is assigned")),
    (Wanted.PREFERRED, marked("Preferred: who has it goes first")),
    (Wanted.OFF, marked("Does not count")),
)
FIELDS: Final = (
    "name", "strategy", "sticky", "skills", "languages", "slot_minutes", "closed_answer", "overflow_group_id",
    "overflow_minutes", "tell_minutes", "hours", "time_zone", *DAYS, "holidays", "closed", "extra",
)  # fmt: skip
"""Everything the form asks but the members, who are several."""

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class GroupForm:
    """What a form says. `rules` is None when something is `wrong` (field → why, in English, as the form is ordered)."""

    name: str
    strategy: Strategy
    members: Sequence[str]
    rules: GroupRules | None
    wrong: Mapping[str, str]


def group_as_typed(name: str, strategy: str, rules: GroupRules, time_zone: str) -> dict[str, str]:
    """Return what the form of a group shows. `time_zone` is proposed to a group without hours."""
    return {
        "name": name,
        "strategy": strategy,
        "sticky": "yes" if rules.sticky else "",
        "skills": rules.skills,
        "languages": rules.languages,
        "slot_minutes": str(rules.slot_minutes),
        "closed_answer": rules.closed_answer,
        "overflow_group_id": rules.overflow_group_id or "",
        "overflow_minutes": f"{rules.overflow_after / _MINUTE:g}",
        "tell_minutes": "" if rules.tell_after is None else f"{rules.tell_after / _MINUTE:g}",
        **hours_as_typed(rules.hours, time_zone),
    }


def read_group(said: Read, members: Sequence[str]) -> GroupForm:
    """Read the form of a group."""
    fields = Fields(said)
    hours, wrong_hours = read_hours(said)
    rules = GroupRules(
        sticky=said("sticky") == "yes",
        skills=_wanted(said("skills"), Wanted.REQUIRED),
        languages=_wanted(said("languages"), Wanted.PREFERRED),
        slot_minutes=fields.read("slot_minutes", _slot_minutes, 0),
        hours=hours,
        closed_answer=fields.read("closed_answer", _answer, ""),
        overflow_group_id=said("overflow_group_id") or None,
        overflow_after=_or(fields.read("overflow_minutes", _seconds, None), GroupRules().overflow_after),
        tell_after=fields.read("tell_minutes", _seconds, None),
    )
    both = {**fields.wrong, **wrong_hours}
    wrong = {name: both[name] for name in FIELDS if name in both}
    strategy = Strategy(said("strategy")) if said("strategy") in list(Strategy) else Strategy.LEAST_BUSY
    return GroupForm(said("name"), strategy, members, None if wrong else rules, wrong)


def _wanted(value: str, usual: Wanted) -> Wanted:
    return Wanted(value) if value in list(Wanted) else usual


def _answer(text: str) -> str:
    if len(text.strip()) > LONGEST_TEXT:
        raise Invalid(f"write at most {LONGEST_TEXT} characters")
    return text.strip()


def _slot_minutes(text: str) -> int:
    if not text.strip():
        return GroupRules().slot_minutes
    minutes = read_whole(text)
    if minutes is None or minutes > LONGEST_SLOT:
        raise Invalid(f"write whole minutes, from 0 to {LONGEST_SLOT} (a week)")
    return minutes


def _seconds(text: str) -> int | None:
    """Return minutes in seconds; None for an empty field."""
    return read_minutes(text) if text.strip() else None


def _or(seconds: int | None, usual: int) -> int:
    return usual if seconds is None else seconds
