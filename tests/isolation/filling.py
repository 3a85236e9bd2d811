"""An organization with a row in every table, each value carrying the organization's word so that a leak is seen."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Integer, LargeBinary, Table
from sqlalchemy.types import JSON
from sqlmodel import SQLModel

import hub.db.tables  # noqa: F401 - fills the metadata
from hub.db.session import Database, PlatformWork, Tx
from hub.db.tables.columns import UtcDateTime

Row = dict[str, Any]

FILLED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = FILLED_AT + timedelta(hours=1)
"""What the tests call now: after all that was filled in, before anything of it expires."""
LATER = FILLED_AT + timedelta(days=1000)
_EARLIER = FILLED_AT - timedelta(days=1)

WHOSE = {
    "organizations": "id", "users": "organization_id", "sessions": "organization_id",
    "invitations": "organization_id", "api_tokens": "organization_id", "idempotency_keys": "organization_id",
    "groups": "organization_id", "group_members": "organization_id", "channels": "organization_id",
    "senders": "organization_id", "numbers": "organization_id", "contacts": "organization_id",
    "identities": "organization_id", "conversations": "organization_id", "messages": "organization_id",
    "attachments": "organization_id", "read_marks": "organization_id", "deliveries": "organization_id",
    "delivery_attempts": "organization_id", "parked_receipts": "organization_id", "notices": "organization_id",
    "events": "organization_id", "quarantined_requests": "organization_id", "audit_entries": "organization_id",
    "audit_heads": "organization_id", "data_keys": "owner", "privacy_cases": "organization_id",
    "opt_outs": "organization_id", "message_templates": "organization_id", "connections": "organization_id",
    "message_aliases": "organization_id", "errands": "organization_id",
    "notifications": "organization_id", "outgoing_calls": "organization_id", "file_removals": "organization_id",
    "routing_rules": "organization_id", "queue_lines": "organization_id", "presence_tabs": "organization_id",
    "automatic_answers": "organization_id", "assignments": "organization_id",
    "signals": "organization_id", "incidents": "organization_id", "consents": "organization_id",
    "ban_cases": "organization_id", "ban_events": "organization_id", "ban_work": "organization_id",
    "provider_accounts": "organization_id", "pool_messages": None, "provider_activations": None,
    "deletion_requests": None,
    "recipients": "organization_id", "registrations": "organization_id",
    "sent_invitations": "organization_id", "wrong_codes": "organization_id",
}  # fmt: skip
"""Which column says whose a row is; None: the platform's own. By hand: a new table fails until it is here."""

OF_PLATFORM = ("provider_accounts", "numbers", "pool_messages", "provider_activations", "deletion_requests")
"""What the platform has for itself; a number lent to nobody is among it."""

KEPT_FROM_ALL = ("provider_accounts", "registrations")
"""The platform's own, though a row says for whom it is kept: no organization reads or changes even its own."""

TABLES: tuple[Table, ...] = tuple(SQLModel.metadata.sorted_tables)
TENANT_TABLES = tuple(table for table in TABLES if WHOSE.get(table.name))

