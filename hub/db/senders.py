"""The sender directory: who a webhook is for, which secrets it may be signed with, and the sender an adapter needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, select, update

from hub.crypto import Keyring
from hub.db.session import Tx
from hub.db.tables.core import ACCOUNT, CHANNEL, CONVERSATION, NUMBER, SENDER
from hub.types import ChannelKind, ProviderAccount, Returning, Sender, WebhookSecret

WEBHOOK_SECRET = "webhook_secret"  # noqa: S105 - the name under which a sender's own secret is sealed


@dataclass(frozen=True, slots=True)
class SenderRef:
    """Whose a provider's address is."""

    id: str
    organization_id: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class SenderState:
    """What the line must know of a sender before it works for it. `hold` says what may not be sent, None: nothing."""

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


@dataclass(frozen=True, slots=True)
class PoolNumber:
    """An owned number that no organization uses for this kind."""

    id: str
    account_id: str


def secrets_of_channel(tx: Tx, keyring: Keyring, channel_id: str) -> list[WebhookSecret] | None:
    """Return the webhook secrets of a channel's senders, current and past; None when there is no such channel."""
    rows = tx.all(
        select(SENDER.c.id, SENDER.c.credentials)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(CHANNEL.c.id == channel_id, CHANNEL.c.deleted_at.is_(None))
    )
    if not rows:
        return None
    return [
        WebhookSecret(secret, sender_id=row.id)
        for row in rows
        if (secret := keyring.open(row.credentials).get(WEBHOOK_SECRET))
    ]


def organization_of_channel(tx: Tx, channel_id: str) -> str | None:
    return tx.scalar(select(CHANNEL.c.organization_id).where(CHANNEL.c.id == channel_id))


def secrets_of_account(tx: Tx, keyring: Keyring, external_id: str) -> list[WebhookSecret] | None:
    """Return every secret of the provider account with this id; None when we have no such account."""
    row = tx.first(select(ACCOUNT.c.id, ACCOUNT.c.credentials).where(ACCOUNT.c.external_id == external_id))
    if row is None:
        return None
    return [WebhookSecret(value, account_id=row.id) for value in keyring.open(row.credentials).values()]


def secret_of_intake_token(tx: Tx, token_hash: str) -> str | None:
    """Return the id of the sender whose intake token has this hash."""
    return tx.scalar(select(SENDER.c.id).where(SENDER.c.intake_token_hash == token_hash, _unreleased()))


def find_by_address(tx: Tx, kind: ChannelKind, address: str) -> SenderRef | None:
    """Return the sender that has this address at the provider, whoever's it is."""
    return _ref(tx.first(_refs().where(SENDER.c.kind == kind, SENDER.c.address == address, _unreleased())))


def find_by_id(tx: Tx, sender_id: str) -> SenderRef | None:
    return _ref(tx.first(_refs().where(SENDER.c.id == sender_id)))


def find_by_conversation(tx: Tx, conversation_id: str) -> SenderRef | None:
    """Return the current sender of the conversation's channel."""
    return _ref(
        tx.first(
            _refs()
            .join(CONVERSATION, CONVERSATION.c.channel_id == SENDER.c.channel_id)
            .where(CONVERSATION.c.id == conversation_id, SENDER.c.state == "current")
        )
    )


def find_pool_number(tx: Tx, address: str) -> PoolNumber | None:
    """Return the platform's number with this address, if it owns it."""
    row = tx.first(select(NUMBER.c.id, NUMBER.c.provider_account_id).where(NUMBER.c.number == address))
    return PoolNumber(row.id, row.provider_account_id) if row else None


def load(tx: Tx, keyring: Keyring, sender_id: str) -> Sender | None:
    """Return a sender with its credentials opened."""
    row = tx.first(
        select(
            SENDER,
            ACCOUNT.c.external_id.label("account_external_id"),
            ACCOUNT.c.credentials.label("account_credentials"),
        )
        .outerjoin(ACCOUNT, ACCOUNT.c.id == SENDER.c.provider_account_id)
        .where(SENDER.c.id == sender_id)
    )
    if row is None:
        return None
    account = row.provider_account_id and ProviderAccount(
        row.provider_account_id, row.account_external_id, keyring.open(row.account_credentials)
    )
    return Sender(
        id=row.id,
        organization_id=row.organization_id,
        channel_id=row.channel_id,
        kind=ChannelKind(row.kind),
        address=row.address,
        name=row.name,
        credentials=keyring.open(row.credentials),
        account=account or None,
    )


def lock(tx: Tx, sender_id: str) -> SenderState | None:
    """Take the sender for this transaction: one batch of it at a time (house decision 2).

    NO KEY UPDATE, because UPDATE would block webhook inserts through their foreign key.
    """
    statement = (
        select(SENDER, CHANNEL.c.group_id, CHANNEL.c.returning)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
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


def hold(tx: Tx, sender_id: str, what: str | None, until: datetime | None, reason: str | None) -> None:
    """Hold the sender's deliveries (`what`: rate or credentials), or let them go again (None)."""
    tx.execute(update(SENDER).where(SENDER.c.id == sender_id).values(hold=what, hold_until=until, hold_reason=reason))


def list_unreleased(tx: Tx, kinds: Sequence[ChannelKind]) -> list[tuple[str, str]]:
    """Return (sender id, delivery of its channel) of every sender of these kinds that still receives."""
    rows = tx.all(
        select(SENDER.c.id, CHANNEL.c.delivery)
        .join(CHANNEL, CHANNEL.c.id == SENDER.c.channel_id)
        .where(SENDER.c.kind.in_(kinds), _unreleased(), CHANNEL.c.deleted_at.is_(None))
    )
    return [(row.id, row.delivery) for row in rows]


def poll_cursor(tx: Tx, sender_id: str) -> str | None:
    """Return where polling goes on; None when the sender was released."""
    return tx.scalar(select(SENDER.c.poll_cursor).where(SENDER.c.id == sender_id, _unreleased()))


def keep_poll_cursor(tx: Tx, sender_id: str, cursor: str) -> None:
    tx.execute(update(SENDER).where(SENDER.c.id == sender_id).values(poll_cursor=cursor))


def recovered_until(tx: Tx, sender_id: str) -> datetime | None:
    """Return up to when the provider's list of messages was compared with ours; None when the sender was released."""
    return tx.scalar(select(SENDER.c.recovered_until).where(SENDER.c.id == sender_id, _unreleased()))


def keep_recovered_until(tx: Tx, sender_id: str, until: datetime) -> None:
    tx.execute(update(SENDER).where(SENDER.c.id == sender_id).values(recovered_until=until))


def _refs() -> Select[tuple[str, str, str | None]]:
    return select(SENDER.c.id, SENDER.c.organization_id, SENDER.c.provider_account_id)


def _ref(row: Row[tuple[str, str, str | None]] | None) -> SenderRef | None:
    return SenderRef(row.id, row.organization_id, row.provider_account_id) if row else None


def _unreleased() -> ColumnElement[bool]:
    return SENDER.c.released_at.is_(None)
