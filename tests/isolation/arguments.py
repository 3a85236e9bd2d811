"""Arguments for every query function, made of what one organization has, by the parameter's name and type.

A parameter that nothing here knows makes the test fail: no function is forgotten because it is hard to call.
"""

import importlib
import inspect
import pkgutil
import types
import typing
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import true

import hub.db
from hub.db import retention
from hub.db.data_keys import WrappedKey
from hub.db.idempotency import EVERY_TIME, KeptAnswer
from hub.db.session import Tx
from hub.types import Chore, Health, HealthState, MessageStatus
from hub.types.bans import Look
from tests.isolation.filling import LATER, NOW, Filled, Row, table_of

NO_QUERIES = frozenset({"among", "bulk", "engines", "guard", "migrate", "rights", "session"})
"""Modules of hub/db that hold no query."""

RECORDS = {
    "AccountRecord": "provider_accounts", "ConnectionRecord": "connections", "ConnectedSender": "senders",
    "DeletionRequest": "deletion_requests", "Activation": "provider_activations", "NewUpload": "attachments",
    "AuditRecord": "audit_entries", "Head": "audit_heads", "ChannelRecord": "channels", "NewSender": "senders",
    "SenderRecord": "senders", "ConversationRecord": "conversations", "WrappedKey": "data_keys",
    "DueDelivery": "deliveries", "GroupView": "groups", "NewEvent": "events", "RawRow": "events",
    "RegistrationRecord": "registrations",
    "NewMessage": "messages", "NumberRecord": "numbers", "StockRecord": "numbers", "OrganizationView": "organizations",
    "NewParked": "parked_receipts", "NewPoolMessage": "pool_messages", "CaseView": "privacy_cases",
    "NewQuarantine": "quarantined_requests", "SessionRow": "sessions", "TokenView": "api_tokens",
    "UserView": "users", "Address": "identities", "Person": "identities", "KeyScope": "idempotency_keys",
    "NumberChannel": "channels", "Named": "groups", "TemplateView": "message_templates", "PersonRecord": "contacts",
    "OncePerKey": "idempotency_keys", "Outcome": "notifications", "NewNotification": "notifications",
    "Fate": "notifications", "NewCall": "outgoing_calls", "TakenCall": "outgoing_calls", "NewLetter": "notifications",
    "NewErrand": "errands", "LookUpRef": "deliveries",
    "Signal": "signals", "ConsentRecord": "consents", "Trouble": "incidents", "Place": "incidents",
    "PersonOfSender": "recipients", "RecipientRecord": "recipients", "NewInvitation": "sent_invitations",
    "IssuedCode": "recipients", "SenderPlace": "senders",
    "NewAssignment": "assignments", "EndedAssignment": "assignments", "NewAnswer": "automatic_answers",
    "Line": "queue_lines",
    "NewFile": "attachments", "AttachmentView": "attachments", "FileFacts": "attachments",
    "StoredMessage": "messages", "Claim": "file_removals",
    "CaseRecord": "ban_cases", "BanCase": "ban_cases", "NewBanEvent": "ban_events", "NewBanWork": "ban_work",
}  # fmt: skip
"""Of which table's rows a record is made."""

COLUMNS = {
    "key": "event_key", "envelope": "envelope_sha256", "sealed": "body", "fingerprint": "body_sha256",
    "about": "request", "document": "address",
}  # fmt: skip
"""A field's column, where it is named otherwise."""

