"""Looks: what is not as it should be is mended or told, with whose side it is on and how long it lasted."""

from datetime import timedelta

import pytest

from hub.errors import Unavailable
from hub.numbers.health import list_everywhere, list_of_channel, look, looking
from hub.provisioning.channels import get_channel
from hub.provisioning.standing import side_of
from hub.types import ChannelKind, Health, HealthState, Level, SenderReported
from hub.types.bans import Drift, DriftKind, Look
from hub.types.numbers import Quality
from tests.numbers.health.stage import HealthStage, quality, sees
from tests.world import Channel

HOOK = Drift(DriftKind.WEBHOOK, "The webhook points elsewhere; set the channel up again", mended_by_setup=True)
BROKEN = Health(HealthState.BROKEN, ("The token is refused",))
TOKEN = Drift(DriftKind.TOKEN, "The token is refused; enter a new one")


@pytest.fixture
def bot(stage: HealthStage) -> Channel:
    return stage.channel()


def drifts(stage: HealthStage, bot: Channel, *drift: Drift) -> None:
    stage.sees(bot, "getMe/ok", online=True, drift=drift)


def test_drift_that_setup_mends_is_mended_and_noted(stage: HealthStage, bot: Channel) -> None:
    drifts(stage, bot, HOOK)
    stage.watched("telegram").on_setup = lambda: drifts(stage, bot)
    stage.run(400)
    assert stage.watched("telegram").set_up == [bot.sender_id]
    [mended] = stage.incidents(bot)
    assert (mended.what, mended.side, mended.repaired) == ("webhook", "ours", True)
    assert mended.restored_at == mended.opened_at
    assert stage.sender(bot).health["state"] == "ok"


def test_drift_that_cannot_be_mended_is_one_incident_until_it_is_over(stage: HealthStage, bot: Channel) -> None:
    def refuse() -> None:
        raise Unavailable("the provider does not answer")

    drifts(stage, bot, HOOK, TOKEN)
    stage.watched("telegram").on_setup = refuse
    stage.run(900)
    assert {(each.what, each.side) for each in stage.incidents(bot)} == {("webhook", "ours"), ("token", "yours")}
    assert all(each.restored_at is None and not each.repaired for each in stage.incidents(bot))
    drifts(stage, bot)
    stage.run(400)
    items = list_of_channel(stage.services, stage.org.actor, bot.id).items
    assert [each.what for each in items] == ["token", "webhook"]
    assert all(each.seconds and each.seconds >= 600 for each in items)


@pytest.mark.parametrize(
    ("kind", "address", "credentials", "side"),
    [
        ("telegram", "111333", {"bot_token": "x"}, "yours"),
        ("facebook", "24000001", {"page_access_token": "x"}, "yours"),
        # the accounts of these are the platform's
        ("whatsapp", "+4915100000001", None, "ours"),
        ("email", "help@shop.example", None, "ours"),
    ],
)
def test_a_refused_access_is_on_the_side_of_who_entered_it_wherever_it_is_shown(
    stage: HealthStage, kind: ChannelKind, address: str, credentials: dict[str, str] | None, side: str
) -> None:
    channel = stage.world.channel(stage.org, kind, address, credentials)
    stage.watched(kind).found[channel.sender_id] = lambda _now: Look(BROKEN, online=False, drift=(TOKEN,))
    look(stage.services, channel.sender_id)
    assert [(each.what, each.side) for each in stage.incidents(channel)] == [("token", side)]
    view = get_channel(stage.services, stage.org.actor, channel.id)
    assert side_of(stage.services, view) == side
    stage.set_sender(channel, hold="credentials")
    assert side_of(stage.services, get_channel(stage.services, stage.org.actor, channel.id)) == side


def test_an_organization_sees_no_incident_of_another_and_the_platform_sees_all(
    stage: HealthStage, bot: Channel
) -> None:
    drifts(stage, bot, TOKEN)
    stage.run(10)
    other = stage.world.organization("Other")
    mine = stage.world.channel(other, "telegram", "333444", {"bot_token": "333444:x"})
    assert list_of_channel(stage.services, other.actor, mine.id).items == ()
    admin = type(other.actor)(other.id, other.actor.user_id, "Ada", other.actor.role, platform_admin=True)
    [found] = list_everywhere(stage.services, admin).items
    assert (found.organization, found.channel_id) == ("Acme", bot.id)


