"""An organization with rows to change, doors to change them by, and a count of the entries that this leaves."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zlib import crc32

import anyio
import httpx
from sqlalchemy import func, insert, select, update

from hub import audit
from hub.access.permissions import ALL_SCOPES
from hub.access.users import NewUser, create_user
from hub.db import senders
from hub.db import tables as t
from hub.db.audit import AuditRecord, list_chains, walk
from hub.db.session import PlatformWork
from hub.db.tables.core import AUDIT_ENTRY, CONVERSATION, IDENTITY, MESSAGE, USER
from hub.ids import new_id
from hub.numbers.cases import acting
from hub.numbers.policy import happenings as h
from hub.privacy import work
from hub.types import ChannelKind, Level, Reach, Role
from hub.types.bans import Confidence, Judgement, Offer, Possibility, RemedyKind, Signal, SignalSource
from hub.types.numbers import OfferKind, Readiness
from hub.web.app import create_app
from hub.wiring import Services
from tests.api.conftest import BASE, client
from tests.api.conftest import Api as ApiOfTests
from tests.line import messenger_batch, post_meta, post_telegram, telegram_update, webhooks
from tests.provisioning.conftest import Sandbox
from tests.world import Channel, Organization, World

PASSWORD = "correct horse battery"
REASON = "Because the customer asked: Müller, Nº 7"


class Scene:
    """One organization, whose owner is a platform admin too. Every maker returns the id of what it made."""

    def __init__(self, services: Services, world: World, org: Organization, sandbox: Sandbox) -> None:
        self.services, self.world, self.org, self.sandbox = services, world, org, sandbox
        self.owner = replace(org.actor, platform_admin=True)
        with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(update(USER).where(USER.c.id == org.actor.user_id).values(platform_admin=True))
        self.channel: Channel = world.channel(org, "telegram", "1000", {"bot_token": "1000:secret-of-bot"})
        self.app = create_app(services)
        self.api = ApiOfTests(services, self.app, world, org)
        self.token = self.api.token(org.actor, ALL_SCOPES)

    # counting

    def count(self) -> int:
        """Entries in all chains."""
        with self.services.db.platform_reading(PlatformWork.AUDIT) as tx:
            return int(tx.scalar(select(func.count()).select_from(AUDIT_ENTRY)))

    def entries(self, chain: str | None = None) -> list[AuditRecord]:
        """All entries of one chain (the organization's own), or of every one with `*`."""
        with self.services.db.platform_reading(PlatformWork.AUDIT) as tx:
            chains = sorted(list_chains(tx)) if chain == "*" else [chain or self.org.id]
            return [entry for each in chains for entry in walk(tx, each)]

    def newest(self, known: list[AuditRecord]) -> list[AuditRecord]:
        """Entries that were not there before."""
        keys = {(entry.organization_id, entry.number) for entry in known}
        return [each for each in self.entries("*") if (each.organization_id, each.number) not in keys]

    def verify_all(self) -> tuple[audit.Verified, ...]:
        return audit.verify(self.services)

    # doors

    def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"X-Reason": REASON.encode(), "Authorization": f"Bearer {self.token}".encode()}
        given = {name.encode(): value.encode() for name, value in content.pop("headers", {}).items()}
        sent = {**{name.encode(): value for name, value in headers.items()}, **given}

        async def request() -> httpx.Response:
            async with client(self.app) as http:
                return await http.request(method, BASE + path, headers=list(sent.items()), **content)

        return anyio.run(request)

    def made(self, path: str, **body: Any) -> dict[str, Any]:
        """Create something by the API."""
        answer = self.call("POST", path, json=body)
        assert answer.status_code in {200, 201, 202}, (path, answer.text)
        return dict(answer.json())

    # rows

    def user(self, password: str | None = PASSWORD, role: Role = Role.OPERATOR) -> tuple[str, str, str | None]:
        """A user: id, e-mail address, path of the invitation."""
        email = f"{new_id().lower()}@example.com"
        made = create_user(self.services, self.owner, NewUser(email, "Fresh User", role, password))
        return made.user.id, email, made.invitation

    def contact(self, name: str = "Carla Customer") -> str:
        return self._person(name)[0]

    def conversation(self) -> str:
        return self._person("Carla Customer")[1]

    def identity(self) -> str:
        """An address of somebody."""
        contact_id = self.contact()
        with self.services.db.reading(self.org.id) as tx:
            return str(tx.scalar(select(IDENTITY.c.id).where(IDENTITY.c.contact_id == contact_id)))

    def spoken_in(self) -> str:
        """A conversation in which something was said."""
        message_id = self.message("inbound")
        with self.services.db.reading(self.org.id) as tx:
            return str(tx.scalar(select(MESSAGE.c.conversation_id).where(MESSAGE.c.id == message_id)))

    def give_mailbox(self, conversation_id: str) -> None:
        """Let the person of a conversation have a mail address that was vouched for."""
        now = self.services.clock()
        with self.services.db.transaction(self.org.id) as tx:
            contact_id = tx.scalar(select(CONVERSATION.c.contact_id).where(CONVERSATION.c.id == conversation_id))
            row = {
                "id": new_id(),
                "organization_id": self.org.id,
                "contact_id": contact_id,
                "kind": "email",
                "scope": "",
            }
            row |= {"address": f"{new_id().lower()}@mail.example", "name": "Carla", "first_contact_id": contact_id}
            tx.insert(IDENTITY, [row | {"verified": True, "created_at": now}])

    def exported(self) -> str:
        """A contact whose export is made and kept."""
        contact_id = self.contact()
        case = self.made(f"/contacts/{contact_id}/export", reason="they asked")
        assert work.work_on(self.services, str(case["id"]), 60.0)
        return contact_id

    def ban(self, stands: str) -> str:
        """A ban of a bot of its own that is being mended, has an offer, or whose sender was given back too late."""
        now, address = self.services.clock(), str(crc32(new_id().encode()))
        bot = self.world.channel(self.org, "telegram", address, {"bot_token": f"{address}:secret-of-bot"})
        found = Judgement(
            Level.BANNED, Reach.SENDER, Confidence.CONFIRMED, frozenset(), now, "banned",
            remedies=(RemedyKind.APPEAL, RemedyKind.REPLACE),
            evidence=(Signal("telegram", SignalSource.POLL, "401", now - timedelta(hours=1)),),
        )  # fmt: skip
        what = Possibility(OfferKind.OWN_SENDER, ChannelKind("telegram"), Readiness.READY)
        offer = Offer("offer", what, now + timedelta(days=1))
        happenings: list[h.Happening] = [h.Informed(), h.Proposed()]
        if stands in ("offered", "accepted", "given_back"):
            happenings.append(h.OfferMade(offer))
        if stands in ("accepted", "given_back"):
            happenings += [h.CauseRecorded("c"), h.AppealFiled(), h.Accepted("offer")]
        if stands == "given_back":
            happenings.append(h.Reinstated("it works"))
        with self.services.db.transaction(self.org.id) as tx:
            sender = senders.lock(tx, bot.sender_id)
            assert sender
            case_id = acting.judged(self.services, tx, sender, found, now)
            assert case_id
            for each in happenings:
                acting.happen(self.services, tx, case_id, each, acting.HUB, now)
        return case_id

    def message(self, direction: str) -> str:
        """A message that its platform knows: a customer's, or one of ours."""
        message_id, now = new_id(), self.services.clock()
        row = {
            "id": message_id,
            "organization_id": self.org.id,
            "conversation_id": self.conversation(),
            "channel_id": self.channel.id,
            "sender_id": self.channel.sender_id,
            "direction": direction,
            "author_type": "contact" if direction == "inbound" else "user",
            "author_name": "somebody",
            "text": "hello",
            "parts": [{"type": "text", "text": "hello"}],
            "status": "received" if direction == "inbound" else "sent",
            "external_id": f"500:{message_id}",
            "position": now,
            "created_at": now,
        }
        with self.services.db.transaction(self.org.id) as tx:
            tx.insert(t.Message, [row])
        return message_id

    def failed_message(self) -> tuple[str, str]:
        """A conversation and a message in it that could not be sent."""
        conversation_id = self.conversation()
        message_id = str(self.made(f"/conversations/{conversation_id}/messages", text="it fails")["id"])
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(update(MESSAGE).where(MESSAGE.c.id == message_id).values(status="failed"))
        return conversation_id, message_id

    def failed_event(self) -> int:
        """A journal row that could not be handled."""
        event = t.Event.__table__  # type: ignore[attr-defined]
        update_ = telegram_update(int(new_id()[-4:], 36) % 10_000, "hello")

        async def post() -> None:
            async with webhooks(self.services) as http:
                assert (await post_telegram(http, self.channel, update_)).status_code == 200

        anyio.run(post)
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            newest = tx.scalar(select(func.max(event.c.id)))
            tx.execute(update(event).where(event.c.id == newest).values(state="failed", error="for a test"))
            return int(newest)

    def held_request(self, page: str) -> str:
        """A genuine request in quarantine, for a page that nobody had connected when it came."""
        held = t.QuarantinedRequest.__table__  # type: ignore[attr-defined]
        payload = json.dumps(messenger_batch((page, [(new_id(), "hello")]))).encode()
        secret = self.services.settings.facebook_app_secret.get_secret_value()

        async def post() -> None:
            async with webhooks(self.services) as http:
                assert (await post_meta(http, payload, secret)).status_code == 200

        anyio.run(post)
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return str(tx.scalar(select(func.max(held.c.id))))

    def _person(self, name: str) -> tuple[str, str]:
        contact_id, identity_id, conversation_id, now = new_id(), new_id(), new_id(), self.services.clock()
        own = {"organization_id": self.org.id, "created_at": now}
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(insert(t.Contact).values(id=contact_id, name=name, **own))
            tx.execute(
                insert(t.Identity).values(
                    id=identity_id,
                    contact_id=contact_id,
                    first_contact_id=contact_id,
                    kind="telegram",
                    address=identity_id,
                    **own,
                )
            )
            tx.execute(
                insert(t.Conversation).values(
                    id=conversation_id,
                    channel_id=self.channel.id,
                    contact_id=contact_id,
                    identity_id=identity_id,
                    status="new",
                    waiting_for="us",
                    last_activity_at=now,
                    last_inbound_at=now,
                    inbound_count=1,
                    **own,
                )
            )
        return contact_id, conversation_id


def verified(services: Services, chain: str) -> audit.Verified:
    [found] = audit.verify(services, chain)
    return found
