"""What the tests of the intake share: calling the doors, breaking the database, and looking into the journal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from sqlalchemy import Row, insert, select, update
from sqlmodel import col

from hub.db import accounts, quarantine, senders
from hub.db import journal as events
from hub.db import tables as t
from hub.db.quarantine import QuarantineView
from hub.db.session import PlatformWork
from hub.ids import new_id
from hub.inbound import journal
from hub.types import Actor
from hub.wiring import Services
from tests.line import webhooks

Calls = Callable[[httpx.AsyncClient], Awaitable[Any]]

EVENT = t.Event.__table__  # type: ignore[attr-defined]


def through_the_door(services: Services, calls: Calls) -> Any:
    """Run `calls` with a client of the hub's webhook URLs; return what they return."""

    async def run() -> Any:
        async with webhooks(services) as client:
            return await calls(client)

    return asyncio.run(run())


def posted(services: Services, *calls: Calls) -> list[httpx.Response]:
    """Make calls one after the other through one web process; return their answers."""

    async def one_by_one(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await call(client) for call in calls]

    answers: list[httpx.Response] = through_the_door(services, one_by_one)
    return answers


def statuses(services: Services, *calls: Calls) -> list[int]:
    return [answer.status_code for answer in posted(services, *calls)]


def rows(services: Services) -> list[Row[Any]]:
    """Every journal row in order of arrival."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return list(tx.all(select(EVENT).order_by(EVENT.c.id)))


def states(services: Services) -> list[tuple[str, str]]:
    return [(row.event_key, row.state) for row in rows(services)]


def bodies(services: Services) -> list[bytes | None]:
    """The bytes of every journal row, opened; None where none are kept."""
    return [
        services.vault.of(row.organization_id).open(row.body, events.SEALED) if row.body else None
        for row in rows(services)
    ]


def kept_of(services: Services, request: QuarantineView) -> tuple[dict[str, Any], bytes]:
    """What a request in quarantine says, and its body."""
    return quarantine.open_request(services.vault.platform(), request.request)


def held(services: Services) -> list[QuarantineView]:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return quarantine.list_held(tx, 100)


def counted(services: Services, actor: Actor | None) -> dict[str, int]:
    """The balance of an organization, or (None) of the hub, without its zeros; it has to add up."""
    found = journal.balance(services, actor)
    assert found.received == found.handled + found.pending + found.failed + found.unreadable + found.duplicates
    return {name: value for name in found.__dataclass_fields__ if (value := getattr(found, name))}


def account(services: Services, external_id: str, auth_token: str) -> str:
    """Make a further provider account at Twilio; return its id."""
    account_id = new_id()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            insert(t.ProviderAccount).values(
                id=account_id,
                provider="twilio",
                external_id=external_id,
                name="further",
                credentials=services.vault.platform().seal_values({"auth_token": auth_token}, accounts.SEALED),
                state="active",
                created_at=services.clock(),
            )
        )
    return account_id


def pool_number(services: Services, number: str, account_id: str) -> None:
    """Register a number that is lent to nobody."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            insert(t.Number).values(
                id=new_id(),
                number=number,
                capabilities=["sms"],
                provider_account_id=account_id,
                created_at=services.clock(),
            )
        )


def rotate_secret(services: Services, sender_id: str, secret: str) -> None:
    """Change the secret of a sender's webhook, as another process would."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        organization_id = tx.scalar(select(col(t.Sender.organization_id)).where(col(t.Sender.id) == sender_id))
        values = {"webhook_secret": secret, "bot_token": "111222:token-for-tests"}
        sealed = services.vault.of(organization_id).seal_values(values, senders.SEALED)
        tx.execute(update(t.Sender).where(col(t.Sender.id) == sender_id).values(credentials=sealed))
