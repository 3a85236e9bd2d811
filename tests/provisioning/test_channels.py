"""Connecting, changing and giving up channels, against the sandbox's providers."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.access.groups import delete_group, get_group
from hub.channels.base import AdapterContext
from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.crypto import token_hash
from hub.db import channels as stored
from hub.db import notices, senders
from hub.db.session import PlatformWork
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from hub.provisioning import channels
from hub.provisioning.channels import ChannelChanges, NewChannel
from hub.provisioning.views import ChannelView
from hub.sandbox import seeds
from hub.types import ChannelKind, HealthState, Returning, Sender
from hub.wiring import Services
from tests.provisioning.conftest import Sandbox
from tests.world import Organization

BOT, OTHER_BOT = seeds.BOTS[0], seeds.BOTS[1]
PAGE = seeds.PAGES[0]
MAILBOX = {"address": seeds.MAILBOX}


def bot(services: Services, org: Organization, **changes: str) -> ChannelView:
    new = NewChannel("telegram", "Our bot", {"bot_token": BOT.token}, org.group_id, **changes)
    return channels.create_channel(services, org.actor, new)


def loaded(services: Services, org: Organization, channel_id: str) -> Sender:
    view = channels.get_channel(services, org.actor, channel_id)
    assert view.sender
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = senders.find(tx, view.sender.id)
    assert found and found.sender.organization_id == org.id
    return found.open(services.vault)


def test_a_connected_bot_delivers_to_the_hub_from_then_on(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    made = bot(services, org)
    found = channels.get_channel(services, org.actor, made.id)
    known = sandbox.providers.bots[BOT.token]
    assert found.sender and found.sender.address == str(BOT.id)
    assert (found.health.state, found.health.problems) == (HealthState.OK, ())
    assert found.health.checked_at is not None
    assert found.webhook_urls == (f"https://hub.example.com/webhooks/telegram/{made.id}",)
    assert (known.url, known.secret) == (
        found.webhook_urls[0],
        loaded(services, org, made.id).credentials["webhook_secret"],
    )


def test_a_connected_page_is_subscribed(services: Services, org: Organization, sandbox: Sandbox) -> None:
    new = NewChannel("facebook", "Our page", {"page_id": PAGE.id, "page_access_token": PAGE.token})
    made = channels.create_channel(services, org.actor, new)
    found = channels.get_channel(services, org.actor, made.id)
    assert found.sender and found.sender.address == PAGE.id
    assert "messages" in sandbox.providers.pages[PAGE.id].fields


def test_the_answer_to_a_creation_is_the_channel_as_it_was_stored(services: Services, org: Organization) -> None:
    made = bot(services, org)
    assert made.health.state is HealthState.UNKNOWN
    assert (made.name, made.group_id, made.returning, made.intake_token) == ("Our bot", org.group_id, "reopen", None)


def test_a_second_claim_is_refused_and_learns_nothing(
    services: Services, org: Organization, rival: Organization
) -> None:
    made = bot(services, org)
    with pytest.raises(Conflict) as refused:
        bot(services, rival)
    assert not any(word in refused.value.detail for word in (made.id, org.id, "Acme", made.name, str(BOT.id)))
    assert refused.value.extra == {}
    assert channels.list_channels(services, rival.actor).items == ()


def test_of_two_claims_at_once_one_wins(services: Services, org: Organization, rival: Organization) -> None:
    def claim(whose: Organization) -> str:
        try:
            return bot(services, whose).id
        except Conflict:
            return ""

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(claim, [org, rival, org, rival]))
    assert sorted(map(bool, made)) == [False, False, False, True]
    listed = [view.id for whose in (org, rival) for view in channels.list_channels(services, whose.actor).items]
    assert listed == [channel_id for channel_id in made if channel_id]


def test_a_deleted_channel_lets_its_group_go(services: Services, org: Organization) -> None:
    channels.delete_channel(services, org.actor, bot(services, org).id)
    delete_group(services, org.actor, org.group_id)
    with pytest.raises(NotFound):
        get_group(services, org.actor, org.group_id)


def test_a_released_address_can_be_claimed_by_another_organization(
    services: Services, org: Organization, rival: Organization
) -> None:
    made = bot(services, org)
    channels.delete_channel(services, org.actor, made.id)
    assert channels.list_channels(services, org.actor).items == ()
    with pytest.raises(NotFound):
        channels.get_channel(services, org.actor, made.id)
    assert bot(services, rival).sender


def test_nobody_sees_or_changes_the_channel_of_another_organization(
    services: Services, org: Organization, rival: Organization
) -> None:
    made = bot(services, org)
    for act in (channels.get_channel, channels.check_channel, channels.delete_channel, channels.rotate_intake_token):
        with pytest.raises(NotFound):
            act(services, rival.actor, made.id)
    with pytest.raises(NotFound):
        channels.change_channel(services, rival.actor, made.id, ChannelChanges(name="Taken over"))
    assert channels.get_channel(services, org.actor, made.id).name == "Our bot"


def test_an_operator_sees_channels_but_connects_none(services: Services, org: Organization) -> None:
    made = bot(services, org)
    assert channels.list_channels(services, org.operator).items[0].id == made.id
    with pytest.raises(Forbidden):
        channels.delete_channel(services, org.operator, made.id)


def test_a_wrong_token_connects_nothing(services: Services, org: Organization) -> None:
    new = NewChannel("telegram", "Our bot", {"bot_token": "1:nonsense"})
    with pytest.raises(Invalid) as refused:
        channels.create_channel(services, org.actor, new)
    assert "nonsense" not in refused.value.detail
    assert channels.list_channels(services, org.actor).items == ()


@pytest.mark.parametrize("given", [{}, {"bot_token": " "}, {"bot_token": "1:a", "colour": "blue"}])
def test_incomplete_or_unknown_credentials_are_refused(
    services: Services, org: Organization, given: dict[str, str]
) -> None:
    with pytest.raises(Invalid, match="bot_token"):
        channels.create_channel(services, org.actor, NewChannel("telegram", "Our bot", given))


@pytest.mark.parametrize("kind", ["whatsapp", "sms"])
def test_kinds_on_numbers_come_from_an_assignment_only(services: Services, org: Organization, kind: str) -> None:
    with pytest.raises(Invalid, match="number assignment"):
        channels.create_channel(services, org.actor, NewChannel(kind, "Our number", {}))


def test_an_unknown_kind_is_refused(services: Services, org: Organization) -> None:
    with pytest.raises(Invalid, match="telegram"):
        channels.create_channel(services, org.actor, NewChannel("pigeon", "Our pigeon", {}))


def test_a_group_of_another_organization_is_refused(services: Services, org: Organization, rival: Organization) -> None:
    new = NewChannel("telegram", "Our bot", {"bot_token": BOT.token}, rival.group_id)
    with pytest.raises(Invalid, match="group"):
        channels.create_channel(services, org.actor, new)
    assert bot(services, org).id


def test_a_provider_that_does_not_answer_connects_nothing(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    sandbox.fault("telegram")
    with pytest.raises(Unavailable):
        bot(services, org)
    sandbox.mend()
    assert bot(services, org).id


def test_a_failed_set_up_keeps_the_channel_and_shows_the_problem_until_a_check_mends_it(
    services: Services, org: Organization, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = services.adapters[bot_kind(services)]

    async def refuse(_sender: Sender) -> None:
        raise Unavailable("the provider is away; try again")

    with monkeypatch.context() as patched:
        patched.setattr(type(adapter), "setup", lambda _self, sender: refuse(sender))
        made = bot(services, org)
    shown = channels.get_channel(services, org.actor, made.id).health
    assert (shown.state, shown.problems) == (HealthState.UNKNOWN, ("the provider is away; try again",))
    assert channels.check_channel(services, org.actor, made.id).health.state is HealthState.OK
    assert sandbox.providers.bots[BOT.token].url


def bot_kind(services: Services) -> ChannelKind:
    return next(kind for kind, adapter in services.adapters.items() if adapter.capabilities.polls)


def test_an_unexpected_error_of_set_up_shows_no_secret(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(_sender: Sender) -> None:
        raise RuntimeError(f"POST /bot{BOT.token}/setWebhook")

    monkeypatch.setattr(type(services.adapters[bot_kind(services)]), "setup", lambda _self, sender: crash(sender))
    made = bot(services, org)
    shown = channels.get_channel(services, org.actor, made.id)
    assert shown.health.state is HealthState.UNKNOWN
    assert BOT.token not in str(shown)


def test_delivery_turns_between_webhook_and_polling(services: Services, org: Organization, sandbox: Sandbox) -> None:
    made = bot(services, org)
    secret = loaded(services, org, made.id).credentials["webhook_secret"]
    polling = channels.change_channel(services, org.actor, made.id, ChannelChanges(delivery="polling"))
    assert (polling.delivery, polling.webhook_urls, polling.health.state) == ("polling", (), HealthState.OK)
    assert sandbox.providers.bots[BOT.token].url == ""
    back = channels.change_channel(services, org.actor, made.id, ChannelChanges(delivery="webhook"))
    assert sandbox.providers.bots[BOT.token].url == back.webhook_urls[0]
    assert loaded(services, org, made.id).credentials["webhook_secret"] == secret


def test_a_channel_can_poll_from_the_start(services: Services, org: Organization, sandbox: Sandbox) -> None:
    made = bot(services, org, delivery="polling")
    assert channels.get_channel(services, org.actor, made.id).health.state is HealthState.OK
    assert sandbox.providers.bots[BOT.token].url == ""


def test_kinds_that_cannot_poll_say_so(services: Services, org: Organization) -> None:
    made = channels.create_channel(services, org.actor, NewChannel("email", "Our mail", MAILBOX))
    with pytest.raises(Invalid, match="cannot poll"):
        channels.change_channel(services, org.actor, made.id, ChannelChanges(delivery="polling"))


def test_changes_leave_everything_else_as_it_was(services: Services, org: Organization) -> None:
    made = bot(services, org)
    renamed = channels.change_channel(services, org.actor, made.id, ChannelChanges(name="Shop bot"))
    assert (renamed.name, renamed.group_id, renamed.returning) == ("Shop bot", org.group_id, "reopen")
    changed = channels.change_channel(
        services, org.actor, made.id, ChannelChanges(group_id=None, returning=Returning.NEW)
    )
    assert (changed.name, changed.group_id, changed.returning) == ("Shop bot", None, "new")


def test_new_credentials_of_the_same_address_replace_the_old_ones_and_end_the_hold(
    services: Services, org: Organization, sandbox: Sandbox
) -> None:
    made = bot(services, org)
    assert made.sender
    with services.db.transaction(org.id) as tx:
        senders.hold(tx, made.sender.id, "credentials", None, "Telegram refuses the token")
    held = channels.get_channel(services, org.actor, made.id).sender
    assert held and (held.hold, held.hold_reason) == ("credentials", "Telegram refuses the token")
    fresh = f"{BOT.id}:fresh-token-of-the-same-bot"
    sandbox.providers.bots[fresh] = sandbox.providers.bots.pop(BOT.token)
    sandbox.providers.bots[fresh].token = fresh
    changed = channels.change_channel(services, org.actor, made.id, ChannelChanges(credentials={"bot_token": fresh}))
    assert changed.sender and changed.sender.hold is None
    assert changed.health.state is HealthState.OK
    assert loaded(services, org, made.id).credentials["bot_token"] == fresh


def test_a_rate_hold_outlives_a_check(services: Services, org: Organization) -> None:
    made = bot(services, org)
    assert made.sender
    with services.db.transaction(org.id) as tx:
        senders.hold(tx, made.sender.id, "rate", services.clock(), "too fast")
    checked = channels.check_channel(services, org.actor, made.id)
    assert checked.sender and checked.sender.hold == "rate"


def test_credentials_of_another_address_are_refused(services: Services, org: Organization) -> None:
    made = bot(services, org)
    with pytest.raises(Invalid, match="another address"):
        channels.change_channel(
            services, org.actor, made.id, ChannelChanges(credentials={"bot_token": OTHER_BOT.token})
        )
    assert loaded(services, org, made.id).credentials["bot_token"] == BOT.token


def test_an_intake_token_is_shown_once_and_void_after_rotation(services: Services, org: Organization) -> None:
    made = channels.create_channel(services, org.actor, NewChannel("email", "Our mail", MAILBOX))
    assert made.intake_token and made.sender
    assert channels.get_channel(services, org.actor, made.id).intake_token is None
    rotated = channels.rotate_intake_token(services, org.actor, made.id)
    assert rotated.intake_token and rotated.intake_token != made.intake_token
    with services.db.reading(org.id) as tx:
        assert senders.secret_of_intake_token(tx, token_hash(made.intake_token)) is None
        assert senders.secret_of_intake_token(tx, token_hash(rotated.intake_token)) == made.sender.id


def test_kinds_without_intake_token_have_none_to_rotate(services: Services, org: Organization) -> None:
    with pytest.raises(Invalid, match="no intake token"):
        channels.rotate_intake_token(services, org.actor, bot(services, org).id)


def test_no_view_or_repr_shows_a_credential(services: Services, org: Organization) -> None:
    made = bot(services, org)
    new = NewChannel("telegram", "Our bot", {"bot_token": BOT.token})
    changes = ChannelChanges(credentials={"bot_token": BOT.token})
    secret = loaded(services, org, made.id).credentials["webhook_secret"]
    shown = f"{made!r} {new!r} {changes!r} {channels.get_channel(services, org.actor, made.id)!r}"
    assert BOT.token not in shown
    assert str(secret) not in shown


def test_missing_settings_show_in_the_health(services: Services, org: Organization, sandbox: Sandbox) -> None:
    mail = ChannelKind("email")
    services.adapters[mail] = type(services.adapters[mail])(_without_mail(services))
    made = channels.create_channel(services, org.actor, NewChannel("email", "Our mail", MAILBOX))
    health = channels.get_channel(services, org.actor, made.id).health
    assert health.state is HealthState.BROKEN
    assert "HUB_MAIL_PRIMARY_URL" in health.problems[0]


def _without_mail(services: Services) -> AdapterContext:
    settings = services.settings.model_copy(update={"mail_primary_url": None})
    return AdapterContext(settings, HttpFactory(Egress(settings, frozenset)), services.vault.platform)


def test_every_change_tells_the_organizations_browsers(services: Services, org: Organization) -> None:
    made = bot(services, org)
    with services.db.reading(org.id) as tx:
        before = notices.newest(tx)
    channels.change_channel(services, org.actor, made.id, ChannelChanges(name="Shop bot"))
    with services.db.reading(org.id) as tx:
        told = notices.list_after(tx, before, 10)
    assert [(notice.kind, notice.data) for notice in told] == [("channel", {"id": made.id})]


def test_channels_are_listed_page_by_page(services: Services, org: Organization) -> None:
    ids = [
        channels.create_channel(services, org.actor, NewChannel("telegram", one.name, {"bot_token": one.token})).id
        for one in seeds.BOTS
    ]
    first = channels.list_channels(services, org.actor, limit=2)
    rest = channels.list_channels(services, org.actor, limit=2, cursor=first.next)
    assert [view.id for view in (*first.items, *rest.items)] == ids
    assert rest.next is None


def test_what_is_stored_of_credentials_is_sealed(services: Services, org: Organization) -> None:
    made = bot(services, org)
    with services.db.reading(org.id) as tx:
        kept = stored.get(tx, made.id).sender
    assert kept and BOT.token.encode() not in kept.credentials
