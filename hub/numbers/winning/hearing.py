"""Who of the people of a banned sender wrote to the new one.

Called in the transaction that took the messages in, which holds the new sender: whoever is not in the ledger by then is
seen by the one that writes it (`hub.numbers.recruiting.ledger`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from hub.conversations.arriving import Arrived, Setting
from hub.conversations.changes import Changes
from hub.conversations.entries import activity
from hub.db import claims, held_messages, people_of_sender, recipients, recruitings, wrong_codes
from hub.db.conversations import ConversationRecord
from hub.db.recipients import RecipientRecord
from hub.db.session import Tx
from hub.numbers.policy.codes import CodeState, digest_of, find_code, judge, may_try
from hub.numbers.policy.ledger import Event, advance, may
from hub.numbers.policy.limits import LIMITS
from hub.types import MessageReceived, Text

CODES: Final = "ban codes"
"""What an organization's key is derived for, to make codes and to sign them."""


@dataclass(frozen=True, slots=True)
class _Ear:
    """Where messages are heard, and by which key codes are known."""

    tx: Tx
    setting: Setting
    changes: Changes
    key: bytes = field(repr=False)

    @property
    def now(self) -> datetime:
        return self.setting.now


def hear(tx: Tx, setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> None:
    """Note who of a ledger wrote to the new sender, once `apply` has taken the events in.

    Somebody whose address the provider does not vouch for proves nothing, nor does what comes by another kind.
    """
    said = _said(setting, arrived, changes)
    case_ids = recruitings.list_cases_of(tx, setting.sender.id) if said else []
    if not case_ids:
        return
    ear = _Ear(tx, setting, changes, setting.key.derive(CODES))
    unknown: dict[str, list[str]] = {}
    for case_id in case_ids:
        known = _hear_known(ear, case_id, list(said))
        for identity_id in said.keys() - known:
            unknown.setdefault(identity_id, []).append(case_id)
    for identity_id, texts in said.items():
        if identity_id in unknown:
            _hear_unknown(ear, unknown[identity_id], identity_id, texts)


def _said(setting: Setting, arrived: Sequence[Arrived], changes: Changes) -> dict[str, list[str]]:
    """Return identity → what it wrote, of those who are who they say."""
    said: dict[str, list[str]] = {}
    for each in arrived if not setting.foreign else ():
        about = changes.subjects.get(each.event_id)
        if not isinstance(each.event, MessageReceived) or not each.event.author.verified:
            continue
        if about is not None and about.identity_id is not None:
            texts = [part.text for part in each.event.parts if isinstance(part, Text)]
            said.setdefault(about.identity_id, []).extend(texts)
    return said


def _hear_known(ear: _Ear, case_id: str, identity_ids: Sequence[str]) -> set[str]:
    """Verify whoever is in a ledger, and return them. Nothing is locked for those who came long ago."""
    lines = recruitings.list_lines(ear.tx, case_id, identity_ids, ear.setting.sender.kind)
    fresh = {line.id for some in lines.values() for line in some if not line.settled}
    records = {each.id: each for each in recipients.lock_many(ear.tx, case_id, fresh)}
    for identity_id, some in lines.items():
        for record in [records[line.id] for line in some if line.id in records]:
            _verify(ear, record, identity_id)
    return set(lines)


def _verify(ear: _Ear, record: RecipientRecord, identity_id: str) -> None:
    """They wrote themselves. Who does not want to be written to stays so, and may be answered."""
    by_claim = record.entry.claimed and record.identity_id != identity_id
    if by_claim or not may(record.entry, Event.WROTE):
        # whoever was taken for them goes on writing: that proves no more than before
        return
    entry = advance(record.entry, Event.WROTE)
    is_new = record.verified_at is None or entry.state is not record.entry.state
    if not is_new and entry == record.entry:
        return
    verified = replace(
        record, entry=entry, verified_at=record.verified_at or ear.now, next_at=None, why=None, claimed_by=None
    )
    recipients.save(ear.tx, verified)
    ear.changes.tell("ban", id=record.case_id)
    place = _place_of(ear, identity_id)
    if is_new and place is not None:
        welcome(ear.tx, ear.changes, place, ear.setting.sender.id, ear.now)


def welcome(tx: Tx, changes: Changes, record: ConversationRecord, sender_id: str, now: datetime) -> None:
    """Say in a thread that it goes on over the new sender, and how many messages wait to be sent by it."""
    sender = people_of_sender.find_sender(tx, sender_id)
    if sender is None:
        return
    held = held_messages.count(tx, record.id)
    name = sender.name if sender.name.startswith("@") else sender.address
    waiting = f"; {held} held {'message waits' if held == 1 else 'messages wait'} for you to send" if held else ""
    changes.say(activity(record, "won", f"Now on {name}{waiting}", now, address=name, held=held))


def _place_of(ear: _Ear, identity_id: str) -> ConversationRecord | None:
    """The conversation that the person's message went into."""
    own = [each for each in ear.changes.records.values() if each.identity_id == identity_id]
    here = [each for each in own if each.channel_id == ear.setting.sender.channel_id]
    return max(here, key=lambda each: (each.id in ear.changes.touched, each.id), default=None)


def _hear_unknown(ear: _Ear, case_ids: Sequence[str], identity_id: str, texts: Sequence[str]) -> None:
    """Somebody we do not know: a code says whom they claim to be, and proves nothing."""
    codes = [code for code in map(find_code, texts) if code is not None]
    channel_id, since = ear.setting.sender.channel_id, ear.now - LIMITS.attempts_within
    for code in dict.fromkeys(codes):
        if not may_try(wrong_codes.count(ear.tx, channel_id, identity_id, since)):
            return
        found = [record for each in case_ids if (record := _find_issued(ear, each, code)) is not None]
        if not found:
            wrong_codes.add(ear.tx, channel_id, identity_id, ear.now)
        if any(_claim(ear, record, identity_id, code) for record in found):
            return


def _find_issued(ear: _Ear, case_id: str, code: str) -> RecipientRecord | None:
    """The line of whoever was sent a code that we signed; None: it names nobody."""
    record = claims.lock_by_code(ear.tx, case_id, digest_of(ear.key, case_id, code))
    return record if record and _state(ear, record, code) is not CodeState.FORGED else None


def _state(ear: _Ear, record: RecipientRecord, code: str) -> CodeState:
    return judge(record.code, code, ear.key, ear.now) if record.code else CodeState.FORGED


def _claim(ear: _Ear, record: RecipientRecord, identity_id: str, code: str) -> bool:
    """Take down whom somebody claims to be; False for a code that was used, or is too old."""
    if record.code is None or _state(ear, record, code) is not CodeState.GOOD or not may(record.entry, Event.CODE_USED):
        return False
    claimed = replace(
        record,
        entry=advance(record.entry, Event.CODE_USED),
        code=replace(record.code, used_at=ear.now),
        claimed_by=identity_id,
        next_at=None,
        why=None,
    )
    recipients.save(ear.tx, claimed)
    ear.changes.tell("ban", id=record.case_id)
    place = _place_of(ear, identity_id)
    if place is not None:
        said = "They used the code of an invitation; say on the page of the ban whether they are who was invited"
        ear.changes.say(activity(place, "claimed", said, ear.now, ban_id=record.case_id, recipient_id=record.id))
    return True
