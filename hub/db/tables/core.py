"""The tables as SQLAlchemy Core knows them: `select(SENDER.c.id)` is typed where class attributes are not."""

from sqlmodel import SQLModel

import hub.db.tables  # noqa: F401 - fills the metadata

_TABLES = SQLModel.metadata.tables

ACCOUNT = _TABLES["provider_accounts"]
API_TOKEN = _TABLES["api_tokens"]
ATTACHMENT = _TABLES["attachments"]
ATTEMPT = _TABLES["delivery_attempts"]
AUDIT_ENTRY = _TABLES["audit_entries"]
AUDIT_HEAD = _TABLES["audit_heads"]
CHANNEL = _TABLES["channels"]
CONTACT = _TABLES["contacts"]
CONVERSATION = _TABLES["conversations"]
DATA_KEY = _TABLES["data_keys"]
DELIVERY = _TABLES["deliveries"]
EVENT = _TABLES["events"]
GROUP = _TABLES["groups"]
GROUP_MEMBER = _TABLES["group_members"]
IDEMPOTENCY_KEY = _TABLES["idempotency_keys"]
IDENTITY = _TABLES["identities"]
INVITATION = _TABLES["invitations"]
MESSAGE = _TABLES["messages"]
NOTICE = _TABLES["notices"]
NUMBER = _TABLES["numbers"]
OPT_OUT = _TABLES["opt_outs"]
ORGANIZATION = _TABLES["organizations"]
PARKED = _TABLES["parked_receipts"]
POOL_MESSAGE = _TABLES["pool_messages"]
PRIVACY_CASE = _TABLES["privacy_cases"]
PROVIDER_ACTIVATION = _TABLES["provider_activations"]
QUARANTINE = _TABLES["quarantined_requests"]
READ_MARK = _TABLES["read_marks"]
SENDER = _TABLES["senders"]
SESSION = _TABLES["sessions"]
USER = _TABLES["users"]
