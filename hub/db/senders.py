"""The sender directory: who a webhook is for, which secrets it may be signed with, and the sender an adapter needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, select, update

from hub.crypto import Keys
from hub.db import accounts
from hub.db.session import Tx
from hub.db.suspension import channel_rests
from hub.db.tables.core import ACCOUNT, CHANNEL, CONVERSATION, ORGANIZATION, SENDER
from hub.types import ChannelKind, ProviderAccount, Returning, Sender, WebhookSecret

WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - the name under which a sender's own secret is sealed
SEALED = "senders.credentials"
"""The purpose a sender's credentials are sealed for, with its organization's key."""


@dataclass(frozen=True, slots=True)
class SenderRef:
    """Whose a provider's address is."""

    id: str
    organization_id: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class SenderState:
    """What the line must know of a sender before it works for it. `hold` says what may not be sent, None: nothing.

    worked  whether it ever did: a message got through, or its provider showed it online
    """

    id: str
    organization_id: str
    channel_id: str
    kind: ChannelKind
    current: bool
    hold: str | None
    hold_until: datetime | None
    group_id: str | None
    returning: Returning
    released: bool
    suspended: bool
    worked: bool = True


@dataclass(frozen=True, slots=True)
class SealedSecrets:
    """A row whose credentials hold webhook secrets: a sender's (`organization_id` says whose) or an account's."""

    id: str
    organization_id: str | None
    credentials: bytes = field(repr=False)

    def open(self, keys: Keys) -> list[WebhookSecret]:
        """Return a sender's webhook secret, or every secret of an account. Raises Unreadable."""
        if self.organization_id is None:
            values = keys.platform().open_values(self.credentials, accounts.SEALED)
            return [WebhookSecret(value, account_id=self.id) for value in values.values()]
        secret = keys.of(self.organization_id).open_values(self.credentials, SEALED).get(WEBHOOK_SECRET)
        return [WebhookSecret(secret, sender_id=self.id)] if secret else []


def secrets_of_channel(tx: Tx, channel_id: str) -> list[SealedSecrets] | None:
    """Return the credentials of a channel's senders, current and past; None when there is no such channel."""
    rows = tx.all(
        select(SENDER.c.id, SENDER.c.organization_id, SENDER.c.credentials)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(CHANNEL.c.id == channel_id, CHANNEL.c.deleted_at.is_(None))
    )
    return [SealedSecrets(row.id, row.organization_id, bytes(row.credentials)) for row in rows] or None


def organization_of_channel(tx: Tx, channel_id: str) -> str | None:
    return tx.scalar(select(CHANNEL.c.organization_id).where(CHANNEL.c.id == channel_id))


def secrets_of_account(tx: Tx, external_id: str) -> list[SealedSecrets]:
    """Return the credentials of the provider account with this id; nothing when we have no such account."""
    row = tx.first(select(ACCOUNT.c.id, ACCOUNT.c.credentials).where(ACCOUNT.c.external_id == external_id))
    return [SealedSecrets(row.id, None, bytes(row.credentials))] if row else []


def secret_of_intake_token(tx: Tx, token_hash: str) -> str | None:
    """Return the id of the sender whose intake token has this hash."""
    return tx.scalar(select(SENDER.c.id).where(SENDER.c.intake_token_hash == token_hash, _unreleased()))


def find_by_address(tx: Tx, kind: ChannelKind, address: str) -> SenderRef | None:
    """Return the sender that has this address at the provider, whoever's it is."""
    return _ref(tx.first(_refs().where(SENDER.c.kind == kind, SENDER.c.address == address, _unreleased())))


def find_by_id(tx: Tx, sender_id: str) -> SenderRef | None:
    return _ref(tx.first(_refs().where(SENDER.c.id == sender_id)))


def find_by_conversation(tx: Tx, conversation_id: str) -> SenderRef | None:
    """Return the current sender of the conversation's channel; without one, the newest it had."""
    of_channel = _refs().join(CONVERSATION, CONVERSATION.c.channel_id == SENDER.c.channel_id)
    newest = of_channel.where(CONVERSATION.c.id == conversation_id).order_by(
        (SENDER.c.state == "current").desc(), SENDER.c.id.desc()
    )
    return _ref(tx.first(newest.limit(1)))


def find_former(tx: Tx, kind: ChannelKind, number_id: str, organization_id: str) -> SenderRef | None:
    """Return the newest sender that an organization had on a number as this kind, unless it gave up the channel."""
    mine = (SENDER.c.number_id == number_id, SENDER.c.organization_id == organization_id, SENDER.c.kind == kind)
    found = _refs().join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id).where(*mine, CHANNEL.c.deleted_at.is_(None))
    return _ref(tx.first(found.order_by(SENDER.c.id.desc()).limit(1)))


