"""What routing keeps as JSON comes back as it was."""

import json
from datetime import date

import pytest
from pydantic import ValidationError

from hub.db import routing_forms as forms
from hub.types import (
    Choice,
    Conditions,
    Effects,
    FieldCondition,
    GroupRules,
    Hours,
    Interval,
    Option,
    RoutingWishes,
    TimeCondition,
    Wanted,
)

HOURS = Hours(
    "Europe/Berlin",
    ((Interval(540, 720), Interval(780, 1020)), (), (), (), (), (), (Interval(1320, 120),)),
    holidays="DE-BE",
    closed=(date(2026, 12, 24),),
    extra={date(2026, 12, 31): (Interval(600, 720),), date(2027, 1, 2): ()},
)
CHOICE = Choice("Whom?", (Option("Sales", "g1", "sale"), Option("Support", "g2")), "g2", 60)


def stored(written: dict[str, object]) -> dict[str, object]:
    """As it comes back from a JSON column."""
    read: dict[str, object] = json.loads(json.dumps(written))
    return read


def test_a_group_s_rules_come_back_with_their_hours_and_days() -> None:
    rules = GroupRules(False, Wanted.PREFERRED, Wanted.OFF, HOURS, "Closed.", "g2", 60, 900, 30)
    written = stored(forms.group_rules_to_json(rules))
    assert forms.group_rules_from_json(written) == rules
    assert written["hours"]["extra"]["2026-12-31"] == [{"since": 600, "until": 720}]  # type: ignore[index]
    assert written["skills"] == "preferred"


def test_conditions_come_back() -> None:
    field = FieldCondition("country", ("DE", "AT"))
    for time in (TimeCondition(True, group_id="g1"), TimeCondition(False, hours=HOURS), None):
        conditions = Conditions(
            ("c1",), ("chat",), (field,), ("de", "unknown"), ("help me",), ("go",), ("x",), False, time
        )
        assert forms.conditions_from_json(stored(forms.conditions_to_json(conditions))) == conditions


def test_effects_and_choices_come_back() -> None:
    effects = Effects("g1", 3, "sale", ("wine",), True, "One moment.", CHOICE)
    assert forms.effects_from_json(stored(forms.effects_to_json(effects))) == effects
    assert forms.choice_from_json(stored(forms.choice_to_json(CHOICE))) == CHOICE


def test_wishes_come_back() -> None:
    wishes = RoutingWishes(30, 20, 14)
    assert forms.wishes_from_json(stored(forms.wishes_to_json(wishes))) == wishes


def test_what_is_missing_has_its_default_and_what_is_unknown_is_passed_over() -> None:
    assert forms.group_rules_from_json({}) == GroupRules()
    assert forms.conditions_from_json({}) == Conditions()
    assert forms.effects_from_json({"of a newer hub": 1}) == Effects()
    assert forms.wishes_from_json({"close_after": 7}) == RoutingWishes(close_after=7)


def test_everything_is_written_out_so_that_a_new_default_changes_nobody() -> None:
    assert stored(forms.wishes_to_json(RoutingWishes())) == {
        "offline_grace": 120, "browser_grace": 60, "close_after": None
    }  # fmt: skip


def test_a_value_of_another_shape_is_an_error_and_never_a_guess() -> None:
    with pytest.raises(ValidationError):
        forms.group_rules_from_json({"hours": {"time_zone": "Europe/Berlin"}})
    with pytest.raises(ValidationError):
        forms.choice_from_json({"text": "Whom?"})
