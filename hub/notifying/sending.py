"""Sending the hub's own mails: mark, look again whether they are wanted, send with no transaction open, record.

A process that dies between mark and record leaves a lease; the mail then counts as uncertain until a relay tells more,
and as failed when none does. It is never sent a second time by itself.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from hub.conversations.notified import begin, cancel, conclude
from hub.db import notifications
from hub.db.notifications import FAILED, QUEUED, SENDING, SENT, UNCERTAIN, Notification, Outcome
from hub.db.session import PlatformWork
from hub.failpoints import reach
from hub.failure_policy import Step, consequence
from hub.log import get_logger
from hub.notifying.mailboxes import mail_kind
from hub.notifying.writing import Mail, why_not, write_mail
from hub.types import FailureKind, SendFailure, Sent
from hub.wiring import Services

MAILS_QUEUE: Final = "letters"
MAILS_JOB: Final = "workers.notifying.run"
EVERYTHING: Final = "all"
_MOST_AT_ONCE: Final = 10
_CUT_OFF: Final = SendFailure(FailureKind.UNCERTAIN, "the hub was interrupted while sending; it may have arrived")
_SILENT: Final = SendFailure(FailureKind.UNCERTAIN, "no relay confirmed the mail in time; send it again if it matters")

log = get_logger(__name__)


def send_due(services: Services) -> None:
    """Send what is due, and settle what was cut off. When more is due than a turn takes, the next one follows at
    once."""
    end_interrupted(services)
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = notifications.list_due(tx, services.clock(), _MOST_AT_ONCE)
    for organization_id, notification_id in due:
        send_one(services, organization_id, notification_id)
    if len(due) == _MOST_AT_ONCE:
        services.queue.wake(MAILS_QUEUE, MAILS_JOB, EVERYTHING)


def send_one(services: Services, organization_id: str, notification_id: str) -> None:
    """Send one mail, unless it is not wanted any more."""
    now = services.clock()
    lease_until = now + timedelta(seconds=services.settings.send_timeout + services.settings.send_lease_grace)
    reach("notification.before_mark")
    with services.db.transaction(organization_id) as tx:
        taken = notifications.take(tx, notification_id, now, lease_until)
        mail = write_mail(services, tx, taken) if taken else None
        if taken and mail:
            begin(tx, taken, mail.told_until)
        elif taken:
            cancel(tx, taken, why_not(services, tx, taken), now)
    if taken is None or mail is None:
        return
    reach("notification.after_mark")
    result = asyncio.run(_send(services, mail))
    reach("notification.before_record")
    _record(services, organization_id, taken, result)


async def _send(services: Services, mail: Mail) -> Sent | SendFailure:
    kind = mail_kind(services)
    if kind is None:
        return SendFailure(FailureKind.TRY_LATER, "mail is off; set HUB_MAIL_PRIMARY_URL and HUB_MAIL_FROM")
    adapter = services.adapters[kind]
    try:
        async with asyncio.timeout(services.settings.send_timeout):
            sent = await adapter.send(mail.message, mail.sender)
    except TimeoutError:
        return SendFailure(FailureKind.UNCERTAIN, "the relay did not answer in time; it may have been sent")
    except Exception as error:  # noqa: BLE001 - the boundary of the job: the adapter says what the error means
        failure = adapter.classify(error)
        log.warning("notification.failed", notification_id=mail.message.delivery_id, kind=failure.kind)
        return failure
    reach("notification.after_send")
    return sent


def _record(services: Services, organization_id: str, taken: Notification, result: Sent | SendFailure) -> None:
    now = services.clock()
    with services.db.transaction(organization_id) as tx:
        if isinstance(result, Sent):
            outcome, failure = Outcome(SENT, now, external_id=result.external_id), None
        else:
            outcome, failure = _outcome(result, taken.attempts, now), result
        if notifications.settle(tx, taken.id, outcome):
            conclude(tx, taken, outcome.state, failure, now)
    services.queue.notify(organization_id)


def _outcome(failure: SendFailure, attempts: int, now: datetime) -> Outcome:
    follows = consequence(failure, attempts)
    return Outcome(_STATES[follows.step], now + timedelta(seconds=follows.delay), failure.detail)


_STATES: Final = {
    Step.RETRY: QUEUED,
    Step.WAIT: QUEUED,
    Step.HOLD: QUEUED,
    Step.UNCERTAIN: UNCERTAIN,
    Step.FAIL: FAILED,
}


def end_interrupted(services: Services) -> None:
    """Turn sends whose process died into uncertain, and those that no relay confirmed into failed."""
    now = services.clock()
    unconfirmed = now - timedelta(seconds=services.settings.mail_confirm_seconds)
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = notifications.list_interrupted(tx, now, unconfirmed)
    for organization_id, notification_id, state in found:
        failure = _CUT_OFF if state == SENDING else _SILENT
        with services.db.transaction(organization_id) as tx:
            changed = (
                notifications.interrupt(tx, notification_id, failure.detail, now)
                if state == SENDING
                else notifications.raise_state(tx, notification_id, FAILED, failure.detail)
            )
            if changed is not None:
                conclude(tx, changed, changed.state, failure, now)
        services.queue.notify(organization_id)
