"""Each promise of test_stateful_numbers can be broken, and then it is noticed: the hub is broken on purpose."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.conversations.windows import Standing
from hub.db import ban_cases, reaching, recipients, senders
from hub.db.session import PlatformWork
from hub.db.tables.core import CONSENT, CONVERSATION, DELIVERY, NUMBER, RECIPIENT, REGISTRATION, SENDER
from hub.inbound import directory
from hub.numbers import winning
from hub.numbers.cases import acting
from hub.numbers.cases.commands import Acceptance
from hub.numbers.policy import case, life
from hub.numbers.policy import happenings as h
from hub.outbound import marking, permitting
from hub.outbound.saying import Reply
from hub.outbound.submit import submit
from hub.types.bans import AppealState, BanState
from hub.types.numbers import NumberState
from tests.numbers.playing.everything import Numbers
from tests.numbers.playing.play import FOR_SALE, mail

OURS = FOR_SALE[0]
Patch = pytest.MonkeyPatch
Deed = Callable[[Numbers, Patch], None]
BANNED = ("sender/OFFLINE", "your number was banned")
ONE_HUB = pytest.mark.parametrize("open_hub", ["sqlite"], indirect=True)


def _number(day: Numbers, number: str = OURS) -> Any:
    return next(each for each in day.play.numbers() if each.number == number)


def _sender(day: Numbers, kind: str = "whatsapp") -> Any:
    return next(each for each in day.play.senders() if (each.kind, each.address) == (kind, OURS))


def _write_rows(day: Numbers, statement: Any) -> None:
    with day.play.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(statement)


def _answer(day: Numbers, person: int = 0) -> None:
    """Somebody writes on WhatsApp and is answered; the answer waits to be sent."""
    play, sender = day.play, _sender(day)
    play.write(person, OURS, "whatsapp")
    on = (CONVERSATION.c.channel_id == sender.channel_id, CONVERSATION.c.last_inbound_at == play.clock())
    [row] = play.rows(select(CONVERSATION.c.id).where(*on))
    submit(play.services, day.org(0).actor, row.id, Reply("Good morning"))


def _win(day: Numbers, rounds: int = 8) -> Any:
    """A ban up to its invitations."""
    day.ban(_sender(day), BANNED)
    for _ in range(rounds):
        day.work()
        row = day.cases()[0]
        if row.state == "offered":
            day.accept(row, Acceptance("bought a list", AppealState.WAIVED, "no use"))
        day.go_on()
        day.people_are_invited()
    return day.cases()[0]


# --- how the hub is broken ------------------------------------------------------------------------------


def _early_end(day: Numbers, broken: Patch) -> None:
    day.release(_number(day).id)
    broken.setattr(life, "end_quarantine", lambda *_: life.NumberLife(NumberState.OWNED))
    day.a_quarantine_is_ended_by_hand(0)


def _lent(number: life.NumberLife, organization_id: str, kind: Any) -> life.NumberLife:
    """Lending that asks for nothing."""
    return life.NumberLife(NumberState.LENT, organization_id, number.carries | {kind}, banned=number.banned)


def _foreign_lending(day: Numbers, broken: Patch) -> None:
    number = _number(day, FOR_SALE[1])
    day.release(number.id)
    broken.setattr(life, "lend", _lent)
    day.assign(number.id, 0, "sms")


def _banned_lending(day: Numbers, broken: Patch) -> None:
    number = _number(day, FOR_SALE[2])
    _write_rows(day, update(NUMBER).where(NUMBER.c.id == number.id).values(banned=["sms"]))
    broken.setattr(life, "lend", _lent)
    day.assign(number.id, 0, "sms")


def _two_holders(day: Numbers, _broken: Patch) -> None:
    theirs = next(each for each in day.play.senders() if each.organization_id == day.org(1).id and each.number_id)
    _write_rows(day, update(SENDER).where(SENDER.c.id == theirs.id).values(number_id=_number(day).id))


def _backwards(table: Any, state: str) -> Deed:
    def move(day: Numbers, _broken: Patch) -> None:
        if table is RECIPIENT:
            _win(day)
        _write_rows(day, update(table).values(state=state))
        if table is RECIPIENT:
            _write_rows(day, update(table).values(state="invited"))

    return move


def _deaf(day: Numbers, broken: Patch) -> None:
    broken.setattr(reaching, "opt_out", lambda *_: False)
    day.play.write(0, OURS, "whatsapp", stop=True)


def _astray(day: Numbers, broken: Patch) -> None:
    theirs = next(each for each in day.play.senders() if each.organization_id == day.org(1).id and each.number_id)
    ref = senders.SenderRef(theirs.id, theirs.organization_id, theirs.provider_account_id)
    broken.setattr(directory, "_find_sender", lambda *_: ref)
    broken.setattr(directory, "_proves", lambda *_: True)
    day.play.write(2, OURS, "whatsapp")


def _skipped(day: Numbers, broken: Patch) -> None:
    day.ban(_sender(day), BANNED)
    day.work()
    broken.setattr(case, "MOVES", {**case.MOVES, h.ReplacingBegun: {BanState.OFFERED: BanState.REPLACING}})
    _happen(day, h.ReplacingBegun())


def _happen(day: Numbers, happening: h.Happening) -> None:
    row = day.cases()[0]
    services = day.play.services
    with services.db.transaction(row.organization_id) as tx:
        acting.happen(services, tx, row.id, happening, acting.HUB, day.play.clock())


def _unasked_for(day: Numbers, _broken: Patch) -> None:
    day.ban(_sender(day), BANNED)
    day.work()
    row, services = day.cases()[0], day.play.services
    with services.db.transaction(row.organization_id) as tx:
        record = ban_cases.lock(tx, row.id)
        ban_cases.save(tx, replace(record, new_sender_id=_sender(day, "sms").id))


def _miscounted(day: Numbers, broken: Patch) -> None:
    _win(day)
    counted = recipients.count
    broken.setattr(recipients, "count", lambda tx, _: counted(tx, "nobody's"))


def _unheld(day: Numbers, broken: Patch) -> None:
    _answer(day)
    day.ban(_sender(day), BANNED)
    broken.setattr(marking, "is_held", lambda *_: False)
    day.play.send()


def _handed_over(day: Numbers, _broken: Patch) -> None:
    _answer(day)
    case_row = _win(day)
    _write_rows(day, update(DELIVERY).where(DELIVERY.c.state == "queued").values(sender_id=case_row.new_sender_id))


def _too_early(day: Numbers, broken: Patch) -> None:
    _win(day)
    broken.setattr(winning, "forbids_unasked", lambda *_: None)
    broken.setattr(permitting, "_require_window", lambda *_: None)
    new = next(each for each in day.play.senders() if each.id == day.cases()[0].new_sender_id)
    row = day.play.rows(select(CONVERSATION.c.id).where(CONVERSATION.c.channel_id == new.channel_id))[0]
    broken.setattr(marking, "standing_of", lambda *_: Standing.FREE)
    submit(day.play.services, day.org(0).actor, row.id, Reply("Good morning"))
    day.play.send()


def _not_told(day: Numbers, _broken: Patch) -> None:
    """They said so, and the hub was not told."""
    for person in range(3):
        day.play.stop_by(day.org(0), "email", mail(person))
    _win(day)
    day.play.send()


def _without_consent(day: Numbers, broken: Patch) -> None:
    _win(day)
    broken.setattr(marking, "_lapsed", lambda *_: set())
    _write_rows(day, update(CONSENT).values(answer="withdrawn"))
    day.play.send()


@ONE_HUB
@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (_early_end, "a quarantine ended before its time"),
        (_foreign_lending, "a number in quarantine was lent to another organization"),
        (_banned_lending, "a number was assigned as a kind whose messenger has banned it"),
        (_two_holders, "a number is two organizations'"),
        (_backwards(NUMBER, "ordered"), "a number went from"),
        (_backwards(REGISTRATION, "draft"), "a registration went from"),
        (_backwards(RECIPIENT, "erased"), "a recipient went from"),
        (_deaf, "an opt-out was forgotten"),
        (_astray, "another organization's than the one it was written to"),
        (_skipped, "a case went from offered to replacing by ReplacingBegun"),
        (_unasked_for, "a sender was replaced without an acceptance"),
        (_miscounted, "the progress does not add up"),
        (_unheld, "a message went out by a sender that is held"),
        (_handed_over, "a held message went to another sender by itself"),
        (_too_early, "who never wrote to the new sender"),
        (_not_told, "an invitation went to somebody who opted out"),
        (_without_consent, "an invitation went out without a consent"),
    ],
    ids=lambda each: each.__name__.strip("_") if callable(each) else "",
)
def test_a_broken_promise_is_noticed(day: Numbers, monkeypatch: Patch, deed: Deed, said: str) -> None:
    day.all_is_promised()
    with monkeypatch.context() as broken:
        deed(day, broken)
        with pytest.raises(AssertionError, match=said):
            day.all_is_promised()
