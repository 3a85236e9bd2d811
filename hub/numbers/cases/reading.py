"""Ban cases as they are listed and shown."""

from collections.abc import Sequence
from dataclasses import replace

from hub.access.permissions import Permission, require, require_platform
from hub.db import ban_cases, ban_events, ban_wishes, ban_work, letters, successions, templates
from hub.db.ban_cases import CaseRecord, CaseRow
from hub.db.ban_work import BanWorkRow
from hub.db.session import PlatformWork, Tx
from hub.errors import NotFound
from hub.numbers.cases.showing import Around, show
from hub.numbers.cases.views import BanView
from hub.numbers.policy.effects import Replace
from hub.numbers.policy.ledger import Progress
from hub.numbers.policy.masking import masked
from hub.types import Actor, Machine, Page
from hub.types.bans import BanWishes
from hub.wiring import Services


def list_bans(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[BanView]:
    """Return the organization's bans, newest first, without their timelines."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        found = ban_cases.list_page(tx, limit, cursor)
        return _brief(services, tx, found)


def get_ban(services: Services, actor: Actor, case_id: str) -> BanView:
    """Return a ban of the organization. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        return view(services, tx, case_id)


def list_all_bans(services: Services, by: Actor | Machine, limit: int = 50, cursor: str | None = None) -> Page[BanView]:
    """Return the bans of all organizations, newest first, without their timelines. Platform scope only."""
    require_platform(by)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = ban_cases.list_everywhere(tx, limit, cursor)
        return _brief(services, tx, found)


def list_open_bans(services: Services, by: Actor | Machine, limit: int) -> Page[BanView]:
    """Return the bans that are not over, of all organizations, newest first. Platform scope only."""
    require_platform(by)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return _brief(services, tx, ban_cases.list_everywhere(tx, limit, None, only_open=True))


def get_any_ban(services: Services, actor: Actor, case_id: str) -> BanView:
    """Return a ban of any organization. Platform scope only. Raises NotFound."""
    with services.db.reading(organization_of(services, actor, case_id)) as tx:
        return replace(view(services, tx, case_id), trouble=_in_full(tx, case_id))


def _in_full(tx: Tx, case_id: str) -> str:
    """Return what is in the way, also of the platform's own affairs; of a replacement that failed, why it did."""
    open_ = [each.trouble for each in ban_work.list_open(tx, case_id) if each.trouble]
    last = ban_work.find_newest(tx, case_id, Replace.__name__)
    return next(iter(open_), last.trouble if last else "")


def organization_of(services: Services, actor: Actor, case_id: str) -> str:
    """Return whose ban it is. Platform scope only. Raises NotFound."""
    require(actor, Permission.PLATFORM)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = ban_cases.find_organization(tx, case_id)
    if found is None:
        raise NotFound(f"there is no ban {case_id}")
    return found


def view(services: Services, tx: Tx, case_id: str) -> BanView:
    """Return a ban with its timeline, in a transaction of its organization. Raises NotFound."""
    row, left = ban_cases.get_row(tx, case_id), ban_work.list_open(tx, case_id)
    trouble = next((each.said for each in left if each.said), "")
    people = ban_cases.count_people(tx, [case_id]).get(case_id, Progress())
    wishes, appeal = ban_wishes.get(tx, row.organization_id), services.adapters[row.kind].appeal
    around = Around(
        wishes,
        people,
        appeal,
        trouble,
        letters.list_untold(tx, case_id),
        _lost(tx, row.record, left),
        _new_address(tx, row.record, wishes),
    )
    return show(row, around, ban_events.list_events(tx, case_id))


def _new_address(tx: Tx, record: CaseRecord, wishes: BanWishes) -> str:
    place = successions.find_place(tx, record.new_sender_id) if record.new_sender_id else None
    if place is None:
        return ""
    return masked(place.address) if wishes.masked_numbers and place.number_id else place.address


def _lost(tx: Tx, record: CaseRecord, left: Sequence[BanWorkRow]) -> tuple[str, ...]:
    """Return the templates in use that the new sender has not, once the hub has done what it can about them."""
    if record.new_sender_id is None or any(each.effect == Replace.__name__ for each in left):
        return ()
    places = [successions.find_place(tx, each) for each in (record.sender_id, record.new_sender_id)]
    if len({each.kind if each else None for each in places}) > 1:
        return ()
    return tuple(templates.list_lost(tx, record.sender_id, record.new_sender_id))


def _brief(services: Services, tx: Tx, found: Page[CaseRow]) -> Page[BanView]:
    people = ban_cases.count_people(tx, [each.id for each in found.items])
    wishes = {each: ban_wishes.get(tx, each) for each in {row.organization_id for row in found.items}}

    def around(row: CaseRow) -> Around:
        known = people.get(row.id, Progress())
        return Around(wishes[row.organization_id], known, services.adapters[row.kind].appeal)

    return Page(tuple(show(each, around(each)) for each in found.items), found.next)
