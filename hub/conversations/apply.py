"""Events become contacts, conversations and messages: a whole batch of one sender in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from hub.conversations import life
from hub.conversations.arriving import Arrived, Setting, person_of
from hub.conversations.changes import Changes, Subject
from hub.conversations.entries import activity, customer_entry, outside_entry, preview_text, storable
from hub.conversations.newcomers import admit
from hub.conversations.receipts import apply_parked, apply_receipt
from hub.conversations.reopening import know_with_siblings, open_instead
from hub.db import conversations, messages, people
from hub.db.conversations import ConversationRecord
from hub.db.messages import MessageRef, NewMessage
from hub.db.people import IdentityRecord, Place
from hub.db.session import Tx
from hub.types import (
    ChannelKind,
    Direction,
    InboundEvent,
    MessageReceived,
    MessageStatus,
    ReachabilityChanged,
    Receipt,
    SentElsewhere,
)


def apply(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> None:
    """Gather in `changes` what the events do; contacts, identities and receipts are written at once."""
    said, identities = admit(tx, setting, _drop_known(tx, setting, arrived, changes))
    changes.subjects.update(_subjects(said, identities))
    changes.restricted |= people.lock_restricted(tx, sorted(_of_restricted(identities.values())))
    _load_conversations(tx, setting, said, identities, changes)
    known = _known_messages(tx, setting, said, changes)
    _note_restricted(tx, identities.values(), changes)
    for each in said:
        _enter(setting, each, identities, known, changes)
    outside = [each for each in changes.entries if each.direction is Direction.OUTBOUND]
    if outside:
        _apply_parked_to(tx, setting, outside, changes)
    for each in arrived:
        subject = _apply_other(tx, setting, each.event, changes)
        if subject is not None:
            changes.subjects[each.event_id] = subject


def _subjects(said: Sequence[Arrived], identities: dict[Place, IdentityRecord]) -> dict[int, Subject]:
    places = {each.event_id: people.place_of(person_of(each.event)) for each in said}
    return {event_id: Subject(identities[place].id) for event_id, place in places.items()}


def _drop_known(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> list[Arrived]:
    """Keep messages and echoes whose provider id this sender has not seen: the second net against doubles."""
    said = [each for each in arrived if isinstance(each.event, MessageReceived | SentElsewhere)]
    ids = [each.event.external_id for each in said if isinstance(each.event, MessageReceived | SentElsewhere)]
    known = messages.find_by_external_ids(tx, setting.sender.id, ids)
    seen, fresh = set(known), []
    for each, external_id in zip(said, ids, strict=True):
        ours = isinstance(each.event, SentElsewhere) and each.event.delivery_id
        if external_id not in seen and not ours:
            seen.add(external_id)
            fresh.append(each)
        elif external_id in known:
            changes.subjects[each.event_id] = Subject(conversation_id=known[external_id].conversation_id)
    return fresh


def _load_conversations(
    tx: Tx, setting: Setting, said: Sequence[Arrived], identities: dict[Place, IdentityRecord], changes: Changes
) -> None:
    contacts = sorted({identities[people.place_of(person_of(each.event))].contact_id for each in said})
    changes.know(conversations.lock_of_contacts(tx, setting.sender.channel_id, contacts))
    named = {each.event.conversation_id for each in said if isinstance(each.event, MessageReceived)}
    know_with_siblings(tx, sorted(each for each in named if each and each not in changes.records), changes)


def _known_messages(tx: Tx, setting: Setting, said: Sequence[Arrived], changes: Changes) -> dict[str, MessageRef]:
    """Load the messages that the new ones answer or continue, and their conversations."""
    wanted = [
        external_id
        for each in said
        if isinstance(each.event, MessageReceived)
        for external_id in (each.event.reply_to_external_id, *each.event.thread_external_ids)
        if external_id
    ]
    known = messages.find_in_channel(tx, setting.sender.channel_id, wanted)
    know_with_siblings(tx, sorted({each.conversation_id for each in known.values()} - changes.records.keys()), changes)
    return known


def _of_restricted(identities: Collection[IdentityRecord]) -> set[str]:
    return {each.contact_id for each in identities if each.restricted}


def _note_restricted(tx: Tx, authors: Collection[IdentityRecord], changes: Changes) -> None:
    """Note which contacts beside the authors are restricted (F20): those whose threads are written into."""
    others = {record.contact_id for record in changes.records.values()} - {each.contact_id for each in authors}
    changes.restricted |= people.restricted_among(tx, sorted(others))


def _enter(
    setting: Setting,
    arrived: Arrived,
    identities: dict[Place, IdentityRecord],
    known: dict[str, MessageRef],
    changes: Changes,
) -> None:
    match arrived.event:
        case MessageReceived() as event:
            identity = identities[people.place_of(event.author)]
            _receive(setting, event, arrived.received_at, identity, known, changes)
        case SentElsewhere() as event:
            _note_sent(setting, event, arrived.received_at, identities[people.place_of(event.recipient)], changes)


def _receive(
    setting: Setting,
    event: MessageReceived,
    received_at: datetime,
    identity: IdentityRecord,
    known: dict[str, MessageRef],
    changes: Changes,
) -> None:
    position = min(event.position, received_at) if event.position else received_at
    before = _named_conversation(event, known, changes)
    if before is None or not _may_share(before, identity, changes):
        before = _usual_conversation(setting, identity, position, changes)
        if setting.sender.current:
            # of a contact with several addresses on the channel the one they write from is answered
            before = replace(before, identity_id=identity.id)
    inbound = life.Inbound(preview_text(event.parts), position, event.topic and storable(event.topic))
    if life.is_closed(before):
        changes.say(activity(before, "reopened", "Reopened by a new message", setting.now))
    changes.put(life.receive(before, inbound))
    answered = known.get(event.reply_to_external_id or "")
    entry = customer_entry(event, before, setting.sender, identity, position, setting.now)
    changes.say(replace(entry, reply_to_id=answered.id if answered else None))


def _may_share(record: ConversationRecord, author: IdentityRecord, changes: Changes) -> bool:
    """Whether a letter goes into this thread: not from a restricted person into somebody else's, where it would be
    shown, nor from somebody else into a restricted person's, where it would be hidden and erased with it (F19, F20).
    """
    return record.contact_id == author.contact_id or changes.restricted.isdisjoint(
        (record.contact_id, author.contact_id)
    )


def _named_conversation(
    event: MessageReceived, known: dict[str, MessageRef], changes: Changes
) -> ConversationRecord | None:
    """The conversation a signed reply address or the thread of a mail names, inside this organization."""
    if event.conversation_id and event.conversation_id in changes.records:
        return open_instead(changes.records[event.conversation_id], changes)
    for external_id in event.thread_external_ids:
        message = known.get(external_id)
        if message and message.conversation_id in changes.records:
            return open_instead(changes.records[message.conversation_id], changes)
    return None


def _usual_conversation(
    setting: Setting, identity: IdentityRecord, position: datetime, changes: Changes
) -> ConversationRecord:
    channel_id = setting.sender.channel_id
    own = [
        record
        for record in changes.records.values()
        if record.contact_id == identity.contact_id and record.channel_id == channel_id
    ]
    chosen = life.choose(own, identity.id, setting.sender.returning)
    if chosen is None:
        chosen = life.begin(life.Place(channel_id, identity.contact_id, identity.id), position, setting.now)
        changes.begin(chosen)
    return chosen


def _note_sent(
    setting: Setting, event: SentElsewhere, received_at: datetime, identity: IdentityRecord, changes: Changes
) -> None:
    """Somebody answered in the provider's own inbox: an answer like any other, only not sent by us."""
    position = min(event.position, received_at) if event.position else received_at
    record = _usual_conversation(setting, identity, position, changes)
    changes.put(life.answer(record, preview_text(event.parts), position))
    changes.say(outside_entry(event, record, setting.sender, position, setting.now))


