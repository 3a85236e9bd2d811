"""A registration that is not needed is given up on the number's page and at the API; one that is in use is not."""

import pytest
from sqlalchemy import update

from hub.db.session import PlatformWork
from hub.db.tables.core import USER
from hub.errors import Forbidden
from hub.numbers.supply import registering
from tests.audit.pages import Browser
from tests.audit.routes import ROUTES, free_number
from tests.numbers.supply.conftest import Platform

_LINE = ("POST", "/platform/numbers/{id}/give-up-registration")
_WHATSAPP = {"kind": "whatsapp"}


def browser(platform: Platform) -> Browser:
    """The browser of somebody who runs the hub."""
    made = Browser(platform.scene)
    with platform.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(USER).where(USER.c.email == made.email).values(platform_admin=True))
    return made


def test_it_is_given_up_on_the_page_of_its_number(platform: Platform) -> None:
    number_id = ROUTES[_LINE](platform.scene).id
    path = f"/platform/numbers/{number_id}/give-up-registration"
    admin = browser(platform)
    assert f'action="{path}"' in admin.show(f"/platform/numbers/{number_id}").text
    done = admin.send(path, channel_kind="whatsapp")
    assert (done.status_code, platform.actions()[-1]) == (303, "registration.given_up")
    after = admin.show(done.headers["location"]).text
    assert ("The registration is given up." in after, f'action="{path}"' in after) == (True, False)
    refused = admin.send(path, channel_kind="whatsapp")
    assert (refused.status_code, "not registered as that any more" in refused.text) == (409, True)


def test_one_that_carries_a_channel_is_not_given_up(platform: Platform) -> None:
    number_id, org = free_number(platform.scene).id, platform.scene.org
    path = f"/numbers/{number_id}/give-up-registration"
    platform.lent(number_id, org, "whatsapp")
    refused = platform.call("POST", path, json=_WHATSAPP)
    assert (refused.status_code, "take the number back first" in refused.text) == (409, True)
    assert 'give-up-registration"' not in browser(platform).show(f"/platform/numbers/{number_id}").text
    assert len(platform.shown(number_id)["registrations"]) == 1
    with pytest.raises(Forbidden):
        registering.give_up(platform.services, org.actor, number_id, "whatsapp")


def test_it_is_given_up_at_the_api(platform: Platform) -> None:
    number_id = ROUTES[_LINE](platform.scene).id
    path = f"/numbers/{number_id}/give-up-registration"
    assert platform.done("POST", path, **_WHATSAPP)["registrations"] == []
    assert platform.call("POST", path, json=_WHATSAPP).status_code == 409
