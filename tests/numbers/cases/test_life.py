"""The life of a ban case, from a judgement to its end, at the doors of the organization and of the platform."""

from datetime import timedelta
from typing import Any

import pytest

from hub.numbers import cases
from hub.numbers.policy import happenings as h
from hub.types import Level, Reach
from hub.types.bans import Act, Confidence, Kept
from tests.numbers.cases.bans import OURS, SPARE, Bans, held_acts, judgement, notices_of

ACCEPTED: dict[str, Any] = {"cause": "We wrote to too many people", "appeal": "waived", "reason": "It was our fault"}


def well(bans: Bans) -> Any:
    """A look that finds nothing against the sender."""
    return judgement(
        bans.services, Level.NONE, confidence=Confidence.NONE, forbids=frozenset(), remedies=(), evidence=(),
        reason="Nothing speaks against the sender",
    )  # fmt: skip


def recruiting(bans: Bans) -> str:
    """A case whose offer was accepted and whose new sender is in place."""
    case_id = bans.offered()
    bans.post(case_id, "accept", **ACCEPTED)
    bans.happen(case_id, h.ReplacingBegun(), h.Replaced())
    return case_id


def test_a_case_that_was_closed_is_not_opened_anew_while_its_ban_stands(bans: Bans) -> None:
    case_id = bans.offered()
    bans.post(case_id, "close", reason="We do without it")
    assert bans.judge() is None
    assert bans.judge(judgement(bans.services, Level.RESTRICTED)) is None
    assert (bans.state(case_id), bans.sender(bans.banned).hold) == ("closed", "banned")
    wider = bans.judge(judgement(bans.services, reach=Reach.BUSINESS_ACCOUNT))
    assert wider not in (None, case_id)


def test_the_end_of_a_ban_lets_a_sender_go_whose_case_was_closed(bans: Bans) -> None:
    case_id = bans.offered()
    bans.post(case_id, "close", reason="We do without it")
    assert bans.judge(well(bans)) == case_id
    assert (bans.state(case_id), bans.sender(bans.banned).hold) == ("reinstated", None)
    assert bans.judge(well(bans)) is None
    assert bans.judge() not in (None, case_id)


# --- what is held ---------------------------------------------------------------------------------------


def test_a_ban_holds_what_is_queued_and_leaves_sms_on_the_same_number_alone(bans: Bans) -> None:
    talks = {each: bans.stage.open_conversation(each, person) for each, person in ((bans.banned, "1"), (bans.sms, "2"))}
    waiting = bans.stage.answer(talks[bans.banned], "held")
    case_id = bans.judge()
    other = bans.stage.answer(talks[bans.sms], "goes on")
    for channel in talks:
        bans.stage.deliver(channel)
    assert bans.stage.look(waiting).status == "queued"
    assert bans.stage.look(other).status == "sent"
    assert (bans.sender(bans.banned).hold, bans.sender(bans.sms).hold) == ("banned", None)
    assert held_acts(bans, bans.banned) == {Act.UNASKED, Act.REPLIES, Act.ADDING_SENDERS}
    assert bans.sender(bans.banned).hold_reason == "The messenger has banned the number"
    bans.judge(well(bans))
    assert bans.state(case_id or "") == "reinstated"
    assert (bans.sender(bans.banned).hold, held_acts(bans, bans.banned)) == (None, set())
    bans.stage.deliver(bans.banned)
    assert bans.stage.look(waiting).status == "sent"


def test_a_suspicion_holds_only_what_nobody_asked_for_and_ends_when_there_is_nothing_in_it(bans: Bans) -> None:
    suspected = judgement(bans.services, confidence=Confidence.SUSPECTED, forbids=frozenset({Act.UNASKED}))
    case_id = bans.judge(suspected)
    assert case_id
    assert (bans.state(case_id), held_acts(bans, bans.banned)) == ("suspected", {Act.UNASKED})
    assert bans.sender(bans.banned).hold is None
    bans.work(case_id)
    assert (bans.left(case_id), bans.number(OURS).banned) == ([], [])
    bans.judge(well(bans))
    bans.work(case_id)
    assert (bans.state(case_id), bans.line(case_id)) == ("closed", ["Opened", "Dismissed"])
    assert bans.record(case_id).over_at == bans.services.clock()
    assert held_acts(bans, bans.banned) == set()
    assert bans.judge(suspected) != case_id