_Made = Callable[[Filled], Any]
VALUES: dict[tuple[str, str], _Made] = {
    ("BanCase", "offer"): lambda _of: None,
    ("BanCase", "remedies"): lambda _of: (),
    ("BanCase", "forbids"): lambda _of: frozenset(),
    ("CaseRecord", "evidence"): lambda _of: (),
    ("audit.find", "number"): lambda of: of.rows["audit_entries"][0]["number"],
    ("connections.channels_of", "addresses"): lambda of: column_of(of, "senders", "address"),
    ("channels.change", "values"): lambda of: {"name": of.word},
    ("registrations.change", "values"): lambda of: {"display_name": of.word},
    ("channels.change_sender", "values"): lambda of: {"hold_reason": of.word},
    ("contacts.change", "values"): lambda of: {"name": of.word},
    ("groups.update_group", "changes"): lambda of: {"name": of.word},
    ("journal.mark_handled", "ids"): lambda of: column_of(of, "events", "id"),
    ("journal.still_pending", "ids"): lambda of: column_of(of, "events", "id"),
    ("notices.add", "notices"): lambda of: [("message", {"conversation_id": of.id("conversations", 0)})],
    ("organizations.update_own", "changes"): lambda of: {"name": of.word},
    ("people.find_identities", "places"): lambda of: [("", each) for each in column_of(of, "identities", "address")],
    ("people.ensure_identities", "family"): lambda _of: (),
    ("person_erasing.change_conversation", "values"): lambda of: {"topic": of.word},
    ("person_erasing.change_message", "values"): lambda of: {"text": of.word},
    ("person_erasing.remove_answers", "rows"): lambda of: of.rows["idempotency_keys"],
    ("person_erasing.remove_parked", "ids"): lambda of: column_of(of, "parked_receipts", "id"),
    ("person_events.remove_held", "ids"): lambda of: column_of(of, "quarantined_requests", "id"),
    ("person_letters.insert_conversation", "values"): lambda of: of.rows["conversations"][0],
    ("person_rows.notices_about", "ids"): lambda of: column_of(of, "conversations", "id"),
    ("privacy.change", "values"): lambda of: {"reason": of.word},
    ("users.update_user", "changes"): lambda of: {"name": of.word},
    ("users.is_own_upload", "attachment_id"): lambda of: of.id("attachments", 1),
    ("messages.list_thread", "after"): lambda _of: None,
    ("threads.list_page", "after"): lambda _of: None,
    ("threads.list_page", "sort"): lambda _of: "newest",
    ("quarantine.count", "state"): lambda _of: "held",
    ("journal_reading.list_events", "state"): lambda _of: None,
    ("journal_reading.list_events", "before"): lambda _of: None,
    ("journal_reading.balance", "channel_id"): lambda _of: None,
    ("OncePerKey", "render"): lambda of: lambda _result: KeptAnswer(200, {"text": of.word}),
    ("idempotency.Once.keep", "self"): lambda _of: EVERY_TIME,
    ("idempotency.Once.keep", "result"): lambda of: of.word,
    ("idempotency.OncePerKey.keep", "result"): lambda of: of.word,
    ("data_keys.set_wrapped", "keys"): lambda of: [record(WrappedKey, of)],
    ("messages.raise_status", "status"): lambda _of: MessageStatus.DELIVERED,
    ("messages.raise_status", "message_id"): lambda of: of.id("messages", 2),
    ("messages.learn_external_id", "message_id"): lambda of: of.id("messages", 3),
    ("messages.restart", "message_id"): lambda of: of.id("messages", 3),
    ("parked.take", "external_ids"): lambda of: column_of(of, "parked_receipts", "external_id"),
    ("person_events.empty", "keys"): lambda of: [of.word],
    ("person_events.list_by_ids", "ids"): lambda of: column_of(of, "events", "id"),
    ("person_rows.parked", "external_ids"): lambda of: column_of(of, "parked_receipts", "external_id"),
    ("retention.count", "store"): lambda _of: retention.EVENT_BYTES,
    ("retention.find", "store"): lambda _of: retention.EVENT_BYTES,
    ("retention.remove", "store"): lambda _of: retention.EVENT_BYTES,
    ("retention.remove", "ids"): lambda of: column_of(of, "events", "id"),
    ("retention.list_due", "cutoffs"): lambda _of: defaultdict(lambda: LATER),
    ("incidents.restore", "what"): lambda of: column_of(of, "incidents", "what"),
    ("looks.list_due", "kinds"): lambda _of: ["telegram"],
    ("looks.keep", "look"): lambda _of: Look(Health(HealthState.OK)),
    ("privacy.find_archive", "case_id"): lambda of: of.id("privacy_cases", 1),
    ("senders.list_unreleased", "kinds"): lambda _of: ["telegram"],
    ("senders.find_by_address", "address"): lambda of: of.rows["senders"][0]["address"],
    ("pool.find", "address"): lambda of: of.rows["numbers"][0]["number"],
    ("stock.list_elsewhere", "numbers"): lambda of: column_of(of, "numbers", "number"),
    ("forwarding.find_forwarding", "number"): lambda of: of.rows["numbers"][0]["number"],
    ("named_senders.list_of_business_account", "business_id"): lambda of: of.word,
    ("senders.secret_of_intake_token", "token_hash"): lambda of: of.rows["senders"][0]["intake_token_hash"],
    ("sign_in.find_session", "token_hash"): lambda of: of.rows["sessions"][0]["token_hash"],
    ("sign_in.delete_session", "token_hash"): lambda of: of.rows["sessions"][0]["token_hash"],
    ("sign_in.find_invited", "token_hash"): lambda of: of.rows["invitations"][0]["token_hash"],
    ("sign_in.take_invitation", "token_hash"): lambda of: of.rows["invitations"][0]["token_hash"],
    ("sign_in.find_token_actor", "token_hash"): lambda of: of.rows["api_tokens"][0]["token_hash"],
    ("provider_ids.add_further", "messages"): lambda of: {"further": of.id("messages", 0)},
    ("provider_ids.note_sent", "sent"): lambda of: {of.id("messages", 2): "sent"},
    ("provider_ids.note_sent", "status"): lambda _of: MessageStatus.DELIVERED,
    ("provider_ids.find_albums", "albums"): lambda of: column_of(of, "messages", "album"),
    ("DueDelivery", "parts"): lambda of: of.rows["messages"][1]["parts"],
    ("Fate", "letter_id"): lambda of: of.id("notifications", 2),
    ("Fate", "state"): lambda _of: "delivered",
    ("NewErrand", "errand"): lambda _of: Chore("look_up_name", {}),
    ("LookUpRef", "delivery_id"): lambda of: of.id("deliveries", 2),
    ("LookUpRef", "identity_id"): lambda of: of.id("identities", 0),
    ("LookUpRef", "number"): lambda of: of.rows["deliveries"][2]["look_ups"],
    ("look_ups.schedule", "delivery_id"): lambda of: of.id("deliveries", 2),
    ("look_ups.cancel", "message_id"): lambda of: of.id("messages", 2),
    ("look_ups.queue_again", "message_id"): lambda of: of.id("messages", 2),
    ("attempts.list_of", "message_id"): lambda of: of.id("messages", 3),
    ("attempts.finish", "delivery_ids"): lambda of: [of.id("deliveries", 1)],
    ("errands.drop_untried", "message_id"): lambda of: of.rows["errands"][0]["message_id"],
    ("errands.drop_untried", "identity_id"): lambda of: of.rows["errands"][0]["identity_id"],
    ("errands.drop_untried", "what"): lambda of: of.rows["errands"][0]["what"],
    ("errands.newest", "what"): lambda of: of.rows["errands"][0]["what"],
    ("message_changes.change_file", "values"): lambda of: {"name": of.word},
    ("notifications.raise_state", "state"): lambda _of: "delivered",
    ("notifications.settle", "notification_id"): lambda of: of.id("notifications", 1),
    ("notifications.interrupt", "notification_id"): lambda of: of.id("notifications", 1),
    ("notifications.note_told", "until"): lambda of: of.id("messages", 2),
    ("absences.list_away", "after"): lambda _of: "",
    ("Reasons", "telling"): lambda _of: ["telegram"],
    ("Reasons", "unread_until"): lambda _of: LATER,
    ("proofs.count_sent", "action"): lambda of: of.rows["audit_entries"][0]["action"],
    ("watermarks.list_sent", "until"): lambda _of: LATER,
    ("recipients.list_page", "state"): lambda _of: None,
    ("recipients.locked", "which"): lambda _of: true(),
    ("people_of_sender.list_people", "before"): lambda _of: None,
    ("people_of_sender.list_carried_over", "after"): lambda _of: None,
    ("people_of_sender.find_current", "channel_id"): lambda of: of.rows["senders"][0]["channel_id"],
    ("claims.lock_by_code", "digest"): lambda of: of.rows["recipients"][0]["code_digest"],
    ("claims.has_code", "digest"): lambda of: of.rows["recipients"][0]["code_digest"],
    ("claims.conversation_of_claim", "claimed_by"): lambda of: of.id("identities", 0),
    ("invitation_ways.list_channels", "kinds"): lambda _of: ["telegram"],
    ("BanCase", "declined"): lambda _of: (),
    ("tabs.see", "tab_id"): lambda of: of.rows["presence_tabs"][0]["tab_id"],
    ("tabs.set_back", "tab_id"): lambda of: of.rows["presence_tabs"][0]["tab_id"],
    ("tabs.set_back", "seen_at"): lambda _of: NOW - timedelta(days=10),
}
"""What one parameter of one function is, where its name alone does not say it."""