def test_a_sender_is_looked_at_every_five_minutes_and_by_one_process_at_a_time(
    stage: HealthStage, bot: Channel
) -> None:
    stage.run(3600)
    assert 11 <= len(stage.watched("telegram").looked) <= 14
    before = len(stage.watched("telegram").looked)
    look(stage.services, bot.sender_id)
    assert len(stage.watched("telegram").looked) == before


@pytest.mark.parametrize("point", ["look.after_claim", "look.before_commit", "look.after_commit"])
def test_a_look_whose_process_dies_is_done_again(
    stage: HealthStage, bot: Channel, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == point:
            raise Killed

    drifts(stage, bot, TOKEN)
    with monkeypatch.context() as patched:
        patched.setattr(looking, "reach", die)
        with pytest.raises(Killed):
            look(stage.services, bot.sender_id)
    assert stage.run(60, until=lambda: stage.incidents(bot)) <= 32
    stage.run(400)
    assert len(stage.incidents(bot)) == 1


def test_what_is_heard_while_a_look_is_under_way_is_looked_into_right_after_it(
    stage: HealthStage, bot: Channel
) -> None:
    provider = stage.watched("telegram")
    well = sees("telegram", "getMe/ok", online=True)

    def told_meanwhile(now):  # type: ignore[no-untyped-def]
        provider.found[bot.sender_id] = well
        stage.hear(bot, SenderReported(Level.CREDENTIALS, "It was refused", "401"))
        return well(now)

    provider.found[bot.sender_id] = told_meanwhile
    stage.tick()
    assert stage.run(60, until=lambda: len(provider.looked) > 1) <= 6


def test_quality_and_limit_are_kept_and_an_outage_says_nothing_of_them(stage: HealthStage) -> None:
    channel = stage.world.channel(stage.org, "whatsapp", "+4915123456789")
    found = sees("twilio", "sender/ONLINE", online=True)
    stage.watched().found[channel.sender_id] = quality(found, Quality.MEDIUM, 250)
    stage.run(10)
    stage.sees(channel, "503")
    stage.run(400)
    assert (stage.sender(channel).quality, stage.sender(channel).daily_limit) == ("medium", 250)
    assert stage.sender(channel).worked_at is not None


def test_how_fellows_fare_tells_how_far_a_ban_reaches(stage: HealthStage) -> None:
    one = stage.world.channel(stage.org, "whatsapp", "+4915123456781")
    other = stage.world.channel(stage.org, "whatsapp", "+4915123456782")
    texts = stage.world.channel(stage.org, "sms", "+4915123456783")
    for channel, code in ((one, "sender/ONLINE"), (other, "sender/ONLINE"), (texts, "number/owned")):
        provider = stage.watched("sms" if channel is texts else "whatsapp")
        provider.found[channel.sender_id] = sees("twilio", code, online=True)
    stage.run(400)
    stage.watched().found[one.sender_id] = sees("twilio", "sender/OFFLINE", "The number was banned", online=False)
    stage.run(400, until=lambda: stage.confirmed(one))
    assert (stage.case_of(one).level, stage.case_of(one).reach) == ("banned", "sender")
    assert stage.sender(other).hold is None
    stage.watched().found[other.sender_id] = sees("twilio", "sender/OFFLINE", "The number was banned", online=False)
    stage.run(1200)
    assert {stage.case_of(each).reach for each in (one, other)} == {"business_account"}
    assert stage.sender(texts).hold is None
    assert stage.case_of(texts) is None


def test_a_case_is_not_forgotten_when_the_ban_stands_for_weeks(stage: HealthStage) -> None:
    channel = stage.world.channel(stage.org, "whatsapp", "+4915123456789")
    stage.sees(channel, "sender/ONLINE", online=True)
    stage.run(400)
    stage.sees(channel, "sender/OFFLINE", "The number was banned", online=False)
    stage.run(400)
    for _ in range(12):
        stage.clock.now += timedelta(days=1)
        stage.run(10)
    assert stage.case_of(channel).level == "banned"
    assert stage.sender(channel).hold == "banned"
    assert stage.sender(channel).look_at > stage.clock.now + timedelta(seconds=60)
