"""`hub doctor`: what it finds, how bad that is, and that it never changes or breaks anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.db import ban_cases, incidents
from hub.db.ban_cases import CaseRecord
from hub.db.gauges import Gauges
from hub.db.incidents import Place, Side, Trouble
from hub.db.numbers import IdleNumber
from hub.db.tables.core import SENDER
from hub.doctor import Grade, examine, judge
from hub.doctor.affairs import Affairs, gather_affairs, judge_affairs
from hub.doctor.findings import ChannelFacts, Facts, Off
from hub.ids import new_id
from hub.settings import Settings, load
from hub.types import Health, HealthState, Level, Reach
from hub.types.bans import BanCase, BanState, DriftKind
from hub.wiring import Services
from tests.world import Organization, World

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUIET = Gauges(
    events={"pending": 0, "failed": 0, "unreadable": 0},
    deliveries={"queued": 0, "sending": 0},
    messages={"failed": 0, "uncertain": 0},
    unmatched=0,
    quarantined=0,
    oldest_event=None,
    oldest_delivery=None,
)
WELL = Facts(
    now=NOW,
    public_url="https://hub.example.com",
    base_url="https://hub.example.com",
    off=(),
    database_problem=None,
    queue_answers=True,
    queue_keeps=True,
    embedded_queue=True,
    lanes=frozenset({"intake", "delivery"}),
    providers=(),
    channels=(),
    gauges=QUIET,
)


def grades(facts: Facts) -> dict[str, Grade]:
    """Return subject → the worst grade found on it."""
    worst: dict[str, Grade] = {}
    for finding in judge(facts):
        order = list(Grade)
        worst[finding.subject] = max(worst.get(finding.subject, Grade.OK), finding.grade, key=order.index)
    return worst


def channel(state: HealthState, *problems: str) -> ChannelFacts:
    return ChannelFacts("01C", "Telegram", "Our bot", Health(state, problems))


def test_a_hub_without_fault_has_only_good_findings() -> None:
    assert set(grades(WELL).values()) == {Grade.OK}


@pytest.mark.parametrize(
    ("changed", "subject", "grade"),
    [
        (replace(WELL, public_url=None), "public URL", Grade.WARNING),
        (replace(WELL, public_url="http://hub.example.com"), "public URL", Grade.WARNING),
        (replace(WELL, off=(Off("E-mail", ("HUB_MAIL_FROM",)),)), "settings", Grade.OK),
        (replace(WELL, database_problem="it is away; start it", gauges=None), "database", Grade.BROKEN),
        (replace(WELL, queue_answers=False), "queue", Grade.BROKEN),
        (replace(WELL, queue_keeps=False), "queue", Grade.BROKEN),
        (replace(WELL, queue_keeps=False, embedded_queue=False), "queue", Grade.OK),
        (replace(WELL, lanes=frozenset()), "workers", Grade.BROKEN),
        (replace(WELL, channels=(channel(HealthState.OK),)), "channel", Grade.OK),
        (replace(WELL, channels=(channel(HealthState.UNKNOWN, "no answer"),)), "channel", Grade.WARNING),
        (replace(WELL, channels=(channel(HealthState.BROKEN, "token revoked"),)), "channel", Grade.BROKEN),
        (replace(WELL, gauges=replace(QUIET, oldest_event=NOW - timedelta(seconds=3))), "events", Grade.OK),
        (replace(WELL, gauges=replace(QUIET, oldest_event=NOW - timedelta(seconds=30))), "events", Grade.WARNING),
        (replace(WELL, gauges=replace(QUIET, oldest_event=NOW - timedelta(minutes=3))), "events", Grade.BROKEN),
        (replace(WELL, gauges=replace(QUIET, oldest_delivery=NOW - timedelta(hours=3))), "deliveries", Grade.WARNING),
        (replace(WELL, gauges=replace(QUIET, events={**QUIET.events, "failed": 2})), "failed events", Grade.WARNING),
        (replace(WELL, gauges=replace(QUIET, forgotten=1)), "forgotten requests", Grade.WARNING),
        (
            replace(WELL, gauges=replace(QUIET, events={**QUIET.events, "unreadable": 2})),
            "unreadable events",
            Grade.WARNING,
        ),
        (
            replace(WELL, gauges=replace(QUIET, messages={**QUIET.messages, "failed": 2})),
            "failed messages",
            Grade.WARNING,
        ),
        (
            replace(WELL, gauges=replace(QUIET, messages={**QUIET.messages, "uncertain": 1})),
            "uncertain messages",
            Grade.WARNING,
        ),
        (replace(WELL, gauges=replace(QUIET, unmatched=1)), "unmatched receipts", Grade.WARNING),
        (replace(WELL, gauges=replace(QUIET, quarantined=1)), "quarantined requests", Grade.WARNING),
    ],
)
def test_each_fault_is_found_with_its_grade(changed: Facts, subject: str, grade: Grade) -> None:
    assert grades(changed)[subject] is grade
    others = {name: found for name, found in grades(changed).items() if name != subject}
    assert set(others.values()) <= {Grade.OK}


def test_an_unreachable_queue_says_nothing_about_workers() -> None:
    assert "workers" not in grades(replace(WELL, queue_answers=False, lanes=frozenset()))


def test_a_running_hub_is_examined_with_its_channels(settings: Settings, services: Services, world: World) -> None:
    org = world.organization("Acme")
    world.channel(org, "email", "support@acme.example")
    found = {finding.subject: finding for finding in examine(settings)}
    assert found["database"].grade is Grade.OK
    assert found["queue"].grade is Grade.OK
    assert found["workers"].grade is Grade.BROKEN
    assert "Support on email" in found["channel"].text
    services.queue.beat("intake")
    assert {f.subject: f for f in examine(settings)}["workers"].grade is Grade.OK


def test_a_directory_without_database_is_broken_and_stays_empty(tmp_path: Path, queue_server: str) -> None:
    settings = load(_env_file=None, data_dir=tmp_path / "data", redis_url=queue_server)
    database = next(finding for finding in examine(settings) if finding.subject == "database")
    assert database.grade is Grade.BROKEN
    assert "hub migrate" in database.text
    assert not (tmp_path / "data" / "hub.db").exists()


def test_an_unreachable_database_is_broken_and_its_password_not_shown(tmp_path: Path, queue_server: str) -> None:
    settings = load(
        _env_file=None,
        data_dir=tmp_path,
        redis_url=queue_server,
        database_url="postgresql://hub:very-secret@127.0.0.1:1/hub",
    )
    found = examine(settings)
    assert next(finding for finding in found if finding.subject == "database").grade is Grade.BROKEN
    assert "very-secret" not in str(found)


def test_a_directory_without_queue_ends_in_one_sentence(tmp_path: Path) -> None:
    (only,) = examine(load(_env_file=None, data_dir=tmp_path))
    assert only.grade is Grade.BROKEN
    assert "hub up" in only.text


def test_an_organizations_missing_sender_is_reported(
    settings: Settings, services: Services, world: World, org: Organization
) -> None:
    made = world.channel(org, "email", "support@acme.example")
    with services.db.transaction(org.id) as tx:
        tx.execute(SENDER.update().where(SENDER.c.id == made.sender_id).values(state="released", released_at=NOW))
    channel_finding = next(finding for finding in examine(settings) if finding.subject == "channel")
    assert channel_finding.grade is Grade.BROKEN


def test_open_bans_lasting_incidents_and_idle_numbers_are_named(services: Services) -> None:
    world = World(services)
    org = world.organization("Shop")
    bot = world.channel(org, "telegram", "111222")
    now, case_id = services.clock(), new_id()
    case = BanCase(BanState.CONFIRMED, now, Level.BANNED, Reach.SENDER)
    over = CaseRecord(new_id(), org.id, bot.id, bot.sender_id, case, now, over_at=now)
    trouble = Trouble(DriftKind.WEBHOOK, Side.OURS, "its webhook points elsewhere")
    fresh = Trouble(DriftKind.TOKEN, Side.YOURS, "its token is refused")
    with services.db.transaction(org.id) as tx:
        ban_cases.insert(tx, CaseRecord(case_id, org.id, bot.id, bot.sender_id, case, now))
        ban_cases.insert(tx, over)
        incidents.open_all(tx, Place(bot.sender_id, bot.id), [trouble], now - timedelta(hours=2))
        incidents.open_all(tx, Place(bot.sender_id, bot.id), [fresh], now - timedelta(minutes=30))
    named = judge_affairs(gather_affairs(services))
    found = {each.subject: each for each in named}
    assert [each.subject for each in named].count("ban") == 1
    assert set(found) == {"ban", "incident"}
    assert case_id in found["ban"].text
    assert "“" in found["ban"].text
    assert "turn" in found["ban"].text
    assert "its webhook points elsewhere" in found["incident"].text
    assert {each.grade for each in found.values()} == {Grade.WARNING}


def test_a_hub_without_bans_incidents_and_numbers_says_so() -> None:
    assert [(each.grade, each.subject) for each in judge_affairs(Affairs())] == [
        (Grade.OK, "bans"),
        (Grade.OK, "incidents"),
    ]
    idle = Affairs(idle=[IdleNumber("+4930901820", 115, "USD"), IdleNumber("+4930901821", None, "")])
    said = [each.text for each in judge_affairs(idle) if each.subject == "number"]
    assert [each.partition(";")[0] for each in said] == [
        "+4930901820 carries nothing, for 1.15 USD a month",
        "+4930901821 carries nothing, for an unknown cost a month",
    ]