def test_a_level_that_opens_no_case_opens_none(bans: Bans) -> None:
    slow = judgement(bans.services, Level.RATE_LIMITED, confidence=Confidence.NONE, forbids=frozenset())
    assert bans.judge(slow) is None
    assert bans.api.owner("GET", "/bans").json() == {"items": [], "next": None}


def test_a_restriction_that_weakens_lets_answers_go_again(bans: Bans) -> None:
    everything = frozenset({Act.UNASKED, Act.REPLIES})
    bans.judge(judgement(bans.services, Level.RESTRICTED, forbids=everything))
    assert bans.sender(bans.banned).hold == "banned"
    ends = bans.services.clock() + timedelta(days=3)
    bans.judge(judgement(bans.services, Level.RESTRICTED, forbids=frozenset({Act.UNASKED}), until=ends))
    held = bans.sender(bans.banned)
    assert (held.hold, held.forbids, held.forbids_until) == (None, ["unasked"], ends)


def test_a_ban_of_the_business_account_marks_number_and_account_until_it_is_taken_back(bans: Bans) -> None:
    case_id = bans.judge(judgement(bans.services, reach=Reach.BUSINESS_ACCOUNT))
    assert case_id
    bans.work(case_id)
    assert bans.number(OURS).banned == ["whatsapp"]
    assert (bans.account().level, bans.account().forbids) == ("banned", ["adding_senders", "replies", "unasked"])
    bans.judge(well(bans))
    bans.work(case_id)
    assert (bans.number(OURS).banned, bans.account().level, bans.account().forbids) == ([], "none", [])


# --- from confirmation to the end -------------------------------------------------------------------------


def test_a_confirmed_ban_is_told_gets_remedies_and_an_offer_that_the_customer_accepts(bans: Bans) -> None:
    before = notices_of(bans)
    case_id = bans.judge()
    assert case_id
    assert bans.get(case_id)["state"] == "confirmed"
    bans.work(case_id)
    shown = bans.get(case_id)
    assert (shown["state"], shown["level"], shown["reach"]) == ("offered", "banned", "sender")
    assert shown["channel"] == {
        "id": bans.banned.id, "kind": "whatsapp", "name": "Support on whatsapp", "address": OURS,
    }  # fmt: skip
    assert [each["kind"] for each in shown["remedies"]] == ["appeal", "replace"]
    offer = shown["offer"]
    assert (offer["kind"], offer["number"], offer["readiness"]) == ("another_number", SPARE, "registrable")
    assert offer["expires_at"] == (bans.services.clock() + timedelta(days=14)).isoformat().replace("+00:00", "Z")
    assert (shown["next"]["who"], shown["next"]["by"]) == ("customer", offer["expires_at"])
    assert shown["evidence"][0]["words"] and "provider" not in shown["evidence"][0]["words"]
    assert notices_of(bans) > before
    said = bans.post(case_id, "accept", offer_id=offer["id"], **ACCEPTED)
    assert (said["state"], said["cause"], said["appeal"]["state"]) == ("accepted", ACCEPTED["cause"], "waived")
    assert bans.line(case_id) == [
        "Opened", "Confirmed", "Informed", "Proposed", "OfferMade", "CauseRecorded", "AppealWaived", "Accepted",
    ]  # fmt: skip
    assert [each["by"] for each in said["timeline"]][-3:] == ["Olga Owner"] * 3
    assert "ban.accepted" in bans.audited()
    bans.happen(case_id, h.ReplacingBegun(), h.Replaced())
    assert bans.get(case_id)["state"] == "recruiting"
    closed = bans.post(case_id, "close", reason="Everybody who matters is there")
    assert (closed["state"], closed["next"]["who"], closed["inviting"]) == ("closed", "nobody", False)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"appeal": "filed"}, 422),
        ({"cause": "x"}, 422),
        ({"cause": "x", "appeal": "waived"}, 422),
        ({**ACCEPTED, "offer_id": "another"}, 409),
    ],
)
def test_nothing_is_accepted_without_cause_appeal_and_the_very_offer(
    bans: Bans, said: dict[str, Any], status: int
) -> None:
    case_id = bans.offered()
    bans.post(case_id, "accept", status, **said)
    shown = bans.get(case_id)
    assert (shown["state"], shown["cause"], shown["appeal"]["state"]) == ("offered", "", "none")
    assert "ban.accepted" not in bans.audited()


