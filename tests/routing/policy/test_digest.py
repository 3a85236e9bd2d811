"""What is kept of a decision stays small, and says the same as the decision."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.routing.policy.deciding import decide
from hub.routing.policy.digest import MOST_BYTES, digest_of
from hub.routing.policy.model import Decision, Needs, Ranked
from tests.routing.policy.world import NOW, OFFLINE, group, operator, question, setup, team


def size(value: object) -> int:
    return len(json.dumps(value).encode())


def decision(name: str, best: int = 12) -> Decision:
    """A decision in a team whose names, skills and rules are all written like this."""
    members = [operator(f"01J8ZK3V9QW4X7Y2M5N6P8R{number:03}", number % 4) for number in range(best)]
    named = [replace(each, name=name, skills=frozenset({name})) for each in members]
    gone = [replace(operator(f"gone{number}", presence=OFFLINE), name=name) for number in range(9)]
    support = replace(group(*named, *gone), name=name)
    asked = replace(question(last=named[0].user_id), channel_name=name)
    made = decide(setup(support, operators=team(*named, *gone)), asked, NOW)
    return replace(made, needs=Needs((name, name[:30]), ("de",)))


def test_a_digest_says_who_why_by_which_rule_what_kept_others_out_and_the_ten_best() -> None:
    made = decision("Ada Lovelace")
    kept = digest_of(made)
    assert (kept["rule"], kept["reason"], kept["counts"]) == (made.rule, made.reason, {"fit": 12, "offline": 9})
    assert kept["sticky"] == "Ada Lovelace had it last and can have it"
    assert [each["user_id"] for each in kept["best"]] == [each.user_id for each in made.best]
    assert kept["best"][0] == {"user_id": made.user_id, "name": "Ada Lovelace", "free": 4}
    assert kept["best"][1]["why_not"] == "did not have it last"
    assert kept["needs"] == "skills=Ada Lovelace;languages=de"
    assert size(kept) <= MOST_BYTES


@pytest.mark.parametrize(
    "name", ["x" * 120, "\U0001f600" * 120, "Ünsal Öztürk " * 9, '"\\' * 60, "\n" * 120, "ф" * 120, ""]
)
def test_a_digest_is_at_most_two_kilobytes_whatever_the_names_and_still_lists_ten(name: str) -> None:
    kept = digest_of(decision(name))
    assert size(kept) <= MOST_BYTES <= 2048
    assert len(kept["best"]) == 10
    assert kept["counts"] == {"fit": 12, "offline": 9}


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400), st.text(max_size=100), st.integers(0, 10))
def test_no_text_makes_a_digest_too_long(text: str, user_id: str, best: int) -> None:
    ranked = tuple(Ranked(user_id, text, 3, "comes later") for _ in range(best))
    made = Decision(None, None, text[:40], text, Needs((text,), (text,)), best=ranked, sticky=text)
    kept = digest_of(made)
    assert size(kept) <= MOST_BYTES
    assert made.reason.startswith(kept["reason"].removesuffix("…"))
