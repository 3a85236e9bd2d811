"""The page of a ban with nobody in its ledger, and with a hundred thousand people; the lists with nothing in them."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from hub.db.tables.core import RECIPIENT
from hub.ids import new_id
from hub.types import Role
from hub.types.numbers import RecipientState as S
from hub.web.language import load
from tests.browser.banned import Ban
from tests.browser.conftest import DESKTOP, PHONE, Visitors, picture
from tests.browser.stage import Operator, Stage, ago
from tests.browser.test_bans import fits

pytestmark = pytest.mark.browser
MANY = 100_000
SIZES = pytest.mark.parametrize(("size", "language"), [(DESKTOP, "de"), (PHONE, "en")], ids=["desktop-de", "phone-en"])


@pytest.fixture
def olivia(stage: Stage) -> Operator:
    return stage.operator("Olivia Own", Role.OWNER)


@pytest.fixture
def ban(stage: Stage) -> Ban:
    stage.world.channel(stage.org, "whatsapp", "+4930901820")
    made = Ban(stage, stage.org.channels["whatsapp"])
    made.recruiting()
    return made


def crowd(stage: Stage, ban: Ban) -> None:
    """A hundred thousand whose names are gone, which spares their conversations: one in ten was verified."""
    began = ago(stage.services, hours=19)
    with stage.services.db.transaction(stage.org.id) as tx:
        for first in range(0, MANY, 5_000):
            tx.insert(RECIPIENT, [_person(stage, ban, number, began) for number in range(first, first + 5_000)])


def _person(stage: Stage, ban: Ban, number: int, began: datetime) -> dict[str, object]:
    at = began + timedelta(seconds=number % 60_000)
    won, invited = number % 10 == 0, number % 2 == 0
    return {
        "id": new_id(),
        "organization_id": stage.org.id,
        "case_id": ban.id,
        "state": S.VERIFIED if won else S.INVITED if invited else S.TO_RECRUIT,
        "invitations": int(invited),
        "claimed": False,
        "way": "email" if invited else "",
        "why": "" if invited else "no_consent",
        "invited_at": at if invited else None,
        "verified_at": at + timedelta(hours=1) if won else None,
    }


@SIZES
def test_nobody_in_the_ledger_is_said_in_words(
    visitors: Visitors, olivia: Operator, ban: Ban, size: tuple[int, int], language: str
) -> None:
    page = visitors.signed_in(olivia, size=size, language=language)
    page.goto(f"/bans/{ban.id}")
    expect(page.get_by_text(load(language).text("Nobody is in the ledger"))).to_be_visible()
    assert fits(page)
    page.locator("#progress-title").evaluate("element => element.scrollIntoView()")
    picture(page, f"ban-nobody-{language}")


@SIZES
def test_a_hundred_thousand_people_fit_on_the_page(
    stage: Stage, visitors: Visitors, olivia: Operator, ban: Ban, size: tuple[int, int], language: str
) -> None:
    crowd(stage, ban)
    spoken = load(language)
    page = visitors.signed_in(olivia, size=size, language=language)
    page.goto(f"/bans/{ban.id}")
    all_ = {"done": spoken.number(MANY // 10), "all": spoken.number(MANY)}
    done = spoken.text("{done} of {all} have written to the new sender", all_)
    expect(page.get_by_text(done)).to_be_visible()
    assert fits(page)
    page.locator("#progress-title").evaluate("element => element.scrollIntoView()")
    picture(page, f"ban-crowd-{language}")


@pytest.mark.parametrize("language", ["en", "de"])
def test_lists_without_anything_say_so(visitors: Visitors, olivia: Operator, language: str) -> None:
    page = visitors.signed_in(olivia, language=language)
    page.goto("/bans")
    expect(page.locator(".empty")).to_have_count(2)
    assert fits(page)
    picture(page, f"bans-none-{language}")