def test_a_declined_offer_frees_its_number_and_another_one_can_be_asked_for(bans: Bans) -> None:
    case_id = bans.offered()
    assert bans.record(case_id).reserved["number_id"] == bans.numbers[SPARE]
    declined = bans.post(case_id, "decline", reason="We go on with SMS")
    assert (declined["state"], declined["offer"], bans.record(case_id).reserved) == ("declined", None, {})
    bans.post(case_id, "offer", channel_kind="sms")
    bans.work(case_id)
    offer = bans.get(case_id)["offer"]
    assert (offer["kind"], offer["channel_kind"], offer["readiness"]) == ("another_kind", "sms", "ready")


def test_an_offer_that_nobody_answers_runs_out_at_its_deadline(bans: Bans) -> None:
    case_id = bans.offered()
    bans.stage.clock.forward(days=13, hours=23)
    cases.end_overdue(bans.services)
    assert bans.state(case_id) == "offered"
    bans.stage.clock.forward(hours=1)
    bans.post(case_id, "accept", 409, **ACCEPTED)
    cases.end_overdue(bans.services)
    assert (bans.state(case_id), bans.record(case_id).reserved) == ("expired", {})
    cases.end_overdue(bans.services)
    assert bans.line(case_id).count("DeadlinePassed") == 1


def test_remedies_and_the_appeal_are_recorded_with_their_results_and_the_last_that_fails_brings_the_offer(
    bans: Bans,
) -> None:
    case_id = bans.judge(judgement(bans.services, Level.RESTRICTED))
    assert case_id
    bans.work(case_id)
    assert bans.state(case_id) == "remedy"
    assert bans.post(case_id, "appeal", state="filed")["appeal"]["state"] == "filed"
    refused = bans.post(case_id, "appeal", state="refused", reason="They see a pattern")
    assert (refused["appeal"]["state"], refused["appeal"]["reason"]) == ("refused", "They see a pattern")
    bans.post(case_id, "remedies/appeal", state="under_way")
    bans.post(case_id, "remedies/pay", 422, state="under_way")
    bans.post(case_id, "remedies/prayer", 404, state="under_way")
    ended = bans.post(case_id, "remedies/appeal", state="failed", result="They see a pattern")
    assert ended["remedies"][0]["state"] == "failed"
    bans.work(case_id)
    assert bans.state(case_id) == "offered"
    bans.post(case_id, "accept", cause="We wrote too often")
    assert bans.get(case_id)["appeal"]["state"] == "refused"


@pytest.mark.parametrize("kept", list(Kept))
def test_a_sender_given_back_after_the_acceptance_leaves_the_choice_to_the_customer(bans: Bans, kept: Kept) -> None:
    case_id = recruiting(bans)
    bans.judge(well(bans))
    shown = bans.get(case_id)
    assert (shown["state"], shown["undecided"], shown["next"]["who"]) == ("reinstated", "recruiting", "customer")
    assert bans.record(case_id).over_at is None
    said = bans.post(case_id, "keep", sender=kept)
    assert said["state"] == ("reinstated" if kept is Kept.OLD else "recruiting")
    assert (bans.record(case_id).over_at is None) == (kept is Kept.NEW)
    assert (bans.sender(bans.banned).hold is None) == (kept is Kept.OLD)
    bans.post(case_id, "keep", 409, sender=kept)


