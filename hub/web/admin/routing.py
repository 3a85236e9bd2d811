"""The rules page: which group gets which conversation, in what order, and what would become of a message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access import routing_rules
from hub.access.organizations import get_organization
from hub.access.permissions import Permission
from hub.errors import HubError, NotFound
from hub.types import Conditions, Effects, Rule
from hub.web.admin.fields import read_whole
from hub.web.admin.routing_form import RuleForm, Typed, empty, read_rule, rule_as_typed, typed_of
from hub.web.admin.routing_sentences import Names, Told, tell
from hub.web.admin.routing_trying import NOTHING_TRIED, Tried, try_it
from hub.web.admin.routing_views import RULES, form_choices, known_names, list_choices, place_choices
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, told, visited
from hub.wiring import Services

_FRESH: Final = Rule("", "", Conditions(), Effects())
_SAVED: Final = {
    "rule": marked("The rule was saved."),
    "moved": marked("The order was changed."),
    "on": marked("The rule is on."),
    "off": marked("The rule is off."),
    "deleted": marked("The rule was deleted."),
}
_WRONG: Final = marked("Some fields below need another value.")
_NOTHING: Final[Mapping[str, str]] = {}

Change = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the list shows it."""

    rule: Rule
    told: Told


def routes(services: Services) -> list[Route]:
    manage = Permission.MANAGE_TEAM
    pages: tuple[tuple[str, str, Change], ...] = (
        ("GET", "", show_rules),
        ("GET", "/new", show_new),
        ("POST", "", create),
        ("POST", "/try", show_tried),
        ("GET", "/{rule_id}", show_rule),
        ("POST", "/{rule_id}", change),
        ("POST", "/{rule_id}/move", move),
        ("POST", "/{rule_id}/enable", enable),
        ("POST", "/{rule_id}/delete", delete),
    )
    return [Route(RULES + path, visited(services, act, manage), methods=[method]) for method, path, act in pages]


def show_rules(visit: Visit) -> Response:
    """The rules in their order, each as a sentence. What was pressed last has the focus again."""
    pressed = {"rule": visit.query("rule"), "by": visit.query("by")}
    return _list(visit, {"saved": _SAVED.get(visit.query("saved"), ""), "pressed": pressed})


def show_new(visit: Visit) -> Response:
    return _form(visit, "", empty(_zone(visit)))


def show_rule(visit: Visit) -> Response:
    rule = _rule(_rules(visit), visit.path("rule_id"))
    return _form(visit, rule.id, rule_as_typed(rule, _zone(visit)))


def create(visit: Visit) -> Response:
    """Put a new rule where the form says: before another one, or behind them all."""

    def placed(rules: Sequence[Rule], rule: Rule) -> Sequence[Rule]:
        place = read_whole(visit.one("place"))
        here = len(rules) if place is None else place
        return [*rules[:here], rule, *rules[here:]]

    return _save(visit, _FRESH, placed)


def change(visit: Visit) -> Response:
    before = _rule(_rules(visit), visit.path("rule_id"))
    return _save(visit, before, lambda rules, rule: [rule if each.id == rule.id else each for each in rules])


def move(visit: Visit) -> Response:
    """Change places with the rule above (`up`) or below (`down`); at the end nothing moves."""
    rules, way = _rules(visit), "up" if visit.one("to") == "up" else "down"
    here = rules.index(_rule(rules, visit.path("rule_id")))
    there = here + (-1 if way == "up" else 1)
    if 0 <= there < len(rules):
        rules[here], rules[there] = rules[there], rules[here]
    return _replace(visit, rules, f"moved&rule={visit.path('rule_id')}&by={way}")


def enable(visit: Visit) -> Response:
    on = visit.one("on") == "yes"
    chosen = _rule(_rules(visit), visit.path("rule_id"))
    rules = [replace(each, enabled=on) if each.id == chosen.id else each for each in _rules(visit)]
    return _replace(visit, rules, f"{'on' if on else 'off'}&rule={chosen.id}&by=switch")


def delete(visit: Visit) -> Response:
    chosen = _rule(_rules(visit), visit.path("rule_id"))
    return _replace(visit, [each for each in _rules(visit) if each.id != chosen.id], "deleted")


def show_tried(visit: Visit) -> Response:
    """Say what would become of a message."""
    tried = try_it(visit)
    return _list(visit, {}, tried, 422 if tried.trouble else 200)


def _save(visit: Visit, before: Rule, placed: Callable[[Sequence[Rule], Rule], Sequence[Rule]]) -> Response:
    typed = typed_of(visit.form)
    form: RuleForm = read_rule(typed, before)
    if form.rule is None:
        wrong = {name: sentence(visit.language.retell(why)) for name, why in form.wrong.items()}
        return _form(visit, before.id, typed, [visit.language.text(_WRONG)], wrong, 422)
    try:
        routing_rules.replace_rules(visit.services, visit.actor, placed(_rules(visit), form.rule))
    except HubError as error:
        return _form(visit, before.id, typed, told(error, visit.language), {}, error.status)
    return see(f"{RULES}?saved=rule")


def _replace(visit: Visit, rules: Sequence[Rule], saved: str) -> Response:
    try:
        routing_rules.replace_rules(visit.services, visit.actor, rules)
    except HubError as error:
        return _list(visit, {"problems": told(error, visit.language)}, status=error.status)
    return see(f"{RULES}?saved={saved}")


def _rules(visit: Visit) -> list[Rule]:
    return list(routing_rules.list_rules(visit.services, visit.actor))


def _standing(visit: Visit) -> list[str]:
    return routing_rules.list_problems(visit.services, visit.actor)


def _rule(rules: Sequence[Rule], rule_id: str) -> Rule:
    for each in rules:
        if each.id == rule_id:
            return each
    raise NotFound("there is no such rule")


def _list(visit: Visit, more: Mapping[str, Any], tried: Tried = NOTHING_TRIED, status: int = 200) -> Response:
    names = known_names(visit)
    context = {
        "rows": [Row(rule, tell(rule, names, visit.language)) for rule in _rules(visit)],
        "tried": tried.typed,
        "trouble": tried.trouble,
        "verdict": tried.verdict,
        "channel_options": list_choices(names.channels),
        "saved": "",
        "problems": (),
        "standing": [sentence(visit.language.retell(each)) for each in _standing(visit)],
        "pressed": {"rule": "", "by": ""},
    }
    return render("admin/routing/list.html", {**frame(visit, "team"), **context, **more}, status)


def _form(
    visit: Visit,
    rule_id: str,
    typed: Typed,
    problems: Sequence[str] = (),
    wrong: Mapping[str, str] = _NOTHING,
    status: int = 200,
) -> Response:
    names: Names = known_names(visit)
    context = {
        "rule_id": rule_id,
        "fresh": not rule_id,
        "shown": typed.one,
        "ticked": typed.many,
        "problems": problems,
        "wrong": wrong,
        "places": place_choices(visit.language, _rules(visit)),
        **form_choices(visit, names, typed),
    }
    shown = {**frame(visit, "team"), **context}
    return render("admin/routing/rule.html", shown, status)


def _zone(visit: Visit) -> str:
    return get_organization(visit.services, visit.actor).time_zone
