"""The audit page in a real Chromium: who changed what, read, filtered, checked and taken out."""

import re

import pytest
from playwright.sync_api import expect

from hub.access.groups import GroupChanges, change_group
from hub.access.users import UserChanges, change_user
from hub.types import Role
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_an_auditor_reads_filters_and_verifies_the_log(stage: Stage, visitors: Visitors) -> None:
    ben, alma = stage.operator("Ben Okafor"), stage.operator("Alma Auditor", Role.AUDITOR)
    change_user(stage.services, stage.org.actor, ben.actor.user_id, UserChanges(slots=3, role=Role.SUPERVISOR))
    change_group(stage.services, stage.org.actor, stage.org.group_id, GroupChanges(name="Support, first line"))
    page = visitors.signed_in(alma)
    page.get_by_role("link", name="Audit").click()
    changed = page.locator("tr", has_text="User changed")
    expect(changed).to_contain_text("slots")
    expect(changed.locator("del").first).to_have_text("operator")
    expect(changed.locator("ins").first).to_have_text("supervisor")
    expect(page.locator("tr", has_text="Session begun").first).to_contain_text("127.0.0.1")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status")).to_contain_text("The log is whole")
    picture(page, "audit")

    page.get_by_label("What").fill("group")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Show all").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export CSV").click()
    assert taken.value.suggested_filename == "audit.csv"
    page.reload()
    expect(page.locator("tr", has_text="Audit exported").first).to_contain_text("Alma Auditor")


def test_an_operator_sees_no_audit_log(stage: Stage, visitors: Visitors) -> None:
    page = visitors.signed_in(stage.operator("Ben Okafor"))
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)
    refused = page.goto("/admin/audit")
    assert refused is not None
    assert refused.status == 403


def test_the_log_fits_a_phone(stage: Stage, visitors: Visitors) -> None:
    ben = stage.operator("Ben Okafor")
    change_user(stage.services, stage.org.actor, ben.actor.user_id, UserChanges(name="Benjamin Okafor-Lindqvist"))
    page = visitors.signed_in(stage.operator("Olivia Own", Role.OWNER), PHONE)
    page.goto("/admin/audit")
    expect(page.locator("tr", has_text=re.compile("User changed"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.querySelector('.admin').scrollWidth <= document.querySelector('.admin').clientWidth")
    picture(page, "audit-phone")
