"""What the templates of the rules page are given to choose from."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from hub.access.groups import list_groups
from hub.provisioning.channels import list_channels
from hub.types import Rule
from hub.web.admin.routing_form import OPTIONS, PRIORITIES, WRITERS, Typed
from hub.web.admin.routing_sentences import Names
from hub.web.language import Language, marked
from hub.web.spoken import SPOKEN, UNKNOWN, name_of
from hub.web.visits import Visit

RULES = "/admin/routing"
_MOST = 200
_FEWEST_ANSWERS = 3

_ALWAYS = marked("Always")
_WHEN_OPEN = marked("When {group} is open")
_WHEN_CLOSED = marked("When {group} is closed")
_OWN_HOURS = marked("Hours of its own, written by the API")
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
    return Names(
        channels={each.id: each.name for each in list_channels(services, actor, _MOST).items},
        groups={each.id: each.name for each in list_groups(services, actor, _MOST).items},
        kinds={str(kind): adapter.label for kind, adapter in services.adapters.items()},
    )


def list_choices(named: Mapping[str, str]) -> list[Option]:
    return list(named.items())


def form_choices(visit: Visit, names: Names, typed: Typed) -> dict[str, Any]:
    """Return everything that the form of a rule offers."""
    language, groups = visit.language, list_choices(names.groups)
    say = language.text
    return {
        "language_options": [*_languages(language, _OFTEN), (UNKNOWN, language.text(SPOKEN[UNKNOWN]))],
        "further_languages": _languages(language, SPOKEN.keys() - {*_OFTEN, UNKNOWN}),
        "channel_options": list_choices(names.channels),
        "kind_options": [(kind, say(label)) for kind, label in names.kinds.items()],
        "writers": _said(language, WRITERS),
        "times_options": _times(language, groups, typed),
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


def _times(language: Language, groups: Sequence[Option], typed: Typed) -> list[Option]:
    say = language.text
    own = [("own", say(_OWN_HOURS))] if typed.one.get("time") == "own" else []
    opened = [(f"open:{key}", say(_WHEN_OPEN, {"group": name})) for key, name in groups]
    closed = [(f"closed:{key}", say(_WHEN_CLOSED, {"group": name})) for key, name in groups]
    return [("", say(_ALWAYS)), *own, *opened, *closed]


def _said(language: Language, options: Sequence[Option]) -> list[Option]:
    return [(value, language.text(label)) for value, label in options]


def _answers(typed: Typed) -> int:
    return max((place + 1 for place in OPTIONS if typed.one.get(f"label-{place}")), default=0)
