"""Every move that rows make, seen after each commit, against the tables of the policy."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import DELIVERY, NUMBER, RECIPIENT, REGISTRATION, SENDER
from hub.numbers.policy import ledger, life, registering
from hub.numbers.policy.limits import LIMITS
from hub.types.numbers import NumberState, RecipientState, RegistrationState
from tests.numbers.playing.play import Play

_TABLES = {
    "numbers": select(NUMBER),
    "registrations": select(REGISTRATION.c.id, REGISTRATION.c.state, REGISTRATION.c.number_id),
    "recipients": select(RECIPIENT.c.id, RECIPIENT.c.state, RECIPIENT.c.invitations, RECIPIENT.c.case_id),
    "senders": select(
        SENDER.c.id, SENDER.c.organization_id, SENDER.c.kind, SENDER.c.number_id, SENDER.c.released_at, SENDER.c.state
    ),
    "deliveries": select(DELIVERY.c.id, DELIVERY.c.sender_id, DELIVERY.c.message_id),
}
Rows = dict[str, Any]
Picture = dict[str, Rows]


@dataclass
class Moves:
    """What changed since the last commit, and what of it must not have. `broken`: each in words."""

    play: Play
    broken: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    _picture: Picture = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Look after every commit from now on."""
        self._picture = self._take()
        db = self.play.services.db
        inner = db._write  # the one door through which the hub commits

        @contextmanager
        def watched(session: Any) -> Iterator[Tx]:
            with inner(session) as tx:
                yield tx
            self.look()

        db._write = watched  # type: ignore[method-assign]

    def look(self) -> None:
        with self._lock:
            before, now = self._picture, self._take()
            self._picture = now
            self.broken += [*self._of_numbers(before, now), *self._of_registrations(before, now)]
            self.broken += [*self._of_recipients(before, now), *self._of_senders(before, now)]
            self.broken += self._of_deliveries(before, now)

    def _take(self) -> Picture:
        return {name: {row.id: row for row in self.play.rows(wanted)} for name, wanted in _TABLES.items()}

    def _changed(self, before: Picture, now: Picture, table: str) -> Iterator[tuple[Any, Any]]:
        """Rows that are in another state; of those that are new there is nothing before."""
        for key, row in now[table].items():
            was = before[table].get(key)
            if was is None or was.state != row.state:
                self.seen.add((table, was.state if was else "", row.state))
                yield was, row

    # --- numbers -----------------------------------------------------------------------------------------

    def _of_numbers(self, before: Picture, now: Picture) -> Iterator[str]:
        for was, row in self._changed(before, now, "numbers"):
            if was is None and row.state != NumberState.ORDERED:
                yield f"a number began as {row.state}"
            if was is not None:
                yield from self._of_number(was, row)
        for key, was in before["numbers"].items():
            row = now["numbers"].get(key)
            if row is None:
                yield "a number vanished"
            elif was.organization_id and row.organization_id not in (None, was.organization_id):
                yield "a number went from one organization to another at once"

    def _of_number(self, was: Any, row: Any) -> Iterator[str]:
        if row.state not in life.MOVES[NumberState(was.state)]:
            yield f"a number went from {was.state} to {row.state}"
        if was.state != NumberState.QUARANTINED:
            return
        if row.state == NumberState.LENT and was.former_id != row.organization_id:
            yield "a number in quarantine was lent to another organization"
        if row.state == NumberState.OWNED and self.play.clock() - was.quiet_since < LIMITS.quarantine:
            yield "a quarantine ended before its time"

    # --- registrations and people ------------------------------------------------------------------------

    def _of_registrations(self, before: Picture, now: Picture) -> Iterator[str]:
        for was, row in self._changed(before, now, "registrations"):
            if was is not None and RegistrationState(row.state) not in _ahead(RegistrationState(was.state)):
                yield f"a registration went from {was.state} to {row.state}"

    def _of_recipients(self, before: Picture, now: Picture) -> Iterator[str]:
        for was, row in self._changed(before, now, "recipients"):
            if was is None:
                if row.state not in ("to_recruit", "verified", "opted_out"):
                    yield f"a recipient began as {row.state}"
            elif not _leads_to(was, row):
                yield f"a recipient went from {was.state} to {row.state}"
        for key in before["recipients"].keys() - now["recipients"].keys():
            yield f"the recipient {key} vanished from the ledger"

    # --- senders and what waits on them ------------------------------------------------------------------

    def _of_senders(self, before: Picture, now: Picture) -> Iterator[str]:
        for key in now["senders"].keys() - before["senders"].keys():
            row = now["senders"][key]
            number = before["numbers"].get(row.number_id)
            if row.number_id is None:
                continue
            if number is None or number.state not in ("owned", "lent", "quarantined"):
                yield f"a number that is {number.state if number else 'nowhere'} was assigned"
            elif row.kind in number.banned:
                yield "a number was assigned as a kind whose messenger has banned it"
            elif row.organization_id not in (number.organization_id or number.former_id or row.organization_id,):
                yield "a number of somebody else was assigned"
            if now["numbers"][row.number_id].organization_id != row.organization_id:
                yield "a sender is not its number's holder's"

    def _of_deliveries(self, before: Picture, now: Picture) -> Iterator[str]:
        for key, was in before["deliveries"].items():
            row = now["deliveries"].get(key)
            if row is not None and row.sender_id != was.sender_id and row.message_id != self.play.clicked:
                yield "a held message went to another sender by itself"


def _ahead(state: RegistrationState) -> set[RegistrationState]:
    """What a chain of steps leads to: looking now and then misses some."""
    found, left = {state}, [state]
    while left:
        fresh = set(registering.MOVES[left.pop()]) - found
        found |= fresh
        left += fresh
    return found


def _leads_to(was: Any, row: Any) -> bool:
    to = set(ledger.MOVES[RecipientState(was.state)].values())
    if RecipientState.TO_RECRUIT in to and was.invitations:
        to = (to - {RecipientState.TO_RECRUIT}) | {RecipientState.INVITED}
    return RecipientState(row.state) in to
