"""The old sender was given back and stays: what becomes of the new one's number, and what if the old one is gone."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from hub.db import registrations, stock
from hub.db.session import PlatformWork
from hub.db.tables.core import SENDER
from hub.errors import Conflict
from hub.numbers import cases
from hub.numbers.cases import commands
from hub.numbers.policy import happenings as h
from hub.numbers.policy import life
from hub.numbers.supply import lending
from hub.types import ChannelKind, Machine
from hub.types.bans import BanState, Kept
from hub.types.numbers import NumberState, OfferKind, RegistrationState
from tests.dying import die_at
from tests.numbers.registering.banned import WORK, Banned
from tests.world import Organization, World

WHATSAPP = ChannelKind("whatsapp")


def happen(banned: Banned, *happenings: h.Happening) -> None:
    services = banned.desk.services
    with services.db.transaction(banned.org.id) as tx:
        for each in happenings:
            cases.happen(services, tx, banned.case_id, each, Machine("system"), services.clock())


def given_back(banned: Banned, *happenings: h.Happening) -> None:
    happen(banned, h.Reinstated("it works again"), *happenings)


def replaced(banned: Banned) -> str:
    """Let a spare number take over; return its id."""
    spare = banned.desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    banned.until(BanState.RECRUITING)
    return spare.id


def test_a_number_that_went_on_to_another_organization_stays_theirs(
    banned: Banned, world: World, rival: Organization
) -> None:
    number_id = replaced(banned)
    lending.release_number(banned.desk.services, banned.desk.platform, number_id)
    next_one = world.channel(rival, WHATSAPP, banned.desk.number(number_id).number)
    with banned.desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stock.put_life(tx, number_id, life.lend(stock.lock(tx, number_id).life, rival.id, WHATSAPP))
        tx.execute(update(SENDER).where(SENDER.c.id == next_one.sender_id).values(number_id=number_id))
    theirs = banned.desk.number(number_id).life
    assert theirs.carries == {WHATSAPP}
    given_back(banned, h.SenderKept(Kept.OLD))
    banned.work()
    assert (banned.current(), banned.record().new_sender_id) == (banned.sender_id, None)
    assert banned.desk.number(number_id).life == theirs


def test_an_old_sender_that_was_taken_back_cannot_be_chosen(banned: Banned) -> None:
    replaced(banned)
    new = banned.current()
    given_back(banned)
    lending.release_number(banned.desk.services, banned.desk.platform, banned.number_id)
    with pytest.raises(Conflict, match="keep the new one"):
        commands.keep_sender(banned.desk.services, banned.org.actor, banned.case_id, Kept.OLD)
    # the choice was made a moment earlier: the channel is not left without a sender
    happen(banned, h.SenderKept(Kept.OLD))
    banned.work()
    assert (banned.current(), banned.record().new_sender_id) == (new, new)


def test_the_provider_is_pointed_here_for_the_old_sender_also_after_a_kill(banned: Banned, tmp_path: Path) -> None:
    replaced(banned)
    given_back(banned, h.SenderKept(Kept.OLD))
    code = WORK.format(organization=banned.org.id, case=banned.case_id)
    die_at(banned.desk.services.settings, tmp_path, "replacing.put_back", code)
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("hub.numbers.cases.replacing.probing.set_up", lambda _s, _o, sender_id: asked.append(sender_id))
        banned.work()
    assert (asked, banned.current()) == ([banned.sender_id], banned.sender_id)


def test_what_somebody_else_registers_on_a_number_that_was_put_aside_goes_on(
    banned: Banned, rival: Organization
) -> None:
    spare = banned.desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    banned.work()
    given_back(banned, h.SenderKept(Kept.OLD))
    with banned.desk.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        for each in registrations.list_of_numbers(tx, [spare.id]):
            registrations.change(tx, each.id, {"organization_id": rival.id})
    banned.work()
    (theirs,) = banned.desk.views(spare.id)
    assert (theirs.organization_id, theirs.removed_at) == (rival.id, None)
    assert theirs.state is not RegistrationState.REMOVED
    assert banned.desk.number(spare.id).life.state is NumberState.OWNED


def test_an_old_sender_does_not_push_aside_the_one_that_a_later_ban_brought(banned: Banned) -> None:
    replaced(banned)
    later = replace(banned, sender_id=banned.current() or "", case_id="")
    replaced(later)
    third = banned.current()
    given_back(banned)
    with pytest.raises(Conflict, match="yet another sender"):
        commands.keep_sender(banned.desk.services, banned.org.actor, banned.case_id, Kept.OLD)
    # the choice was made a moment earlier
    happen(banned, h.SenderKept(Kept.OLD))
    banned.work()
    assert (banned.current(), later.record().new_sender_id) == (third, third)


def test_who_steps_back_has_what_was_begun_undone(banned: Banned) -> None:
    spare = banned.desk.bought()
    banned.accept(OfferKind.ANOTHER_NUMBER, WHATSAPP, {"number_id": spare.id, "number": spare.number})
    banned.work()
    assert (len(banned.desk.views(spare.id)), banned.record().case.state) == (1, BanState.REPLACING)
    commands.decline(banned.desk.services, banned.org.actor, banned.case_id, "it takes too long")
    banned.work()
    assert (list(banned.desk.views(spare.id)), banned.record().case.state) == ([], BanState.DECLINED)
    assert banned.desk.number(spare.id).life.state is NumberState.OWNED
