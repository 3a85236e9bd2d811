"""The time zone of a profile: pages tell times in it, wherever its user happens to be."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.access.profile_values import Profile
from hub.access.profiles import change_profile
from hub.types import Role
from hub.web.language import load
from hub.web.rendering import ZONE_COOKIE, Times
from hub.wiring import Services
from tests.browser.stage import Stage
from tests.test_pages import Visitor
from tests.world import World

AUCKLAND, KOLKATA = "Pacific/Auckland", "Asia/Kolkata"


def shown(at: datetime, zone: str) -> str:
    return Times(ZoneInfo(zone) if zone else UTC, at, load("en")).full(at)


@pytest.mark.parametrize(
    ("chosen", "of_the_browser", "shown_in"),
    [(KOLKATA, AUCKLAND, KOLKATA), (KOLKATA, "", KOLKATA), ("", AUCKLAND, AUCKLAND), ("", "", "")],
)
def test_a_page_tells_times_in_the_zone_of_the_profile_else_of_the_browser(
    services: Services, world: World, chosen: str, of_the_browser: str, shown_in: str
) -> None:
    stage = Stage(services, world)
    admin = stage.operator("Vera Visitor", role=Role.ADMIN)
    change_profile(services, admin.actor, admin.actor.user_id, Profile(alias="Vera", time_zone=chosen))
    visitor = Visitor(services)
    if of_the_browser:
        visitor.cookies.set(ZONE_COOKIE, of_the_browser)
    page = visitor.sign_in(admin).get("/admin/audit").text
    now = services.clock()
    assert any(shown(now - timedelta(minutes=ago), shown_in) in page for ago in range(3))
