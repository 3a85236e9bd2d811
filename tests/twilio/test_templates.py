"""Message templates: as the Content API lists them, as they are kept, and as they are shown filled in."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import respx

from hub.db import templates as rows
from hub.errors import Forbidden, Invalid, NotFound, Unavailable
from hub.provisioning import templates
from hub.template_text import fill, preview
from hub.types import TemplateView
from hub.wiring import Services
from tests.twilio.account import WHATSAPP
from tests.world import Channel, Organization, World

CONTENTS = "https://content.twilio.com/v1/ContentAndApprovals"


def content(sid: str, name: str, types: dict[str, Any], status: str = "approved", **changes: Any) -> dict[str, Any]:
    approval = {"name": name, "category": "UTILITY", "status": status, "rejection_reason": ""}
    found = {"sid": sid, "friendly_name": f"our {name}", "language": "de", "variables": {}, "types": types}
    return found | {"approval_requests": approval} | changes


def listed(*contents: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    return {"contents": list(contents), "meta": {"key": "contents", "page": 0, "next_page_url": after}}


TEXT = {"twilio/text": {"body": "Hallo {{1}}, Ihre {{2}} ist da."}}
ORDER = content("HX1", "lieferung", TEXT, variables={"1": "Mara", "2": "Lampe"})


def as_listed(twilio: respx.MockRouter, *contents: dict[str, Any]) -> list[TemplateView]:
    twilio.get(CONTENTS).respond(json=listed(*contents))
    return asyncio.run(WHATSAPP.build().list_templates(WHATSAPP.sender))


# --- as the provider lists them ---------------------------------------------------------------------------


def test_a_template_is_listed_with_its_variables_and_whatsapps_word(twilio: respx.MockRouter) -> None:
    text = "Hallo {{1}}, Ihre {{2}} ist da."
    expected = TemplateView("HX1", "lieferung", "de", text, ("1", "2"), "utility", "approved")
    assert as_listed(twilio, ORDER) == [expected]


def test_buttons_stand_below_the_text(twilio: respx.MockRouter) -> None:
    shape = {"body": "Passt {{1}}?", "actions": [{"title": "Ja", "id": "y"}, {"title": "Nein", "id": "n"}]}
    (view,) = as_listed(twilio, content("HX1", "termin", {"twilio/quick-reply": shape}))
    assert view.text == "Passt {{1}}?\n[Ja] [Nein]"


def test_a_variable_that_only_a_link_has_is_named_too(twilio: respx.MockRouter) -> None:
    action = {"title": "Zur Sendung", "type": "URL", "url": "https://shop.example/{{10}}"}
    shape = {"body": "Hallo {{name}}, {{2}} ist da", "actions": [action]}
    (view,) = as_listed(twilio, content("HX1", "link", {"twilio/call-to-action": shape}))
    assert view.variables == ("2", "10", "name")


def test_a_content_that_was_never_submitted_says_so(twilio: respx.MockRouter) -> None:
    (view,) = as_listed(twilio, content("HX1", "neu", TEXT, approval_requests={}))
    assert (view.status, view.name, view.category) == ("unsubmitted", "our neu", "")


@pytest.mark.parametrize("types", [{}, None, {"twilio/media": {"media": ["https://x"]}}, {"twilio/text": "?"}, []])
def test_a_content_without_text_is_left_out(types: Any, twilio: respx.MockRouter) -> None:
    assert as_listed(twilio, content("HX1", "x", types), ORDER)[0].external_id == "HX1"
    assert len(as_listed(twilio, content("HX2", "x", types), ORDER)) == 1


@pytest.mark.parametrize(("status", "error"), [(401, Invalid), (503, Unavailable), (429, Unavailable)])
def test_a_list_that_is_refused_says_so_in_our_words(
    status: int, error: type[Exception], twilio: respx.MockRouter
) -> None:
    twilio.get(CONTENTS).respond(status, json={"message": "raw words"})
    with pytest.raises(error) as raised:
        asyncio.run(WHATSAPP.build().list_templates(WHATSAPP.sender))
    assert "raw words" not in str(raised.value)


# --- as they are kept ---------------------------------------------------------------------------------------


@pytest.fixture
def channel(world: World, org: Organization) -> Channel:
    return world.channel(org, "whatsapp", "+4915228817386")


def synced(
    services: Services, org: Organization, channel: Channel, *contents: dict[str, Any]
) -> Sequence[rows.TemplateRecord]:
    with respx.mock(assert_all_called=False) as router:
        router.get(CONTENTS).respond(json=listed(*contents))
        return templates.sync_templates(services, org.actor, channel.id)


def names(found: Sequence[rows.TemplateRecord]) -> list[tuple[str, str]]:
    return [(each.name, each.status) for each in found]


def test_a_sync_makes_the_list_equal_to_the_providers_and_keeps_known_ids(
    services: Services, org: Organization, channel: Channel
) -> None:
    offer = content("HX2", "angebot", TEXT, "pending")
    before = synced(services, org, channel, ORDER, offer)
    assert names(before) == [("angebot", "pending"), ("lieferung", "approved")]
    after = synced(services, org, channel, content("HX2", "angebot", TEXT, "approved"), content("HX3", "neu", TEXT))
    assert names(after) == [("angebot", "approved"), ("neu", "approved")]
    assert after[0].id == before[0].id
    assert templates.list_templates(services, org.operator, channel.id) == after
    assert synced(services, org, channel) == ()


def test_a_template_listed_twice_is_kept_once(services: Services, org: Organization, channel: Channel) -> None:
    assert len(synced(services, org, channel, ORDER, ORDER)) == 1


def test_a_failed_sync_changes_nothing(services: Services, org: Organization, channel: Channel) -> None:
    before = synced(services, org, channel, ORDER)
    with respx.mock() as router:
        router.get(CONTENTS).respond(503)
        with pytest.raises(Unavailable):
            templates.sync_templates(services, org.actor, channel.id)
    assert templates.list_templates(services, org.actor, channel.id) == before


def test_templates_stay_within_their_organization_and_their_channel(
    services: Services, world: World, org: Organization, channel: Channel
) -> None:
    (kept,) = synced(services, org, channel, ORDER)
    rival = world.organization("Rival")
    theirs = world.channel(rival, "whatsapp", "+12025550142")
    with pytest.raises(NotFound):
        templates.list_templates(services, rival.actor, channel.id)
    with pytest.raises(NotFound):
        templates.preview_template(services, rival.actor, theirs.id, kept.id, {})
    with services.db.reading(rival.id) as tx:
        assert rows.find(tx, channel.id, kept.id) is None


def test_a_template_of_another_channel_of_ours_is_not_this_channels(
    services: Services, world: World, org: Organization, channel: Channel
) -> None:
    (kept,) = synced(services, org, channel, ORDER)
    other = world.channel(org, "whatsapp", "+12025550142")
    assert templates.list_templates(services, org.actor, other.id) == ()
    with services.db.reading(org.id) as tx:
        assert rows.find(tx, other.id, kept.id) is None
        assert rows.find(tx, channel.id, kept.id) == kept


def test_a_replaced_sender_leaves_its_templates_behind(
    services: Services, world: World, org: Organization, channel: Channel
) -> None:
    (kept,) = synced(services, org, channel, ORDER)
    world.sender(org, channel.id, "whatsapp", "+12025550142")
    assert templates.list_templates(services, org.actor, channel.id) == ()
    with services.db.reading(org.id) as tx:
        assert rows.find(tx, channel.id, kept.id) is None


def test_only_who_manages_channels_fetches_templates(services: Services, org: Organization, channel: Channel) -> None:
    with pytest.raises(Forbidden):
        templates.sync_templates(services, org.operator, channel.id)


def test_a_channel_of_a_kind_without_templates_says_so(services: Services, world: World, org: Organization) -> None:
    sms = world.channel(org, "sms", "+4915228895456")
    with pytest.raises(Invalid, match="SMS has no message templates"):
        templates.sync_templates(services, org.actor, sms.id)


# --- filled in ----------------------------------------------------------------------------------------------


def test_a_preview_fills_what_there_is_and_leaves_the_rest(
    services: Services, org: Organization, channel: Channel
) -> None:
    (kept,) = synced(services, org, channel, ORDER)
    shown = templates.preview_template(services, org.operator, channel.id, kept.id, {"1": "Mara", "2": ""})
    assert shown == "Hallo Mara, Ihre {{2}} ist da."


def test_a_text_is_only_sent_with_every_value_and_no_other() -> None:
    text, variables = "Hallo {{ 1 }}, {{name}}.", ("1", "name")
    assert fill(text, variables, {"1": "Mara", "name": "{{1}}"}) == "Hallo Mara, {{1}}."
    with pytest.raises(Invalid, match="a value for name"):
        fill(text, variables, {"1": "Mara", "name": " "})
    with pytest.raises(Invalid, match="no place for 9"):
        fill(text, variables, {"1": "a", "name": "b", "9": "c"})
    assert preview("nothing {{ to fill", {"to": "x"}) == "nothing {{ to fill"
