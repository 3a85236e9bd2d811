"""The changes of one transaction: conversations, entries and notices, gathered first and written at its end."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.conversations.handing import Handing
from hub.db import attachments, conversations, errands, messages, notices, provider_ids, suspension
from hub.db.attachments import NewFile
from hub.db.conversations import ConversationRecord
from hub.db.errands import NewErrand
from hub.db.messages import NewMessage
from hub.db.notices import NewNotice
from hub.db.session import Tx
from hub.errors import Conflict
from hub.numbers.detecting import Told
from hub.types import Direction


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an event is about: an identity, or whoever a conversation is with."""

    identity_id: str | None = None
    conversation_id: str | None = None


NOBODY = Subject()
"""Of an event that is about nobody, or was not understood that far."""


@dataclass
class Changes:
    """What a transaction is about to write. `records` holds every conversation it has locked or begun.

    before      the same as they were loaded; None for one that begins
    heard       conversation → what its customer wrote there, and nobody who only writes into it
    shown_again conversations that may be shown since this transaction: they took no slot before it
    handing     who gets conversations
    files       of messages, to be fetched
    further     (sender, provider's id) → message: the other ids of a message that is several at the provider
    chores      what is to be done at the provider once this is committed
    told        what the provider told of the sender itself, for whoever opened the transaction to keep in it
    delivered   messages of ours that are known to have arrived by now, for ban detection likewise
    has_files, has_chores   whether there were any, for whoever wakes the jobs behind the commit
    `restricted` names contacts of whom everything is stored and nothing told (F20). `subjects`: journal row → whom it
    is about, as far as it was understood.
    """

    records: dict[str, ConversationRecord] = field(default_factory=dict)
    before: dict[str, ConversationRecord | None] = field(default_factory=dict)
    heard: dict[str, list[NewMessage]] = field(default_factory=dict)
    shown_again: set[str] = field(default_factory=set)
    handing: Handing = field(default_factory=Handing)
    begun: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    entries: list[NewMessage] = field(default_factory=list)
    files: list[NewFile] = field(default_factory=list)
    further: dict[tuple[str, str], str] = field(default_factory=dict)
    chores: list[NewErrand] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    has_files: bool = False
    has_chores: bool = False
    notices: list[NewNotice] = field(default_factory=list)
    restricted: set[str] = field(default_factory=set)
    subjects: dict[int, Subject] = field(default_factory=dict)
    _told: list[NewNotice] = field(default_factory=list)

    def know(self, records: Iterable[ConversationRecord]) -> None:
        """Take in conversations as the database has them."""
        for record in records:
            self.records[record.id] = record
            self.before.setdefault(record.id, record)

    def begin(self, record: ConversationRecord) -> None:
        """Add a conversation that does not exist yet."""
        self.begun.append(record.id)
        self.before[record.id] = None
        self.put(record)

    def put(self, record: ConversationRecord) -> None:
        """Replace a conversation by its next state."""
        self.records[record.id] = record
        self.touched.add(record.id)

    def say(self, entry: NewMessage) -> None:
        """Add an entry to a thread."""
        self.entries.append(entry)

    def hear(self, entry: NewMessage) -> None:
        """Add what the customer wrote to their thread: it is answered, and may be their choice."""
        self.say(entry)
        self.heard.setdefault(entry.conversation_id, []).append(entry)

    def find_entry(self, message_id: str) -> NewMessage | None:
        """Return an entry that is not written yet."""
        return next((each for each in self.entries if each.id == message_id), None)

    def say_instead(self, entry: NewMessage) -> None:
        """Replace an entry that is not written yet."""
        self.entries = [entry if each.id == entry.id else each for each in self.entries]

    def tell(self, kind: str, **ids: str) -> None:
        """Add a notice that is neither about a new entry nor about a conversation's state.

        One with a `conversation_id` is dropped where that conversation's contact is restricted.
        """
        self.notices.append((kind, dict(ids)))

    def is_quiet(self, conversation_id: str) -> bool:
        """Whether nothing is told of a conversation, nor is it given to anybody: its contact is restricted."""
        record = self.records.get(conversation_id)
        return record is not None and record.contact_id in self.restricted

    def write(self, tx: Tx) -> None:
        """Write everything. Raises Conflict when a message came in by another way meanwhile; begin anew then."""
        self.write_entries(tx)
        told = (each for each in sorted(self.touched) if not self.is_quiet(each))
        states: list[NewNotice] = [("conversation", {"id": each}) for each in told]
        notices.add(tx, self._told + self._audible(tx) + states)

    def _audible(self, tx: Tx) -> list[NewNotice]:
        """Return the notices without those about people of whom nothing is told, or who are gone (F19, F20)."""
        about = {ids["conversation_id"] for _, ids in self.notices if "conversation_id" in ids}
        audible = suspension.unrestricted_among(tx, sorted(about))
        return [each for each in self.notices if each[1].get("conversation_id") in audible | {None}]

    def write_entries(self, tx: Tx) -> None:
        """Write all but the notices, for what follows in the same transaction and must find it. Raises Conflict."""
        conversations.insert(tx, [self.records[each] for each in self.begun])
        conversations.save(tx, [self.records[each] for each in sorted(self.touched - set(self.begun))])
        if self.entries and len(messages.insert(tx, self.entries)) != len(self.entries):
            raise Conflict("a message arrived twice at once; try again")
        self._told += [
            ("message", {"id": each.id, "conversation_id": each.conversation_id, "direction": each.direction})
            for each in self.entries
            if each.direction is not Direction.ACTIVITY and not self.is_quiet(each.conversation_id)
        ]
        self.begun.clear()
        self.entries.clear()
        self._write_what_hangs_on_them(tx)

    def _write_what_hangs_on_them(self, tx: Tx) -> None:
        self.has_files, self.has_chores = self.has_files or bool(self.files), self.has_chores or bool(self.chores)
        self.handing.write(tx)
        attachments.insert_to_fetch(tx, self.files)
        for (sender_id, external_id), message_id in self.further.items():
            provider_ids.add_further(tx, sender_id, {external_id: message_id})
        for chore in self.chores:
            errands.insert(tx, chore)
        self.files.clear()
        self.further.clear()
        self.chores.clear()