def _apply_parked_to(tx: Tx, setting: Setting, outside: Sequence[NewMessage], changes: Changes) -> None:
    """What was answered elsewhere is known now: receipts that came before it, or come with it, find it written."""
    changes.write_entries(tx)
    for entry in outside:
        message = MessageRef(entry.id, entry.conversation_id, entry.external_id, entry.status)
        apply_parked(tx, setting.sender.id, message, None, changes, setting.now)


def _apply_other(tx: Tx, setting: Setting, event: InboundEvent, changes: Changes) -> Subject | None:
    """Apply what is no message, or says something of one of ours; return whom it is about."""
    sender = setting.sender
    match event:
        case Receipt():
            return apply_receipt(tx, sender.id, sender.kind, event, changes, setting.now)
        case SentElsewhere(delivery_id=str() as delivery_id):
            echo = Receipt(MessageStatus.SENT, external_id=event.external_id, delivery_id=delivery_id)
            return apply_receipt(tx, sender.id, sender.kind, echo, changes, setting.now)
        case ReachabilityChanged():
            return _set_reachability(tx, sender.kind, event)
        case _:
            return None


def _set_reachability(tx: Tx, kind: ChannelKind, event: ReachabilityChanged) -> Subject | None:
    identity = people.find_identities(tx, kind, [people.place_of(event.person)]).get(people.place_of(event.person))
    if identity is None:
        return None
    if event.reachable:
        people.mark_reachable(tx, [identity.id])
    else:
        people.mark_unreachable(tx, identity.id, event.reason)
    return Subject(identity.id)
