"""Bans are found: by what a provider tells and by looks alone, in time; what is no ban opens nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.channels.looking import seen
from hub.db import signals
from hub.numbers import cases
from hub.numbers.health import looking
from hub.types import FailureKind, Level, Reach, SenderReported, SendFailure
from hub.types.bans import Judgement, Look, Signal
from hub.upkeep import forget_old
from tests.numbers.health.stage import Found, HealthStage, sees
from tests.numbers.policy.labelled import START, Sequence, read_sequences
from tests.world import Channel

NUMBER = "+4915123456789"
ADDRESSES = {
    "whatsapp": NUMBER,
    "sms": NUMBER,
    "telegram": "111222",
    "facebook": "24000001",
    "email": "help@example.com",
}
DISABLED = SendFailure(FailureKind.SENDER, "The number is banned", "63112", Level.BANNED, Reach.BUSINESS_ACCOUNT)

# kind, what a look finds while all is well, what afterwards, and the provider's words of it
BANS = [
    ("whatsapp", "sender/ONLINE", ("sender/OFFLINE", "WhatsApp business account is banned")),
    ("sms", "number/owned", ("number/missing", "")),
    ("telegram", "getMe/ok", ("getMe/401", "")),
    ("facebook", "page/ok", ("page/restricted", "")),
    ("email", "login/ok", ("535", "")),
]
OF_SENDER = {"banned", "restricted", "credentials", "account"}


def connected(stage: HealthStage, kind: str) -> Channel:
    credentials = None if kind in ("whatsapp", "sms") else {"token": "x"}
    return stage.world.channel(stage.org, kind, ADDRESSES[kind], credentials)


def judgements(monkeypatch: pytest.MonkeyPatch) -> list[Judgement]:
    """What every look from now on comes to."""
    heard: list[Judgement] = []
    real: Callable[..., str | None] = cases.judged

    def judged(services: object, tx: object, sender: object, judgement: Judgement, now: object) -> str | None:
        heard.append(judgement)
        return real(services, tx, sender, judgement, now)

    monkeypatch.setattr(looking, "judged", judged)
    return heard


@pytest.mark.parametrize(("kind", "well", "ill"), BANS, ids=[each[0] for each in BANS])
def test_looks_alone_confirm_a_ban_within_six_minutes(
    stage: HealthStage, monkeypatch: pytest.MonkeyPatch, kind: str, well: str, ill: tuple[str, str]
) -> None:
    channel, heard = connected(stage, kind), judgements(monkeypatch)
    stage.sees(channel, well, online=True)
    stage.run(900)
    assert {each.confidence for each in heard} == {"none"}
    stage.sees(channel, *ill, online=False)
    took = stage.run(600, until=lambda: heard[-1].confidence == "confirmed")
    assert 0 < took <= 360
    assert heard[-1].level in OF_SENDER


@pytest.mark.parametrize("unanswered", [0, 1])
def test_a_failed_send_that_names_a_ban_is_confirmed_within_35_seconds(stage: HealthStage, unanswered: int) -> None:
    channel = connected(stage, "whatsapp")
    stage.sees(channel, "sender/ONLINE", online=True)
    stage.run(400)
    stage.fail(channel, replace(DISABLED, also=("131031",), text="account AC0123456789abcdef0123456789abcdef"))
    assert stage.hold(channel)[0] == "banned"
    offline = sees("twilio", "sender/OFFLINE", "business account is banned", online=False)
    answers = iter([sees("twilio", "timeout")] * unanswered)

    def answer(now: datetime) -> Look:
        return next(answers, offline)(now)

    stage.watched().found[channel.sender_id] = answer
    took = stage.run(120, until=lambda: stage.confirmed(channel))
    assert took <= 35
    case = stage.case_of(channel)
    assert (case.level, case.reach) == ("banned", "business_account")
    assert stage.sender(channel).hold == "banned"


def test_the_provider_s_own_word_is_looked_into_at_once_and_taken_back_by_the_next_look(stage: HealthStage) -> None:
    channel = connected(stage, "facebook")
    stage.sees(channel, "page/ok", online=True)
    stage.run(400)
    stage.sees(channel, "page/restricted", online=False)
    word = SenderReported(Level.RESTRICTED, "The page may not write", "policy_enforcement/block")
    stage.hear(channel, word)
    assert stage.services.queue.redis.exists(f"wake:workers.bans.look:{channel.sender_id}")
    assert stage.run(120, until=lambda: stage.confirmed(channel)) <= 35
    stage.hear(channel, SenderReported(Level.NONE, "It may again", "policy_enforcement/unblock"))
    stage.sees(channel, "page/ok", online=True)
    stage.run(60)
    assert stage.case_of(channel).state == "reinstated"
    assert (stage.sender(channel).level, stage.sender(channel).forbids) == ("none", [])


def test_a_hold_that_a_signal_made_is_let_go_when_the_look_finds_nothing(stage: HealthStage) -> None:
    channel = connected(stage, "whatsapp")
    stage.sees(channel, "sender/ONLINE", online=True)
    stage.run(400)
    stage.fail(channel, DISABLED)
    assert stage.hold(channel)[0] == "banned"
    stage.run(30)
    assert stage.hold(channel)[0] is None
    assert stage.case_of(channel) is None or stage.case_of(channel).state == "closed"


def test_outages_and_storms_of_refusals_and_new_tokens_open_nothing(stage: HealthStage) -> None:
    channel = connected(stage, "whatsapp")
    stage.sees(channel, "sender/ONLINE", online=True)
    stage.run(400)
    stage.sees(channel, "503")
    stage.run(3600)
    stage.sees(channel, "sender/ONLINE", online=True)
    for person in range(5):
        slow = SendFailure(FailureKind.RATE_LIMITED, "Wait", "63018", Level.RATE_LIMITED, Reach.SENDER, retry_after=5)
        stage.fail(channel, slow, str(600 + person))
        stage.run(10)
    refused = SendFailure(FailureKind.CREDENTIALS, "The token is refused", "20003", Level.CREDENTIALS)
    stage.run(20)
    stage.fail(channel, refused, "700")
    stage.set_sender(channel, credentials_changed_at=stage.clock.now)
    stage.run(1800)
    assert stage.case_of(channel) is None
    [outage] = [each for each in stage.incidents(channel) if each.what == "unanswered"]
    assert outage.side == "provider"
    assert outage.restored_at is not None


def test_what_is_kept_of_a_signal_names_nobody(stage: HealthStage) -> None:
    channel = connected(stage, "whatsapp")
    text = f"{NUMBER} of AC0123456789abcdef0123456789abcdef is banned, ask ann@example.com"
    stage.fail(channel, replace(DISABLED, text=text))
    [signal] = [each for each in stage.signals(channel) if each.source == "send"]
    assert signal.text == "# of # is banned, ask #"
    assert len(signal.recipient) >= 16
    assert stage.told["500"].id not in signal.recipient


def test_of_looks_that_find_the_same_only_the_first_and_the_last_are_kept(stage: HealthStage) -> None:
    channel = connected(stage, "sms")
    stage.sees(channel, "number/owned", online=True)
    stage.run(3600)
    times = [each.at for each in stage.signals(channel)]
    assert len(times) == 2
    assert (times[-1] - times[0]).total_seconds() > 3000
    assert len(stage.watched("sms").looked) >= 11


# --- the labelled sequences, through the whole ----------------------------------------------------------


def _is_playable(each: Sequence) -> bool:
    signals = each.history.signals
    plain = not each.standing.fellows and each.standing.credentials_changed_at is None and not each.history.volumes
    return (
        each.hard
        and plain
        and each.standing.worked_at is not None
        and len(signals) <= 4
        and signals[-1].source in ("probe", "poll", "account")
        and (each.now - signals[-1].at).total_seconds() <= 1
    )


PLAYED = [each for each in read_sequences() if _is_playable(each)]


def test_enough_sequences_of_every_kind_can_be_played() -> None:
    assert len(PLAYED) >= 20
    assert {each.kind for each in PLAYED} == set(ADDRESSES)


@pytest.mark.parametrize("sequence", PLAYED, ids=lambda each: each.name)
def test_a_labelled_sequence_that_comes_by_the_doors_is_judged_as_it_is_labelled(
    stage: HealthStage, monkeypatch: pytest.MonkeyPatch, sequence: Sequence
) -> None:
    channel, heard = connected(stage, sequence.kind), judgements(monkeypatch)
    stage.clock.now = START
    conversation = stage.open_conversation(channel)
    stage.told = {"500": conversation}
    stage.set_sender(channel, worked_at=sequence.standing.worked_at, look_at=sequence.now.replace(year=2030))
    for place, signal in enumerate(sequence.history.signals):
        stage.clock.now = signal.at
        wait = (signal.until - signal.at).total_seconds() if signal.until else None
        if signal.source == "send":
            stage.set_sender(channel, hold=None)
            failure = SendFailure(FailureKind.CONTENT, "It failed", signal.code, retry_after=wait, text=signal.text)
            stage.fail(channel, failure, text=f"{signal.content} {place}")
        elif signal.source == "webhook":
            word = SenderReported(Level.RESTRICTED, "Told", signal.code, until=signal.until, text=signal.text)
            stage.hear(channel, word)
        else:
            stage.watched(sequence.kind).found[channel.sender_id] = answered(signal)
            stage.set_sender(channel, look_at=stage.clock.now, health={})
            stage.tick()
            stage.set_sender(channel, look_at=sequence.now.replace(year=2030))
    last = heard[-1]
    remedy = last.remedies[0].value if last.remedies else "none"
    found_now = (last.confidence.value, last.level.value, last.reach.value, remedy)
    pairs = zip(sequence.expected, found_now, strict=True)
    assert all(expected in ("-", found) for expected, found in pairs), found_now


def answered(signal: Signal) -> Found:
    return lambda now: seen([replace(signal, at=now)], online=None)


# --- what is counted and what is forgotten --------------------------------------------------------------


def test_what_a_sender_sent_is_counted_by_the_hour(stage: HealthStage) -> None:
    bot, other = stage.channel(), stage.channel("facebook", "24000001")
    conversation, elsewhere = stage.open_conversation(bot), stage.open_conversation(other)
    for _ in range(3):
        stage.answer(conversation)
        stage.answer(elsewhere)
        stage.deliver(bot)
        stage.deliver(other)
        stage.clock.forward(minutes=40)
    with stage.services.db.reading(stage.org.id) as tx:
        found = signals.count_sent(tx, bot.sender_id, stage.clock() - timedelta(hours=6))
    assert [each.sent for each in found] == [2, 1]
    assert found[0].at.minute == 0
    assert (found[1].at - found[0].at).total_seconds() == 3600
    with stage.services.db.reading(stage.org.id) as tx:
        again = signals.count_sent(tx, bot.sender_id, found[0].at + timedelta(minutes=59))
    assert again == found, "all of the hour in which it begins is counted"


def test_old_signals_are_forgotten_but_of_a_sender_in_trouble(stage: HealthStage) -> None:
    well, ill = connected(stage, "sms"), stage.world.channel(stage.org, "whatsapp", "+4915123456780")
    stage.sees(well, "number/owned", online=True)
    stage.sees(ill, "sender/ONLINE", online=True)
    stage.run(10)
    stage.sees(ill, "sender/OFFLINE", "The number was banned", online=False)
    stage.run(400)
    before = len(stage.signals(ill))
    stage.clock.forward(days=91)
    forget_old(stage.services)
    assert stage.signals(well) == []
    assert len(stage.signals(ill)) == before
