"""A supervisor in a real Chromium learns that nobody takes a conversation in time, goes there, and it is over."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from hub.access.groups import GroupChanges, change_group
from hub.routing.assignment import tell_supervisors
from hub.types import GroupRules, Role
from hub.web.language import load
from tests.browser.conftest import Visitors, picture
from tests.browser.stage import Stage, ago

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_supervisor_sees_at_once_whom_nobody_takes_and_goes_there(
    stage: Stage, visitors: Visitors, language: str
) -> None:
    t = load(language).text
    change_group(stage.services, stage.org.actor, stage.org.group_id, GroupChanges(rules=GroupRules(tell_after=540)))
    for number, name in enumerate(("Lena Weiss", "Paul Adler")):
        customer = stage.customer(name, "telegram", f"70000{number}")
        stage.hear(customer, "Where is my tent?", at=ago(stage.services, minutes=8 - number))
    page = visitors.signed_in(stage.operator("Anna Brandt", Role.SUPERVISOR), language=language)
    page.wait_for_selector("body[data-live=yes]")
    told = page.locator("#untaken")
    expect(told).to_be_hidden()
    later = stage.services.clock() + timedelta(minutes=3)
    tell_supervisors(replace(stage.services, clock=lambda: later))
    expect(told).to_contain_text(t("All {n} that wait too long", {"n": 2}))
    first = told.get_by_role("link").first
    expect(first).to_contain_text("Lena Weiss")
    picture(page, "untaken" if language == "en" else "untaken-de")
    first.click()
    expect(page.locator("#head h2")).to_have_text("Lena Weiss")
    page.locator("#take").click()
    expect(told).to_contain_text("Paul Adler")
    told.get_by_role("link").first.click()
    expect(page.locator("#head h2")).to_have_text("Paul Adler")
    page.locator("#take").click()
    expect(told).to_be_hidden()


def test_an_operator_is_not_shown_what_supervisors_are_told(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Ben Okafor"))
    page.wait_for_selector("body[data-live=yes]")
    expect(page).to_have_url(re.compile("/inbox"))
    expect(page.locator("#untaken")).to_have_count(0)
