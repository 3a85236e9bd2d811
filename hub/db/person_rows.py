"""All rows about a person, as JSON: every column, so that a column added later is never forgotten in an export."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Table, and_, or_, select

from hub.db.json_rows import Rows, as_json, chunks
from hub.db.person import PersonRecord
from hub.db.person_letters import letters_of
from hub.db.session import Tx
from hub.db.tables.core import (
    ALIAS,
    ASSIGNMENT,
    ATTACHMENT,
    ATTEMPT,
    AUDIT_ENTRY,
    AUTOMATIC_ANSWER,
    CONSENT,
    CONTACT,
    CONVERSATION,
    DELIVERY,
    ERRAND,
    IDEMPOTENCY_KEY,
    IDENTITY,
    MESSAGE,
    NOTICE,
    PARKED,
    READ_MARK,
    RECIPIENT,
    SENT_INVITATION,
    USER,
    WRONG_CODE,
)

_OF_CLAIMS = frozenset({"claimed_by", "code_digest", "code_signature"})
_OF_CLAIMER = "case_id", "code_used_at"


def contacts(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, CONTACT, CONTACT.c.id, person.contact_ids)


def identities(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, IDENTITY, IDENTITY.c.id, person.identity_ids)


def ban_recipients(tx: Tx, person: PersonRecord) -> Rows:
    """Return where the person stands in the ledgers of banned senders; who used their code is somebody else's."""
    rows = _rows(tx, RECIPIENT, RECIPIENT.c.identity_id, person.identity_ids)
    return [{name: row[name] for name in row if name not in _OF_CLAIMS} for row in rows]


def claims(tx: Tx, person: PersonRecord) -> Rows:
    """Return when the person used a code of an invitation; the rest of that line is somebody else's."""
    rows = _rows(tx, RECIPIENT, RECIPIENT.c.claimed_by, person.identity_ids)
    return [{name: row[name] for name in _OF_CLAIMER} for row in rows]


def sent_invitations(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, SENT_INVITATION, SENT_INVITATION.c.identity_id, person.identity_ids)


def wrong_codes(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, WRONG_CODE, WRONG_CODE.c.identity_id, person.identity_ids)


def consents(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, CONSENT, CONSENT.c.identity_id, person.identity_ids)


def conversations(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, CONVERSATION, CONVERSATION.c.id, person.conversation_ids)


def messages(tx: Tx, person: PersonRecord) -> Rows:
    """Return everything said in the person's conversations: both directions, notes and activity; and what they wrote
    into threads of others."""
    found = _rows(tx, MESSAGE, MESSAGE.c.conversation_id, person.conversation_ids)
    letters = [as_json(row) for row in tx.all(select(MESSAGE).where(letters_of(tx, person)))]
    every = found + letters
    return sorted(every, key=lambda row: (row["conversation_id"], row["position"], row["sequence"], row["id"]))


def messages_with_files(tx: Tx, person: PersonRecord) -> Rows:
    """Return the ids of the person's messages that carry a file."""
    rows = tx.all(
        select(MESSAGE.c.id)
        .join(ATTACHMENT, ATTACHMENT.c.message_id == MESSAGE.c.id)
        .where(_theirs(tx, person))
        .distinct()
    )
    return [as_json(row) for row in rows]


def has_messages(tx: Tx, person: PersonRecord) -> bool:
    own = MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.conversation_id.in_(person.conversation_ids)
    # two questions, because SQLite answers one with OR without an index
    threads = select(MESSAGE.c.id).where(*own).order_by(MESSAGE.c.conversation_id, MESSAGE.c.position)
    asked = (threads, select(MESSAGE.c.id).where(letters_of(tx, person)))
    return any(tx.first(each.limit(1)) is not None for each in asked)


def _theirs(tx: Tx, person: PersonRecord) -> ColumnElement[bool]:
    own = and_(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.conversation_id.in_(person.conversation_ids))
    return or_(own, letters_of(tx, person))


def read_marks(tx: Tx, person: PersonRecord) -> Rows:
    return _rows(tx, READ_MARK, READ_MARK.c.conversation_id, person.conversation_ids)


def automatic_answers(tx: Tx, person: PersonRecord) -> Rows:
    """Return what routing wanted said in the person's conversations."""
    return _rows(tx, AUTOMATIC_ANSWER, AUTOMATIC_ANSWER.c.conversation_id, person.conversation_ids)


def assignments(tx: Tx, person: PersonRecord) -> Rows:
    """Return whose the person's conversations were, and when."""
    return _rows(tx, ASSIGNMENT, ASSIGNMENT.c.conversation_id, person.conversation_ids)


def deliveries(tx: Tx, message_ids: Collection[str]) -> Rows:
    return _rows(tx, DELIVERY, DELIVERY.c.message_id, message_ids)


def attempts(tx: Tx, delivery_ids: Collection[str]) -> Rows:
    return _rows(tx, ATTEMPT, ATTEMPT.c.delivery_id, delivery_ids)


def attachments(tx: Tx, message_ids: Collection[str]) -> Rows:
    """Return the files of messages, without their bytes."""
    return _rows(tx, ATTACHMENT, ATTACHMENT.c.message_id, message_ids)


