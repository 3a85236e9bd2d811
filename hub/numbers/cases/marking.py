"""What a ban leaves on the number and on the business account that its sender stood on: both are the platform's rows,
which an organization's own session does not reach, so the job writes them."""

from hub.db import accounts, ban_places, stock
from hub.db.ban_cases import CaseRecord
from hub.db.ban_places import SenderPlace
from hub.db.session import PlatformWork, Tx
from hub.numbers.cases.tasks import Done, Task
from hub.numbers.policy import life
from hub.numbers.policy.levels import LEVELS
from hub.types import Level, Reach
from hub.types.bans import BanState
from hub.wiring import Services


def mark(services: Services, task: Task) -> Done:
    """Keep what the case, as it stands now, says of its sender's number and business account."""
    record = task.record
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        place = ban_places.get_place(tx, record.sender_id)
        _mark_number(tx, place, record)
        _mark_accounts(tx, place)
    return Done()


def _mark_number(tx: Tx, place: SenderPlace, record: CaseRecord) -> None:
    if place.number_id is None:
        return
    number = stock.lock(tx, place.number_id)
    if _is_given_back(record):
        stock.put_life(tx, number.id, life.reinstate(number.life, place.kind))
    elif record.confirmed_at is not None and record.case.level is Level.BANNED:
        stock.put_life(tx, number.id, life.ban(number.life, place.kind))


def _mark_accounts(tx: Tx, place: SenderPlace) -> None:
    if place.account_id is None:
        return
    together = ban_places.list_account_ids(tx, place.account_id)
    for account_id in together:
        accounts.get(tx, account_id, lock=True)
    held = ban_places.list_held_over(tx, together)
    for account_id in together:
        mine = [each for each in held if each.account_id == account_id or each.reach is Reach.PORTFOLIO]
        worst = max(mine, key=lambda each: LEVELS.index(each.level), default=None)
        acts = frozenset().union(*(each.forbids for each in mine))
        until = worst.until if worst else None
        ban_places.hold_account(tx, account_id, worst.level if worst else Level.NONE, acts, until)


def _is_given_back(record: CaseRecord) -> bool:
    """There was nothing in the suspicion, or the sender works again and stays."""
    if record.case.state is BanState.CLOSED:
        return record.confirmed_at is None
    return record.case.state is BanState.REINSTATED and record.case.undecided is None
