"""Presence by browser in a real Chromium: two pages, loading again, and the last page that is closed.

The server runs by the clock on the wall; the job that ends silent presences is told the time by the test.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from hub.access.tabs import CHOICE, LEFT_GRACE, end_silent
from hub.access.users import get_user
from hub.db.tables.core import PRESENCE_TAB
from hub.types import Presence
from tests.browser.conftest import Visitors
from tests.browser.stage import Operator, Stage

pytestmark = pytest.mark.browser

GRACE = timedelta(seconds=60)
SOON = LEFT_GRACE + timedelta(seconds=5)
"""Longer than a left page counts, much shorter than one that is merely silent."""


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt")


@pytest.fixture
def page(visitors: Visitors, anna: Operator) -> Page:
    """Anna's page, in which she has chosen to be online."""
    page = visitors.signed_in(anna)
    page.get_by_label(re.compile("your account")).click()
    page.get_by_role("radio", name="Online").check()
    expect(page.locator("#my-dot")).to_have_class(re.compile("online"))
    return page


def presence_after(stage: Stage, who: Operator, span: timedelta) -> Presence:
    """The presence somebody has when nothing more is heard for so long."""
    later = stage.services.clock() + span
    end_silent(replace(stage.services, clock=lambda: later))
    return get_user(stage.services, who.actor, who.actor.user_id).presence


def pages(stage: Stage) -> tuple[int, int]:
    """How many pages are open, and how many were left."""
    with stage.services.db.reading(stage.org.id) as tx:
        rows = tx.all(select(PRESENCE_TAB.c.seen_at).where(PRESENCE_TAB.c.tab_id != CHOICE))
    alive = [row.seen_at > stage.services.clock() - timedelta(seconds=30) for row in rows]
    return alive.count(True), alive.count(False)


def wait(page: Page, condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("it did not come about in time")


def another_page(page: Page) -> Page:
    other = page.context.new_page()
    other.goto("/inbox")
    other.wait_for_selector("body[data-live=yes]")
    return other


def test_two_pages_are_one_presence_that_ends_with_the_last(stage: Stage, anna: Operator, page: Page) -> None:
    wait(page, lambda: pages(stage) == (1, 0))
    other = another_page(page)
    wait(page, lambda: pages(stage) == (2, 0))
    other.close(run_before_unload=True)
    wait(page, lambda: pages(stage) == (1, 1))
    assert presence_after(stage, anna, SOON) is Presence.ONLINE
    watcher = page.context.browser
    assert watcher is not None
    page.close(run_before_unload=True)
    pause = watcher.new_page()
    wait(pause, lambda: pages(stage) == (0, 2))
    assert presence_after(stage, anna, timedelta()) is Presence.ONLINE
    assert presence_after(stage, anna, SOON) is Presence.OFFLINE
    pause.close()


def test_loading_the_page_again_changes_nothing(stage: Stage, anna: Operator, page: Page) -> None:
    wait(page, lambda: pages(stage) == (1, 0))
    page.reload()
    wait(page, lambda: pages(stage) == (1, 1))
    assert presence_after(stage, anna, SOON) is Presence.ONLINE


def test_a_page_that_was_silent_brings_back_what_was_chosen(stage: Stage, anna: Operator, page: Page) -> None:
    wait(page, lambda: pages(stage) == (1, 0))
    assert presence_after(stage, anna, GRACE) is Presence.OFFLINE
    # what a laptop does when it is opened again
    page.evaluate("dispatchEvent(new Event('online'))")
    wait(page, lambda: get_user(stage.services, anna.actor, anna.actor.user_id).presence is Presence.ONLINE)


def test_signing_out_leaves_the_page_before_the_session_ends(stage: Stage, anna: Operator, page: Page) -> None:
    wait(page, lambda: pages(stage) == (1, 0))
    with page.expect_request("**/inbox/presence/leave"):
        page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login*")


def test_the_clock_of_a_page_beats_by_itself(page: Page) -> None:
    with page.expect_request("**/inbox/presence/beat", timeout=30_000) as heard:
        pass
    assert heard.value.method == "POST"
    assert len(page.workers) == 1
