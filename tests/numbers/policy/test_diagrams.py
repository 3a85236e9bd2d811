"""The diagrams of docs/numbers.md are drawn from the state tables."""

import re

import pytest

from hub.numbers.policy import case
from hub.numbers.policy.diagrams import diagrams, draw
from hub.types.bans import BanState
from hub.types.numbers import NumberState, RecipientState, RegistrationState

_LINE = re.compile(r"    (\[\*\]|\w+) --> (\[\*\]|\w+)(: [^:\n]+)?")
_STATES = {
    "number": NumberState,
    "registration": RegistrationState,
    "recipient": RecipientState,
    "ban_case": BanState,
}


@pytest.mark.parametrize("name", _STATES)
def test_each_state_is_in_its_diagram_and_nothing_else(name: str) -> None:
    first, *lines = diagrams()[name].split("\n")
    assert first == "stateDiagram-v2"
    found = [_LINE.fullmatch(line) for line in lines]
    assert all(found), lines
    named = {side for each in found if each for side in each.group(1, 2)}
    assert named == {"[*]"} | {each.value for each in _STATES[name]}


def test_reinstated_can_be_reached_from_every_open_state_of_the_case() -> None:
    drawn = diagrams()["ban_case"]
    assert all(f"    {state} --> reinstated: the provider gives the sender back" in drawn for state in case.OPEN)


def test_an_arrow_with_two_reasons_is_drawn_once() -> None:
    drawn = draw("a", [("a", "b", "one"), ("a", "b", "two"), ("a", "a", "none")])
    assert drawn.split("\n") == ["stateDiagram-v2", "    [*] --> a", "    a --> b: one / two", "    b --> [*]"]
