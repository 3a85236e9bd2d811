"""What is offered by what the ban reaches, put aside for one case alone, and what it takes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from hub.access.permissions import ALL_SCOPES
from hub.db import registrations
from hub.db.registrations import RegistrationRecord
from hub.db.tables.core import ACCOUNT, CHANNEL, NUMBER, SENDER, USER
from hub.ids import new_id
from hub.numbers import cases
from hub.types import Level, Reach
from hub.types.numbers import RegistrationState
from hub.wiring import build
from tests.api.conftest import Api
from tests.numbers.cases.bans import OURS, SPARE, Bans, judgement, set_up
from tests.outbound.stage import Stage
from tests.provisioning.conftest import URLS
from tests.world import Channel


def offer_of(bans: Bans, reach: Reach, channel: Channel | None = None, **changes: Any) -> dict[str, Any] | None:
    case_id = bans.judge(judgement(bans.services, reach=reach, **changes), channel)
    assert case_id
    bans.work(case_id)
    found: dict[str, Any] | None = bans.get(case_id)["offer"]
    return found


def change(bans: Bans, table: Any, key: str, **values: Any) -> None:
    with bans.platform() as tx:
        tx.execute(update(table).where(table.c.id == key).values(**values))


def test_a_ban_of_the_number_alone_brings_another_number_of_the_customers_own_account(bans: Bans) -> None:
    offer = offer_of(bans, Reach.SENDER)
    assert offer
    assert (offer["kind"], offer["channel_kind"], offer["number"]) == ("another_number", "whatsapp", SPARE)


@pytest.mark.parametrize("reach", [Reach.BUSINESS_ACCOUNT, Reach.PORTFOLIO])
def test_a_ban_of_the_business_brings_no_number_of_its_kind_but_what_else_there_is(bans: Bans, reach: Reach) -> None:
    offer = offer_of(bans, reach)
    assert offer
    assert (offer["kind"], offer["channel_kind"], offer["what"]) == ("another_kind", "sms", "Support on sms")
    assert (offer["readiness"], offer["number"]) == ("ready", None)


def test_without_a_channel_of_sms_the_same_number_is_offered_for_it(bans: Bans) -> None:
    change(bans, CHANNEL, bans.sms.id, deleted_at=bans.services.clock())
    change(bans, SENDER, bans.sms.sender_id, state="released", released_at=bans.services.clock())
    offer = offer_of(bans, Reach.BUSINESS_ACCOUNT)
    assert offer
    assert (offer["kind"], offer["channel_kind"], offer["number"]) == ("another_kind", "sms", OURS)


@pytest.mark.parametrize("kind", ["telegram", "facebook", "email"])
def test_whoever_loses_a_bot_a_page_or_a_mailbox_is_offered_the_form_for_a_new_one(bans: Bans, kind: str) -> None:
    own = bans.stage.channel(kind, f"own-{kind}")
    offer = offer_of(bans, Reach.SENDER, own)
    assert offer
    assert (offer["kind"], offer["channel_kind"], offer["number"]) == ("own_sender", kind, None)
    assert [each["code"] for each in offer["takes"]] == ["own_sender"]


def test_what_hangs_on_the_same_account_of_the_platform_is_not_offered(bans: Bans) -> None:
    bans.stage.channel("telegram", "111222")
    offer = offer_of(bans, Reach.PROVIDER_ACCOUNT)
    assert offer
    assert (offer["kind"], offer["channel_kind"]) == ("another_kind", "telegram")


def test_an_account_without_sign_up_or_room_says_so_with_the_offer(bans: Bans) -> None:
    change(bans, ACCOUNT, bans.account_id, portfolio="unverified")
    change(bans, ACCOUNT, bans.account_id, business_id="")
    offer = offer_of(bans, Reach.SENDER)
    assert offer
    assert (offer["kind"], offer["readiness"]) == ("another_number", "registrable")
    assert [each["code"] for each in offer["takes"]] == ["sign_up_needed"]
    assert "sign-up" in offer["takes"][0]["text"]


def test_a_level_that_no_replacement_helps_against_brings_no_offer(bans: Bans) -> None:
    assert offer_of(bans, Reach.PROVIDER_ACCOUNT, level=Level.ACCOUNT) is None


def test_an_offer_by_a_kind_that_cannot_be_had_comes_as_soon_as_it_can(bans: Bans) -> None:
    case_id = bans.offered()
    bans.post(case_id, "decline")
    change(bans, NUMBER, bans.numbers[SPARE], state="lost")
    # nobody sells numbers of no country
    change(bans, NUMBER, bans.numbers[OURS], country="")
    bans.post(case_id, "offer", channel_kind="whatsapp")
    bans.work(case_id)
    assert bans.state(case_id) == "declined"
    assert platform_view(bans, case_id)["trouble"].startswith("nothing can be offered as things are")
    change(bans, NUMBER, bans.numbers[SPARE], state="owned")
    bans.work(case_id)
    assert bans.state(case_id) == "declined"
    bans.stage.clock.forward(hours=1)
    bans.work(case_id)
    assert (bans.state(case_id), bans.get(case_id)["offer"]["number"]) == ("offered", SPARE)
    assert platform_view(bans, case_id)["trouble"] == ""


def test_after_a_decline_the_next_possibility_is_offered_and_the_first_again_when_all_are_declined(bans: Bans) -> None:
    case_id, offered = bans.offered(), []
    while len(offered) == len(set(offered)):
        offer = bans.get(case_id)["offer"]
        offered.append((offer["kind"], offer["channel_kind"], offer["number"] or offer["what"]))
        bans.post(case_id, "decline")
        bans.post(case_id, "offer")
        bans.work(case_id)
    # another spare number is bought before people are asked to change to another messenger
    assert [each[:2] for each in offered[:3]] == [*[("another_number", "whatsapp")] * 2, ("another_kind", "sms")]
    assert len(offered) > len(bans.api.owner("GET", f"/bans/{case_id}/possibilities").json()["items"])
    assert offered[-1] == offered[0]
    bans.post(case_id, "decline")
    bans.post(case_id, "offer", channel_kind="sms")
    bans.work(case_id)
    assert bans.get(case_id)["offer"]["channel_kind"] == "sms"


def test_what_cannot_be_had_is_listed_with_what_it_takes(bans: Bans) -> None:
    case_id = bans.offered()
    bans.post(case_id, "decline")
    change(bans, NUMBER, bans.numbers[SPARE], state="lost")
    # nobody sells numbers of no country
    change(bans, NUMBER, bans.numbers[OURS], country="")
    found = bans.api.owner("GET", f"/bans/{case_id}/possibilities").json()["items"]
    (number,) = [each for each in found if each["kind"] == "another_number"]
    assert (number["readiness"], [each["code"] for each in number["takes"]]) == ("none", ["no_number"])
    bans.post(case_id, "offer", channel_kind="whatsapp")
    bans.work(case_id)
    assert (bans.state(case_id), bans.get(case_id)["offer"]) == ("declined", None)
    assert "no number of the pool is free" in platform_view(bans, case_id)["trouble"]


def test_where_no_number_is_spare_one_that_can_be_bought_is_offered_with_what_it_takes(
    bans: Bans,
) -> None:
    change(bans, NUMBER, bans.numbers[SPARE], state="lost")
    offer = offer_of(bans, Reach.SENDER)
    assert offer
    assert (offer["kind"], offer["number"], offer["what"]) == ("another_number", None, "a new number (DE)")
    assert (offer["readiness"], [each["code"] for each in offer["takes"]]) == ("buyable", [])


def test_a_supplier_that_does_not_answer_delays_the_offer_by_a_minute_at_most(bans: Bans) -> None:
    nowhere = dict.fromkeys(URLS, "http://127.0.0.1:9")
    cut_off = build(bans.services.settings.model_copy(update=nowhere))
    change(bans, NUMBER, bans.numbers[SPARE], state="lost")
    case_id = bans.judge()
    assert case_id
    for seconds in (0, 2, 10, 60):
        bans.stage.clock.forward(seconds=seconds)
        assert bans.state(case_id) != "offered"
        cases.work(replace(bans.services, suppliers=cut_off.suppliers), case_id)
    assert bans.get(case_id)["offer"]["kind"] == "another_kind"


# --- put aside --------------------------------------------------------------------------------------------


@pytest.fixture
def others(bans: Bans) -> Bans:
    """A second customer with a ban of their own, and nothing to spare."""
    org = bans.stage.world.organization("Rival")
    stage = Stage(bans.services, bans.stage.world, org, bans.stage.clock)
    return set_up(stage, Api(bans.services, bans.api.app, bans.api.world, org), ours="+4930333333", spare=None)


def test_a_number_is_put_aside_for_one_case_alone_also_when_two_ask_at_once(bans: Bans, others: Bans) -> None:
    both = [(each, each.judge() or "") for each in (bans, others)]
    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(each.work, case_id) for each, case_id in both]:
            running.result()
    bans.stage.clock.forward(seconds=5)
    for each, case_id in both:
        each.work(case_id)
    offers = [each.get(case_id)["offer"] for each, case_id in both]
    assert sorted((each["number"] or "", each["readiness"]) for each in offers) == [
        ("", "buyable"), (SPARE, "registrable"),
    ]  # fmt: skip


def test_what_is_put_aside_is_lent_to_nobody_else_nor_given_back_and_is_free_after_the_decline(
    bans: Bans, others: Bans
) -> None:
    case_id = bans.offered()
    token, number = platform_token(bans), f"/platform/numbers/{bans.numbers[SPARE]}"
    rival = {"organization_id": others.org.id, "kind": "sms"}
    # not to the customer itself either: what is put aside is the case's, which may be decided otherwise
    own = rival | {"organization_id": bans.org.id}
    named = {"display_name": "Bakery", "kind": "whatsapp"}
    by_hand = [(f"{number}/assign", each) for each in (rival, own)]
    by_hand += [(f"{number}/register", each | named) for each in (rival, own)]
    for path, body in (*by_hand, (f"{number}/return", None)):
        answer = bans.api.call("POST", path, token, json=body)
        assert (answer.status_code, "put aside" in answer.text) == (409, True), answer.text
    bans.post(case_id, "decline")
    theirs = others.judge()
    assert theirs
    others.work(theirs)
    assert others.get(theirs)["offer"]["number"] == SPARE


def test_the_number_of_a_ban_that_another_organization_has_by_now_is_not_offered_as_its_own(
    bans: Bans, others: Bans
) -> None:
    for each in (bans.banned, bans.sms):
        change(bans, CHANNEL, each.id, deleted_at=bans.services.clock())
        change(bans, SENDER, each.sender_id, state="released", released_at=bans.services.clock())
    case_id = bans.judge(judgement(bans.services, reach=Reach.BUSINESS_ACCOUNT))
    assert case_id
    change(bans, NUMBER, bans.numbers[OURS], organization_id=others.org.id)
    bans.work(case_id)
    found = bans.api.owner("GET", f"/bans/{case_id}/possibilities").json()["items"]
    assert OURS not in [each["what"] for each in found]
    assert OURS not in [(bans.get(case_id)["offer"] or {}).get("number")]


def platform_token(bans: Bans) -> str:
    with bans.platform() as tx:
        tx.execute(update(USER).where(USER.c.id == bans.org.actor.user_id).values(platform_admin=True))
    return bans.api.token(bans.org.actor, ALL_SCOPES)


def platform_view(bans: Bans, case_id: str) -> dict[str, Any]:
    found: dict[str, Any] = bans.api.call("GET", f"/platform/bans/{case_id}", platform_token(bans)).json()
    return found


def test_a_customer_may_choose_among_what_is_possible(bans: Bans) -> None:
    case_id = bans.judge(judgement(bans.services, Level.RESTRICTED))
    assert case_id
    bans.work(case_id)
    shown = bans.api.owner("GET", f"/bans/{case_id}/possibilities").json()["items"]
    assert [(each["kind"], each["channel_kind"]) for each in shown[:2]] == [
        ("another_number", "whatsapp"), ("another_kind", "sms"),
    ]  # fmt: skip
    bans.post(case_id, "offer", 422, channel_kind="pigeon")
    assert bans.post(case_id, "offer", channel_kind="sms")["offer"] is None
    bans.work(case_id)
    assert bans.get(case_id)["offer"]["channel_kind"] == "sms"


@pytest.mark.parametrize("state", [RegistrationState.FAILED, RegistrationState.ONLINE])
def test_a_number_that_the_messenger_does_not_take_or_has_for_somebody_else_is_not_offered(
    bans: Bans, state: RegistrationState
) -> None:
    theirs = bans.stage.world.organization("Rival")
    owner = bans.org if state is RegistrationState.FAILED else theirs
    with bans.platform() as tx:
        known = RegistrationRecord(
            new_id(), bans.numbers[SPARE], "whatsapp", bans.account_id, owner.id, bans.services.clock(), state=state
        )
        assert registrations.add(tx, known)
    offer = offer_of(bans, Reach.SENDER)
    assert offer and offer["what"] != SPARE and offer["number"] != SPARE
