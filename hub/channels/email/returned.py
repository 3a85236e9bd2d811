"""What a report about a mail of ours means for its delivery, and for whom it was for."""

from typing import Final

from hub.channels.email.render import OwnMail
from hub.channels.email.reports import Bounce, Complaint, Report
from hub.channels.email.ses import SES_DOMAIN, filed_id
from hub.types import (
    FailureKind,
    InboundEvent,
    MessageStatus,
    NothingToDo,
    Person,
    Reach,
    ReachabilityChanged,
    Receipt,
    SendFailure,
)

_GONE: Final = (FailureKind.RECIPIENT, "The mail came back: the address does not exist or refuses our mails")
_RULES: Final = (FailureKind.CONTENT, "The mail came back: the recipient's mail server refuses it by its rules")
_LATE: Final = (FailureKind.TRY_LATER, "The mail came back: the recipient's mail server could not be reached for days")
_FULL: Final = (FailureKind.TRY_LATER, "The mail came back: the recipient's mailbox is full")
# by the beginning of the enhanced status code (RFC 3463), the longest first; what is not named is an address' end
_MEANINGS: Final = (
    ("5.1.8", _RULES),
    ("5.2.2", _FULL),
    ("5.2.3", (FailureKind.CONTENT, "The mail came back: it is larger than the recipient's mailbox takes")),
    ("5.3.4", (FailureKind.CONTENT, "The mail came back: it is larger than the recipient's mail server takes")),
    ("5.4.4", _GONE),
    ("5.3", _LATE),
    ("5.4", _LATE),
    ("5.5", _RULES),
    ("5.6", _RULES),
    ("5.7", _RULES),
    # given up after days of trying
    ("4.2.2", _FULL),
    ("4", _LATE),
)
DEAD: Final = "failed/permanent/bounce"
"""The code under which ban detection counts dead addresses, whoever tells of them."""
_SPAM: Final = ("marked our mail as spam", "complained")
_UNSUBSCRIBED: Final = ("unsubscribed from our mails", "unsubscribed")
_NOT_OURS: Final = NothingToDo("a report about a mail that is not ours")
_UNCHANGED: Final = {
    "delayed": NothingToDo("a mail of ours is delayed; its server goes on trying"),
    "relayed": NothingToDo("a mail of ours was handed on; its next server reports nothing"),
    "expanded": NothingToDo("a mail of ours went to a list"),
}


def meaning_of(report: Report, own: OwnMail) -> InboundEvent:
    """Say what a report changes: a receipt, the end of reachability, or nothing, with the reason."""
    delivery_id = _delivery(report, own)
    external_id = own.message_id(delivery_id) if delivery_id else _id_of_ses(report)
    if external_id is None:
        return _NOT_OURS
    match report:
        case Complaint():
            # anybody can write a complaint; one with an id that only SES gives proves nothing about us
            return _complained(report) if delivery_id else _NOT_OURS
        case Bounce(action="failed"):
            return Receipt(MessageStatus.FAILED, external_id, delivery_id, failure=_failure(report))
        case Bounce(action="delivered"):
            return Receipt(MessageStatus.DELIVERED, external_id, delivery_id)
        case Bounce():
            return _UNCHANGED.get(report.action, NothingToDo("a report that says nothing of a failure"))


def _delivery(report: Report, own: OwnMail) -> str | None:
    named = (*report.message_ids, *(own.message_id(each) for each in report.delivery_ids))
    return next((found for each in named if (found := own.delivery_of(each))), None)


def _id_of_ses(report: Report) -> str | None:
    filed = (filed_id(each) for each in report.message_ids)
    return next((each for each in filed if each.endswith(f"@{SES_DOMAIN}")), None)


def _complained(complaint: Complaint) -> InboundEvent:
    if not complaint.recipient:
        return NothingToDo("a complaint about a mail of ours that does not say from whom")
    reason, code = _UNSUBSCRIBED if complaint.kind.startswith("opt-out") else _SPAM
    return ReachabilityChanged(Person(complaint.recipient), reachable=False, reason=reason, opted_out=True, code=code)


def _failure(bounce: Bounce) -> SendFailure:
    kind, detail = next((meaning for start, meaning in _MEANINGS if bounce.code.startswith(start)), _GONE)
    # a dead address counts for the sender; a mail that somebody's rules refuse does not
    also = (DEAD,) if kind is FailureKind.RECIPIENT else ()
    return SendFailure(kind, detail, code=bounce.code, reach=Reach.RECIPIENT, also=also)
