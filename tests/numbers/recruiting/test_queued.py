"""Invitations that were queued, and what is asked again before they go out."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import ColumnElement

from hub.db import ban_cases, holds, recipients
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.numbers import recruiting
from hub.numbers.policy.caps import Answer
from hub.numbers.policy.ways import Why
from hub.types.bans import BanState
from tests.numbers.recruiting.stage import Recruiting


def queue(scene: Recruiting) -> None:
    """Invitations are queued, and not sent yet."""
    scene.ban()
    recruiting.build_ledger(scene.services, scene.case_id)
    recruiting.start_inviting(scene.services, scene.case_id)
    recruiting.invite_due(scene.services, scene.case_id)


def put_back(scene: Recruiting) -> None:
    """The old sender is its channel's own again."""
    with scene.services.db.transaction(scene.org.id) as tx:
        record = ban_cases.lock(tx, scene.case_id)
        ban_cases.save(tx, replace(record, inviting=False, case=replace(record.case, state=BanState.REINSTATED)))


COMES_BETWEEN: dict[str, Callable[[Recruiting], object]] = {
    "they wrote to the new number": lambda scene: scene.write("+49170000001"),
    "they wrote STOP elsewhere": lambda scene: scene.refuse(scene.old, "+49170000001"),
    "they took their consent back": lambda scene: scene.agree("p1@example.com", Answer.WITHDRAWN),
    "an admin stopped": lambda scene: recruiting.stop_invitations(scene.services, scene.org.actor, scene.case_id),
    "the old sender was put back": put_back,
}


@pytest.mark.parametrize("what", COMES_BETWEEN)
def test_a_queued_invitation_is_not_sent_to_whom_it_is_not_meant_for_any_more(scene: Recruiting, what: str) -> None:
    scene.somebody(1, mail=True)
    queue(scene)
    scene.stage.clock.forward(minutes=1)
    scene.stage.org.channels["sms"] = scene.old if "STOP" in what else scene.won
    COMES_BETWEEN[what](scene)
    scene.deliver()
    assert scene.sent("email") == []


def test_what_a_stop_kept_from_going_out_goes_out_once_the_invitations_go_on(scene: Recruiting) -> None:
    person = scene.somebody(1, mail=True)
    queue(scene)
    recruiting.stop_invitations(scene.services, scene.org.actor, scene.case_id)
    scene.deliver()
    recruiting.resume_invitations(scene.services, scene.org.actor, scene.case_id)
    scene.stage.clock.forward(hours=2)
    scene.invite()
    assert [each.recipient.address for each in scene.sent("email")] == ["p1@example.com"]
    assert scene.line(person).state == "invited"


def test_who_is_in_the_ledger_by_two_numbers_is_invited_once_at_one_mailbox(scene: Recruiting) -> None:
    first, second = scene.somebody(1, mail=True), scene.somebody(2)
    scene.merge(first.talk, second.talk)
    scene.recruit()
    scene.stage.clock.forward(hours=1)
    scene.invite()
    assert len(scene.sent("email")) == 1
    scene.stage.clock.forward(days=30)
    scene.invite()
    assert len(scene.sent("email")) == 1


def test_the_pause_counts_for_all_the_numbers_of_somebody(scene: Recruiting) -> None:
    first, second = scene.somebody(1, mail=True), scene.somebody(2, bot=True)
    scene.merge(first.talk, second.talk)
    scene.recruit()
    scene.stage.clock.forward(hours=71)
    scene.invite()
    assert len(scene.sent("email") + scene.sent("telegram")) == 1
    scene.stage.clock.forward(hours=2)
    scene.invite()
    assert (len(scene.sent("email")), len(scene.sent("telegram"))) == (1, 1)


def test_a_mailbox_that_is_held_shuts_out_no_other_that_works(scene: Recruiting) -> None:
    scene.somebody(1, mail=True)
    other = scene.stage.channel("email", "sales@shop.example")
    with scene.services.db.transaction(scene.org.id) as tx:
        holds.stop(tx, scene.mail.sender_id, holds.BANNED, "banned")
    scene.recruit()
    scene.stage.deliver(other)
    assert [each.recipient.address for each in scene.sent("email")] == ["p1@example.com"]


def test_lines_are_put_off_in_the_order_in_which_whoever_hears_people_takes_them(
    scene: Recruiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [scene.somebody(1), scene.somebody(2, mail=True), scene.somebody(3, mail=True, agreed=False)]
    scene.refuse(scene.mail, "p2@example.com")
    scene.ban()
    recruiting.build_ledger(scene.services, scene.case_id)
    scene.want(scene.mail, "p2@example.com")
    taken: list[list[str]] = []
    locked, put_off = recipients.locked, recipients.put_off

    def lock(tx: Tx, which: ColumnElement[bool]) -> list[RecipientRecord]:
        found = locked(tx, which)
        taken.append([each.id for each in found])
        return found

    def write(tx: Tx, case_id: str, ids: Collection[str], next_at: datetime | None, why: Why | None) -> None:
        assert taken, "nothing is written before all of them are taken"
        put_off(tx, case_id, ids, next_at, why)

    monkeypatch.setattr(recipients, "locked", lock)
    monkeypatch.setattr(recipients, "put_off", write)
    recruiting.start_inviting(scene.services, scene.case_id)
    recruiting.invite_due(scene.services, scene.case_id)
    assert len(taken[0]) >= 2
    assert set(taken[0]) <= {scene.line(each).id for each in people}
    assert taken[0] == sorted(taken[0])
