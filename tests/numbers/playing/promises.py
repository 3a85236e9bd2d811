"""What must hold whatever was done, by plain SELECTs and by what the test remembers itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from hub.db import recipients
from hub.db.tables.core import (
    BAN_CASE,
    BAN_EVENT,
    CONSENT,
    DELIVERY,
    EVENT,
    IDENTITY,
    MESSAGE,
    NUMBER,
    RECIPIENT,
    SENDER,
    SENT_INVITATION,
)
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import MOVES, RETURNS, STAYS
from hub.numbers.policy.following import WITHDRAWN_FROM
from hub.types import OutboundMessage, Sender
from hub.types.bans import BanState
from tests.numbers.playing.play import Play, phone

_HELD = ("banned", "credentials")
_PHONES = ("sms", "whatsapp")


@dataclass
class Promises:
    """`ledgers`: how many people were in each at the last look."""

    play: Play
    ledgers: dict[str, int] = field(default_factory=dict)

    def broken(self) -> list[str]:
        """What does not hold now, in words."""
        return [
            *self._of_lending(),
            *self._of_writers(),
            *self._of_cases(),
            *self._of_ledgers(),
            *self._of_opt_outs(),
            *(each for went in self.play.told.went for each in went.wrong),
        ]

    # --- numbers -----------------------------------------------------------------------------------------

    def _of_lending(self) -> Iterator[str]:
        numbers = {each.id: each for each in self.play.numbers()}
        holders: dict[str, set[str]] = {}
        for each in self.play.senders():
            if each.number_id is not None:
                holders.setdefault(each.number_id, set()).add(each.organization_id)
                if numbers[each.number_id].state != "lent":
                    yield f"a sender is on a number that is {numbers[each.number_id].state}"
        for number_id, those in holders.items():
            if those != {numbers[number_id].organization_id}:
                yield "a number is two organizations', or another one's than it says"
        sold, bought = len(self.play.supplier.sold), len(set(self.play.supplier.sold))
        ordered = self.play.rows(select(func.count()).select_from(NUMBER))[0][0]
        if bought > ordered or sold < bought:
            yield "a number was paid for that nobody knows of"

    # --- last week's writer ------------------------------------------------------------------------------

    def _of_writers(self) -> Iterator[str]:
        whose = {each.token: each.whose for each in self.play.wrote}
        keys = {each.key: each.whose for each in self.play.wrote}
        said = select(MESSAGE.c.organization_id, MESSAGE.c.text).where(MESSAGE.c.direction == "inbound")
        for row in self.play.rows(said):
            token = row.text.split()[-1] if row.text.strip() else ""
            if token in whose and whose[token] != row.organization_id:
                yield "what somebody wrote to a number is another organization's than the one it was written to"
        for row in self.play.rows(select(EVENT.c.organization_id, EVENT.c.event_key)):
            if row.event_key in keys and keys[row.event_key] != row.organization_id:
                yield "a webhook is another organization's than the one it was written to"
        wrote = {(each.whose, each.kind, phone(each.person)) for each in self.play.wrote}
        for row in self.play.rows(select(IDENTITY).where(IDENTITY.c.kind.in_(_PHONES))):
            if (row.organization_id, row.kind, row.address) not in wrote:
                yield "somebody is known to an organization that they never wrote to"

    # --- cases -------------------------------------------------------------------------------------------

    def _of_cases(self) -> Iterator[str]:
        lines: dict[str, list[Any]] = {}
        for row in self.play.rows(select(BAN_EVENT).order_by(BAN_EVENT.c.id)):
            lines.setdefault(row.case_id, []).append(row)
        for case in self.play.rows(select(BAN_CASE)):
            line = lines.get(case.id, [])
            yield from _illegal(line)
            if not line or line[-1].state != case.state:
                yield f"a case is {case.state}, and its timeline does not say so"
            accepted = [each for each in line if each.happening == "Accepted"]
            if case.new_sender_id is not None and not accepted:
                yield "a sender was replaced without an acceptance"
            if accepted and (not case.cause.strip() or case.appeal == "none"):
                yield "an offer was accepted without a cause, or without a word about an appeal"
            if any(each.user_id is None for each in accepted):
                yield "an offer was accepted by nobody, where that is not switched on"
        yield from self._of_successions()

    def _of_successions(self) -> Iterator[str]:
        """A channel has a past sender only where a case was accepted."""
        accepted = {row.sender_id for row in self.play.rows(
            select(BAN_CASE.c.sender_id).join(BAN_EVENT, BAN_EVENT.c.case_id == BAN_CASE.c.id)
            .where(BAN_EVENT.c.happening == "Accepted"))}  # fmt: skip
        for each in self.play.rows(select(SENDER.c.id).where(SENDER.c.state == "past")):
            if each.id not in accepted:
                yield "a sender was replaced without an acceptance"

    # --- ledgers -----------------------------------------------------------------------------------------

    def _of_ledgers(self) -> Iterator[str]:
        rows = self.play.rows(select(RECIPIENT.c.case_id, RECIPIENT.c.state, RECIPIENT.c.organization_id))
        for case_id in {each.case_id for each in rows}:
            mine = [each for each in rows if each.case_id == case_id]
            with self.play.services.db.reading(mine[0].organization_id) as tx:
                shown = recipients.count(tx, case_id)
            counted = {each.state: sum(one.state == each.state for one in mine) for each in mine}
            if dict(shown.counts) != counted or shown.total != len(mine):
                yield "the progress does not add up"
            done = sum(counted.get(each, 0) for each in ("verified", "opted_out", "erased"))
            if shown.left + done != len(mine):
                yield "who is left, verified, opted out and erased are not all"
            if len(mine) < self.ledgers.get(case_id, 0):
                yield "people vanished from a ledger"
            self.ledgers[case_id] = len(mine)

    # --- opt-outs ----------------------------------------------------------------------------------------

    def _of_opt_outs(self) -> Iterator[str]:
        """Whoever is known and said so, is known to have said so; and so in every ledger of an open case."""
        waiting = {each.organization_id for each in self.play.rows(select(EVENT).where(EVENT.c.state == "pending"))}
        rows = [each for each in self.play.rows(select(IDENTITY)) if each.organization_id not in waiting]
        out = {each.id for each in rows if (each.organization_id, each.kind, each.address) in self.play.stopped}
        for each in rows:
            if each.id in out and each.opted_out_at is None:
                yield "an opt-out was forgotten"
        lines = select(RECIPIENT.c.identity_id, RECIPIENT.c.state).join(BAN_CASE, BAN_CASE.c.id == RECIPIENT.c.case_id)
        for row in self.play.rows(lines.where(BAN_CASE.c.over_at.is_(None), RECIPIENT.c.identity_id.in_(out))):
            if row.state != "opted_out":
                yield f"somebody who opted out is {row.state} in the ledger"

    # --- what goes out -----------------------------------------------------------------------------------

    def check(self, sender: Sender, message: OutboundMessage) -> tuple[str, ...]:
        """What is wrong with a message that a messenger is given at this moment."""
        return tuple(self._wrongs(sender, message))

    def _wrongs(self, sender: Sender, message: OutboundMessage) -> Iterator[str]:
        play = self.play
        row = play.rows(select(SENDER).where(SENDER.c.id == sender.id))[0]
        delivery = play.rows(select(DELIVERY).where(DELIVERY.c.id == message.delivery_id))[0]
        address = message.recipient.address
        if (row.organization_id, str(row.kind), address) in play.stopped:
            yield "a message went to somebody who opted out"
        if row.state != "current":
            yield f"a message went out by itself by a sender that is {row.state}"
        if row.hold in _HELD:
            yield "a message went out by a sender that is held"
        ends = row.forbids_until
        if delivery.unasked and "unasked" in row.forbids and (ends is None or ends > play.clock()):
            yield "a message that nobody asked for went out although the sender may only answer"
        yield from self._unwon(row, address)
        yield from self._invitation(row.organization_id, delivery.message_id)

    def _unwon(self, row: Any, address: str) -> Iterator[str]:
        """To people of a ledger the new sender writes only once they have written to it."""
        mine = (RECIPIENT.c.identity_id == IDENTITY.c.id, IDENTITY.c.address == address, IDENTITY.c.kind == row.kind)
        known = (
            select(RECIPIENT.c.id)
            .select_from(RECIPIENT)
            .join(BAN_CASE, BAN_CASE.c.id == RECIPIENT.c.case_id)
            .join(IDENTITY, RECIPIENT.c.identity_id == IDENTITY.c.id)
            .where(BAN_CASE.c.new_sender_id == row.id, *mine)
        )
        wrote = any(
            (each.number, each.kind, phone(each.person)) == (row.address, str(row.kind), address)
            for each in self.play.wrote
        )
        if not wrote and self.play.rows(known):
            yield "a message went to somebody who never wrote to the new sender"

    def _invitation(self, organization_id: str, message_id: str) -> Iterator[str]:
        for row in self.play.rows(select(SENT_INVITATION).where(SENT_INVITATION.c.message_id == message_id)):
            mine = self.play.rows(select(IDENTITY).where(IDENTITY.c.id == row.identity_id))[0]
            theirs = self.play.rows(select(IDENTITY).where(IDENTITY.c.contact_id == mine.contact_id))
            if any((organization_id, each.kind, each.address) in self.play.stopped for each in theirs):
                yield "an invitation went to somebody who opted out"
            said = self.play.rows(
                select(CONSENT).where(CONSENT.c.identity_id == row.identity_id, CONSENT.c.at <= row.at + timedelta(0))
                .order_by(CONSENT.c.at, CONSENT.c.id)
            )  # fmt: skip
            last = {each.purpose: each.answer for each in said}
            if "given" not in (last.get("invitation"), last.get("service")):
                yield "an invitation went out without a consent"


def _illegal(line: list[Any]) -> Iterator[str]:
    """Moves of one case that its table does not have."""
    undecided: BanState | None = None
    for before, row in zip([None, *line], line, strict=False):
        to = BanState(row.state)
        if before is None:
            if (row.happening, to) != ("Opened", BanState.SUSPECTED):
                yield f"a case began with {row.happening} as {to}"
            continue
        was, happening = BanState(before.state), getattr(h, row.happening)
        if to not in _allowed(was, happening, undecided):
            yield f"a case went from {was} to {to} by {row.happening}"
        if happening is h.Reinstated:
            undecided = was if was in RETURNS else None
        elif happening in (h.SenderKept, h.Relapsed):
            undecided = None


def _allowed(was: BanState, happening: type[h.Happening], undecided: BanState | None) -> set[BanState]:
    if undecided is not None:
        kept = {undecided, BanState.REINSTATED} if happening is h.SenderKept else set()
        relapsed = {undecided, *({BanState.REMEDY} if undecided in WITHDRAWN_FROM else ())}
        return relapsed if happening is h.Relapsed else kept
    if happening is h.Changed and was in WITHDRAWN_FROM:
        return {was, BanState.REMEDY}
    if was in STAYS.get(happening, ()):
        return {was}
    return {MOVES[happening][was]} if was in MOVES.get(happening, {}) else set()