@dataclass(frozen=True, slots=True)
class SealedSender:
    """A sender as it is kept; open it after the transaction."""

    sender: Sender
    credentials: bytes = field(repr=False)
    account_credentials: bytes | None = field(repr=False)

    def open(self, keys: Keys) -> Sender:
        """Return the sender with its credentials, and its account with its own. Raises Unreadable."""
        account = self.sender.account
        if account is not None and self.account_credentials is not None:
            opened = keys.platform().open_values(self.account_credentials, accounts.SEALED)
            account = replace(account, credentials=opened)
        own = keys.of(self.sender.organization_id).open_values(self.credentials, SEALED)
        return replace(self.sender, credentials=own, account=account)


def find(tx: Tx, sender_id: str) -> SealedSender | None:
    """Return a sender with its credentials still sealed."""
    row = tx.first(
        select(
            SENDER,
            CHANNEL.c.settings.label("channel_settings"),
            ACCOUNT.c.external_id.label("account_external_id"),
            ACCOUNT.c.credentials.label("account_credentials"),
            channel_rests().label("suspended"),
        )
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .join(ORGANIZATION, ORGANIZATION.c.id == SENDER.c.organization_id)
        .outerjoin(ACCOUNT, ACCOUNT.c.id == SENDER.c.provider_account_id)
        .where(SENDER.c.id == sender_id)
    )
    if row is None:
        return None
    account = ProviderAccount(row.provider_account_id, row.account_external_id, {}) if row.provider_account_id else None
    sender = Sender(
        id=row.id,
        organization_id=row.organization_id,
        channel_id=row.channel_id,
        kind=ChannelKind(row.kind),
        address=row.address,
        name=row.name,
        account=account,
        suspended=bool(row.suspended),
        proven=row.proven_at is not None,
        settings=row.channel_settings,
    )
    return SealedSender(sender, bytes(row.credentials), row.account_credentials and bytes(row.account_credentials))


def lock(tx: Tx, sender_id: str) -> SenderState | None:
    """Take the sender for this transaction: one batch of it at a time (house decision 2).

    NO KEY UPDATE, because UPDATE would block webhook inserts through their foreign key.
    """
    statement = (
        select(SENDER, CHANNEL.c.group_id, CHANNEL.c.returning, channel_rests().label("suspended"))
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .join(ORGANIZATION, ORGANIZATION.c.id == SENDER.c.organization_id)
        .where(SENDER.c.id == sender_id)
        .with_for_update(key_share=True, of=SENDER)
    )
    row = tx.first(statement)
    if row is None:
        return None
    return SenderState(
        id=row.id,
        organization_id=row.organization_id,
        channel_id=row.channel_id,
        kind=ChannelKind(row.kind),
        current=row.state == "current",
        hold=row.hold,
        hold_until=row.hold_until,
        group_id=row.group_id,
        returning=Returning(row.returning),
        released=row.released_at is not None,
        suspended=bool(row.suspended),
        worked=row.worked_at is not None,
    )


def current_sender_id(tx: Tx, channel_id: str) -> str | None:
    """Return the sender that a channel sends from now."""
    return tx.scalar(
        select(SENDER.c.id).where(
            SENDER.c.organization_id == tx.organization_id,
            SENDER.c.channel_id == channel_id,
            SENDER.c.state == "current",
        )
    )


def hold(tx: Tx, sender_id: str, what: str | None, until: datetime | None, reason: str | None) -> str:
    """Hold the sender's deliveries (`what`: rate or credentials), or let them go again (None); return its channel."""
    held = update(SENDER).where(SENDER.c.id == sender_id).values(hold=what, hold_until=until, hold_reason=reason)
    return str(tx.execute(held.returning(SENDER.c.channel_id)).scalar_one())


def list_unreleased(tx: Tx, kinds: Sequence[ChannelKind]) -> list[tuple[str, str]]:
    """Return (sender id, delivery of its channel) of every sender of these kinds that still receives."""
    rows = tx.all(
        select(SENDER.c.id, CHANNEL.c.delivery)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(SENDER.c.kind.in_(kinds), _unreleased(), CHANNEL.c.deleted_at.is_(None))
    )
    return [(row.id, row.delivery) for row in rows]


def _refs() -> Select[tuple[str, str, str | None]]:
    return select(SENDER.c.id, SENDER.c.organization_id, SENDER.c.provider_account_id)


def _ref(row: Row[tuple[str, str, str | None]] | None) -> SenderRef | None:
    return SenderRef(row.id, row.organization_id, row.provider_account_id) if row else None


def _unreleased() -> ColumnElement[bool]:
    return SENDER.c.released_at.is_(None)
