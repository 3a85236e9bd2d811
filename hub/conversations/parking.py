"""What providers say about a message before the hub knows it, in the form in which it waits (house decision 6)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.conversations import content
from hub.conversations.corrections import Correction, Edit, Reaction, Withdrawal
from hub.db import parked
from hub.db.parked import NewParked
from hub.db.session import Tx
from hub.types import FailureKind, JsonObject, Level, MessageStatus, Person, Reach, Receipt, SendFailure

PARKED_FOR = timedelta(days=7)

Late = Receipt | Correction


def park_receipt(tx: Tx, sender_id: str, receipt: Receipt, now: datetime) -> None:
    form = _receipt_json(receipt)
    parked.park(tx, [NewParked(sender_id, receipt.external_id, receipt.delivery_id, form, now + PARKED_FOR)])


def park_correction(tx: Tx, sender_id: str, correction: Correction, person: Person, now: datetime) -> None:
    """`person` stands in it, so that it is found when they want to be forgotten."""
    form = {**_correction_json(correction), "person": {"address": person.address, "scope": person.scope}}
    parked.park(tx, [NewParked(sender_id, correction.external_id, None, form, now + PARKED_FOR)])


def read(saved: JsonObject) -> Late:
    """Return what was parked."""
    return _READERS[saved.get("type", "receipt")](saved)


def _receipt_json(receipt: Receipt) -> JsonObject:
    failure = receipt.failure
    return {
        "status": receipt.status,
        "external_id": receipt.external_id,
        "delivery_id": receipt.delivery_id,
        "failure": _failure_json(failure) if failure else None,
    }


def _failure_json(failure: SendFailure) -> JsonObject:
    return {
        "kind": failure.kind,
        "detail": failure.detail,
        "code": failure.code,
        "level": failure.level,
        "reach": failure.reach,
        # not the provider's words: they may name a person, who could not be found here
        "also": list(failure.also),
    }


def _receipt(saved: Mapping[str, Any]) -> Receipt:
    failure = saved["failure"]
    return Receipt(
        status=MessageStatus(saved["status"]),
        external_id=saved["external_id"],
        delivery_id=saved["delivery_id"],
        failure=_failure(failure) if failure else None,
    )


def _failure(saved: Mapping[str, Any]) -> SendFailure:
    return SendFailure(
        FailureKind(saved["kind"]),
        saved["detail"],
        saved["code"],
        Level(saved.get("level", Level.NONE)),
        Reach(saved.get("reach", Reach.MESSAGE)),
        also=tuple(saved.get("also", ())),
    )


def _correction_json(correction: Correction) -> JsonObject:
    common = {"external_id": correction.external_id, "at": correction.at.isoformat()}
    match correction:
        case Edit():
            return {"type": "edit", **common, "content": content.to_json(correction.content)}
        case Withdrawal():
            return {"type": "withdrawal", **common}
        case Reaction():
            emojis = {"added": list(correction.added), "removed": list(correction.removed)}
            return {"type": "reaction", **common, **emojis, "contact_id": correction.contact_id}


def _edit(saved: Mapping[str, Any]) -> Edit:
    return Edit(saved["external_id"], content.from_json(saved["content"]), datetime.fromisoformat(saved["at"]))


def _withdrawal(saved: Mapping[str, Any]) -> Withdrawal:
    return Withdrawal(saved["external_id"], datetime.fromisoformat(saved["at"]))


def _reaction(saved: Mapping[str, Any]) -> Reaction:
    added, removed = tuple(saved["added"]), tuple(saved["removed"])
    return Reaction(saved["external_id"], saved["contact_id"], added, removed, datetime.fromisoformat(saved["at"]))


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Late]] = {
    "receipt": _receipt,
    "edit": _edit,
    "withdrawal": _withdrawal,
    "reaction": _reaction,
}
