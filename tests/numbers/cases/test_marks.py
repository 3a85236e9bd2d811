"""What a ban leaves on a number and a business account: seen, asked before a purchase, taken back with a reason."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from hub.channels.numbers import NumberKind
from hub.db.tables.core import AUDIT_ENTRY
from hub.numbers.policy.happenings import Reinstated
from hub.numbers.policy.judging import forbidden
from hub.types import Level, Reach
from hub.types.bans import Act
from tests.numbers.cases.bans import OURS, Bans, judgement
from tests.numbers.cases.test_offers import platform_token

WHY: dict[str, Any] = {"reason": "the messenger's letter of today"}


def call(bans: Bans, method: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    content = {"json": body} if body else {}
    answer = bans.api.call(method, f"/platform{path}", platform_token(bans), **content)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def confirmed(bans: Bans, reach: Reach, level: Level = Level.BANNED) -> str:
    forbids = frozenset({Act.UNASKED, Act.ADDING_SENDERS}) if level is Level.RESTRICTED else forbidden(level)
    case_id = bans.judge(judgement(bans.services, level, reach, forbids=forbids))
    assert case_id
    bans.work(case_id)
    return case_id


def lost(bans: Bans, reach: Reach) -> str:
    """A ban that was closed without the sender working again."""
    case_id = confirmed(bans, reach)
    bans.post(case_id, "decline")
    bans.post(case_id, "close", reason="nothing helps")
    bans.work(case_id)
    return case_id


def told_why(bans: Bans, action: str) -> list[str]:
    wanted = select(AUDIT_ENTRY).where(AUDIT_ENTRY.c.action == action)
    with bans.platform() as tx:
        return [json.dumps(dict(row._mapping), default=str) for row in tx.all(wanted)]


def test_a_number_that_was_lost_stays_marked_until_the_platform_says_why_it_is_not(bans: Bans) -> None:
    number = f"/numbers/{bans.numbers[OURS]}"
    case_id = confirmed(bans, Reach.SENDER)
    assert call(bans, "GET", number)["banned"] == ["whatsapp"]
    said: dict[str, Any] = {"kind": "whatsapp", **WHY}
    assert "not over" in call(bans, "POST", f"{number}/reinstate", 409, **said)["detail"]
    bans.post(case_id, "decline")
    bans.post(case_id, "close", reason="nothing helps")
    bans.work(case_id)
    call(bans, "POST", f"{number}/release")
    assign: dict[str, Any] = {"organization_id": bans.org.id, "kind": "whatsapp"}
    assert "banned" in call(bans, "POST", f"{number}/assign", 409, **assign)["detail"]
    call(bans, "POST", f"{number}/reinstate", 422, kind="whatsapp", reason="")
    call(bans, "POST", f"{number}/reinstate", 422, kind="whatsapp", reason="  ")
    assert call(bans, "POST", f"{number}/reinstate", **said)["banned"] == []
    assert "nothing to take back" in call(bans, "POST", f"{number}/reinstate", 409, **said)["detail"]
    (entry,) = told_why(bans, "number.reinstated")
    assert WHY["reason"] in entry
    # the ban is in the way no more; here no supplier answers whether the number is a sender
    assert "the supplier did not say" in call(bans, "POST", f"{number}/assign", 503, **assign)["detail"]


def test_a_business_account_that_was_lost_is_held_until_the_platform_says_why_it_is_not(bans: Bans) -> None:
    account = f"/provider-accounts/{bans.account_id}"
    lost(bans, Reach.BUSINESS_ACCOUNT)
    held = call(bans, "GET", account)
    assert (held["level"], "adding_senders" in held["forbids"]) == ("banned", True)
    free = call(bans, "POST", f"{account}/reinstate", **WHY)
    assert (free["level"], free["forbids"], free["forbids_until"]) == ("none", [], None)
    call(bans, "POST", f"{account}/reinstate", 409, **WHY)
    (entry,) = told_why(bans, "provider_account.reinstated")
    assert WHY["reason"] in entry
    # what another sender does later counts for itself: the old ban is not found again
    other = bans.judge(judgement(bans.services, Level.RESTRICTED, Reach.SENDER), bans.sms)
    assert other
    bans.work(other)
    assert call(bans, "GET", account)["forbids"] == []


@pytest.mark.parametrize(
    ("reach", "level", "code"),
    [
        (Reach.BUSINESS_ACCOUNT, Level.RESTRICTED, "business_account_restricted"),
        (Reach.PORTFOLIO, Level.RESTRICTED, "business_account_restricted"),
        (Reach.BUSINESS_ACCOUNT, Level.BANNED, "business_account_banned"),
    ],
)
def test_a_held_business_account_adds_no_sender_and_is_said_so_before_a_purchase(
    bans: Bans, reach: Reach, level: Level, code: str
) -> None:
    case_id = confirmed(bans, reach, level)
    local: dict[str, Any] = {"country": "US", "kind": NumberKind.LOCAL.value}
    for_sale = call(bans, "POST", "/numbers/search", **local)["items"][0]["number"]
    order: dict[str, Any] = {"number": for_sale, **local, "organization_id": bans.org.id, "capabilities": ["whatsapp"]}
    assert call(bans, "POST", "/numbers/buy", 409, **order)["obstacles"] == [code]
    spare = next(each for number, each in bans.numbers.items() if number != OURS)
    new: dict[str, Any] = {"organization_id": bans.org.id, "kind": "whatsapp", "display_name": "Bakery"}
    refused = call(bans, "POST", f"/numbers/{spare}/register", 409, **new)
    assert [each["code"] for each in refused["obstacles"]] == [code]
    bans.happen(case_id, Reinstated("the messenger lifted it"))
    bans.work(case_id)
    assert bans.state(case_id) == "reinstated"
    assert call(bans, "GET", f"/provider-accounts/{bans.account_id}")["forbids"] == []
    begun = call(bans, "POST", f"/numbers/{spare}/register", **new)
    assert [each["state"] for each in begun["registrations"]] == ["draft"]
