"""The ledger of a ban: written a page at a time, each in a transaction of its own.

A page is written under the lock of the new sender, which whoever takes in its messages holds too: so everybody is
either written down before they write there, and `hub.numbers.winning` sees them, or is seen to have written.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.conversations.changes import Changes
from hub.db import ban_cases, conversations, people_of_sender, senders
from hub.db.ban_cases import CaseRecord
from hub.db.people_of_sender import PersonOfSender, Place, SenderPlace
from hub.db.session import PlatformWork, Tx
from hub.failpoints import reach
from hub.numbers import winning
from hub.wiring import Services

_PAGE_OF_SQLITE: Final = 500
"""Its write lock is held for a page."""
_PAGE_OF_POSTGRESQL: Final = 5_000
"""As long as it has no statistics it reads all the channel's conversations for each page."""


def build_ledger(services: Services, case_id: str) -> None:
    """Write down every person of the case's old sender. Safe to repeat and to be killed anywhere: it goes on.

    Raises NotFound for a case that is not there.
    """
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        organization_id = ban_cases.find_organization(tx, case_id)
    if organization_id is None:
        return
    _write_people(services, organization_id, case_id)
    reach("ledger.after_people")
    _carry_over(services, organization_id, case_id)


def _write_people(services: Services, organization_id: str, case_id: str) -> None:
    before: Place | None = None
    size = _page_size(services)
    while True:
        reach("ledger.before_page")
        with services.db.transaction(organization_id) as tx:
            case, old = _begin(tx, case_id)
            people = people_of_sender.list_people(tx, old, case.new_sender_id, before, size) if old else []
            talked = [each for each in people if each.talked]
            new = winning.write_down(tx, case_id, talked, services.clock())
            _welcome(tx, case, [each for each in talked if each.identity_id in new], services.clock())
            reach("ledger.before_commit")
        if len(people) < size:
            return
        before = people[-1].place


def _welcome(tx: Tx, case: CaseRecord, people: Sequence[PersonOfSender], now: datetime) -> None:
    """Say it in the threads of those who were quicker than the ledger."""
    threads = sorted({each.heard_in for each in people if each.heard_in is not None})
    if not threads or case.new_sender_id is None:
        return
    changes = Changes()
    for record in conversations.lock_many(tx, threads):
        winning.welcome(tx, changes, record, case.new_sender_id, now)
    changes.write(tx)


def _carry_over(services: Services, organization_id: str, case_id: str) -> None:
    """Those who were to be won for a sender that is banned now itself, and have never written to it."""
    after: str | None = None
    while True:
        with services.db.transaction(organization_id) as tx:
            case, old = _begin(tx, case_id)
            if old is None:
                return
            size = _page_size(services)
            people, after = people_of_sender.list_carried_over(tx, old, case.new_sender_id, after, size)
            winning.write_down(tx, case_id, people, services.clock())
        if after is None:
            return


def _page_size(services: Services) -> int:
    return _PAGE_OF_POSTGRESQL if services.settings.sqlite_path is None else _PAGE_OF_SQLITE


def _begin(tx: Tx, case_id: str) -> tuple[CaseRecord, SenderPlace | None]:
    case = ban_cases.get(tx, case_id)
    if case.new_sender_id is not None:
        senders.lock(tx, case.new_sender_id)
    return case, people_of_sender.find_sender(tx, case.sender_id)
