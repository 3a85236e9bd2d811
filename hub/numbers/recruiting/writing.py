"""Writing one invitation: everything about it in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from hub import audit
from hub.conversations import life
from hub.conversations.changes import Changes
from hub.conversations.parts import parts_json
from hub.conversations.windows import Saying
from hub.db import (
    ban_cases,
    consents,
    conversations,
    invitation_ways,
    organizations,
    people_of_sender,
    recipients,
    senders,
    sent_invitations,
    suspension,
    unasked,
)
from hub.db.ban_cases import CaseRecord
from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.db.recipients import RecipientRecord
from hub.db.sent_invitations import NewInvitation
from hub.db.session import Tx
from hub.errors import Conflict, UnsupportedContent
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.policy.caps import Sending
from hub.numbers.policy.ledger import Event, advance
from hub.numbers.policy.ways import Invite, Why
from hub.numbers.recruiting import limits, means, wording
from hub.numbers.recruiting.issuing import code_for
from hub.numbers.recruiting.means import Means, Person
from hub.numbers.recruiting.wording import Written
from hub.outbound.permitting import Place, require_permitted
from hub.outbound.queueing import queue_up
from hub.types import ConversationStatus, Direction, Machine, MessageStatus, Said, Text, WaitingFor
from hub.types.bans import BanState
from hub.wiring import Services

SPEAKER: Final = "Invitation"
"""What colleagues see as its author."""
_BY: Final = Machine("system", "invitations")
_SETTLED: Final = timedelta(hours=1)
"""By then a provider has returned what it will not deliver; the pause of everything else is found then."""
_SOON: Final = timedelta(minutes=1)
_REFUSED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Setting:
    """Of which case invitations go out. `key`: what its codes are made with."""

    services: Services
    organization_id: str
    case_id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Moment:
    """One transaction that invites somebody, and what it has locked."""

    setting: Setting
    tx: Tx
    case: CaseRecord
    recipient: RecipientRecord
    step: Invite
    now: datetime


def means_of_case(services: Services, tx: Tx, case: CaseRecord) -> Means:
    """Return the ways of a case: every channel but the one that was hit and the one people are won for."""
    new = people_of_sender.find_sender(tx, case.new_sender_id) if case.new_sender_id else None
    return means.means_of(services, tx, {case.channel_id, *([new.channel_id] if new else [])}, case.way_order)


def invite(setting: Setting, recipient_id: str, planned: Invite) -> None:
    """Queue an invitation; where something has come between, look at the person again in a minute, and where nothing
    may be written, the next day: then nothing is left of it, neither a message nor the thread it was to begin.

    Locks the sender it goes out by, the case, the conversation, the recipient, the organization, in this order.
    """
    services, now = setting.services, setting.services.clock()
    try:
        with services.db.transaction(setting.organization_id) as tx:
            if not _invite(setting, tx, recipient_id, planned, now):
                recipients.put_off(tx, setting.case_id, [recipient_id], now + _SOON, None)
            reach("invitation.before_commit")
    except (Conflict, UnsupportedContent):
        with services.db.transaction(setting.organization_id) as tx:
            recipients.put_off(tx, setting.case_id, [recipient_id], now + _REFUSED, Why.REFUSED)
    reach("invitation.after_commit")
    services.queue.notify(setting.organization_id)


def _invite(setting: Setting, tx: Tx, recipient_id: str, planned: Invite, now: datetime) -> bool:
    sender_id = senders.current_sender_id(tx, planned.way.channel_id)
    if sender_id is None or senders.lock(tx, sender_id) is None:
        return False
    case, changes = ban_cases.lock(tx, setting.case_id), Changes()
    record = _conversation(tx, planned, changes, now)
    recipient = recipients.lock(tx, case.id, recipient_id)
    if record is None or recipient is None or not is_inviting(case) or not recipient.is_due(now):
        return False
    step = _step(setting, tx, case, recipient, now)
    if step is None or (step.way.channel_id, step.way.identity_id) != (record.channel_id, record.identity_id):
        return False
    _queue(_Moment(setting, tx, case, recipient, step, now), record, changes)
    return True


def is_inviting(case: CaseRecord) -> bool:
    """Whether invitations of a case go out."""
    return case.inviting and case.over_at is None and case.case.state is BanState.RECRUITING


def _step(setting: Setting, tx: Tx, case: CaseRecord, recipient: RecipientRecord, now: datetime) -> Invite | None:
    """Decide anew under the locks: the plan was made without them."""
    services = setting.services
    ways = means_of_case(services, tx, case)
    known = means.know(tx, ways, [recipient.identity_id or ""])
    identity_id = recipient.identity_id or ""
    if means.is_restricted(known, identity_id) or means.has_opted_out(known, identity_id):
        return None
    person = Person(recipient.id, recipient.identity_id or "", recipient.entry.state, recipient.conversation_id)
    (person,) = means.with_invitations(tx, case.id, known, [person])
    step = means.step_of(services, ways, known, person, now)
    unasked.lock(tx)
    if not isinstance(step, Invite) or not limits.allowed(services, tx, ways.channels[step.way.channel_id], now).count:
        return None
    return step


def _conversation(tx: Tx, planned: Invite, changes: Changes, now: datetime) -> ConversationRecord | None:
    """Lock where they are written to. Without a conversation a closed one begins: nobody waits in it for anybody."""
    way = planned.way
    talks = invitation_ways.list_talks(tx, [way.identity_id])
    talk = next((each for each in talks if each.channel_id == way.channel_id), None)
    if talk is not None:
        return conversations.lock(tx, talk.conversation_id)
    addresses = invitation_ways.list_addresses(tx, [way.identity_id]).get(way.identity_id, [])
    if not addresses:
        return None
    begun = life.begin(life.Place(way.channel_id, addresses[0].contact_id, way.identity_id), now, now)
    quiet = replace(begun, status=ConversationStatus.CLOSED, waiting_for=WaitingFor.CUSTOMER)
    changes.begin(quiet)
    return quiet


def _queue(moment: _Moment, record: ConversationRecord, changes: Changes) -> None:
    """Write message, delivery, note and line. Raises Conflict, UnsupportedContent when it may not be said there now."""
    services, tx, now = moment.setting.services, moment.tx, moment.now
    code, issued = code_for(tx, moment.setting.key, moment.recipient, now)
    written = _written(moment, code, issued.expires_at)
    if record.id in changes.begun:
        record = replace(record, topic=written.subject)
        changes.put(record)
        changes.write_entries(tx)
    sender_id, pieces = _permitted(services, tx, record, written)
    entries = _entries(record, sender_id, pieces, now)
    for entry in entries:
        changes.say(entry)
    changes.tell("ban", id=moment.case.id)
    changes.write(tx)
    reach("invitation.after_message")
    queue_up(services, tx, sender_id, entries, Sending.UNASKED)
    for entry in entries:
        sent = {"conversation_id": record.id, "parts": ["text"], "ban_id": moment.case.id}
        audit.record(services, tx, _BY, audit.Change("message.sent", "message", entry.id, after=sent))
    _note(moment, entries[0].id)
    invited = replace(
        moment.recipient,
        entry=advance(moment.recipient.entry, Event.INVITED),
        way=moment.step.way.kind,
        why=None,
        code=issued,
        invited_at=now,
        next_at=now + _SETTLED,
    )
    recipients.save(tx, invited)


def _permitted(services: Services, tx: Tx, record: ConversationRecord, written: Written) -> tuple[str, Sequence[Said]]:
    standing = suspension.find_standing(tx, record.id)
    if standing is None or not standing.shown:
        raise Conflict("nothing may be written there now")
    sender_id = require_permitted(services, tx, Place(record, standing), Saying(by_person=False))
    return sender_id, services.adapters[standing.channel_kind].compose(Said(written.text))


def _written(moment: _Moment, code: str, until: datetime) -> Written:
    """In the language they write in, as far as it is known."""
    services, tx, case = moment.setting.services, moment.tx, moment.case
    new = people_of_sender.find_sender(tx, case.new_sender_id or "")
    if new is None:
        raise Conflict("there is no sender to invite anybody to")
    name = organizations.get_own(tx).name
    asked = moment.recipient.conversation_id
    language = invitation_ways.languages_of(tx, [asked]).get(asked, "") if asked else ""
    reader = wording.Reader(moment.step.way.kind, language, code, until)
    return wording.invitation(services, wording.place_of(services, name, new), reader)


def _note(moment: _Moment, message_id: str) -> None:
    way, ground = moment.step.way, moment.step.ground
    entry = next(each for each in consents.list_of(moment.tx, [way.identity_id]) if each.as_policy() == ground)
    sent_invitations.insert(
        moment.tx,
        NewInvitation(
            case_id=moment.case.id,
            recipient_id=moment.recipient.id,
            identity_id=way.identity_id,
            channel_id=way.channel_id,
            kind=way.kind,
            message_id=message_id,
            consent_id=entry.id,
            at=moment.now,
        ),
    )


def _entries(record: ConversationRecord, sender_id: str, pieces: Sequence[Said], now: datetime) -> list[NewMessage]:
    return [
        NewMessage(
            id=new_id(),
            conversation_id=record.id,
            channel_id=record.channel_id,
            sender_id=sender_id,
            direction=Direction.OUTBOUND,
            author_type="bot",
            author_id=None,
            author_name=SPEAKER,
            text=piece.text,
            parts=parts_json((Text(piece.text), *piece.parts)),
            status=MessageStatus.QUEUED,
            position=now + timedelta(microseconds=number),
            sequence=0,
            created_at=now,
            automatic=True,
        )
        for number, piece in enumerate(pieces)
    ]
