"""What arrives and is no message: words about messages, about people, about the sender itself, and chores."""

from datetime import datetime

from hub.conversations import parking
from hub.conversations.arriving import Arrived, Setting
from hub.conversations.changes import NOBODY, Changes, Subject
from hub.conversations.chores import errand_of
from hub.conversations.content import content_of
from hub.conversations.corrections import Correction, Edit, Reaction, Withdrawal, correct
from hub.conversations.parts import storable
from hub.conversations.receipts import apply_receipt
from hub.db import channels, holds, people, person_renaming, privacy, provider_ids, reaching, signals
from hub.db.people import IdentityRecord
from hub.db.session import Tx
from hub.failure_policy import hold_of
from hub.forgotten import REDELIVERED_WITHIN, drop_erased_events, lift_opt_outs, opt_out_unknown
from hub.log import get_logger
from hub.numbers.detecting import Told, told_by_report, told_over
from hub.numbers.policy.judging import forbidden
from hub.types import (
    Chore,
    Health,
    HealthState,
    Level,
    MessageDeleted,
    MessageEdited,
    MessageStatus,
    Person,
    PersonNamed,
    ReachabilityChanged,
    Reacted,
    Receipt,
    SenderReported,
    SentElsewhere,
)
from hub.types.bans import Act, SignalSource

log = get_logger(__name__)


def apply_aside(tx: Tx, setting: Setting, arrived: Arrived, changes: Changes) -> Subject | None:
    """Apply what is no message, or says something of one of ours; return whom it is about."""
    sender, event = setting.sender, arrived.event
    match event:
        case Receipt():
            return apply_receipt(tx, sender.id, sender.kind, event, changes, setting.now)
        case SentElsewhere(delivery_id=str() as delivery_id):
            echo = Receipt(MessageStatus.SENT, external_id=event.external_id, delivery_id=delivery_id)
            return apply_receipt(tx, sender.id, sender.kind, echo, changes, setting.now)
        case MessageEdited() | MessageDeleted() | Reacted():
            return _correct(tx, setting, arrived, event, changes)
        case ReachabilityChanged():
            return _set_reachability(tx, setting, event, changes)
        case PersonNamed():
            return _name(tx, setting, event, changes)
        case SenderReported():
            _note_report(tx, setting, event, changes)
            return None
        case Chore():
            about = changes.subjects.get(arrived.event_id, NOBODY)
            changes.chores.append(errand_of(event, sender.id, about.identity_id, setting.now))
            return None
        case _:
            return None


def _correct(
    tx: Tx,
    setting: Setting,
    arrived: Arrived,
    event: MessageEdited | MessageDeleted | Reacted,
    changes: Changes,
) -> Subject | None:
    """Change the message it is about; park it when there is none yet."""
    identity = _find(tx, setting, event.person)
    correction = _correction(setting, arrived, event, identity)
    known = provider_ids.find_messages(tx, setting.sender.id, [event.external_id]).get(event.external_id)
    if known is not None:
        correct(tx, setting.sender.id, known.id, correction, changes)
        return Subject(conversation_id=known.conversation_id)
    if not _was_erased(tx, setting, arrived):
        parking.park_correction(tx, setting.sender.id, correction, event.person, setting.now)
    return Subject(identity.id) if identity else None


def _correction(
    setting: Setting,
    arrived: Arrived,
    event: MessageEdited | MessageDeleted | Reacted,
    identity: IdentityRecord | None,
) -> Correction:
    at = _at(event.at, arrived)
    match event:
        case MessageEdited():
            return Edit(event.external_id, content_of(event.parts, arrived.event_id, setting.key), at)
        case MessageDeleted():
            return Withdrawal(event.external_id, at)
        case Reacted():
            added, removed = tuple(map(storable, event.added)), tuple(map(storable, event.removed))
            return Reaction(event.external_id, identity.contact_id if identity else None, added, removed, at)


def _at(said: datetime | None, arrived: Arrived) -> datetime:
    return min(said, arrived.received_at) if said else arrived.received_at


def _was_erased(tx: Tx, setting: Setting, arrived: Arrived) -> bool:
    """Whether this is something an erasure took, which the provider delivers again."""
    if not arrived.key or not privacy.has_erasure_since(tx, setting.now - REDELIVERED_WITHIN):
        return False
    return bool(drop_erased_events(tx, setting.sender.id, {arrived.event_id: arrived.key}, setting.hashes))


def _find(tx: Tx, setting: Setting, person: Person) -> IdentityRecord | None:
    places = people.places_of(person)
    found = people.find_identities(tx, setting.sender.kind, places)
    return next((found[place] for place in places if place in found), None)


def _set_reachability(tx: Tx, setting: Setting, event: ReachabilityChanged, changes: Changes) -> Subject | None:
    """Only the person's own word takes back what their own word was (`opted_out`)."""
    identity, kind = _find(tx, setting, event.person), setting.sender.kind
    places = people.places_of(event.person)
    if event.opted_out and event.reachable:
        lift_opt_outs(tx, kind, places, setting.hashes)
    if identity is None:
        if event.opted_out and not event.reachable:
            opt_out_unknown(tx, kind, places, setting.now, setting.hashes)
        return None
    match event.reachable, event.opted_out:
        case True, True:
            for each in reaching.list_same(tx, identity.id):
                reaching.opt_in(tx, each, setting.now)
        case True, False:
            reaching.mark_reachable(tx, [identity.id])
        case False, True:
            # a word holds for the person: under their number and under the id that hides it
            for each in reaching.list_same(tx, identity.id):
                reaching.opt_out(tx, each, event.reason, setting.now)
        case _:
            reaching.mark_unreachable(tx, identity.id, event.reason)
    if event.code:
        changes.told.append(Told(SignalSource.WEBHOOK, event.code, whom=identity.id))
    return Subject(identity.id)


def _name(tx: Tx, setting: Setting, event: PersonNamed, changes: Changes) -> Subject | None:
    identity = _find(tx, setting, event.person)
    if identity is None:
        return None
    if person_renaming.name_person(tx, identity.id, storable(event.name)[:200]):
        changes.tell("contact", id=identity.contact_id)
    return Subject(identity.id)


def _note_report(tx: Tx, setting: Setting, event: SenderReported, changes: Changes) -> None:
    """What forbids answers holds them at once; a look and the case that follows say what stays held, and until when."""
    sender = setting.sender
    log.warning("sender.reported", sender_id=sender.id, level=event.level, code=event.code)
    changes.told.append(told_by_report(event))
    if Act.REPLIES in forbidden(event.level):
        holds.stop(tx, sender.id, hold_of(event.level), event.detail)
    if event.level is not Level.NONE:
        channels.set_health(tx, sender.id, Health(HealthState.BROKEN, (event.detail,)), setting.now)
    elif told_over(setting.signal_family, event, Level.BANNED):
        _end_ban(tx, setting)
    changes.tell("channel", id=sender.channel_id)


def _end_ban(tx: Tx, setting: Setting) -> None:
    """The provider gives a sender back. Good news of another kind - its quality, a limit - ends no ban."""
    if signals.trouble_began(tx, setting.sender.id) is None:
        # where a case is open, it says what is let go
        channels.clear_hold(tx, setting.sender.id, holds.BANNED)
    channels.set_health(tx, setting.sender.id, Health(HealthState.OK), setting.now)
