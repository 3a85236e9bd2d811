"""What an organization wishes about bans, as the column `organizations.bans` keeps it."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from hub.db.session import Tx
from hub.db.tables.core import ORGANIZATION, SENDER
from hub.types.bans import BanWishes
from hub.types.people import JsonObject

_WISHES = TypeAdapter(BanWishes)


def ban_wishes_from_json(stored: Mapping[str, Any]) -> BanWishes:
    """Return the wishes; what is missing has its default."""
    return _WISHES.validate_python(stored)


def ban_wishes_to_json(wishes: BanWishes) -> JsonObject:
    """Return what the column keeps."""
    written: JsonObject = _WISHES.dump_python(wishes, mode="json")
    return written


def get(tx: Tx, organization_id: str) -> BanWishes:
    """Return the wishes of an organization."""
    stored = tx.scalar(select(ORGANIZATION.c.bans).where(ORGANIZATION.c.id == organization_id))
    return ban_wishes_from_json(stored or {})


def list_masked(tx: Tx) -> tuple[str, ...]:
    """Return the organization's own numbers, past ones too, where it wishes them masked; else nothing."""
    if not get(tx, tx.organization_id).masked_numbers:
        return ()
    own = (SENDER.c.organization_id == tx.organization_id, SENDER.c.provider_account_id.is_not(None))
    return tuple(row.address for row in tx.all(select(SENDER.c.address).where(*own).distinct()))
