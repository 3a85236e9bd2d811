"""What is sent together is recorded together, in a few statements, and each message by its own fate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub.db import due
from hub.db.refusals import StatementRefused
from hub.db.tables.core import ALIAS, DELIVERY, PARKED
from hub.outbound import deliver, recording
from hub.outbound.leases import end_leases
from hub.outbound.recording import Outcome
from hub.outbound.submit import retry
from hub.privacy import cases, work
from hub.privacy.cases import Request
from hub.types import (
    FailureKind,
    MessageEdited,
    MessageStatus,
    MessageView,
    Person,
    Receipt,
    SendFailure,
    Sent,
    SentElsewhere,
    Text,
)
from hub.wiring import Services
from tests.outbound.stage import START, Stage
from tests.world import Channel

S = MessageStatus


@pytest.fixture
def batches(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many outcomes were recorded together, each time; four sends may be under way at once."""
    stage.provider().capabilities = replace(stage.provider().capabilities, parallel_sends=4)
    found: list[int] = []
    record = deliver.record

    def counted(services: Services, sender: object, outcomes: list[Outcome]) -> None:
        found.append(len(outcomes))
        record(services, sender, outcomes)  # type: ignore[arg-type]

    monkeypatch.setattr(deliver, "record", counted)
    return found


def answer_four(stage: Stage, bot: Channel) -> list[MessageView]:
    return [stage.answer(stage.open_conversation(bot, str(person)), f"to {person}") for person in range(500, 504)]


