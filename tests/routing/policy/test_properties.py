"""What holds of every decision, whoever is there and whatever was asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.routing.policy.deciding import decide
from hub.routing.policy.digest import MOST_BYTES, digest_of
from hub.routing.policy.model import NOTHING, Decision, Group, Needs, Operator, Question, Setup
from hub.routing.policy.needs import required_of
from hub.types import Conditions, Effects, GroupRules, Hours, Presence, Rule, Strategy, Wanted
from tests.routing.policy.spoken_hours import week_of
from tests.routing.policy.world import NOW, question

NAMES = "abcdefgh"
SKILLS = ("wine", "tea")
LANGUAGES = ("de", "en")
OFFICE = Hours("Europe/Berlin", week_of(["mon-fri 09:00-17:00", "sat 22:00-03:00"]), "DE-BE")

subsets = st.sampled_from([(), SKILLS[:1], SKILLS[1:], SKILLS])
moments = st.none() | st.integers(0, 500).map(lambda minutes: NOW - timedelta(minutes=minutes))
operators = st.lists(
    st.builds(
        Operator,
        user_id=st.sampled_from(NAMES),
        name=st.text(max_size=8),
        presence=st.sampled_from([Presence.ONLINE, Presence.ONLINE, Presence.AWAY, Presence.OFFLINE]),
        slots=st.integers(0, 3),
        taken=st.integers(0, 4),
        last_assigned_at=moments,
        idle_since=moments,
        skills=subsets.map(frozenset),
        languages=st.sampled_from([(), LANGUAGES[:1], LANGUAGES]).map(frozenset),
    ),
    max_size=8,
    unique_by=lambda each: each.user_id,
).map(lambda found: {each.user_id: each for each in found})
group_rules = st.builds(
    GroupRules,
    sticky=st.booleans(),
    skills=st.sampled_from(Wanted),
    languages=st.sampled_from(Wanted),
    hours=st.sampled_from([None, OFFICE]),
    closed_answer=st.sampled_from(["", "We are closed."]),
)
effects = st.builds(
    Effects,
    group_id=st.sampled_from([None, "g1", "g2", "gone"]),
    skills=subsets,
    language=st.booleans(),
    answer=st.sampled_from(["", "Hello"]),
)
rules = st.lists(
    st.builds(
        Rule,
        id=st.sampled_from(["r1", "r2"]),
        name=st.text(max_size=8),
        when=st.sampled_from(
            [Conditions(keywords=("help",)), Conditions(languages=("de",)), Conditions(returning=True)]
        ),
        then=effects,
        enabled=st.booleans(),
    ),
    max_size=3,
).map(tuple)
questions = st.builds(
    question,
    text=st.sampled_from(["", "Help me", "Hallo"]),
    fresh=st.booleans(),
    channel_group_id=st.sampled_from([None, "g1", "g2"]),
    group_id=st.sampled_from([None, "g1", "g2", "gone"]),
    language=st.sampled_from(["unknown", "de", "en"]),
    returning=st.booleans(),
    needs=st.builds(
        Needs, skills=subsets, languages=st.sampled_from([(), ("de",)]), but=st.sampled_from([(), (), ("a",)])
    ),
    last=st.sampled_from([None, "a", "b"]),
    parked=st.booleans(),
    behind=st.booleans(),
)


@st.composite
def setups(draw: st.DrawFn) -> Setup:
    everybody: Mapping[str, Operator] = draw(operators)
    groups = {}
    for name in ("g1", "g2"):
        members = draw(st.lists(st.sampled_from(NAMES), unique=True).map(sorted))
        groups[name] = Group(name, name, draw(st.sampled_from(Strategy)), draw(group_rules), tuple(members))
    return Setup(groups, everybody, draw(rules))


times = st.integers(-7 * 24, 7 * 24).map(lambda hours: NOW + timedelta(hours=hours))


def allowed(setup: Setup, asked: Question, decision: Decision) -> set[str]:
    """Who could have it, told without the code under test: online, with a free slot, with what the group requires.

    Members of the group, and whom it was parked with: a person had given it to them.
    """
    group = setup.groups.get(decision.group_id or "")
    required = required_of(decision.needs, group.rules) if group else NOTHING
    members = set(group.members) if group else set()
    return {
        key
        for key, each in setup.operators.items()
        if (key in members or (asked.parked and key == asked.last_operator_id))
        and key not in required.but
        and each.presence is Presence.ONLINE
        and each.taken < each.slots
        and set(required.skills) <= each.skills
        and set(required.languages) <= each.languages
    }


@settings(max_examples=400, deadline=None)
@given(setups(), questions, times)
def test_only_who_is_allowed_gets_a_conversation_and_somebody_does_if_one_is(
    setup: Setup, asked: Question, now: datetime
) -> None:
    decision = decide(setup, asked, now)
    could = allowed(setup, asked, decision)
    assert decision.user_id is None or decision.user_id in could
    if decision.group_id is None:
        assert decision.user_id is not None or not could
        return
    by_hand = setup.groups[decision.group_id].strategy is Strategy.MANUAL
    assert decision.user_id is not None or not could or by_hand or asked.behind
    members = set(setup.groups[decision.group_id].members) & set(setup.operators)
    assert decision.counts["fit"] == len(could & members)
    assert sum(decision.counts.values()) == len(members)
    assert {each.user_id for each in decision.best} == members | ({decision.user_id} - {None})


@settings(max_examples=200, deadline=None)
@given(setups(), questions, times)
def test_behind_others_a_conversation_goes_only_to_whom_it_returns(
    setup: Setup, asked: Question, now: datetime
) -> None:
    behind, ahead = (decide(setup, replace(asked, behind=each), now) for each in (True, False))
    if ahead.user_id is not None and behind.user_id is None:
        assert ahead.user_id != asked.last_operator_id or ahead.sticky == ""
        assert behind.reason.endswith("others who wait come first")
    else:
        assert behind == ahead


@settings(max_examples=200, deadline=None)
@given(setups(), questions, times, st.randoms())
def test_every_decision_has_a_reason_a_small_digest_and_is_the_same_when_made_again(
    setup: Setup, asked: Question, now: datetime, chance: object
) -> None:
    decision = decide(setup, asked, now)
    assert decision.reason
    assert len(str(digest_of(decision))) <= MOST_BYTES
    shuffled = list(setup.operators.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    turned = {key: replace(each, members=each.members[::-1]) for key, each in setup.groups.items()}
    assert decide(Setup(turned, dict(shuffled), setup.rules), asked, now) == decision


@settings(max_examples=150, deadline=None)
@given(setups(), questions, times)
def test_whoever_had_it_last_gets_it_where_that_is_wished_and_allowed(
    setup: Setup, asked: Question, now: datetime
) -> None:
    decision = decide(setup, asked, now)
    if decision.choice or asked.last_operator_id not in allowed(setup, asked, decision):
        return
    sticky = asked.parked or setup.groups[decision.group_id or ""].rules.sticky
    assert decision.user_id == asked.last_operator_id or not sticky
