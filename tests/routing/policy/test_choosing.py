"""Who of a group gets a conversation, by each strategy, and what is said of the others."""

from dataclasses import replace

import pytest

from hub.routing.policy.choosing import Chosen, choose
from hub.routing.policy.model import NOTHING, Needs, Operator
from hub.types import GroupRules, Strategy, Wanted
from tests.routing.policy.world import AWAY, NOW, OFFLINE, group, operator, question, team

LEAST, TURN, IDLE, HAND = Strategy.LEAST_BUSY, Strategy.ROUND_ROBIN, Strategy.LONGEST_IDLE, Strategy.MANUAL
USUAL = GroupRules()
STRICT = GroupRules(skills=Wanted.REQUIRED, languages=Wanted.REQUIRED)
LOOSE = GroupRules(skills=Wanted.PREFERRED, languages=Wanted.PREFERRED)
CARELESS = GroupRules(skills=Wanted.OFF, languages=Wanted.OFF)


def run(
    *members: Operator,
    strategy: Strategy = LEAST,
    rules: GroupRules = USUAL,
    needs: Needs = NOTHING,
    last: str | None = None,
    parked: bool = False,
    behind: bool = False,
    most: int = 10,
) -> Chosen:
    asked = question(fresh=False, last=last, parked=parked, behind=behind)
    return choose(group(*members, strategy=strategy, rules=rules), team(*members), needs, NOW, asked, most)


def test_the_least_busy_is_who_has_the_most_free_slots() -> None:
    assert run(operator("ada", 1, 2), operator("ben", 2, 6), operator("cleo", 0, 3)).user_id == "ben"


def test_of_equally_busy_ones_the_longest_idle_gets_it_then_who_was_given_one_the_longest_ago_then_the_first_id() -> (
    None
):
    assert run(operator("ada", idle=5), operator("ben", idle=9), operator("cleo")).user_id == "ben"
    assert run(operator("ada", given=5), operator("ben", given=9)).user_id == "ben"
    assert run(operator("ada", given=5), operator("ben")).user_id == "ben"
    assert run(operator("ben"), operator("ada")).user_id == "ada"


def test_round_robin_goes_by_who_was_given_one_the_longest_ago() -> None:
    members = operator("ada", 0, given=5), operator("ben", 3, given=50), operator("cleo", 4, given=500)
    assert run(*members, strategy=TURN).user_id == "ben"
    assert run(*members, operator("dora", 3), strategy=TURN).user_id == "dora"


def test_longest_idle_goes_by_who_has_nothing_waiting_for_the_longest_time() -> None:
    members = operator("ada", 0, idle=5), operator("ben", 3, idle=50), operator("cleo", 0)
    assert run(*members, strategy=IDLE).user_id == "ben"
    assert run(operator("ada", given=5), operator("ben", given=50), strategy=IDLE).user_id == "ben"


def test_by_hand_nobody_is_chosen_and_those_who_could_are_listed() -> None:
    found = run(operator("ada"), operator("ben", presence=AWAY), strategy=HAND)
    assert found.user_id is None
    assert found.why == "people take its conversations by hand, and 1 could"
    assert [(each.user_id, each.why_not) for each in found.best] == [("ada", "by hand"), ("ben", "is away")]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_whoever_is_not_there_or_full_or_not_in_the_group_gets_nothing(strategy: Strategy) -> None:
    members = (
        operator("ada", presence=AWAY),
        operator("ben", presence=OFFLINE),
        operator("cleo", 4),
        operator("dora", 5),
    )
    operators = team(*members, operator("stranger"))
    asked = question(fresh=False, last="stranger")
    found = choose(group(*members, strategy=strategy, rules=GroupRules(sticky=True)), operators, NOTHING, NOW, asked)
    assert found.user_id is None
    assert found.counts == {"away": 1, "fit": 0, "no_slot": 2, "offline": 1}
    assert found.sticky == "their last operator is not in the group"


def test_what_is_required_keeps_out_and_what_is_preferred_only_goes_first() -> None:
    wine = Needs(skills=("wine",), languages=("de",))
    both, skilled, speaks = (
        operator("ada", 3, skills="wine", languages="de"),
        operator("ben", 2, skills="wine beer"),
        operator("cleo", 1, languages="de en"),
    )
    nobody = operator("dora")
    everybody = both, skilled, speaks, nobody
    assert run(*everybody, needs=wine, rules=STRICT).user_id == "ada"
    assert run(*everybody, needs=wine, rules=STRICT).counts == {"fit": 1, "languages": 1, "skills": 2}
    assert run(skilled, speaks, nobody, needs=wine, rules=STRICT).user_id is None
    assert run(*everybody, needs=wine, rules=LOOSE).user_id == "ada"
    assert run(skilled, speaks, nobody, needs=wine, rules=LOOSE).user_id == "cleo"
    assert run(*everybody, needs=wine, rules=CARELESS).user_id == "dora"
    assert run(*everybody, needs=wine).user_id == "ada"


def test_the_last_operator_gets_it_before_everybody_else_if_the_group_is_sticky() -> None:
    members = operator("ada", 3), operator("ben", 0)
    assert run(*members, last="ada").user_id == "ada"
    assert run(*members, last="ada").sticky == "Ada Operator had it last and can have it"
    assert run(*members, last="ada", rules=GroupRules(sticky=False)).user_id == "ben"
    assert run(*members, last="ada", rules=GroupRules(sticky=False)).sticky == ""
    assert run(*members, last="ada", strategy=HAND).user_id == "ada"


