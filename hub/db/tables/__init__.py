"""Every table of the hub. `organization_id` stands on every table of an organization's data (K32)."""

from hub.db.tables.audit import AuditEntry, AuditHead
from hub.db.tables.channels import (
    Channel,
    Connection,
    MessageTemplate,
    Number,
    PoolMessage,
    ProviderAccount,
    Sender,
)
from hub.db.tables.conversations import (
    Contact,
    Conversation,
    Identity,
    Message,
    MessageAlias,
    Notice,
    ReadMark,
)
from hub.db.tables.deliveries import (
    Attachment,
    Delivery,
    DeliveryAttempt,
    Errand,
    FileRemoval,
    Notification,
    ParkedReceipt,
)
from hub.db.tables.journal import Event, QuarantinedRequest
from hub.db.tables.people import (
    ApiToken,
    Group,
    GroupMember,
    IdempotencyKey,
    Invitation,
    Organization,
    Session,
    User,
)
from hub.db.tables.privacy import (
    DataKey,
    DeletionRequest,
    OptOut,
    PrivacyCase,
    ProviderActivation,
)

__all__ = [
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Channel",
    "Connection",
    "Contact",
    "Conversation",
    "DataKey",
    "DeletionRequest",
    "Delivery",
    "DeliveryAttempt",
    "Errand",
    "Event",
    "FileRemoval",
    "Group",
    "GroupMember",
    "IdempotencyKey",
    "Identity",
    "Invitation",
    "Message",
    "MessageAlias",
    "MessageTemplate",
    "Notice",
    "Notification",
    "Number",
    "OptOut",
    "Organization",
    "ParkedReceipt",
    "PoolMessage",
    "PrivacyCase",
    "ProviderAccount",
    "ProviderActivation",
    "QuarantinedRequest",
    "ReadMark",
    "Sender",
    "Session",
    "User",
]
