"""The platform's numbers and provider accounts, against the sandbox's providers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from hub.db import accounts as account_rows
from hub.db import journal_reading, pool, quarantine, senders
from hub.db.pool import NewPoolMessage
from hub.db.quarantine import NewQuarantine
from hub.db.session import PlatformWork
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.ids import new_id
from hub.inbound.accept import held_request
from hub.numbers.supply import accounts, lending, owned, parents
from hub.numbers.supply.accounts import NewAccount
from hub.numbers.supply.lending import Assignment
from hub.numbers.supply.owned import NewNumber
from hub.numbers.supply.views import NumberView
from hub.provisioning import channels
from hub.sandbox import seeds
from hub.types import Actor, ChannelKind, Health, HealthState, WebhookRequest
from hub.wiring import Services, build
from tests.provisioning.conftest import Sandbox
from tests.world import Organization

WHATSAPP, SMS_ONLY, SECOND_WHATSAPP = seeds.NUMBERS[0], seeds.NUMBERS[1], seeds.NUMBERS[2]
BOTH = ("sms", "whatsapp")


def register(
    services: Services, platform: Actor, number: str = WHATSAPP.number, account: str | None = None
) -> NumberView:
    return owned.register_number(services, platform, NewNumber(number, BOTH, account))


def assign(services: Services, platform: Actor, number: NumberView, org: Organization, kind: str) -> NumberView:
    return lending.assign_number(services, platform, number.id, Assignment(org.id, kind, group_id=org.group_id))


def further_account(services: Services, platform: Actor) -> str:
    return accounts.add_account(services, platform, NewAccount("AC" + "7" * 32, "another-token", "for Rival")).id


def test_a_registered_number_is_free_and_in_the_parent_account(services: Services, platform: Actor) -> None:
    made = register(services, platform, "+49 152 28817386")
    parent = accounts.list_accounts(services, platform)[0]
    assert (made.number, made.state, made.organization, made.channels) == (WHATSAPP.number, "owned", None, ())
    assert (made.provider_account_id, parent.external_id) == (parent.id, seeds.ACCOUNT_SID)
    assert made.health == Health(HealthState.OK)


def test_a_registration_whose_look_up_fails_shows_it_and_refuses_nothing(
    services: Services, platform: Actor, sandbox: Sandbox
) -> None:
    sandbox.fault("twilio")
    assert register(services, platform).health.state is HealthState.UNKNOWN
    sandbox.mend()
    stranger = register(services, platform, "+12025550177")
    assert (stranger.health.state, stranger.state) == (HealthState.UNKNOWN, "owned")
    assert "+12025550177" in stranger.health.problems[0]
    further = register(services, platform, SMS_ONLY.number, further_account(services, platform))
    assert further.health.state is HealthState.UNKNOWN


@pytest.mark.parametrize("number", ["030123456", "not a number", "+49", "+999999999999999999"])
def test_what_is_no_international_number_is_refused(services: Services, platform: Actor, number: str) -> None:
    with pytest.raises(Invalid, match="number"):
        register(services, platform, number)


@pytest.mark.parametrize("capabilities", [(), ("telegram",), ("pigeon",)])
def test_capabilities_are_the_kinds_that_live_on_numbers(
    services: Services, platform: Actor, capabilities: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid, match="sms"):
        owned.register_number(services, platform, NewNumber(WHATSAPP.number, capabilities))


def test_a_number_is_registered_once(services: Services, platform: Actor) -> None:
    register(services, platform)
    with pytest.raises(Conflict):
        register(services, platform)


def test_an_unknown_account_is_refused(services: Services, platform: Actor) -> None:
    with pytest.raises(Invalid, match="provider account"):
        register(services, platform, account=new_id())


@pytest.mark.parametrize("kind", BOTH)
def test_an_assigned_number_is_a_channel_that_delivers_to_the_hub(
    services: Services, org: Organization, platform: Actor, sandbox: Sandbox, kind: str
) -> None:
    lent = assign(services, platform, register(services, platform), org, kind)
    assert (lent.state, lent.organization and lent.organization.id) == ("lent", org.id)
    (channel,) = channels.list_channels(services, org.actor).items
    assert [on.id for on in lent.channels] == [channel.id]
    assert (channel.kind, channel.group_id) == (kind, org.group_id)
    assert channel.sender and channel.sender.address == WHATSAPP.number
    assert (channel.health.state, channel.health.problems) == (HealthState.OK, ())
    url = "https://hub.example.com/webhooks/twilio/messages"
    told = [n["sms_url"] for n in sandbox.providers.numbers.values() if n["phone_number"] == WHATSAPP.number]
    told += [s["webhook"].get("callback_url") for s in sandbox.providers.senders.values()]
    assert any(str(found).startswith(url) for found in told)


def test_the_sender_acts_for_the_numbers_own_account(services: Services, org: Organization, platform: Actor) -> None:
    assign(services, platform, register(services, platform), org, "sms")
    (channel,) = channels.list_channels(services, org.actor).items
    assert channel.sender
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = senders.find(tx, channel.sender.id)
    sender = found and found.open(services.vault)
    assert sender and sender.account
    assert (sender.account.external_id, sender.account.credentials["auth_token"]) == (
        seeds.ACCOUNT_SID,
        seeds.ACCOUNT_TOKEN,
    )


def test_a_number_carries_each_kind_once_and_both_for_one_organization(
    services: Services, org: Organization, rival: Organization, platform: Actor
) -> None:
    number = register(services, platform)
    assign(services, platform, number, org, "sms")
    with pytest.raises(Conflict, match="already"):
        assign(services, platform, number, org, "sms")
    with pytest.raises(Conflict, match="another organization"):
        assign(services, platform, number, rival, "whatsapp")
    both = assign(services, platform, number, org, "whatsapp")
    assert sorted(channel.kind for channel in both.channels) == ["sms", "whatsapp"]
    assert channels.list_channels(services, rival.actor).items == ()


def test_an_account_carries_whatsapp_senders_of_one_organization_only(
    services: Services, org: Organization, rival: Organization, platform: Actor
) -> None:
    assign(services, platform, register(services, platform), org, "whatsapp")
    second = register(services, platform, SECOND_WHATSAPP.number)
    with pytest.raises(Conflict, match="account"):
        assign(services, platform, second, rival, "whatsapp")
    assert owned.get_number(services, platform, second.id).state == "owned"
    assert assign(services, platform, second, rival, "sms").state == "lent"


def test_of_two_assignments_at_once_one_wins(
    services: Services, org: Organization, rival: Organization, platform: Actor
) -> None:
    number = register(services, platform)

    def claim(whose: Organization) -> bool:
        try:
            return assign(services, platform, number, whose, "sms").state == "lent"
        except Conflict:
            return False

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(claim, [org, rival])) == [False, True]
    assert len(owned.get_number(services, platform, number.id).channels) == 1


def test_a_further_account_carries_another_organizations_whatsapp(
    services: Services, org: Organization, rival: Organization, platform: Actor
) -> None:
    assign(services, platform, register(services, platform), org, "whatsapp")
    own = register(services, platform, SECOND_WHATSAPP.number, further_account(services, platform))
    assert assign(services, platform, own, rival, "whatsapp").state == "lent"


def test_a_look_up_that_fails_shows_as_unknown_and_refuses_nothing(
    services: Services, org: Organization, platform: Actor, sandbox: Sandbox
) -> None:
    sandbox.fault("twilio")
    lent = assign(services, platform, register(services, platform), org, "sms")
    assert (lent.state, lent.channels[0].health.state) == ("lent", HealthState.UNKNOWN)
    assert lent.channels[0].health.problems
    sandbox.mend()
    checked = channels.check_channel(services, org.actor, lent.channels[0].id)
    assert checked.health.state is HealthState.OK


@pytest.mark.parametrize("kind", ["telegram", "pigeon"])
def test_a_number_is_assigned_as_a_kind_that_lives_on_numbers(
    services: Services, org: Organization, platform: Actor, kind: str
) -> None:
    with pytest.raises(Invalid, match="sms"):
        assign(services, platform, register(services, platform), org, kind)


def test_a_number_carries_only_what_it_can(services: Services, org: Organization, platform: Actor) -> None:
    number = owned.register_number(services, platform, NewNumber(SMS_ONLY.number, ["sms"]))
    with pytest.raises(Invalid, match="cannot carry"):
        assign(services, platform, number, org, "whatsapp")


def test_an_unknown_organization_or_number_is_refused(services: Services, org: Organization, platform: Actor) -> None:
    number = register(services, platform)
    with pytest.raises(Invalid, match="organization"):
        lending.assign_number(services, platform, number.id, Assignment(new_id(), "sms"))
    with pytest.raises(NotFound):
        lending.assign_number(services, platform, new_id(), Assignment(org.id, "sms"))


def test_a_released_number_can_go_to_another_organization(
    services: Services, org: Organization, rival: Organization, platform: Actor
) -> None:
    number = register(services, platform)
    assign(services, platform, number, org, "sms")
    freed = lending.release_number(services, platform, number.id)
    assert (freed.state, freed.channels, freed.organization) == ("owned", (), None)
    (old,) = channels.list_channels(services, org.actor).items
    assert (old.sender, old.health.state) == (None, HealthState.BROKEN)
    assert channels.check_channel(services, org.actor, old.id).sender is None
    assert assign(services, platform, number, rival, "sms").organization
    with pytest.raises(Conflict):
        lending.release_number(services, platform, register(services, platform, SMS_ONLY.number).id)


def test_a_deleted_channel_makes_room_for_the_kind_on_the_same_number(
    services: Services, org: Organization, platform: Actor
) -> None:
    number = register(services, platform)
    (on,) = assign(services, platform, number, org, "sms").channels
    channels.delete_channel(services, org.actor, on.id)
    (again,) = assign(services, platform, number, org, "sms").channels
    assert again.id != on.id


def test_platform_work_is_refused_to_an_organizations_owner(services: Services, org: Organization) -> None:
    with pytest.raises(Forbidden):
        owned.list_numbers(services, org.actor)
    with pytest.raises(Forbidden):
        owned.register_number(services, org.actor, NewNumber(WHATSAPP.number, BOTH))
    with pytest.raises(Forbidden):
        lending.assign_number(services, org.actor, new_id(), Assignment(org.id, "sms"))
    with pytest.raises(Forbidden):
        accounts.list_accounts(services, org.actor)


def test_an_account_is_known_once_and_never_shows_its_token(services: Services, platform: Actor) -> None:
    further_account(services, platform)
    with pytest.raises(Conflict):
        further_account(services, platform)
    with pytest.raises(Conflict):
        accounts.add_account(services, platform, NewAccount(seeds.ACCOUNT_SID, "x"))
    shown = f"{accounts.list_accounts(services, platform)!r} {NewAccount('AC1', 'another-token')!r}"
    assert "another-token" not in shown
    assert seeds.ACCOUNT_TOKEN not in shown


def test_a_parent_account_follows_its_settings(services: Services, platform: Actor) -> None:
    register(services, platform)
    rotated = services.settings.model_copy(update={"twilio_auth_token": SecretStr("rotated-token")})
    after = build(rotated)
    parents.refresh_parents(after)
    # a process with the old settings, which still runs beside it
    accounts.list_accounts(services, platform)
    with after.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        (row,) = account_rows.list_all(tx)
    after.db.dispose()
    after.queue.close()
    assert services.vault.platform().open_values(row.credentials, account_rows.SEALED)["auth_token"] == "rotated-token"


def test_an_account_can_be_probed(services: Services, platform: Actor, sandbox: Sandbox) -> None:
    register(services, platform)
    parent = accounts.list_accounts(services, platform)[0]
    assert accounts.check_account(services, platform, parent.id).state is HealthState.OK
    wrong = further_account(services, platform)
    assert accounts.check_account(services, platform, wrong).state is not HealthState.OK


def test_what_came_between_assignment_and_commit_is_released_from_quarantine(
    services: Services, org: Organization, platform: Actor
) -> None:
    number = register(services, platform)
    early, late = text_to(services, -timedelta(minutes=5)), text_to(services, timedelta(seconds=30))
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        quarantine.insert(tx, [early, late])
    assign(services, platform, number, org, "sms")
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        assert [held.id for held in quarantine.list_held(tx, 10)] == [early.id]
        assert journal_reading.balance(tx, org.id, None, 0).received == 1


def text_to(services: Services, age: timedelta) -> NewQuarantine:
    """A genuine text message for a number that was nobody's, received so long after now."""
    fields = {
        "MessageSid": "SM" + new_id().lower().rjust(32, "0")[:32],
        "AccountSid": seeds.ACCOUNT_SID,
        "From": "+12025550199",
        "To": WHATSAPP.number,
        "Body": "Hello",
        "NumMedia": "0",
    }
    url = "https://hub.example.com/webhooks/twilio/messages"
    signature = RequestValidator(seeds.ACCOUNT_TOKEN).compute_signature(url, fields)
    request = WebhookRequest(
        method="POST",
        path="/webhooks/twilio/messages",
        public_url=url,
        headers={"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature},
        body=urlencode(fields).encode(),
        received_at=services.clock() + age,
    )
    adapter = services.adapters[ChannelKind("sms")]
    platform = services.vault.platform()
    return held_request(adapter, platform, request, "no channel", genuine=True, addresses=[WHATSAPP.number])


def test_what_arrived_on_a_free_number_is_shown_to_the_platform(services: Services, platform: Actor) -> None:
    number = register(services, platform)
    sealed = services.vault.platform().seal("Body=Your+code+is+1234 ü".encode(), pool.SEALED)
    arrived = NewPoolMessage(number.id, "SM1", sealed, services.clock())
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        pool.keep(tx, [arrived])
    (shown,) = owned.list_numbers(services, platform).items[0].messages
    assert shown.body == "Body=Your+code+is+1234 ü"