def attachment_body(tx: Tx, attachment_id: str) -> bytes:
    """Return a file's sealed bytes as far as the database has them still; else empty."""
    body = select(ATTACHMENT.c.body).where(
        ATTACHMENT.c.organization_id == tx.organization_id, ATTACHMENT.c.id == attachment_id
    )
    return bytes(tx.scalar(body) or b"")


def further_ids(tx: Tx, message_ids: Collection[str]) -> Rows:
    """Return the further ids that providers know messages by."""
    return _rows(tx, ALIAS, ALIAS.c.message_id, message_ids)


def errands(tx: Tx, person: PersonRecord, message_ids: Collection[str]) -> Rows:
    """Return what was done at providers about messages or addresses of the person."""
    found = _rows(tx, ERRAND, ERRAND.c.message_id, message_ids)
    return _without_doubles(found + _rows(tx, ERRAND, ERRAND.c.identity_id, person.identity_ids))


def all_errands(tx: Tx) -> Rows:
    """Return every errand that is kept: days' worth, each may name an address."""
    return [as_json(row) for row in tx.all(select(ERRAND).where(ERRAND.c.organization_id == tx.organization_id))]


def audit_lines(tx: Tx, numbers: Collection[int]) -> Rows:
    return _rows(tx, AUDIT_ENTRY, AUDIT_ENTRY.c.number, numbers)


def audited_messages(tx: Tx, person: PersonRecord) -> list[str]:
    """Return the ids of the person's messages that the audit log speaks of."""
    rows = tx.all(
        select(MESSAGE.c.id)
        .join(AUDIT_ENTRY, AUDIT_ENTRY.c.subject_id == MESSAGE.c.id)
        .where(
            _theirs(tx, person),
            AUDIT_ENTRY.c.organization_id == tx.organization_id,
            AUDIT_ENTRY.c.subject_type == "message",
        )
        .distinct()
    )
    return [row.id for row in rows]


def users(tx: Tx, user_ids: Collection[str]) -> Rows:
    """Return who these users are: name and role."""
    columns = (USER.c.id, USER.c.name, USER.c.role)
    rows = tx.all(select(*columns).where(USER.c.organization_id == tx.organization_id, USER.c.id.in_(user_ids)))
    return [as_json(row) for row in rows]


def parked(tx: Tx, external_ids: Collection[str], delivery_ids: Collection[str]) -> Rows:
    """Return the receipts parked under ids of the person's messages or deliveries."""
    found = _rows(tx, PARKED, PARKED.c.external_id, external_ids)
    return _without_doubles(found + _rows(tx, PARKED, PARKED.c.delivery_id, delivery_ids))


def all_parked(tx: Tx) -> Rows:
    """Return every parked receipt: there are few, and each may quote an address."""
    return [as_json(row) for row in tx.all(select(PARKED).where(PARKED.c.organization_id == tx.organization_id))]


def notices(tx: Tx, person: PersonRecord) -> Rows:
    """Return the notices of the last day that name a conversation or a contact of the person."""
    ids = [*person.conversation_ids, *person.contact_ids]
    found: Rows = []
    for some in chunks(ids):
        found += [as_json(row) for row in tx.all(select(NOTICE).where(notices_about(tx, some)))]
    return _without_doubles(found, "number")


def notices_about(tx: Tx, ids: Sequence[str]) -> ColumnElement[bool]:
    named = (NOTICE.c.data["id"].as_string(), NOTICE.c.data["conversation_id"].as_string())
    return (NOTICE.c.organization_id == tx.organization_id) & or_(*(name.in_(ids) for name in named))


def kept_answers(tx: Tx) -> Rows:
    """Return the organization's answers kept for repeated requests: a day's, each may name anybody."""
    mine = select(IDEMPOTENCY_KEY).where(IDEMPOTENCY_KEY.c.organization_id == tx.organization_id)
    return [as_json(row) for row in tx.all(mine)]


def entries_by_ids(tx: Tx, ids: Collection[str]) -> Rows:
    return _rows(tx, MESSAGE, MESSAGE.c.id, ids)


def conversations_by_ids(tx: Tx, ids: Collection[str]) -> Rows:
    """Return these conversations, which nobody changes until the transaction ends."""
    tx.all(
        select(CONVERSATION.c.id)
        .where(CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.id.in_(ids))
        .order_by(CONVERSATION.c.id)
        .with_for_update()
    )
    return _rows(tx, CONVERSATION, CONVERSATION.c.id, ids)


def _rows(tx: Tx, table: Table, column: ColumnElement[Any], ids: Collection[Any]) -> Rows:
    columns = [each for each in table.c if not isinstance(each.type, LargeBinary)]
    mine = table.c.organization_id == tx.organization_id
    found: Rows = []
    for some in chunks(ids):
        rows = tx.all(select(*columns).where(mine, column.in_(some)))
        found += [as_json(row) for row in rows]
    # not by the database: for that order SQLite would leave the column's index and read the whole organization
    key = [each.name for each in table.primary_key.columns]
    return sorted(found, key=lambda row: [row[name] for name in key])


def _without_doubles(rows: Rows, key: str = "id") -> Rows:
    return list({row[key]: row for row in rows}.values())