def test_a_replacement_that_fails_goes_back_to_the_remedies_with_another_offer(bans: Bans) -> None:
    case_id = bans.offered()
    bans.post(case_id, "accept", **ACCEPTED)
    bans.happen(case_id, h.ReplacingBegun(), h.ReplacingFailed("the messenger did not take the number"))
    assert (bans.state(case_id), bans.record(case_id).reserved) == ("remedy", {})
    bans.work(case_id)
    assert bans.state(case_id) == "offered"


def test_offers_are_accepted_by_themselves_only_where_the_organization_wishes_it(bans: Bans) -> None:
    bans.wish(automatic=True, offer_days=3)
    case_id = bans.judge()
    assert case_id
    bans.work(case_id)
    shown = bans.get(case_id)
    assert (shown["state"], shown["appeal"]["state"]) == ("replacing", "waived")
    accepted = bans.line(case_id).index("Accepted")
    assert bans.line(case_id)[accepted - 3 : accepted] == ["OfferMade", "CauseRecorded", "AppealWaived"]
    assert {each["by"] for each in shown["timeline"]} == {None}


@pytest.mark.parametrize("state", ["accepted", "replacing", "recruiting"])
def test_who_has_chosen_the_new_sender_is_not_asked_again_while_the_old_one_works(bans: Bans, state: str) -> None:
    case_id = bans.offered()
    bans.post(case_id, "accept", **ACCEPTED)
    happenings = {"accepted": (), "replacing": (h.ReplacingBegun(),), "recruiting": (h.ReplacingBegun(), h.Replaced())}
    bans.happen(case_id, *happenings[state])
    bans.judge(well(bans))
    assert bans.post(case_id, "keep", sender="new")["state"] == state
    bans.judge(well(bans))
    assert (bans.state(case_id), bans.line(case_id).count("Reinstated")) == (state, 1)


def test_who_has_chosen_the_new_sender_and_cannot_have_it_gets_the_old_one_that_works(bans: Bans) -> None:
    case_id = bans.offered()
    bans.post(case_id, "accept", **ACCEPTED)
    bans.happen(case_id, h.ReplacingBegun())
    bans.judge(well(bans))
    bans.post(case_id, "keep", sender="new")
    bans.happen(case_id, h.ReplacingFailed("the messenger did not take the number"))
    bans.judge(well(bans))
    assert (bans.state(case_id), bans.sender(bans.banned).hold) == ("reinstated", None)


@pytest.mark.parametrize("begun", [False, True])
def test_until_the_new_sender_is_there_the_customer_can_step_back(bans: Bans, begun: bool) -> None:
    case_id = bans.offered()
    offer = bans.post(case_id, "accept", **ACCEPTED)["offer"]
    bans.happen(case_id, *((h.ReplacingBegun(),) if begun else ()))
    shown = bans.post(case_id, "decline", reason="We have no number of our own to bring", offer_id=offer["id"])
    assert (shown["state"], bans.record(case_id).reserved) == ("declined", {})
    bans.work(case_id)
    assert (bans.state(case_id), bans.left(case_id)) == ("declined", [])
    bans.post(case_id, "offer")
    bans.work(case_id)
    assert bans.state(case_id) == "offered"
    bans.post(case_id, "close", reason="We do without it")


def test_after_a_replacement_has_failed_nothing_is_accepted_by_itself(bans: Bans) -> None:
    bans.wish(automatic=True, offer_days=3)
    case_id = bans.judge()
    assert case_id
    bans.work(case_id)
    bans.happen(case_id, h.ReplacingFailed("the messenger did not take the number"))
    bans.work(case_id)
    assert (bans.state(case_id), bans.line(case_id).count("Accepted")) == ("offered", 1)