@pytest.mark.parametrize(
    ("last", "sticky"),
    [
        (operator("ada", presence=AWAY), "Ada Operator had it last but is away"),
        (operator("ada", presence=OFFLINE), "Ada Operator had it last but is offline"),
        (operator("ada", 4, skills="wine"), "Ada Operator had it last but has no free slot"),
        (operator("ada", languages="wine"), "Ada Operator had it last but lacks a skill"),
    ],
)
def test_the_last_operator_who_cannot_have_it_is_passed_over_and_it_is_said_why(last: Operator, sticky: str) -> None:
    found = run(last, operator("ben", 3, skills="wine"), last="ada", needs=Needs(("wine",)))
    assert (found.user_id, found.sticky) == ("ben", sticky)


def test_a_parked_conversation_goes_back_to_its_operator_also_where_the_group_is_not_sticky() -> None:
    members, loose = (operator("ada", 3), operator("ben", 0)), GroupRules(sticky=False)
    assert run(*members, last="ada", parked=True, rules=loose).user_id == "ada"
    assert run(replace(members[0], taken=4), members[1], last="ada", parked=True, rules=loose).user_id == "ben"


def test_a_parked_conversation_goes_back_to_who_is_not_in_the_group_if_they_have_what_it_requires() -> None:
    ben, stranger = operator("ben", skills="wine"), operator("stranger", 1)
    asked = question(fresh=False, last="stranger", parked=True)

    def owner(needs: Needs, last: Operator) -> str | None:
        return choose(group(ben), team(ben, last), needs, NOW, asked).user_id

    assert owner(NOTHING, stranger) == "stranger"
    assert owner(NOTHING, replace(stranger, taken=4)) == "ben"
    assert owner(NOTHING, replace(stranger, presence=AWAY)) == "ben"
    assert owner(Needs(("wine",)), stranger) == "ben"
    assert owner(Needs(("wine",)), replace(stranger, skills=frozenset({"wine"}))) == "stranger"


def test_whoever_has_released_it_is_no_candidate() -> None:
    ada, ben, but = operator("ada"), operator("ben", 3), Needs(but=("ada",))
    found = run(ada, ben, needs=but, last="ada")
    assert (found.user_id, found.counts) == ("ben", {"fit": 1, "released": 1})
    assert found.sticky == "Ada Operator had it last but has given it back"
    assert run(ada, needs=but).why == "nobody is online who has not given it back"
    assert run(ada, operator("cleo", 4), needs=but).why == "no online operator has a free slot"


def test_behind_others_it_goes_only_to_whom_it_returns() -> None:
    ada, ben = operator("ada"), operator("ben", 3)
    found = run(ada, ben, behind=True)
    assert (found.user_id, found.why) == (None, "others who wait come first")
    assert [each.why_not for each in found.best] == ["others come first"] * 2
    assert run(ada, ben, behind=True, last="ben").user_id == "ben"
    assert run(operator("ada", 4), behind=True).why == "no online operator has a free slot"


def test_as_many_candidates_are_listed_as_are_asked_for() -> None:
    members = [operator(f"m{number:02}", number % 6) for number in range(30)]
    assert len(run(*members, most=3).best) == 3
    assert {each.user_id for each in run(*members, most=100).best} == {each.user_id for each in members}


def test_the_reasons_name_names_and_figures() -> None:
    ada, ben = operator("ada", 1, idle=130, given=61), operator("ben", 2, idle=3, given=1)
    assert run(ada, ben).why == "of 2 online with a free slot Ada Operator is the least busy (1 of 4 taken)"
    assert run(ada, ben, strategy=IDLE).why.endswith("Ada Operator has been idle the longest (2 hours)")
    assert run(ada, ben, strategy=TURN).why.endswith("it is the turn of Ada Operator, who was given one 1 hour ago")
    assert run(operator("cleo"), strategy=TURN).why.endswith("it is the turn of Cleo Operator, who was never given one")
    assert run(operator("cleo"), strategy=IDLE).why.endswith("nobody is idle, and it is the turn of Cleo Operator")
    assert run(ada, ben, last="ben").why == "Ben Operator had it last and has a free slot (2 of 4 taken)"
    assert run().why == "nobody is online"
    assert run(operator("ada", 4), operator("ben", presence=AWAY)).why == "no online operator has a free slot"
    assert run(ada, needs=Needs(("wine", "beer"))).why == "nobody online has what it needs (wine, beer)"


def test_the_ten_best_are_those_who_could_in_their_order_then_those_who_are_nearest_to_it() -> None:
    fit = [operator(f"fit{number}", number) for number in range(3)]
    full = [operator(f"full{number}", 4) for number in range(4)]
    gone = [operator(f"gone{number}", presence=OFFLINE) for number in range(9)]
    best = run(*gone, *full, *reversed(fit), last="fit2").best
    assert [each.user_id for each in best[:5]] == ["fit2", "fit0", "fit1", "full0", "full1"]
    assert [each.free for each in best[:4]] == [2, 4, 3, 0]
    assert [each.why_not for each in best[:4]] == [
        "",
        "did not have it last",
        "did not have it last",
        "has no free slot",
    ]
    assert (len(best), best[-1].why_not) == (10, "is offline")
    assert [each.why_not for each in run(*fit).best] == ["", "comes later", "comes later"]
