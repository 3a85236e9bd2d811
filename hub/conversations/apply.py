"""Events become contacts, conversations and messages: a whole batch of one sender in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from hub.conversations import life
from hub.conversations.albums import find_albums, join
from hub.conversations.arriving import Arrived, Setting, person_of
from hub.conversations.asides import apply_aside
from hub.conversations.changes import Changes, Subject
from hub.conversations.content import content_of, files_of, of_piece
from hub.conversations.entries import activity, customer_entry, outside_entry
from hub.conversations.newcomers import admit
from hub.conversations.parts import storable
from hub.conversations.receipts import apply_parked
from hub.conversations.reopening import know_with_siblings, open_instead
from hub.db import conversations, parked, people, provider_ids, sent_texts
from hub.db.conversations import ConversationRecord
from hub.db.messages import MessageRef
from hub.db.people import IdentityRecord, Place
from hub.db.session import Tx
from hub.types import MessageReceived, SentElsewhere

_OURS = 10
"""How many of our newest texts a message is compared with."""


def apply(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> None:
    """Gather in `changes` what the events do; contacts, identities and receipts are written at once."""
    said, identities = admit(tx, setting, _drop_known(tx, setting, arrived, changes), changes)
    changes.subjects.update(_subjects(said, identities))
    changes.restricted |= people.lock_restricted(tx, sorted(_of_restricted(identities.values())))
    _load_conversations(tx, setting, said, identities, changes)
    known = _known_messages(tx, setting, said, changes)
    _note_restricted(tx, identities.values(), changes)
    albums = find_albums(tx, setting, said)
    for each in said:
        if not join(tx, setting, each, albums, changes):
            _enter(setting, _reread(tx, setting, each, known, changes), identities, known, changes)
    _apply_parked(tx, setting, arrived, changes)
    for each in arrived:
        subject = apply_aside(tx, setting, each, changes)
        if subject is not None:
            changes.subjects[each.event_id] = subject


def _subjects(said: Sequence[Arrived], identities: dict[Place, IdentityRecord]) -> dict[int, Subject]:
    places = {each.event_id: people.place_of(person_of(each.event)) for each in said}
    return {event_id: Subject(identities[place].id) for event_id, place in places.items()}


def _drop_known(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> list[Arrived]:
    """Keep messages and echoes whose provider id this sender has not seen: the second net against doubles."""
    said = [each for each in arrived if isinstance(each.event, MessageReceived | SentElsewhere)]
    ids = [each.event.external_id for each in said if isinstance(each.event, MessageReceived | SentElsewhere)]
    known = provider_ids.find_messages(tx, setting.sender.id, ids)
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
    known = provider_ids.find_in_channel(tx, setting.sender.channel_id, wanted)
    know_with_siblings(tx, sorted({each.conversation_id for each in known.values()} - changes.records.keys()), changes)
    return known


def _reread(tx: Tx, setting: Setting, arrived: Arrived, known: dict[str, MessageRef], changes: Changes) -> Arrived:
    """Let a message that may repeat ours be read again, knowing what we said."""
    event = arrived.event
    if setting.reread is None or not isinstance(event, MessageReceived):
        return arrived
    place = _named_conversation(event, known, changes)
    if place is None:
        return arrived
    return replace(arrived, event=setting.reread(event, sent_texts.list_newest(tx, place.id, _OURS)))


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
            _receive(setting, arrived, event, identity, known, changes)
        case SentElsewhere() as event:
            _note_sent(setting, arrived, event, identities[people.place_of(event.recipient)], changes)


def _receive(
    setting: Setting,
    arrived: Arrived,
    event: MessageReceived,
    identity: IdentityRecord,
    known: dict[str, MessageRef],
    changes: Changes,
) -> None:
    position, content = _position(event.position, arrived), content_of(event.parts, arrived.event_id, setting.key)
    content = of_piece(content, event.external_id) if event.album else content
    before = _named_conversation(event, known, changes)
    if before is None or not _may_share(before, identity, changes):
        before = _usual_conversation(setting, identity, position, changes)
        if setting.sender.current:
            # of a contact with several addresses on the channel the one they write from is answered
            before = replace(before, identity_id=identity.id)
    inbound = life.Inbound(
        content.preview, position, event.topic and storable(event.topic), opens_window=not setting.foreign
    )
    if life.is_closed(before):
        changes.say(activity(before, "reopened", "Reopened by a new message", setting.now))
    answered = known.get(event.reply_to_external_id or "")
    entry = customer_entry(event, content, before, setting.sender, identity, position, setting.now)
    entry = replace(entry, reply_to_id=answered.id if answered else None)
    if _is_strangers(before, identity, event):
        changes.put(life.overhear(before, inbound))
        changes.say(entry)
    else:
        changes.put(life.receive(before, inbound))
        changes.hear(entry)
    changes.files += files_of(content, entry.id, setting.sender.id, setting.now)


def _is_strangers(record: ConversationRecord, author: IdentityRecord, event: MessageReceived) -> bool:
    """A reply address brings a letter to its place and proves nothing: a stranger's says nothing for the customer."""
    return record.contact_id != author.contact_id and not event.author.verified


def _position(said: datetime | None, arrived: Arrived) -> datetime:
    return min(said, arrived.received_at) if said else arrived.received_at


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
    setting: Setting, arrived: Arrived, event: SentElsewhere, identity: IdentityRecord, changes: Changes
) -> None:
    """Somebody answered in the provider's own inbox: an answer like any other, only not sent by us."""
    position, content = _position(event.position, arrived), content_of(event.parts, arrived.event_id, setting.key)
    record = _usual_conversation(setting, identity, position, changes)
    changes.put(life.answer(record, content.preview, position))
    changes.handing.note_answer(record.id, position, None)
    entry = outside_entry(event, content, record, setting.sender, position, setting.now)
    changes.say(entry)
    changes.files += files_of(content, entry.id, setting.sender.id, setting.now)


def _apply_parked(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> None:
    """What came before its message finds it written now; so does what comes with it in this batch."""
    entries = {each.external_id: each for each in changes.entries if each.external_id}
    further = {external_id: message_id for (_, external_id), message_id in changes.further.items()}
    waited_for = parked.waited_for(tx, setting.sender.id, [*entries, *further])
    if waited_for or not all(isinstance(each.event, MessageReceived) for each in arrived):
        changes.write_entries(tx)
    known = provider_ids.find_messages(tx, setting.sender.id, sorted(waited_for))
    for external_id, message in known.items():
        apply_parked(tx, setting.sender.id, replace(message, external_id=external_id), None, changes, setting.now)
