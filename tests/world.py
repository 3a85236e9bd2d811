"""Rows for tests: organizations with people, groups, channels and senders, written straight into the tables."""

from dataclasses import dataclass, field

from sqlalchemy import insert

from hub.crypto import token_hash
from hub.db import accounts, senders
from hub.db import tables as t
from hub.db.session import PlatformWork
from hub.ids import new_id
from hub.types import Actor, ChannelKind, Role
from hub.wiring import Services


@dataclass
class Organization:
    """What `World.organization` made. `actor` is its owner, `operator` an online operator of `group_id`."""

    id: str
    actor: Actor
    operator: Actor
    group_id: str
    channels: dict[str, "Channel"] = field(default_factory=dict)


@dataclass(frozen=True)
class Channel:
    id: str
    sender_id: str
    address: str
    webhook_secret: str
    intake_token: str


class World:
    """Makes rows with sensible values; every name can be chosen."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def organization(self, name: str) -> Organization:
        organization_id, group_id = new_id(), new_id()
        now = self.services.clock()
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(insert(t.Organization).values(id=organization_id, name=name, created_at=now))
            self.services.vault.create(tx, organization_id, now)
            tx.execute(
                insert(t.Group).values(id=group_id, organization_id=organization_id, name="Support", created_at=now)
            )
        owner = self.user(organization_id, "Olga Owner", Role.OWNER)
        operator = self.user(organization_id, "Ben Operator", Role.OPERATOR, presence="online", group_id=group_id)
        return Organization(organization_id, owner, operator, group_id)

    def user(
        self, organization_id: str, name: str, role: Role, presence: str = "offline", group_id: str | None = None
    ) -> Actor:
        user_id, now = new_id(), self.services.clock()
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(
                insert(t.User).values(
                    id=user_id,
                    organization_id=organization_id,
                    email=f"{user_id.lower()}@example.com",
                    name=name,
                    role=role,
                    presence=presence,
                    presence_changed_at=now,
                    created_at=now,
                )
            )
            if group_id:
                tx.execute(
                    insert(t.GroupMember).values(organization_id=organization_id, group_id=group_id, user_id=user_id)
                )
        return Actor(organization_id, user_id, name, role)

    def channel(self, org: Organization, kind: str, address: str, credentials: dict[str, str] | None = None) -> Channel:
        """A connected channel of `kind` whose sender has `address`, routed to the organization's group."""
        channel_id, now = new_id(), self.services.clock()
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(
                insert(t.Channel).values(
                    id=channel_id,
                    organization_id=org.id,
                    kind=kind,
                    name=f"Support on {kind}",
                    group_id=org.group_id,
                    created_at=now,
                )
            )
        return self.sender(org, channel_id, kind, address, credentials)

    def sender(
        self, org: Organization, channel_id: str, kind: str, address: str, credentials: dict[str, str] | None = None
    ) -> Channel:
        """The current sender of a channel; an earlier one becomes a past one."""
        sender_id, secret, token, now = new_id(), f"secret-{address}", f"intake-{address}", self.services.clock()
        account = self._parent_account() if not credentials and address.startswith("+") else None
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(t.Sender.__table__.update().where(t.Sender.channel_id == channel_id).values(state="past"))
            tx.execute(
                insert(t.Sender).values(
                    id=sender_id,
                    organization_id=org.id,
                    channel_id=channel_id,
                    kind=ChannelKind(kind),
                    address=address,
                    credentials=self.services.vault.of(org.id).seal_values(
                        {"webhook_secret": secret, **(credentials or {})}, senders.SEALED
                    ),
                    intake_token_hash=token_hash(token),
                    provider_account_id=account,
                    recovered_until=now,
                    created_at=now,
                )
            )
        made = Channel(channel_id, sender_id, address, secret, token)
        org.channels[kind] = made
        return made

    def _parent_account(self) -> str:
        settings = self.services.settings
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            rows = tx.insert_new(
                t.ProviderAccount,
                [
                    {
                        "id": new_id(),
                        "provider": "twilio",
                        "external_id": settings.twilio_account_sid,
                        "name": "parent",
                        "credentials": self.services.vault.platform().seal_values(
                            {"auth_token": settings.twilio_auth_token.get_secret_value()}, accounts.SEALED
                        ),
                        "state": "active",
                        "created_at": self.services.clock(),
                    }
                ],
                returning=("id",),
            )
            if rows:
                return str(rows[0].id)
            return str(tx.scalar(t.ProviderAccount.__table__.select().with_only_columns(t.ProviderAccount.id)))
