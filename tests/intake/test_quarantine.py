"""What is kept aside: within which bounds, and how it comes out again."""

import pytest

from hub.db import quarantine
from hub.db.session import PlatformWork
from hub.errors import Conflict, NotFound
from hub.inbound import journal
from hub.wiring import Services
from tests.intake.kit import (
    Calls,
    account,
    counted,
    held,
    kept_of,
    pool_number,
    posted,
    rotate_secret,
    rows,
    states,
    statuses,
    through_the_door,
)
from tests.line import (
    drain_all,
    mail,
    messenger_batch,
    post_mailgun,
    post_meta,
    post_telegram,
    post_twilio,
    sms_fields,
    telegram_update,
)
from tests.world import Channel, Organization, World

PAGE = "110000000000001"
NEW_PAGE = "220000000000002"
OTHER_PAGE = "330000000000003"
POOL = "+4915200000001"
FURTHER_SID = "AC00000000000000000000000000000002"
TOKEN = "c0ffee" + "5" * 44


def forged(number: int) -> Calls:
    return lambda client: post_meta(client, f"forged {number}".encode(), "a wrong secret")


def for_a_stranger(number: int) -> Calls:
    return lambda client: post_meta(client, messenger_batch((NEW_PAGE, [(f"m_{number}", "Hello")])))


