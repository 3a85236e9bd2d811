"""The hub with everybody around it in memory: two customers, their people, a supplier, messengers, a moving clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import anyio
from sqlalchemy import Select, select, update

from hub.db import accounts
from hub.db.journal import NewEvent, seal
from hub.db.pool import CODE_COMES_WITHIN
from hub.db.session import PlatformWork
from hub.db.tables.core import DELIVERY, EVENT, IDENTITY, NUMBER, ORGANIZATION, REGISTRATION, SENDER
from hub.errors import HubError
from hub.inbound import drain as intake_drain
from hub.inbound.intake import Batch, write
from hub.numbers.supply import opening
from hub.numbers.supply.opening import NewSubAccount
from hub.outbound import deliver
from hub.types import Actor, InboundEvent, Role
from hub.wiring import Services
from tests.line import post_twilio, webhooks
from tests.numbers.playing.messengers import MemoryMessenger, Told
from tests.numbers.playing.supplier import PARENT, PARENT_TOKEN, MemorySupplier, suppliers
from tests.world import Channel, Organization, World

START = datetime.fromisoformat("2026-11-21T09:00:00+00:00")
PEOPLE = 4
FOR_SALE = [f"+49301234567{each}" for each in range(5)]
_MARK = {"whatsapp": "whatsapp:", "sms": ""}


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Wrote:
    """What somebody wrote to a number, and whose it is: an organization's, or (None) no organization's."""

    token: str
    key: str
    number: str
    kind: str
    person: int
    whose: str | None


def phone(person: int) -> str:
    return f"+4917000000{person:02}"


def mail(person: int) -> str:
    return f"p{person}@example.com"


def chat(person: int) -> str:
    return str(7000 + person)


@dataclass
class Play:
    """What can be done, and what a test remembers by itself. Nothing here raises what the hub refuses.

    wrote      everything that was written to a number
    stopped    (organization, kind, address) of whoever said that they do not want to be written to
    clicked    the message whose sending an operator asks for at this moment
    refused    how often the hub refused, by whose error
    """

    services: Services
    world: World
    clock: Clock
    supplier: MemorySupplier
    told: Told
    orgs: list[Organization] = field(default_factory=list)
    mails: dict[str, Channel] = field(default_factory=dict)
    chats: dict[str, Channel] = field(default_factory=dict)
    wrote: list[Wrote] = field(default_factory=list)
    stopped: set[tuple[str, str, str]] = field(default_factory=set)
    clicked: str | None = None
    refused: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(1))

    # --- everybody ---------------------------------------------------------------------------------------

    @property
    def platform(self) -> Actor:
        who = self.orgs[0].actor
        return Actor(who.organization_id, who.user_id, "Petra Platform", Role.OWNER, platform_admin=True)

    def may(self, do: Callable[[], object]) -> object | None:
        """Do something that the hub may refuse."""
        try:
            found = do()
        except HubError as error:
            name = type(error).__name__
            self.refused[name] = self.refused.get(name, 0) + 1
            return None
        return found

    def rows(self, wanted: Select[Any]) -> list[Any]:
        """What a SELECT of the test's own finds, across organizations."""
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return list(tx.all(wanted))

    def join_up(self, name: str) -> Organization:
        """A customer with a mailbox, a bot, and an account of their own at the supplier, who has signed up."""
        org = self.world.organization(name)
        self.orgs.append(org)
        self.mails[org.id] = self.world.channel(org, "email", f"{name.lower()}@shop.example", {"x": "x"})
        bot = str(111_000 + len(self.orgs))
        self.chats[org.id] = self.world.channel(org, "telegram", bot, {"bot_token": f"{bot}:token"})
        made = opening.open_account(self.services, self.platform, NewSubAccount(org.id, name))
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            accounts.set_business(tx, made.id, f"WABA-{name}", f"portfolio-{name}")
            accounts.set_portfolio(tx, made.id, "verified")
        return org

    def numbers(self) -> list[Any]:
        return self.rows(select(NUMBER).order_by(NUMBER.c.id))

    def senders(self) -> list[Any]:
        """Those that belong to somebody."""
        return self.rows(select(SENDER).where(SENDER.c.released_at.is_(None)).order_by(SENDER.c.id))

    def pass_time(self, span: timedelta) -> None:
        self.clock.now += span

    # --- people ------------------------------------------------------------------------------------------

    def write(self, person: int, number: str, kind: str, text: str = "", stop: bool | None = None) -> None:
        """Somebody writes to a number, whoever has it now; the supplier tells the hub, in its account's name."""
        self.pass_time(timedelta(seconds=1))
        token, key = f"word{next(self._ids)}", f"SM{next(self._ids):032x}"
        whose = self._whose(number, kind)
        said = {None: f"{text} {token}".strip(), True: "STOP", False: "START"}[stop]
        account, auth_token = self.supplier.holder(number)
        mark = _MARK[kind]
        fields = {
            "MessageSid": key, "SmsStatus": "received", "AccountSid": account, "From": mark + phone(person),
            "To": mark + number, "Body": said, "NumMedia": "0",
        }  # fmt: skip
        anyio.run(self._post, fields, auth_token)
        self.wrote.append(Wrote(token, key, number, kind, person, whose))
        self._note_stop(whose, kind, phone(person), stop)
        self.take_in()

    def _note_stop(self, whose: str | None, kind: str, address: str, stop: bool | None) -> None:
        if whose is None or stop is None:
            return
        said = (whose, kind, address)
        self.stopped = self.stopped | {said} if stop else self.stopped - {said}

    async def _post(self, fields: Mapping[str, str], auth_token: str) -> None:
        async with webhooks(self.services) as client:
            answer = await post_twilio(client, fields, auth_token)
        assert answer.status_code == 200, answer.text

    def _whose(self, number: str, kind: str) -> str | None:
        """Say for ourselves whose a message is: whoever has the number; else whoever had it, while they are customers;
        a code that is waited for is the platform's."""
        for each in self.senders():
            if (each.kind, each.address) == (kind, number):
                return str(each.organization_id)
        row = next((each for each in self.numbers() if each.number == number), None)
        if row is None or self._awaits_code(row.id):
            return None
        if row.organization_id is not None:
            had = (SENDER.c.number_id == row.id, SENDER.c.organization_id == row.organization_id, SENDER.c.kind == kind)
            return str(row.organization_id) if self.rows(select(SENDER.c.id).where(*had)) else None
        if row.former_id is None:
            return None
        suspended = {each.id for each in self.rows(select(ORGANIZATION)) if each.suspended_at is not None}
        return None if row.former_id in suspended else str(row.former_id)

    def _awaits_code(self, number_id: str) -> bool:
        waits = (REGISTRATION.c.state.in_(("submitted", "code_needed")), REGISTRATION.c.removed_at.is_(None))
        lately = REGISTRATION.c.submitted_at > self.clock() - CODE_COMES_WITHIN
        return bool(self.rows(select(REGISTRATION.c.id).where(REGISTRATION.c.number_id == number_id, lately, *waits)))

    def hear(self, channel: Channel, org: Organization, event: InboundEvent) -> None:
        """A provider of the organization's own tells it something by mail or bot."""
        key = f"told:{next(self._ids)}"
        for each in self.services.adapters.values():
            assert isinstance(each, MemoryMessenger)
            each.meanings[key] = [event]
        body = seal(self.services.vault.of(org.id), key.encode())
        row = NewEvent(org.id, channel.sender_id, key, {}, body, b"", self.clock(), "verified")
        write(self.services, [Batch([row])])
        self.take_in()

    def stop_by(self, org: Organization, kind: str, address: str) -> None:
        self.stopped = self.stopped | {(org.id, kind, address)}

    def take_in(self) -> None:
        for row in self.rows(select(EVENT.c.sender_id).where(EVENT.c.state == "pending").distinct()):
            intake_drain.drain(self.services, row.sender_id)

    def send(self) -> None:
        """Deliver what is due, as the workers do."""
        self.services.queue.redis.delete("rq:queue:delivery")
        due = (DELIVERY.c.state == "queued", DELIVERY.c.due_at <= self.clock())
        for row in self.rows(select(DELIVERY.c.sender_id).where(*due).distinct()):
            deliver.drain(self.services, row.sender_id)

    def identities(self, org: Organization) -> list[Any]:
        return self.rows(select(IDENTITY).where(IDENTITY.c.organization_id == org.id).order_by(IDENTITY.c.id))

    def has_worked_for_long(self) -> None:
        """A sender that never worked has no standing to lose."""
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(update(SENDER).values(worked_at=START - timedelta(days=30)))


def set_up(services: Services) -> Play:
    """Two customers at a hub whose supplier and messengers are in memory."""
    clock, told = Clock(), Told({}, [])
    supplier = MemorySupplier(for_sale=list(FOR_SALE), tokens={PARENT: PARENT_TOKEN})
    adapters = {kind: MemoryMessenger(each, told) for kind, each in services.adapters.items()}
    staged = replace(services, clock=clock, adapters=adapters, suppliers=suppliers(supplier))  # type: ignore[arg-type]
    play = Play(staged, World(staged), clock, supplier, told)
    for name in ("Acme", "Rival"):
        play.join_up(name)
    return play
