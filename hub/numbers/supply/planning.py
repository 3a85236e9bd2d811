"""What stands in the way of a sender, as the rows of the hub know it: asked before anything is bought or registered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.channels.base import Adapter
from hub.db import accounts, registrations
from hub.db.accounts import ACTIVE, AccountRecord
from hub.db.registrations import RegistrationRecord
from hub.db.session import Tx
from hub.numbers.policy.obstacles import Business, Portfolio, Review, SenderPlan, SignUp, obstacles
from hub.types import ChannelKind, Level
from hub.types.bans import Act
from hub.types.numbers import Obstacle, Stage
from hub.wiring import Services

_STOPPING: Final = frozenset({Stage.BUY, Stage.REGISTER})


@dataclass(frozen=True, slots=True)
class Wished:
    """A sender that is to be: in which account, as which kind, under which name; `number_id` once it is known which."""

    account: AccountRecord
    kind: ChannelKind
    display_name: str
    number_id: str | None = None


def plan_of(tx: Tx, adapter: Adapter, wished: Wished) -> SenderPlan:
    """Return what the policy needs to know of a sender that is to be, but the documents of its country."""
    level = Level.NONE if wished.account.state == ACTIVE else Level.ACCOUNT
    if not adapter.registers_numbers:
        return SenderPlan(business=None, account_level=level)
    attempts = registrations.list_attempts(tx, wished.number_id, wished.kind) if wished.number_id else ()
    return SenderPlan(
        business=_business(tx, wished),
        account_level=level,
        registrations=attempts,
        display_name=Review.NOT_NEEDED if wished.display_name.strip() else Review.MISSING,
    )


def _business(tx: Tx, wished: Wished) -> Business:
    account = wished.account
    return Business(
        sign_up=SignUp.DONE if account.business_id else SignUp.NEEDED,
        level=Level(account.level),
        forbids=frozenset(map(Act, account.forbids)),
        until=account.forbids_until,
        portfolio=Portfolio(account.portfolio),
        senders=registrations.count_senders(tx, account.id, wished.kind, wished.number_id),
    )


def obstacles_of(tx: Tx, services: Services, registration: RegistrationRecord, now: datetime) -> tuple[Obstacle, ...]:
    """Return what stands in the way of a registration."""
    kind = ChannelKind(registration.kind)
    account = accounts.get(tx, registration.provider_account_id)
    wished = Wished(account, kind, registration.display_name, registration.number_id)
    return obstacles(plan_of(tx, services.adapters[kind], wished), now)


def stopping(found: Iterable[Obstacle]) -> tuple[Obstacle, ...]:
    """Return those of the obstacles that keep a number from being registered."""
    return tuple(each for each in found if each.stops in _STOPPING)