def test_forged_requests_beyond_the_bound_are_refused_and_not_kept(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_REQUESTS", 2)
    assert statuses(services, *map(forged, range(4))) == [403] * 4
    assert len(held(services)) == 2
    # they take no room from what is genuine
    assert statuses(services, for_a_stranger(1)) == [200]


def test_forged_requests_beyond_the_bound_in_bytes_are_not_kept(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_BYTES", len(services.vault.platform().seal(b"forged 0", "")) * 2)
    assert statuses(services, *map(forged, range(4))) == [403] * 4
    assert len(held(services)) == 2


def test_the_bound_holds_for_requests_that_share_a_commit(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MAX_REQUESTS", 2)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        quarantine.insert(tx, quarantine.fitting(tx, [stored(services, n) for n in range(5)], genuine=False))
    assert len(held(services)) == 2


def stored(services: Services, number: int) -> quarantine.NewQuarantine:
    return quarantine.NewQuarantine(
        id=f"forged {number}",
        kind="facebook",
        route="/webhooks/facebook",
        request=quarantine.seal(services.vault.platform(), {}, b"forged"),
        reason="forged",
        genuine=False,
        received_at=services.clock(),
    )


def test_a_genuine_request_beyond_the_bound_is_not_acknowledged(
    services: Services, org: Organization, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_REQUESTS", 1)
    mixed = messenger_batch((PAGE, [("m_3", "for us")]), (NEW_PAGE, [("m_4", "for a stranger")]))
    calls: list[Calls] = [for_a_stranger(1), for_a_stranger(2), lambda client: post_meta(client, mixed)]
    assert statuses(services, *calls) == [200, 503, 503]
    assert len(held(services)) == 1
    # a batch is stored whole or not at all: Meta sends it again
    assert counted(services, org.actor) == {}


def test_a_request_cannot_be_released_while_its_secret_is_still_wrong_and_comes_in_once_it_was_mended(
    services: Services, org: Organization, bot: Channel
) -> None:
    rotated = Channel(bot.id, bot.sender_id, bot.address, "the new secret", "")
    update = telegram_update(1, "Hello")
    assert statuses(services, lambda client: post_telegram(client, rotated, update)) == [403]
    [request] = held(services)
    with pytest.raises(Conflict, match="still does not verify"):
        journal.release(services, request.id)
    assert len(held(services)) == 1

    rotate_secret(services, bot.sender_id, "the new secret")
    assert journal.release(services, request.id) == 1
    assert held(services) == []
    drain_all(services, bot)
    assert counted(services, org.actor) == {"received": 1, "handled": 1}


def test_a_second_release_changes_nothing(services: Services, org: Organization, world: World) -> None:
    assert statuses(services, for_a_stranger(1)) == [200]
    [request] = held(services)
    world.channel(org, "facebook", NEW_PAGE)
    journal.release(services, request.id)
    with pytest.raises(Conflict):
        journal.release(services, request.id)
    assert counted(services, org.actor) == {"received": 1, "pending": 1}
    with pytest.raises(NotFound):
        journal.release(services, "no such request")


def test_a_release_brings_in_only_what_is_missing(
    services: Services, org: Organization, page: Channel, world: World
) -> None:
    batch = messenger_batch((PAGE, [("m_1", "for us")]), (NEW_PAGE, [("m_2", "for a stranger")]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    assert states(services) == [("m:m_1", "pending")]
    [request] = held(services)
    with pytest.raises(Conflict, match="names no channel"):
        journal.release(services, request.id)
    assert len(held(services)) == 1

    newcomer = world.channel(org, "facebook", NEW_PAGE)
    journal.release(services, request.id)
    assert states(services) == [("m:m_1", "pending"), ("m:m_2", "pending")]
    assert [row.sender_id for row in rows(services)] == [page.sender_id, newcomer.sender_id]


def test_what_is_still_unknown_after_a_release_stays_in_quarantine(
    services: Services, org: Organization, world: World
) -> None:
    batch = messenger_batch((NEW_PAGE, [("m_1", "first")]), (OTHER_PAGE, [("m_2", "second")]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    [request] = held(services)
    assert request.addresses == [NEW_PAGE, OTHER_PAGE]
    world.channel(org, "facebook", NEW_PAGE)
    journal.release(services, request.id)
    [rest] = held(services)
    assert rest.addresses == [OTHER_PAGE]
    assert counted(services, None) == {"received": 1, "pending": 1, "quarantined": 1}

    world.channel(world.organization("Beta"), "facebook", OTHER_PAGE)
    journal.release(services, rest.id)
    assert held(services) == []
    assert counted(services, None) == {"received": 2, "pending": 2}


def test_a_token_of_mailgun_is_good_for_one_mail_only(services: Services, org: Organization, mailbox: Channel) -> None:
    now = int(services.clock().timestamp())
    genuine, replayed = mail("1@example.com", "Hello"), mail("2@example.com", "Send the money elsewhere")
    calls: list[Calls] = [
        lambda client: post_mailgun(client, genuine, TOKEN, now),
        lambda client: post_mailgun(client, replayed, TOKEN, now),
        lambda client: post_mailgun(client, genuine, TOKEN, now),
    ]
    # the replayed one is kept, so nobody has to send it again
    assert statuses(services, *calls) == [200, 200, 200]
    assert states(services) == [("1@example.com", "pending"), ("1@example.com", "duplicate")]
    [refused] = held(services)
    assert b"elsewhere" in kept_of(services, refused)[1]
    assert refused.genuine is False
    with pytest.raises(Conflict):
        journal.release(services, refused.id)
    assert counted(services, org.actor) == {"received": 2, "pending": 1, "duplicates": 1, "quarantined": 1}


def test_a_signature_that_is_too_old_is_refused_for_good(services: Services, mailbox: Channel) -> None:
    long_ago = int(services.clock().timestamp()) - 13 * 3600
    answers = posted(services, lambda client: post_mailgun(client, mail("1@example.com"), TOKEN, long_ago))
    assert [answer.status_code for answer in answers] == [406]
    assert (rows(services), len(held(services))) == ([], 1)


def test_a_text_message_to_a_number_of_the_pool_goes_to_the_platforms_view(
    services: Services, org: Organization
) -> None:
    pool_number(services, POOL, account(services, FURTHER_SID, "further token"))
    code = sms_fields(POOL, "SM1", "Your code is 1234", FURTHER_SID)
    calls: list[Calls] = [lambda client: post_twilio(client, code, "further token")] * 2
    assert statuses(services, *calls) == [200, 200]
    assert (held(services), rows(services)) == ([], [])
    assert counted(services, None) == {"received": 1, "handled": 1}
    assert counted(services, org.actor) == {}


def test_a_signature_of_one_account_never_reaches_a_sender_or_number_of_another(
    services: Services, org: Organization, number: Channel
) -> None:
    account(services, FURTHER_SID, "further token")
    pool_number(services, POOL, account(services, "AC00000000000000000000000000000003", "third token"))
    calls: list[Calls] = [
        lambda client: post_twilio(client, sms_fields(number.address, "SM1", "Hi", FURTHER_SID), "further token"),
        lambda client: post_twilio(client, sms_fields(POOL, "SM2", "Hi", FURTHER_SID), "further token"),
        lambda client: post_twilio(client, sms_fields(number.address, "SM3", "Hi"), "further token"),
    ]
    assert statuses(services, *calls) == [200, 200, 403]
    assert rows(services) == []
    assert [each.genuine for each in held(services)] == [True, True, False]
    assert counted(services, None) == {"quarantined": 3}


def test_a_secret_rotated_by_another_process_works_at_once(services: Services, bot: Channel) -> None:
    rotated = Channel(bot.id, bot.sender_id, bot.address, "the new secret", "")

    async def across_a_rotation(client: object) -> list[int]:
        before = await post_telegram(client, bot, telegram_update(1, "Hello"))  # type: ignore[arg-type]
        rotate_secret(services, bot.sender_id, "the new secret")
        after = await post_telegram(client, rotated, telegram_update(2, "Hello"))  # type: ignore[arg-type]
        return [before.status_code, after.status_code]

    assert through_the_door(services, across_a_rotation) == [200, 200]
    assert held(services) == []
