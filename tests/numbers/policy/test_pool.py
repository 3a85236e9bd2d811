"""Which number a customer gets, how soon, and what it takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.numbers.policy import life
from hub.numbers.policy.life import Contract, NumberLife
from hub.numbers.policy.obstacles import Business, Portfolio, Review, SenderPlan, SignUp
from hub.numbers.policy.pool import Market, PoolNumber, Wish, choose
from hub.types import ChannelKind, Level
from hub.types.numbers import NumberState, Readiness, RegistrationState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CHAT, TEXT = ChannelKind("chat"), ChannelKind("text")
BOTH = frozenset({CHAT, TEXT})
WISH = Wish("a", CHAT, "DE", SenderPlan(Business(portfolio=Portfolio.VERIFIED)))
OWNED = NumberLife(NumberState.OWNED)
SPARE = PoolNumber("n1", "DE", BOTH, OWNED)
ONLINE = replace(SPARE, id="n2", registration=RegistrationState.ONLINE)
MARKET = Market("DE", BOTH, documents=Review.APPROVED)


def quarantined(organization_id: str) -> NumberLife:
    heard, _ = life.hear(life.lend(OWNED, organization_id, CHAT), Contract.RUNS, NOW)
    return life.take_back(heard, CHAT, NOW)


def with_business(business: Business) -> Wish:
    return replace(WISH, plan=replace(WISH.plan, business=business))


def test_a_registered_number_comes_before_a_spare_one_and_that_before_a_purchase() -> None:
    found = choose(WISH, [SPARE, ONLINE], [MARKET], NOW)
    assert (found.readiness, found.number_id) == (Readiness.READY, "n2")
    found = choose(WISH, [SPARE], [MARKET], NOW)
    assert (found.readiness, found.number_id) == (Readiness.REGISTRABLE, "n1")
    found = choose(WISH, [], [MARKET], NOW)
    assert (found.readiness, found.number_id, found.country) == (Readiness.BUYABLE, None, "DE")
    assert choose(WISH, [], [], NOW).readiness is Readiness.NONE


def test_without_approved_documents_a_purchase_takes_days_and_says_so() -> None:
    found = choose(WISH, [], [replace(MARKET, documents=Review.IN_REVIEW)], NOW)
    assert found.readiness is Readiness.DOCUMENTS_NEEDED
    assert [each.code for each in found.obstacles] == ["documents_in_review"]


def test_a_banned_business_account_gets_none_even_if_one_is_ready() -> None:
    found = choose(with_business(Business(level=Level.BANNED)), [ONLINE, SPARE], [MARKET], NOW)
    assert (found.readiness, found.number_id) == (Readiness.NONE, None)
    assert [each.code for each in found.obstacles] == ["business_account_banned"]


def test_a_full_portfolio_takes_days_unless_a_registered_number_is_there() -> None:
    full = with_business(Business(sign_up=SignUp.DONE, portfolio=Portfolio.UNVERIFIED, senders=2))
    assert choose(full, [SPARE], [MARKET], NOW).readiness is Readiness.DOCUMENTS_NEEDED
    assert choose(full, [ONLINE, SPARE], [MARKET], NOW).readiness is Readiness.READY


def test_the_number_of_the_country_people_know_is_taken_first() -> None:
    abroad = replace(SPARE, id="n0", country="AT")
    assert choose(WISH, [abroad, SPARE], [], NOW).number_id == "n1"
    assert choose(WISH, [abroad], [], NOW).number_id == "n0"


def test_a_kind_that_needs_no_registration_is_ready_on_any_spare_number() -> None:
    wish = Wish("a", TEXT, "DE", SenderPlan(None))
    banned_elsewhere = replace(SPARE, life=life.ban(OWNED, CHAT))
    assert choose(wish, [banned_elsewhere], [], NOW).readiness is Readiness.READY


def test_a_worn_out_number_is_passed_over_for_a_fresh_one() -> None:
    worn = replace(SPARE, id="n0", registrations=(NOW - timedelta(hours=1),) * 10)
    assert choose(WISH, [worn, SPARE], [], NOW).number_id == "n1"
    assert choose(WISH, [worn], [], NOW).readiness is Readiness.DOCUMENTS_NEEDED


lives = st.sampled_from(
    [
        OWNED,
        NumberLife(),
        NumberLife(NumberState.LOST),
        NumberLife(NumberState.RETURNING),
        life.lend(OWNED, "a", CHAT),
        life.lend(OWNED, "b", TEXT),
        life.ban(OWNED, CHAT),
        quarantined("a"),
        quarantined("b"),
    ]
)
numbers = st.lists(
    st.builds(
        PoolNumber,
        id=st.sampled_from("mnopq"),
        country=st.sampled_from(["DE", "AT"]),
        kinds=st.sampled_from([BOTH, frozenset({TEXT})]),
        life=lives,
        registration=st.sampled_from([None, RegistrationState.ONLINE, RegistrationState.OFFLINE]),
        documents=st.sampled_from(Review),
    ),
    max_size=5,
    unique_by=lambda each: each.id,
)


@settings(max_examples=150, deadline=None)
@given(stock=numbers, level=st.sampled_from(Level), kind=st.sampled_from([CHAT, TEXT]))
def test_what_is_chosen_can_be_lent_and_is_the_same_in_any_order(
    stock: list[PoolNumber], level: Level, kind: ChannelKind
) -> None:
    wish = replace(with_business(Business(level=level)), kind=kind)
    found = choose(wish, stock, [], NOW)
    assert choose(wish, stock[::-1], [], NOW) == found
    assert (found.number_id is None) == (found.readiness is Readiness.NONE)
    if found.number_id is not None:
        (number,) = (each for each in stock if each.id == found.number_id)
        assert life.lend(number.life, "a", kind).organization_id == "a"
        assert number.life.state in (NumberState.OWNED, NumberState.QUARANTINED)
        assert level not in (Level.BANNED, Level.ACCOUNT)
