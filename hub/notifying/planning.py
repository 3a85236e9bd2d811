"""Finding whom to tell by mail. Safe to run as often as wanted: a unique index keeps every mail single."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hub.access.permissions import SUPERVISORS
from hub.access.wishes import Wishes, read_wishes
from hub.db import absences, conversations, notifications, organizations, waiting
from hub.db.absences import Away, Reasons
from hub.db.notifications import NewNotification
from hub.db.routing_forms import wishes_from_json
from hub.db.session import PlatformWork, Tx
from hub.db.waiting import Kept
from hub.ids import new_id
from hub.notifying.mailboxes import mail_kind
from hub.notifying.policy import BUNDLE, HORIZON, STUCK_HOLDS, TRIGGER_OF, Answer, Standing, trigger_of
from hub.types import ChannelKind, MessageStatus, Trigger, What
from hub.wiring import Services

_MOST_AT_ONCE = 500
_MOST_PAGES = 20


def plan(services: Services) -> None:
    """Write the mails that are due by the wishes of all organizations."""
    mail = mail_kind(services)
    if mail is None:
        return
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        people, operators = (absences.organizations_that(tx, wish) for wish in ("people", "operators"))
    for organization_id in people:
        _plan_people(services, organization_id, mail)
    for organization_id in operators:
        _plan_operators(services, organization_id)


def _plan_people(services: Services, organization_id: str, mail: ChannelKind) -> None:
    after = ""
    for _ in range(_MOST_PAGES):
        with services.db.reading(organization_id) as tx:
            wishes = read_wishes(organizations.get_own(tx).notifying)
            page = absences.list_away(
                tx, mail, services.clock() - HORIZON, _reasons(services, wishes), after, _MOST_AT_ONCE
            )
            planned = [new for each in page if (new := _mail_to(services, tx, each, wishes))]
        if planned:
            with services.db.transaction(organization_id) as tx:
                _add_unless_queued(tx, planned)
        if len(page) < _MOST_AT_ONCE:
            return
        after = page[-1].conversation_id


def _reasons(services: Services, wishes: Wishes) -> Reasons:
    telling = [kind for kind, adapter in services.adapters.items() if adapter.capabilities.read_receipts]
    unread_until = services.clock() - timedelta(minutes=wishes.unread_minutes)
    return Reasons(TRIGGER_OF.keys(), STUCK_HOLDS, telling, unread_until)


def _mail_to(services: Services, tx: Tx, away: Away, wishes: Wishes) -> NewNotification | None:
    """One mail tells of all that is new; while it waits, what comes meanwhile goes along."""
    found = due_answers(services, tx, away, wishes)
    if found is None:
        return None
    now, (answers, trigger) = services.clock(), found
    return NewNotification(
        new_id(), away.conversation_id, away.mailbox_id, None, What.ANSWER, trigger, answers[-1].id, now + BUNDLE, now
    )


def _add_unless_queued(tx: Tx, planned: Iterable[NewNotification]) -> None:
    for each in planned:
        # the lock makes two who plan at once see one another
        conversations.lock(tx, each.conversation_id)
        if notifications.find_queued(tx, each.conversation_id) is None:
            notifications.add(tx, [each])


def due_answers(services: Services, tx: Tx, away: Away, wishes: Wishes) -> tuple[list[Answer], Trigger] | None:
    """Return the answers the person has not seen, and why they are told now; None when there is no reason."""
    now = services.clock()
    answers = [_answer(row) for row in absences.list_unseen(tx, away.conversation_id, now - HORIZON)]
    tells = services.adapters[away.kind].capabilities.read_receipts
    standing = Standing(away.hold, away.has_sender, away.unreachable, tells)
    triggers = [trigger_of(answer, standing, wishes, now) for answer in answers]
    first = next((trigger for trigger in triggers if trigger), None)
    return (answers, first) if first else None


def _answer(row: Any) -> Answer:
    return Answer(row.id, row.text, MessageStatus(row.status), row.error_kind, row.created_at)


def _plan_operators(services: Services, organization_id: str) -> None:
    now = services.clock()
    with services.db.reading(organization_id) as tx:
        wishes = read_wishes(organizations.get_own(tx).notifying)
        until = now - timedelta(minutes=wishes.waiting_minutes)
        kept = waiting.list_waiting(tx, now - HORIZON, until, _MOST_AT_ONCE)
        planned = [_warning(each, What.WAITING, Trigger.WAITING, now) for each in kept]
        planned += [_warning(each, What.UNTAKEN, Trigger.UNTAKEN, now) for each in _untaken(tx, now)]
    if planned:
        with services.db.transaction(organization_id) as tx:
            notifications.add(tx, planned)


def _untaken(tx: Tx, now: datetime) -> list[Kept]:
    """Supervisors who are online with an open page see it there; who is away may have left one open."""
    grace = timedelta(seconds=wishes_from_json(organizations.get_own(tx).routing).browser_grace)
    return waiting.list_untaken_for(tx, SUPERVISORS, now - HORIZON, now - grace, _MOST_AT_ONCE)


def _warning(kept: Kept, what: What, trigger: Trigger, now: datetime) -> NewNotification:
    """One for each wait and each who is told of it, however much is written in it."""
    return NewNotification(new_id(), kept.conversation_id, None, kept.user_id, what, trigger, kept.message_id, now, now)
