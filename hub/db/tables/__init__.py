"""Every table of the hub. `organization_id` stands on every table of an organization's data (K32)."""

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

__all__ = [
    "ApiToken",
    "Attachment",
    "Channel",
    "Contact",
    "Conversation",
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
    "Organization",
    "ParkedReceipt",
    "PoolMessage",
    "ProviderAccount",
    "QuarantinedRequest",
    "ReadMark",
    "Sender",
    "Session",
    "User",
]