NAMES: dict[str, _Made] = {
    "account_id": lambda of: of.rows["senders"][0]["provider_account_id"],
    "address_hash": lambda of: of.rows["opt_outs"][0]["address_hash"],
    "addresses": lambda of: column_of(of, "identities", "address"),
    "after": lambda _of: None,
    "at": lambda _of: NOW,
    "before": lambda _of: LATER,
    "body_hash": lambda of: of.rows["idempotency_keys"][0]["body_hash"],
    "cursor": lambda _of: None,
    "email": lambda of: of.rows["users"][0]["email"],
    "event_id": lambda of: of.rows["events"][0]["id"],
    "external_id": lambda of: of.rows["messages"][0]["external_id"],
    "external_ids": lambda of: [each for each in column_of(of, "messages", "external_id") if each],
    "hashes": lambda of: column_of(of, "opt_outs", "address_hash"),
    "keys": lambda of: column_of(of, "events", "event_key"),
    "kind": lambda _of: "telegram",
    "limit": lambda _of: 100,
    "mail": lambda _of: "email",
    "name": lambda of: of.rows["groups"][0]["name"],
    "names": lambda of: column_of(of, "contacts", "name"),
    "naming": lambda of: of.word,
    "number": lambda _of: 0,
    "numbers": lambda of: column_of(of, "audit_entries", "number"),
    "owner": lambda of: of.organization_id,
    "since": lambda _of: NOW - timedelta(days=10),
    "sha256": lambda of: of.rows["attachments"][0]["sha256"],
    "storage_key": lambda of: of.rows["attachments"][0]["storage_key"],
    "storage_keys": lambda of: column_of(of, "file_removals", "storage_key"),
    "text": lambda of: of.word,
    "token_hash": lambda of: of.word,
    "until": lambda _of: LATER,
    "what": lambda of: of.rows["senders"][0]["hold"],
    "words": lambda of: [of.word],
}
"""What a parameter's name says by itself."""


