"""Every table of the hub. `organization_id` stands on every table of an organization's data (K32)."""

from hub.db.tables.audit import AuditEntry, AuditHead
from hub.db.tables.bans import BanCase, BanEvent, BanWork, OutgoingCall, SenderSignal
from hub.db.tables.channels import Channel, Connection, MessageTemplate, Sender
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
from hub.db.tables.numbers import Incident, Number, PoolMessage, ProviderAccount, Registration
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
from hub.db.tables.recipients import Consent, Recipient, SentInvitation, WrongCode
from hub.db.tables.routing import Assignment, AutomaticAnswer, PresenceTab, QueueLine, RoutingRule

__all__ = [
    "ApiToken",
    "Assignment",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "AutomaticAnswer",
    "BanCase",
    "BanEvent",
    "BanWork",
    "Channel",
    "Connection",
    "Consent",
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
    "Incident",
    "Invitation",
    "Message",
    "MessageAlias",
    "MessageTemplate",
    "Notice",
    "Notification",
    "Number",
    "OptOut",
    "Organization",
    "OutgoingCall",
    "ParkedReceipt",
    "PoolMessage",
    "PresenceTab",
    "PrivacyCase",
    "ProviderAccount",
    "ProviderActivation",
    "QuarantinedRequest",
    "QueueLine",
    "ReadMark",
    "Recipient",
    "Registration",
    "RoutingRule",
    "Sender",
    "SenderSignal",
    "SentInvitation",
    "Session",
    "User",
    "WrongCode",
]
