"""What the templates of the rules page are given to choose from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

from hub.access.groups import list_groups
from hub.provisioning.channels import list_channels
from hub.types import Rule
from hub.web.admin.fields import every
from hub.web.admin.routing_choice import OPTIONS
from hub.web.admin.routing_form import CLOSED, OPEN, OWN_CLOSED, OWN_OPEN, PRIORITIES, WRITERS, Typed
from hub.web.admin.routing_sentences import GONE, Names
from hub.web.language import Language, marked
from hub.web.spoken import SPOKEN, UNKNOWN, name_of
from hub.web.visits import Visit

RULES = "/admin/routing"
_FEWEST_ANSWERS = 3

_ALWAYS = marked("Always")
_WHEN_OPEN = marked("When {group} is open")
_WHEN_CLOSED = marked("When {group} is closed")
_WHEN_OWN = {OWN_OPEN: marked("Within hours of its own"), OWN_CLOSED: marked("Outside hours of its own")}
_CHANNELS_GROUP = marked("The channel's group")
_CHOOSE = marked("Choose…")
_LAST = marked("Last, when no other rule fits")
_BEFORE = marked("Before “{name}”")
_NAMELESS = marked("Rule {n}")

Option = tuple[str, str]
"""A value of a field and its label."""

_OFTEN: Final = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk")
"""Languages that are offered first."""


def known_names(visit: Visit) -> Names:
    services, actor = visit.services, visit.actor
    channels = every(lambda limit, cursor: list_channels(services, actor, limit, cursor))
    groups = every(lambda limit, cursor: list_groups(services, actor, limit, cursor))
    return Names(
        channels={each.id: each.name for each in channels},
        groups={each.id: each.name for each in groups},
        kinds={str(kind): adapter.label for kind, adapter in services.adapters.items()},
    )


def list_choices(named: Mapping[str, str]) -> list[Option]:
    return list(named.items())


def form_choices(visit: Visit, names: Names, typed: Typed) -> dict[str, Any]:
    """Return everything that the form of a rule offers, and what it names that was deleted."""
    language, groups = visit.language, _with_gone(names.groups, _groups_in(typed), visit.language)
    say = language.text
    return {
        "language_options": [*_languages(language, _OFTEN), (UNKNOWN, language.text(SPOKEN[UNKNOWN]))],
        "further_languages": _languages(language, {*SPOKEN, *typed.many.get("languages", ())} - {*_OFTEN, UNKNOWN}),
        "channel_options": _with_gone(names.channels, typed.many.get("channels", ()), language),
        "kind_options": [(kind, say(label)) for kind, label in names.kinds.items()],
        "writers": _said(language, WRITERS),
        "times_options": _times(language, groups),
        "days": language.dates["weekdays"],
        "zones": sorted(available_timezones()),
        "group_options": [("", say(_CHANNELS_GROUP)), *groups],
        "groups_only": groups,
        "otherwise_options": [("", say(_CHOOSE)), *groups],
        "priorities": _said(language, PRIORITIES),
        "option_places": OPTIONS[: max(_FEWEST_ANSWERS, _answers(typed) + 1)],
    }


def place_choices(language: Language, rules: Sequence[Rule]) -> list[Option]:
    """Return where a new rule can stand: last, or before one that is there (by its place from 0)."""
    named = [(number, each.name or language.text(_NAMELESS, {"n": number})) for number, each in enumerate(rules, 1)]
    before = [(str(number - 1), language.text(_BEFORE, {"name": name})) for number, name in named]
    return [("", language.text(_LAST)), *before]


def _languages(language: Language, codes: Collection[str]) -> list[Option]:
    return sorted(((code, name_of(code, language)) for code in codes), key=lambda each: each[1].casefold())


def _times(language: Language, groups: Sequence[Option]) -> list[Option]:
    say = language.text
    opened = [(f"{OPEN}:{key}", say(_WHEN_OPEN, {"group": name})) for key, name in groups]
    closed = [(f"{CLOSED}:{key}", say(_WHEN_CLOSED, {"group": name})) for key, name in groups]
    own = [(value, say(label)) for value, label in _WHEN_OWN.items()]
    return [("", say(_ALWAYS)), *opened, *closed, *own]


def _with_gone(named: Mapping[str, str], chosen: Collection[str], language: Language) -> list[Option]:
    """What is there, and what is chosen but was deleted: saving does not silently take it away."""
    gone = [(key, language.text(GONE)) for key in dict.fromkeys(chosen) if key not in named]
    return [*named.items(), *gone]


def _groups_in(typed: Typed) -> list[str]:
    return [each for each in _group_fields(typed.one) if each]


def _group_fields(one: Mapping[str, str]) -> Iterator[str]:
    yield one.get("group_id", "")
    yield one.get("time", "").partition(":")[2]
    yield one.get("otherwise", "")
    for place in OPTIONS:
        yield one.get(f"option-group-{place}", "")


def _said(language: Language, options: Sequence[Option]) -> list[Option]:
    return [(value, language.text(label)) for value, label in options]


def _answers(typed: Typed) -> int:
    filled = [place for place in OPTIONS if typed.one.get(f"label-{place}") or typed.one.get(f"option-group-{place}")]
    return max(filled, default=-1) + 1
