"""A mailbox sends under its own address only after a code that was mailed there came back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.errors import Conflict, Invalid, TooMany, Unavailable
from hub.provisioning import proving
from hub.provisioning.channels import NewChannel, create_channel, get_channel
from hub.provisioning.proving import MOST_ATTEMPTS, VALID_FOR, confirm_code, send_code
from hub.sandbox import seeds
from hub.wiring import Services
from tests.provisioning.conftest import Sandbox
from tests.world import Organization, World

MAILBOX = "office@shop.example"


@pytest.fixture
def mailbox(services: Services, org: Organization) -> str:
    """The id of a mail channel nobody has proven anything of."""
    return create_channel(services, org.actor, NewChannel("email", "Office", {"address": MAILBOX})).id


def code(sandbox: Sandbox) -> str:
    """The code in the newest mail."""
    newest = sandbox.newest_mail()
    assert newest.address == MAILBOX
    return str((newest.extra or {})["subject"]).partition(" ")[0]


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10 ** len(right):0{len(right)}d}"


def proven(services: Services, org: Organization, channel: str) -> bool | None:
    sender = get_channel(services, org.actor, channel).sender
    assert sender is not None
    return sender.proven


def test_the_code_that_comes_back_proves_the_address(
    services: Services, org: Organization, sandbox: Sandbox, mailbox: str
) -> None:
    assert proven(services, org, mailbox) is False
    assert send_code(services, org.actor, mailbox).sent_to == MAILBOX
    assert sandbox.newest_mail().endpoint == seeds.MAILBOX
    assert confirm_code(services, org.actor, mailbox, f" {code(sandbox)} ").sender.proven is True  # type: ignore[union-attr]
    assert proven(services, org, mailbox) is True


def test_a_wrong_code_proves_nothing_and_five_end_it(
    services: Services, org: Organization, sandbox: Sandbox, mailbox: str
) -> None:
    send_code(services, org.actor, mailbox)
    right = code(sandbox)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Invalid, match="not the code"):
            confirm_code(services, org.actor, mailbox, wrong(right))
    with pytest.raises(TooMany):
        confirm_code(services, org.actor, mailbox, right)
    assert proven(services, org, mailbox) is False


def test_a_code_expires_and_a_new_one_replaces_it(
    services: Services, org: Organization, sandbox: Sandbox, mailbox: str
) -> None:
    send_code(services, org.actor, mailbox)
    first = code(sandbox)
    with pytest.raises(TooMany, match="a moment ago"):
        send_code(services, org.actor, mailbox)
    later = replace(services, clock=lambda: services.clock() + VALID_FOR)
    with pytest.raises(Conflict, match="expired"):
        confirm_code(later, org.actor, mailbox, first)
    send_code(later, org.actor, mailbox)
    soon = replace(services, clock=lambda: services.clock() + VALID_FOR + timedelta(minutes=2))
    second = code(sandbox)
    if first != second:
        with pytest.raises(Invalid):
            confirm_code(soon, org.actor, mailbox, first)
    confirm_code(soon, org.actor, mailbox, second)


def test_the_code_of_one_channel_is_worth_nothing_for_another(
    services: Services, org: Organization, sandbox: Sandbox, mailbox: str
) -> None:
    other = create_channel(services, org.actor, NewChannel("email", "Other", {"address": "other@shop.example"})).id
    send_code(services, org.actor, mailbox)
    with pytest.raises(Conflict, match="no code is out"):
        confirm_code(services, org.actor, other, code(sandbox))


def test_a_relay_that_refuses_says_so(services: Services, org: Organization, sandbox: Sandbox, mailbox: str) -> None:
    sandbox.fault("email")
    with pytest.raises(Unavailable, match="the code could not be sent: The relay refused for now"):
        send_code(services, org.actor, mailbox)


def test_where_the_provider_knows_whose_it_is_no_code_is_sent(
    services: Services, world: World, org: Organization
) -> None:
    bot = world.channel(org, "telegram", "4711", {"bot_token": "4711:t"})
    assert proven(services, org, bot.id) is None
    with pytest.raises(Invalid, match="need no code"):
        send_code(services, org.actor, bot.id)


def test_a_code_has_eight_digits(services: Services, org: Organization, sandbox: Sandbox, mailbox: str) -> None:
    send_code(services, org.actor, mailbox)
    assert (len(code(sandbox)), code(sandbox).isdigit()) == (8, True)


def test_an_address_gets_five_codes_a_day(
    services: Services, org: Organization, sandbox: Sandbox, mailbox: str
) -> None:
    def after(span: timedelta) -> Services:
        return replace(services, clock=lambda: services.clock() + span)

    for number in range(5):
        send_code(after(number * timedelta(minutes=2)), org.actor, mailbox)
    right = code(sandbox)
    with pytest.raises(TooMany, match="a day"):
        send_code(after(timedelta(minutes=12)), org.actor, mailbox)
    confirm_code(after(timedelta(minutes=13)), org.actor, mailbox, right)
    send_code(after(timedelta(days=1, minutes=1)), org.actor, mailbox)


def test_an_organization_cannot_have_codes_sent_everywhere(
    services: Services, org: Organization, sandbox: Sandbox, mailbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "MOST_OF_ORGANIZATION", 2)
    send_code(services, org.actor, mailbox)
    for number in range(2):
        new = NewChannel("email", f"Other {number}", {"address": f"other{number}@shop.example"})
        other = create_channel(services, org.actor, new).id
        if number == 0:
            send_code(services, org.actor, other)
    with pytest.raises(TooMany, match="a day"):
        send_code(services, org.actor, other)
