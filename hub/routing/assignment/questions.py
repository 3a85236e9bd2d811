"""From conversations to the questions that decisions answer: what is known of each, loaded for all of them at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.conversations import life
from hub.conversations.changes import Changes
from hub.db import routing_facts
from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.db.routing_facts import ChannelFacts
from hub.db.session import Tx
from hub.routing.assignment.router import needs_of
from hub.routing.language import detect
from hub.routing.policy.model import Question
from hub.types import Rule

UNKNOWN = "unknown"
_PAYLOADS = {"button_press": "payload", "referral": "ref"}
"""Type of a part → where it carries what we put behind a button or a link."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a customer has just said. `language`: of the text, as `hub.routing.language` names it; "" not looked at."""

    text: str = ""
    payload: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the conversations: channels, contacts' fields, who wrote before."""

    channels: Mapping[str, ChannelFacts]
    contacts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    returning: frozenset[str] = frozenset()


def load_known(tx: Tx, records: Sequence[ConversationRecord], rules: Sequence[Rule]) -> Known:
    """Load what questions about these conversations need; without rules nobody asks about contacts."""
    channels = routing_facts.load_channels(tx, {each.channel_id for each in records})
    if not any(each.enabled for each in rules):
        return Known(channels)
    contact_ids = {each.contact_id for each in records}
    wrote = routing_facts.wrote_before(tx, contact_ids, [each.id for each in records])
    return Known(channels, routing_facts.load_contacts(tx, contact_ids), frozenset(wrote))


def question_of(record: ConversationRecord, known: Known, heard: Heard = Heard()) -> Question:
    """The question about a conversation that goes on: it keeps its group and what it needs."""
    channel = known.channels[record.channel_id]
    return Question(
        channel_id=channel.id,
        channel_name=channel.name,
        channel_kind=channel.kind,
        channel_group_id=channel.group_id,
        fresh=False,
        text=heard.text,
        payload=heard.payload,
        language=record.language or UNKNOWN,
        topic=record.topic,
        contact_fields=known.contacts.get(record.contact_id, {}),
        returning=record.contact_id in known.returning,
        group_id=record.group_id,
        needs=needs_of(record),
        last_operator_id=last_operator(record),
    )


def last_operator(record: ConversationRecord) -> str | None:
    """Who had it last; nobody, where a person took it off them on purpose."""
    return record.assignee_id or record.last_assignee_id


def fresh_question(record: ConversationRecord, known: Known, heard: Heard, changes: Changes) -> Question:
    """The question about a conversation that begins, or begins again: the rules are asked."""
    before = changes.before.get(record.id)
    last = last_operator(record) or _last_of_contact(record, changes.records.values())
    returning = record.contact_id in known.returning or (before is not None and before.inbound_count > 0)
    return replace(
        question_of(record, known, heard), fresh=True, group_id=None, returning=returning, last_operator_id=last
    )


def _last_of_contact(record: ConversationRecord, others: Iterable[ConversationRecord]) -> str | None:
    """Who had the contact's conversation before this one, where each visit begins a new one."""
    earlier = [each for each in others if each.contact_id == record.contact_id and each.last_assignee_id]
    newest = max(earlier, key=lambda each: (each.last_activity_at, each.id), default=None)
    return newest.last_assignee_id if newest else None


def is_fresh(record: ConversationRecord, changes: Changes) -> bool:
    """Whether a conversation begins in this transaction, opens again, or was never routed."""
    before = changes.before.get(record.id, record)
    return before is None or life.is_closed(before) or not record.routing


def heard_in(entries: Sequence[NewMessage]) -> Heard:
    """What a customer's messages of one moment say together."""
    text = "\n".join(entry.text for entry in entries if entry.text)
    return Heard(text, heard_payload([part for entry in entries for part in entry.parts]))


def heard_payload(parts: Sequence[Mapping[str, Any]]) -> str:
    """What stands behind the last pressed button or the link they came by; "" without either."""
    found = [str(part.get(_PAYLOADS[part["type"]], "")) for part in parts if part["type"] in _PAYLOADS]
    return next((each for each in reversed(found) if each), "")


def asks_for_language(rules: Iterable[Rule]) -> bool:
    return any(each.enabled and (each.when.languages or each.then.language) for each in rules)


def with_language(record: ConversationRecord, heard: Heard, rules: Sequence[Rule]) -> ConversationRecord:
    """Note the language of a beginning, where a rule asks for it."""
    return replace(record, language=understood(heard, rules).language if asks_for_language(rules) else "")


def understood(heard: Heard, rules: Iterable[Rule]) -> Heard:
    """The same with the language of the text, where a rule asks for it."""
    if heard.language or not asks_for_language(rules):
        return heard
    return replace(heard, language=detect(heard.text))
