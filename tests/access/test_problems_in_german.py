"""Whatever is wrong with rules and groups is said in the reader's language, whole."""

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from hub.routing.policy import checking, checking_hours, checking_limits
from hub.web.language import load
from tests.parsing import parsed

HOURS = ("_problems", "_days_twice", "_days_beyond", "_day_problems")
OF_RULES = ("_condition_problems", "_kind_problems", "_time_problems", "_effect_problems", "_choice_problems",
            "_label_problems", "_name_problems", "_asked_problems", "_word_problems", "_done_problems",
            "_offer_problems")  # fmt: skip
WHOLE = ("_group_problems", "overflow_problem", "_unreached", "count_problems", "_group_name_problems",
         "_patience_problems")  # fmt: skip
BEGINS = {
    **dict.fromkeys(HOURS, ("the hours of Night shift ", "the rule “X1” asks for hours that ")),
    **dict.fromkeys(OF_RULES, ("the rule “X1” ", "rule 3 ")),
    **dict.fromkeys(WHOLE, ("",)),
}
FILLED = {
    "name": "the rule “X1”", "before": "rule 4", "does": "does the same", "when": "on Monday",
    "then.priority": "-9", "number": "2", "choice.wait": "-1", "_MOST_URGENT": "3",
    "count": "201", "most": "200",
    "slot": "-1", "over": "-1", "tell": "0", "_span(first)": "09:00 to 12:00", "_span(second)": "11:00 to 13:00",
}  # fmt: skip
"""What stands in the holes; anything else is a name that somebody gave."""
ENGLISH = re.compile(r"\b(?:the|which|that|and|asks|take|give|have|has|are|is|write|choose|name|rule|hours|on|of)\b")
GIVEN = ("Night shift",)


def sentences(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Each sentence that a module yields or returns, with the function that does."""
    for function in ast.walk(parsed(inspect.getsource(module))):
        if isinstance(function, ast.FunctionDef) and function.name in BEGINS:
            for each in ast.walk(function):
                if isinstance(each, ast.Yield | ast.Return) and isinstance(each.value, ast.JoinedStr | ast.Constant):
                    # there it is a group's
                    said = _filled(each.value).replace("hours of the rule “X1”", "hours of X2")
                    if " " in said:
                        yield function.name, said


def _filled(value: ast.expr) -> str:
    if isinstance(value, ast.JoinedStr):
        return "".join(map(_filled, value.values))
    if isinstance(value, ast.FormattedValue):
        name = ast.unparse(value.value)
        return "7" if name.startswith(("len(", "limits.", "MOST_")) else FILLED.get(name, "X2")
    return str(value.value) if isinstance(value, ast.Constant) and value.value else ""


PROBLEMS = sorted(
    begin + said
    for module in (checking, checking_hours, checking_limits)
    for function, said in sentences(module)
    for begin in BEGINS[function]
)


def test_every_problem_is_found() -> None:
    assert len(PROBLEMS) >= 60


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_is_told_in_german(problem: str) -> None:
    told = load("de").retell(problem)
    for each in GIVEN:
        told = told.replace(each, "")
    assert ENGLISH.findall(told) == [], told
