"""Connect with Facebook: there, back, and the choice of a page, against the sandbox's dialog."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import func, select

from hub.db.session import PlatformWork
from hub.db.tables.core import CONNECTION
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from hub.provisioning import channels, connecting
from hub.provisioning.connecting import KEPT, Chosen, ConnectionView
from hub.sandbox import seeds
from hub.types import Actor, HealthState
from hub.upkeep import forget_old
from hub.wiring import Services, build
from tests.audit.pages import Browser
from tests.audit.scene import Scene
from tests.provisioning.conftest import Sandbox
from tests.world import Organization

PAGE, OTHER = seeds.PAGES[0], seeds.PAGES[1]
SCOPES = ("pages_messaging", "pages_manage_metadata", "pages_show_list")
KIND = "facebook"


def answered(sandbox: Sandbox, url: str, answer: str = "allow", **chosen: tuple[str, ...]) -> dict[str, str]:
    """Answer the dialog; return what it sends back."""
    asked = {**parse_qs(urlsplit(url).query), "answer": [answer], **{name: list(v) for name, v in chosen.items()}}
    reply = httpx.get(f"{sandbox.url}{urlsplit(url).path}?{urlencode(asked, doseq=True)}")
    assert reply.status_code == 302, reply.text
    back = urlsplit(reply.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == "https://hub.example.com/admin/channels/connected"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def signed_in(
    services: Services,
    sandbox: Sandbox,
    actor: Actor,
    pages: tuple[str, ...] = (PAGE.id,),
    scopes: tuple[str, ...] = SCOPES,
) -> ConnectionView:
    told = answered(sandbox, connecting.begin(services, actor, KIND), page=pages, granted=scopes)
    return connecting.come_back(services, actor, told["state"], told["code"])


def test_whoever_signs_in_chooses_a_page_and_it_is_connected(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    view = signed_in(services, sandbox, org.actor, (PAGE.id, OTHER.id))
    assert [(each.address, each.name, each.channel_id) for each in view.choices] == [
        (PAGE.id, PAGE.name, None),
        (OTHER.id, OTHER.name, None),
    ]
    made = connecting.choose(services, org.actor, Chosen(view.id, OTHER.id, "", org.group_id))
    found = channels.get_channel(services, org.actor, made.id)
    assert (found.name, found.group_id, found.health.state) == (OTHER.name, org.group_id, HealthState.OK)
    assert found.sender is not None
    assert found.sender.address == OTHER.id
    assert "messages" in sandbox.providers.pages[OTHER.id].fields
    with pytest.raises(Invalid):
        connecting.show(services, org.actor, view.id)


def test_the_dialog_is_asked_for_all_that_a_page_needs(services: Services, org: Organization) -> None:
    url = urlsplit(connecting.begin(services, org.actor, KIND))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (url.netloc, url.path) == ("www.facebook.com", "/v26.0/dialog/oauth")
    assert asked["client_id"] == seeds.APP_ID
    assert {"pages_messaging", "pages_manage_metadata", "pages_show_list"} <= set(asked["scope"].split(","))
    assert seeds.APP_SECRET not in url.query


def test_no_token_lies_open_and_nothing_outlives_its_time(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    view = signed_in(services, sandbox, org.actor)
    assert PAGE.token not in repr(view)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        [sealed] = [bytes(row.candidates) for row in tx.all(select(CONNECTION.c.candidates))]
    assert PAGE.token.encode() not in sealed
    later = build(services.settings, lambda: services.clock() + KEPT + timedelta(seconds=1))
    with pytest.raises(Invalid, match="run out"):
        connecting.choose(later, org.actor, Chosen(view.id, PAGE.id))
    forget_old(later)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        assert tx.scalar(select(func.count()).select_from(CONNECTION)) == 0
    later.db.dispose()
    later.queue.close()


def test_a_page_that_speaks_for_a_channel_gets_its_new_token_there(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    first = signed_in(services, sandbox, org.actor)
    made = connecting.choose(services, org.actor, Chosen(first.id, PAGE.id, "Our page"))
    sandbox.providers.pages[PAGE.id].revoked = True
    assert channels.check_channel(services, org.actor, made.id).health.state is HealthState.BROKEN
    again = signed_in(services, sandbox, org.actor)
    assert again.choices[0].channel_id == made.id
    after = connecting.choose(services, org.actor, Chosen(again.id, PAGE.id, "ignored"))
    assert (after.id, after.name, after.health.state) == (made.id, "Our page", HealthState.OK)


def test_a_page_of_another_organization_is_refused_and_can_be_chosen_by_nobody_else(
    services: Services, org: Organization, rival: Organization, sandbox: Sandbox
) -> None:
    theirs = signed_in(services, sandbox, rival.actor)
    connecting.choose(services, rival.actor, Chosen(theirs.id, PAGE.id))
    mine = signed_in(services, sandbox, org.actor)
    assert mine.choices[0].channel_id is None
    with pytest.raises(Conflict):
        connecting.choose(services, org.actor, Chosen(mine.id, PAGE.id))
    for actor in (rival.actor, org.operator):
        with pytest.raises((Invalid, Forbidden)):
            connecting.choose(services, actor, Chosen(mine.id, PAGE.id))


def test_a_state_is_for_one_person_one_time_and_cannot_be_made_up(
    services: Services, org: Organization, rival: Organization, sandbox: Sandbox
) -> None:
    told = answered(sandbox, connecting.begin(services, org.actor, KIND), page=(PAGE.id,), granted=SCOPES)
    state, code = told["state"], told["code"]
    forged = (state[:-1] + ("0" if state[-1] != "0" else "1"), "", "x.9.y", state.replace(".", ".9", 1), "..", ".٣.")
    for wrong in forged:
        with pytest.raises(Invalid):
            connecting.come_back(services, org.actor, wrong, code)
    with pytest.raises(Invalid):
        connecting.come_back(services, rival.actor, state, code)
    connecting.come_back(services, org.actor, state, code)
    with pytest.raises(Conflict):
        connecting.come_back(services, org.actor, state, code)


def test_what_facebook_does_not_give_is_said_with_the_mend(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    state = answered(sandbox, connecting.begin(services, org.actor, KIND), page=(PAGE.id,))["state"]
    with pytest.raises(NotFound):
        connecting.show(services, org.actor, state.partition(".")[0])
    with pytest.raises(Invalid, match="begin anew"):
        connecting.come_back(services, org.actor, state, "AQmade-up")
    with pytest.raises(Invalid, match="nothing can be connected"):
        signed_in(services, sandbox, org.actor, pages=())
    lacking = signed_in(services, sandbox, org.actor, scopes=("pages_messaging", "pages_show_list"))
    with pytest.raises(Invalid, match=r"pages_manage_metadata.*allow all"):
        connecting.choose(services, org.actor, Chosen(lacking.id, PAGE.id))
    with pytest.raises(Invalid, match="listed"):
        connecting.choose(services, org.actor, Chosen(lacking.id, "999"))


def test_a_facebook_that_does_not_answer_keeps_nothing(services: Services, org: Organization, sandbox: Sandbox) -> None:
    told = answered(sandbox, connecting.begin(services, org.actor, KIND), page=(PAGE.id,), granted=SCOPES)
    sandbox.fault("facebook")
    with pytest.raises(Unavailable):
        connecting.come_back(services, org.actor, told["state"], told["code"])
    sandbox.mend()
    assert connecting.come_back(services, org.actor, told["state"], told["code"]).choices


def test_only_kinds_with_a_sign_in_offer_one_and_only_while_they_are_on(services: Services, org: Organization) -> None:
    assert connecting.sign_in_kinds(services) == (KIND,)
    for kind, error in (("telegram", Invalid), ("whatsapp", Invalid), ("pigeon", Invalid)):
        with pytest.raises(error):
            connecting.begin(services, org.actor, kind)
    off = build(services.settings.model_copy(update={"facebook_app_id": ""}))
    assert connecting.sign_in_kinds(off) == ()
    with pytest.raises(Conflict, match="HUB_FACEBOOK_APP_ID"):
        connecting.begin(off, org.actor, KIND)
    off.db.dispose()
    off.queue.close()
    with pytest.raises(Forbidden):
        connecting.begin(services, org.operator, KIND)


def test_in_the_browser_it_goes_there_and_back_and_ends_with_a_channel(scene: Scene, sandbox: Sandbox) -> None:
    browser = Browser(scene)
    there = browser.show(f"/admin/channels/connect/{KIND}")
    assert there.status_code == 303
    told = answered(sandbox, there.headers["location"], page=(PAGE.id, OTHER.id), granted=SCOPES)
    back = browser.show(f"/admin/channels/connected?{urlencode(told)}")
    assert back.status_code == 303
    assert told["code"] not in back.headers["location"]
    chooser = browser.show(back.headers["location"])
    assert chooser.status_code == 200
    assert PAGE.name in chooser.text
    assert PAGE.token not in chooser.text
    connection = parse_qs(urlsplit(back.headers["location"]).query)["connection"][0]
    refused = browser.send("/admin/channels/connected", connection=connection, address="999")
    assert refused.status_code == 422
    assert "Choose one of those" in refused.text
    done = browser.send("/admin/channels/connected", connection=connection, address=PAGE.id, name="Our page")
    assert (done.status_code, done.headers["location"]) == (303, "/admin/channels?connected=1")
    page = channels.list_channels(scene.services, scene.owner).items
    assert "Our page" in [each.name for each in page]


def test_in_the_browser_a_refusal_at_facebook_is_explained(scene: Scene, sandbox: Sandbox) -> None:
    browser = Browser(scene)
    there = browser.show(f"/admin/channels/connect/{KIND}").headers["location"]
    told = answered(sandbox, there, "cancel")
    assert told["error"] == "access_denied"
    shown = browser.show(f"/admin/channels/connected?{urlencode(told)}")
    assert shown.status_code == 422
    assert "You did not allow" in shown.text


def test_a_sign_in_that_is_not_there_is_refused_in_words(services: Services, org: Organization) -> None:
    with pytest.raises(Invalid, match="begin it anew"):
        connecting.show(services, org.actor, "01BBBBBBBBBBBBBBBBBBBBBBBB")
    with pytest.raises(Invalid, match="begin it anew"):
        connecting.come_back(services, org.actor, "", "")
