"""Finding whom to tell by mail. Safe to run as often as wanted: a unique index keeps every mail single."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from hub.access.wishes import Wishes, read_wishes
from hub.db import absences, notifications, organizations
from hub.db.absences import Away
from hub.db.notifications import NewNotification
from hub.db.session import PlatformWork, Tx
from hub.ids import new_id
from hub.notifying.mailboxes import mail_kind
from hub.notifying.policy import BUNDLE, HORIZON, Answer, Standing, trigger_of
from hub.types import ChannelKind, MessageStatus, Trigger, What
from hub.wiring import Services

_MOST_AT_ONCE = 500


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
    since = services.clock() - HORIZON
    with services.db.reading(organization_id) as tx:
        away = absences.list_away(tx, mail, since, _MOST_AT_ONCE)
    for each in away:
        with services.db.transaction(organization_id) as tx:
            wishes = read_wishes(organizations.get_own(tx).notifying)
            _plan_person(services, tx, each, wishes)


def _plan_person(services: Services, tx: Tx, away: Away, wishes: Wishes) -> None:
    """One mail tells of all that is new; while it waits, what comes meanwhile goes along."""
    now = services.clock()
    found = due_answers(services, tx, away, wishes)
    if not found or notifications.find_queued(tx, away.conversation_id, away.mailbox_id):
        return
    answers, trigger = found
    new = NewNotification(
        new_id(), away.conversation_id, away.mailbox_id, None, What.ANSWER, trigger, answers[-1].id, now + BUNDLE, now
    )
    notifications.add(tx, [new])


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
    status = MessageStatus(row.status)
    return Answer(row.id, row.text, status, row.error_kind, row.sender_id is None, row.created_at)


def _plan_operators(services: Services, organization_id: str) -> None:
    now = services.clock()
    with services.db.transaction(organization_id) as tx:
        wishes = read_wishes(organizations.get_own(tx).notifying)
        waiting = absences.list_waiting(
            tx, now - HORIZON, now - timedelta(minutes=wishes.waiting_minutes), _MOST_AT_ONCE
        )
        notifications.add(tx, list(_warnings(services, tx, waiting)))


def _warnings(services: Services, tx: Tx, waiting: Iterable[tuple[str, str]]) -> Iterable[NewNotification]:
    now = services.clock()
    for conversation_id, message_id in waiting:
        for user_id in absences.responsible_users(tx, conversation_id):
            yield NewNotification(
                new_id(), conversation_id, None, user_id, What.WAITING, Trigger.WAITING, message_id, now, now
            )