VARIANTS: dict[str, list[Row]] = {
    "organizations": [{"notifying": {"people": True}, "bans": {}}],
    "notifications": [
        {"what": "answer", "trigger": "unread", "state": "queued", "due_at": _EARLIER, "user_id": None,
         "letter": None},
        {"what": "answer", "trigger": "unread", "state": "sending", "lease_until": _EARLIER, "user_id": None,
         "letter": None},
        {"what": "ban", "state": "sent", "identity_id": None, "conversation_id": None, "last_message_id": None,
         "letter": {"subject": "s", "text": "t"}},
    ],
    "outgoing_calls": [{"state": "waiting", "due_at": _EARLIER}, {"state": "waiting", "due_at": LATER}],
    "users": [
        {"role": "owner", "presence": "online", "by_browser": True, "presence_wish": "online"},
        {"role": "operator", "presence": "online", "presence_wish": ""},
    ],
    "channels": [{"kind": "telegram", "returning": "reopen", "delivery": "webhook"}],
    "senders": [
        {"kind": "telegram", "state": "current", "health": {}, "hold": None, "level": "none", "reach": "sender",
         "quality": "unknown", "daily_limit": None, "forbids": []},
    ],
    "signals": [{"source": "send"}],
    "registrations": [
        {"kind": "telegram", "state": "code_needed", "quality": "unknown", "attempts": [], "problems": [],
         "due_at": _EARLIER, "removed_at": None},
    ],
    "incidents": [{"side": "ours", "restored_at": None}, {"side": "ours", "restored_at": FILLED_AT}],
    "consents": [{"purpose": "service", "answer": "given"}],
    "numbers": [{"health": {}, "state": "lent", "banned": [], "papers": {}, "former_id": None, "quiet_since": None}],
    "provider_accounts": [
        {"state": "active", "forbids": [], "portfolio": "verified", "level": "none", "parent_id": None},
    ],
    "ban_cases": [
        {"state": "confirmed", "level": "banned", "reach": "sender", "forbids": ["unasked"], "remedies": [],
         "appeal": "none", "offer": None, "reserved": {}, "undecided": None, "kept_new": False, "evidence": [],
         "new_sender_id": None, "declined": [], "way_order": [], "over_at": None},
    ],
    "ban_events": [{"state": "confirmed"}],
    "recipients": [{"state": "to_recruit", "way": "telegram", "why": "no_way", "invitations": 0}],
    "sent_invitations": [{"kind": "telegram", "outcome": "sent"}],
    "ban_work": [{"due_at": _EARLIER, "done_at": None}],
    "groups": [{"strategy": "least_busy", "rules": {}}],
    "routing_rules": [{"conditions": {}, "effects": {}}],
    "automatic_answers": [{"state": "queued", "options": []}],
    "assignments": [{"ended_at": None}],
    "contacts": [{}, {"merged_into_id": 0}, {"restricted_at": FILLED_AT}],
    "identities": [
        {"kind": "telegram", "scope": "", "unreachable": None},
        {"kind": "telegram", "scope": "", "contact_id": 1},
    ],
    "conversations": [
        {"status": "new", "waiting_for": "us", "assignee_id": None, "waiting_since": FILLED_AT},
        {"status": "pending", "waiting_for": "customer", "identity_id": 1, "snoozed_until": FILLED_AT},
        {"status": "closed", "waiting_for": "us"},
    ],
    "messages": [
        {"direction": "inbound", "author_type": "contact", "status": "received", "error_kind": None},
        {"direction": "outbound", "author_type": "user", "status": "queued", "external_id": None},
        {"direction": "outbound", "author_type": "user", "status": "sent"},
        {"direction": "outbound", "author_type": "user", "status": "sending", "external_id": None},
        {"direction": "note", "author_type": "user", "status": "received", "external_id": None},
    ],
    "attachments": [
        {"message_id": 0, "kind": "image", "state": "ready", "due_at": None},
        {"message_id": None, "kind": "file", "state": "ready", "due_at": None},
        {"message_id": 0, "kind": "image", "state": "fetching", "due_at": _EARLIER},
    ],
    "file_removals": [{"claimed_at": None}],
    "deliveries": [
        {"state": "queued", "message_id": 1, "due_at": _EARLIER},
        {"state": "sending", "message_id": 3, "lease_until": _EARLIER},
        {"state": "uncertain", "message_id": 2, "look_up_at": _EARLIER},
    ],
    "errands": [
        {
            "state": "queued",
            "due_at": _EARLIER,
            "expires_at": _EARLIER,
            "data": {"type": "chore", "what": "look_up_name", "data": {}},
        },
    ],
    "delivery_attempts": [{"outcome": None, "delivery_id": 1}],
    "parked_receipts": [{"state": "parked", "expires_at": _EARLIER}],
    "events": [
        {"state": "pending"},
        {"state": "failed", "handled_at": FILLED_AT},
        {"state": "handled", "handled_at": FILLED_AT, "identity_id": 0},
        {"state": "handled", "handled_at": FILLED_AT, "identity_id": None},
    ],
    "quarantined_requests": [{"kind": "telegram", "state": "held", "genuine": True, "request": {"sealed": ""}}],
    "audit_entries": [{"actor_type": "user"}, {"actor_type": "token"}],
    "privacy_cases": [
        {"kind": "export", "state": "received"},
        {"kind": "export", "state": "done", "done_at": FILLED_AT, "archive_until": LATER},
    ],
    "api_tokens": [{"scopes": ["read"]}],
    "sessions": [{"expires_at": LATER}, {"expires_at": _EARLIER}],
    "invitations": [{"expires_at": LATER}],
    "opt_outs": [{"kind": "telegram"}],
    "connections": [{"kind": "telegram", "expires_at": LATER}],
    "deletion_requests": [{"state": "received"}],
}  # fmt: skip
"""The rows of a table that are not one generic row. A number for a column that names a row means: that row's."""

NOUNS = {
    "account": "provider_accounts", "call": "outgoing_calls", "assignee": "users", "attachment": "attachments",
    "author": "users",
    "case": "privacy_cases", "channel": "channels", "connection": "connections", "contact": "contacts",
    "conversation": "conversations",
    "delivery": "deliveries", "first_contact": "contacts", "group": "groups", "identity": "identities",
    "merged_into": "contacts", "message": "messages", "notification": "notifications",
    "number": "numbers", "provider_account": "provider_accounts",
    "signal": "signals", "work": "ban_work", "recipient": "recipients", "consent": "consents",
    "reply_to": "messages", "request": "quarantined_requests", "sender": "senders", "subject": "contacts",
    "token": "api_tokens", "user": "users", "actor": "users", "uploaded_by": "users", "requested_by": "users",
}  # fmt: skip
"""Which table a name like `contact_id` means."""