def before_recording(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen between the provider's answers and their recording, the first time."""
    left = [happens]

    def meddle(failpoint: str) -> None:
        if failpoint == "delivery.before_record" and left:
            left.pop()()

    monkeypatch.setattr(recording, "reach", meddle)


def states(stage: Stage, answers: list[MessageView]) -> list[str]:
    return [stage.look(each).status for each in answers]


def test_what_ends_together_is_recorded_together_with_its_ids(stage: Stage, bot: Channel, batches: list[int]) -> None:
    answers = answer_four(stage, bot)
    stage.provider().answers.extend([Sent("m-0", also=("m-0b",)), Sent("m-1"), Sent("m-2"), Sent("m-3")])
    stage.deliver(bot)
    assert batches == [4]
    told = [stage.look(each) for each in answers]
    assert [(each.status, each.external_id, each.sent_at) for each in told] == [
        ("sent", f"m-{number}", START) for number in range(4)
    ]
    assert [stage.attempts(each) for each in answers] == [["sent"]] * 4
    assert [delivery.state for each in answers for delivery in stage.deliveries(each)] == ["sent"] * 4
    stage.hear(bot, Receipt(S.READ, external_id="m-0b"))
    assert states(stage, answers) == ["read", "sent", "sent", "sent"]


def test_a_failure_among_them_fails_alone(stage: Stage, bot: Channel, batches: list[int]) -> None:
    answers = answer_four(stage, bot)
    stage.provider().answers.extend([Sent("m-0"), SendFailure(FailureKind.CONTENT, "too loud"), Sent("m-2")])
    stage.deliver(bot)
    assert batches == [4]
    assert states(stage, answers) == ["sent", "failed", "sent", "sent"]
    assert [stage.attempts(each) for each in answers] == [["sent"], ["content"], ["sent"], ["sent"]]


def test_one_that_lost_its_lease_and_was_sent_anew_by_a_person_goes_out_once(
    stage: Stage, bot: Channel, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = answer_four(stage, bot)

    def send_anew() -> None:
        lost = stage.deliveries(answers[1])[0].id
        with stage.services.db.transaction(stage.org.id) as tx:
            over = START - timedelta(seconds=1)
            tx.execute(update(DELIVERY).where(DELIVERY.c.id == lost).values(lease_until=over))
        end_leases(stage.services)
        retry(stage.services, stage.operator, answers[1].id)

    before_recording(monkeypatch, send_anew)
    stage.deliver(bot)
    stage.deliver(bot)
    assert batches == [4]
    assert stage.provider().texts.count("to 501") == 1
    assert states(stage, answers) == ["sent"] * 4
    assert stage.attempts(answers[1]) == ["uncertain"]


def test_one_whose_lease_belongs_to_a_later_try_is_left_to_that(
    stage: Stage, bot: Channel, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is true all the same: it was sent, and the later try must not send it again."""
    answers = answer_four(stage, bot)

    def mark_later() -> None:
        [late] = stage.deliveries(answers[2])
        with stage.services.db.transaction(stage.org.id) as tx:
            until = late.lease_until + timedelta(seconds=60)
            tx.execute(update(DELIVERY).where(DELIVERY.c.id == late.id).values(lease_until=until))

    before_recording(monkeypatch, mark_later)
    stage.deliver(bot)
    assert batches == [4]
    assert states(stage, answers) == ["sent"] * 4


def test_of_one_that_is_erased_meanwhile_nothing_is_kept_and_the_others_are_recorded(
    stage: Stage, bot: Channel, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = answer_four(stage, bot)
    stage.provider().answers.extend([Sent("m-0"), Sent("m-1", also=("m-1b",)), Sent("m-2"), Sent("m-3")])
    [gone] = [each for each in stage.conversations() if each.id == answers[1].conversation_id]

    def erase() -> None:
        asked = Request(stage.org.id, stage.org.actor, gone.contact.id, "they asked for it")
        case = cases.begin_erasure(stage.services, asked)
        while not work.work_on(stage.services, case.id, 60):
            continue

    before_recording(monkeypatch, erase)
    stage.deliver(bot)
    assert batches == [4]
    assert states(stage, [answers[0], *answers[2:]]) == ["sent"] * 3
    assert stage.deliveries(answers[1]) == []
    with stage.services.db.reading(stage.org.id) as tx:
        assert tx.all(select(ALIAS.c.external_id)) == []


def test_what_the_provider_said_of_them_too_early_is_applied_to_each(
    stage: Stage, bot: Channel, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = answer_four(stage, bot)
    stage.provider().answers.extend([Sent(f"m-{number}") for number in range(3)] + [Sent("m-3", also=("m-3b",))])

    def overtake() -> None:
        edited = MessageEdited("m-2", Person("502"), (Text("said better"),), START + timedelta(seconds=1))
        stage.hear(bot, Receipt(S.DELIVERED, external_id="m-1"), Receipt(S.READ, external_id="m-1"), edited)
        stage.hear(bot, Receipt(S.DELIVERED, external_id="m-3b"))

    before_recording(monkeypatch, overtake)
    stage.deliver(bot)
    assert batches == [4]
    assert states(stage, answers) == ["sent", "read", "sent", "delivered"]
    assert [stage.look(each).text for each in answers] == ["to 500", "to 501", "said better", "to 503"]
    with stage.services.db.reading(stage.org.id) as tx:
        assert tx.all(select(PARKED.c.id)) == []


def test_one_that_an_echo_made_known_before_keeps_its_id_and_its_time(
    stage: Stage, bot: Channel, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = answer_four(stage, bot)
    stage.provider().answers.extend(Sent(f"m-{number}") for number in range(4))

    def echo() -> None:
        [sent] = stage.deliveries(answers[0])
        stage.hear(bot, SentElsewhere("m-0", Person("500"), (Text("to 500"),), sent.id, position=START))
        stage.hear(bot, Receipt(S.DELIVERED, external_id="m-0"))
        stage.clock.forward(seconds=3)

    before_recording(monkeypatch, echo)
    stage.deliver(bot)
    assert batches == [4]
    assert states(stage, answers) == ["delivered", "sent", "sent", "sent"]
    assert (stage.look(answers[0]).external_id, stage.look(answers[0]).sent_at) == ("m-0", START)
    assert stage.look(answers[1]).sent_at == START + timedelta(seconds=3)
    assert [len(stage.provider().sent), stage.attempts(answers[0])] == [4, ["sent"]]


def test_a_send_that_breaks_takes_no_other_with_it(stage: Stage, bot: Channel, batches: list[int]) -> None:
    """Whatever is wrong with one message, the outcomes of the others are known and stay known."""
    answers = answer_four(stage, bot)
    provider = stage.provider()

    def broken(_error: Exception) -> SendFailure:
        raise TypeError("this client's errors are not what they were")

    provider.__dict__["classify"] = broken
    provider.answers.append(SendFailure(FailureKind.CONTENT, "no"))
    with pytest.raises(TypeError, match="what they were"):
        stage.deliver(bot)
    assert states(stage, answers) == ["sending", "sent", "sent", "sent"]
    assert sum(batches) == 3


def test_an_outcome_the_database_refuses_takes_no_other_with_it(stage: Stage, bot: Channel, batches: list[int]) -> None:
    answers = answer_four(stage, bot)
    stage.provider().answers.extend([Sent("m-0"), Sent("twice"), Sent("twice"), Sent("m-3")])
    with pytest.raises(StatementRefused):
        stage.deliver(bot)
    first, *twice, last = states(stage, answers)
    assert (first, sorted(twice), last) == ("sent", ["sending", "sent"], "sent")
    assert batches == [4, 1, 1, 1, 1]


def test_a_long_backlog_is_read_by_pages_and_in_order(
    stage: Stage, bot: Channel, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "_FIRST_PAGE", 2)
    waiting = stage.open_conversation(bot, "500")
    for text in ("one", "two", "three"):
        stage.answer(waiting, text)
    for person in ("501", "502"):
        stage.answer(stage.open_conversation(bot, person), f"to {person}")
    stage.deliver(bot)
    texts = stage.provider().texts
    assert sorted(texts[:3]) == ["one", "to 501", "to 502"]
    assert texts[3:] == ["two", "three"]