@dataclass(frozen=True, slots=True)
class Query:
    """One function of hub/db that takes a transaction. `name` is `module.function`."""

    name: str
    call: Callable[..., Any]


def column_of(of: Filled, table: str, column: str) -> list[Any]:
    return [row[column] for row in of.rows[table]]


def list_queries() -> list[Query]:
    """Every public function of hub/db that takes a transaction, and the methods that do."""
    found = []
    for module in pkgutil.iter_modules(hub.db.__path__):
        if not module.ispkg and module.name not in NO_QUERIES:
            found += _queries_of(importlib.import_module(f"hub.db.{module.name}"))
    return found


def _queries_of(module: types.ModuleType) -> list[Query]:
    short = module.__name__.rpartition(".")[2]
    own = [each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__]
    named = [(f"{short}.{each.__qualname__}", each) for each in own if inspect.isfunction(each)]
    for each in filter(inspect.isclass, own):
        named += [(f"{short}.{m.__qualname__}", m) for m in vars(each).values() if inspect.isfunction(m)]
    return [Query(name, call) for name, call in named if not call.__name__.startswith("_") and _takes_tx(call)]


def _takes_tx(call: Callable[..., Any]) -> bool:
    return Tx in _hints(call).values()


def _hints(call: Any) -> dict[str, Any]:
    return {name: hint for name, hint in typing.get_type_hints(call).items() if name != "return"}


