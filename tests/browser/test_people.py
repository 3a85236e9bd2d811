"""The people page in a real Chromium, and the invitation it hands out."""

import re

import pytest
from playwright.sync_api import expect

from hub.types import Role
from tests.browser.conftest import Visitors
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_an_admin_invites_a_user_who_chooses_a_password_and_is_in(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Anna Brandt", Role.ADMIN))
    page.get_by_role("link", name="Team").click()
    page.get_by_text("New user").click()
    page.get_by_label("Name", exact=True).locator("visible=true").fill("Dora Lind")
    page.get_by_label("E-mail address").fill("dora@nordlicht.example")
    page.get_by_role("button", name="Create user").click()
    link = page.get_by_label("Invitation link").locator("input").input_value()
    expect(page.locator("li", has_text="dora@nordlicht.example").first).to_contain_text("Invited")
    page.reload()
    expect(page.locator("#invitation-link")).to_have_count(0)

    dora = visitors.page()
    dora.goto(link)
    dora.get_by_label("Password", exact=True).fill("a long enough one")
    dora.get_by_label("Password again").fill("another long one")
    dora.get_by_role("button", name="Save").click()
    expect(dora.get_by_role("alert")).to_contain_text("differ")
    dora.get_by_label("Password", exact=True).fill("a long enough one")
    dora.get_by_label("Password again").fill("a long enough one")
    dora.get_by_role("button", name="Save").click()
    expect(dora).to_have_url(re.compile("/inbox"))
    expect(dora.get_by_role("link", name="Team")).to_have_count(0)
    used = dora.goto(link)
    assert used is not None
    assert used.status == 404
    expect(dora.locator("main")).to_contain_text("ask for a new one")


def test_an_owner_changes_a_user(stage: Stage, visitors: Visitors) -> None:
    ben = stage.operator("Ben Okafor")
    page = visitors.signed_in(stage.operator("Olivia Own", Role.OWNER))
    page.goto("/admin/people")
    row = page.locator(f"#user-{ben.actor.user_id}")
    row.locator("summary").click()
    row.get_by_label("Slots").fill("3")
    row.get_by_label("Role").select_option("supervisor")
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("3 slots")
    expect(row).to_contain_text("Supervisor")
    row.locator("summary").click()
    row.get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("Disabled")


def test_a_taken_address_is_refused_with_what_was_typed_still_there(stage: Stage, visitors: Visitors) -> None:
    stage.operator("Ben Okafor")
    page = visitors.signed_in(stage.operator("Olivia Own", Role.OWNER))
    page.goto("/admin/people")
    page.get_by_text("New user").click()
    form = page.locator("form[action='/admin/people/users']")
    form.get_by_label("Name", exact=True).fill("Another Ben")
    form.get_by_label("E-mail address").fill("ben@nordlicht.example")
    form.get_by_role("button", name="Create user").click()
    expect(page.get_by_role("alert").first).to_contain_text("taken")
    expect(form.get_by_label("Name", exact=True)).to_have_value("Another Ben")
