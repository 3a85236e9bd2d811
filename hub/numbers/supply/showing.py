"""Rows of numbers as platform admins see them."""

from collections.abc import Mapping, Sequence

from hub.crypto import DataKey
from hub.db import numbers, organizations, pool, registrations
from hub.db.numbers import NumberChannel, PoolMessageRecord
from hub.db.session import Tx
from hub.db.stock import StockRecord
from hub.numbers.policy.life import quarantine_ends
from hub.numbers.supply import registered
from hub.numbers.supply.registered import RegistrationView
from hub.numbers.supply.views import NumberView, PoolMessageView
from hub.types import Named
from hub.wiring import Services

_MESSAGES_SHOWN = 20


def show_number(services: Services, tx: Tx, record: StockRecord) -> NumberView:
    """Return a number as platform admins see it."""
    return show_numbers(services, tx, [record])[0]


def show_numbers(services: Services, tx: Tx, records: Sequence[StockRecord]) -> tuple[NumberView, ...]:
    """Return numbers as platform admins see them, in the same order."""
    whose = {each for record in records for each in (record.life.organization_id, record.life.former_id) if each}
    names, channels = organizations.names(tx, whose), numbers.channels_on(tx, [each.id for each in records])
    key = services.vault.platform()
    known = registrations.list_of_numbers(tx, [each.id for each in records])
    return tuple(
        _view(
            each,
            names,
            channels.get(each.id, ()),
            tuple(registered.show(one) for one in known if one.number_id == each.id),
            _messages(key, numbers.list_messages(tx, [each.id], _MESSAGES_SHOWN)),
        )
        for each in records
    )


def _messages(key: DataKey, found: Sequence[PoolMessageRecord]) -> tuple[PoolMessageView, ...]:
    """Of what was thrown away unread a message without content is left, which is not shown."""
    opened = ((each, key.open(bytes(each.body), pool.SEALED)) for each in found)
    return tuple(
        PoolMessageView(each.id, each.received_at, body.decode("utf-8", "replace")) for each, body in opened if body
    )


def _view(
    record: StockRecord,
    names: Mapping[str, str],
    channels: Sequence[NumberChannel],
    registered_as: tuple[RegistrationView, ...],
    messages: tuple[PoolMessageView, ...],
) -> NumberView:
    life = record.life
    return NumberView(
        id=record.id,
        number=record.number,
        capabilities=record.capabilities,
        provider_account_id=record.provider_account_id,
        state=life.state,
        country=record.country,
        kind=record.number_kind,
        organization=_named(names, life.organization_id),
        former=_named(names, life.former_id),
        quarantine_ends=quarantine_ends(life),
        discarded=record.discarded,
        banned=tuple(sorted(life.banned)),
        monthly_cost=record.monthly_cost,
        currency=record.currency,
        forward_to=record.forward_to,
        trouble=record.trouble,
        channels=tuple(channels),
        registrations=registered_as,
        messages=messages,
        health=record.health,
        ordered_at=record.ordered_at,
        created_at=record.created_at,
    )


def _named(names: Mapping[str, str], organization_id: str | None) -> Named | None:
    return Named(organization_id, names[organization_id]) if organization_id else None