def arguments_of(query: Query, of: Filled, tx: Tx) -> dict[str, Any]:
    """Arguments for one call. Raises LookupError on a parameter that nobody here can make."""
    hints = _hints(query.call)
    made = {}
    for name in inspect.signature(query.call).parameters:
        if name == "self":
            made[name] = _argument(query.name, name, _class_of(query), of)
        elif hints[name] is Tx:
            made[name] = tx
        else:
            made[name] = _argument(query.name, name, hints[name], of)
    return made


def _class_of(query: Query) -> Any:
    module = importlib.import_module(query.call.__module__)
    return getattr(module, query.call.__qualname__.partition(".")[0])


def _argument(function: str, name: str, hint: Any, of: Filled) -> Any:
    if (function, name) in VALUES:
        return VALUES[function, name](of)
    if name == "organization_id":
        return of.organization_id
    if name in NAMES and not _is_record(hint):
        value = NAMES[name](of)
        if value is not None or type(None) in typing.get_args(hint):
            return _as(hint, value)
    several = name.endswith("_ids")
    table = "ban_cases" if _is_of_bans(function, name) else table_of(name.removesuffix("s") if several else name)
    if table:
        rows = of.rows.get(table) or [{"id": of.rows["numbers"][0]["provider_account_id"]}]
        return [row["id"] for row in rows] if several else rows[0]["id"]
    return _of_type(function, name, hint, of)


_OF_BANS = (
    "ban_", "NewBan", "recipients.", "claims.", "open_claims.", "asked_cases.", "recipient_history.", "RecipientRecord",
    "IssuedCode", "NewInvitation",
)  # fmt: skip


def _is_of_bans(function: str, name: str) -> bool:
    """Cases are of privacy everywhere else."""
    return name in ("case_id", "case_ids") and function.startswith(_OF_BANS)


def _as(hint: Any, value: Any) -> Any:
    """The value as the enum a parameter wants."""
    for each in (hint, *typing.get_args(hint)):
        if isinstance(each, type) and issubclass(each, Enum) and isinstance(value, str):
            return next((member for member in each if member.value == value), next(iter(each)))
    return value


def _of_type(function: str, name: str, hint: Any, of: Filled) -> Any:
    """A value of a type; LookupError for one that has no meaning by itself."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _of_type(function, name, next(each for each in inner if each is not type(None)), of)
    if origin is Mapping or origin is dict:
        return {"text": of.word}
    if origin in (Sequence, Collection, Iterable, list, tuple):
        return [_of_type(function, name, inner[0], of)]
    if is_dataclass(hint):
        return record(hint, of)
    if not isinstance(hint, type):
        return {"text": of.word} if hint is Any else _unknown(function, name, hint)
    if issubclass(hint, Enum):
        return next(iter(hint))
    plain = {str: of.word, bytes: of.word.encode(), int: 1, bool: False, datetime: NOW, object: of.word}
    return plain[hint] if hint in plain else _unknown(function, name, hint)


def _unknown(function: str, name: str, hint: Any) -> Any:
    raise LookupError(f"{function}({name}: {hint}): say in tests/isolation/arguments.py what it is")


def record(kind: Any, of: Filled) -> Any:
    """A dataclass made of the organization's first row of the table that it shows."""
    table = RECORDS.get(kind.__name__)
    row = of.rows.get(table, [{}])[0] if table else {}
    hints = typing.get_type_hints(kind)
    return kind(**{each.name: _field(kind, each, hints[each.name], row, of) for each in fields(kind) if each.init})


def _field(kind: Any, each: "Field[Any]", hint: Any, row: Row, of: Filled) -> Any:
    column = each.name if each.name in row else COLUMNS.get(each.name, each.name)
    if (kind.__name__, each.name) in VALUES:
        return VALUES[kind.__name__, each.name](of)
    if kind.__name__ == "ConversationFilter" or (not row and each.default is not MISSING):
        return each.default
    if column in row and not _is_record(hint):
        value = row[column]
        return tuple(value) if isinstance(value, list) else _as(hint, value)
    return _argument(kind.__name__, each.name, hint, of)


def _is_record(hint: Any) -> bool:
    return any(is_dataclass(each) for each in (hint, *typing.get_args(hint)))
