"""Every table of the hub. `organization_id` stands on every table of an organization's data (K32)."""

from hub.db.tables.audit import AuditEntry, AuditHead
from hub.db.tables.channels import Channel, Number, PoolMessage, ProviderAccount, Sender
from hub.db.tables.conversations import (
    Attachment,
    Contact,
    Conversation,
    Delivery,
    DeliveryAttempt,
    Identity,
    Message,
    Notice,
    ParkedReceipt,
    ReadMark,
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
from hub.db.tables.privacy import DataKey, OptOut, PrivacyCase, ProviderActivation

__all__ = [
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Channel",
    "Contact",
    "Conversation",
    "DataKey",
    "Delivery",
    "DeliveryAttempt",
    "Event",
    "Group",
    "GroupMember",
    "IdempotencyKey",
    "Identity",
    "Invitation",
    "Message",
    "Notice",
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