@dataclass(frozen=True)
class Filled:
    """What one organization has: `word` is in every value, `id_word` in every id, integers from `first_number`."""

    word: str
    first_number: int
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def organization_id(self) -> str:
        return self.id("organizations", 0)

    @property
    def id_word(self) -> str:
        return f"01{self.word}"

    def id(self, table: str, which: int) -> str:
        return f"{self.id_word}{crc32(table.encode()):08X}{which:02d}".ljust(26, self.word[0])


SEALED = ("data_keys", "audit_entries", "audit_heads")
"""What only the product itself can make so that it works: keys that unwrap, chains that hold."""


def fill(
    db: Database, word: str, first_number: int, platform: Filled | None = None, without: tuple[str, ...] = ()
) -> Filled:
    """Write one organization's rows into every tenant table; without `platform`, the platform's own rows instead."""
    made = Filled(word, first_number)
    with db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        for table in TABLES:
            if table.name not in without and (platform or table.name in OF_PLATFORM):
                _fill_table(tx, table, made, platform)
    return made


def _fill_table(tx: Tx, table: Table, made: Filled, platform: Filled | None) -> None:
    if platform and WHOSE[table.name] is None:
        return
    made.rows[table.name] = []
    for which, variant in enumerate(VARIANTS.get(table.name, [{}])):
        row = {column.key: _value(column, which, variant, made, platform) for column in table.columns}
        made.rows[table.name].append(row)
        tx.insert(table, [row])


def _value(column: Column[Any], which: int, variant: Row, made: Filled, platform: Filled | None) -> Any:
    name, table = column.name, column.table.name
    target = target_of(column)
    if name in variant and not (target and isinstance(variant[name], int)):
        return variant[name]
    if name == WHOSE[table]:
        return made.organization_id if platform else None
    if target:
        return _reference(column, target, variant.get(name, 0), made, platform)
    return _plain(column, which, made)


def target_of(column: Column[Any]) -> str | None:
    """The table whose id a column holds: by its foreign key, else by its name."""
    for constraint in column.table.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and column.name in constraint.columns and not _is_whose(column):
            return constraint.referred_table.name
    return table_of(column.name)


def _is_whose(column: Column[Any]) -> bool:
    return column.name == "organization_id"


def table_of(name: str) -> str | None:
    """The table whose id a name like `contact_id` or `uploaded_by` means."""
    return NOUNS.get(name.removesuffix("_id")) if name.endswith(("_id", "_by")) else None


def _reference(column: Column[Any], target: str, which: int, made: Filled, platform: Filled | None) -> str | None:
    if target == column.table.name and len(made.rows[target]) <= which:
        return None
    if target in made.rows:
        return str(made.rows[target][which]["id"])
    if platform and WHOSE[target] is None:
        return str(platform.rows[target][which]["id"])
    return None if column.nullable else made.id(target, which)


def _plain(column: Column[Any], which: int, made: Filled) -> Any:
    kind, text = column.type, f"{made.word}{which} {column.table.name}.{column.name}"
    match kind:
        case JSON():
            return _json(_annotation(column), text)
        case UtcDateTime():
            return None if column.nullable else FILLED_AT
        case LargeBinary():
            return b"\x01" + text.encode()
        case Boolean():
            return False
        case Integer():
            return made.first_number + which if column.primary_key or column.name == "number" else which
    if column.primary_key and column.name == "id":
        return made.id(column.table.name, which)
    return text[: getattr(kind, "length", None) or len(text)]


def _json(annotation: str, text: str) -> Any:
    if annotation.startswith("list[dict"):
        return [{"type": "text", "text": text}]
    return [text] if annotation.startswith("list") else {"text": text}


def _annotation(column: Column[Any]) -> str:
    for model in SQLModel.__subclasses__():
        if getattr(model, "__tablename__", None) == column.table.name:
            return str(model.__annotations__.get(column.name, ""))
    return ""


def stored(db: Database, whose: Filled) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of an organization as it stands now, by table."""
    return _stored(db, TENANT_TABLES, whose.organization_id)


def stored_of_platform(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    return _stored(db, tuple(table for table in TABLES if WHOSE[table.name] is None), "")


def _stored(db: Database, tables: tuple[Table, ...], organization_id: str) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        for table in tables:
            statement = table.select().order_by(*table.primary_key.columns)
            column = WHOSE[table.name]
            if column:
                statement = statement.where(table.c[column] == organization_id)
            found[table.name] = [tuple(row) for row in tx.all(statement)]
    return found
