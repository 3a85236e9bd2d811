"""Removing what has had its time, by a clock that is moved: what goes, what stays, and that the counts still add up."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from hub import audit, retention, upkeep
from hub.cli import app as command_line
from hub.db import person_erasing, quarantine
from hub.db.quarantine import NewQuarantine
from hub.db.session import PlatformWork
from hub.db.tables.core import (
    ATTACHMENT,
    CHANNEL,
    CONTACT,
    CONVERSATION,
    DELIVERY,
    EVENT,
    IDENTITY,
    MESSAGE,
    OPT_OUT,
    ORGANIZATION,
    PARKED,
    PRIVACY_CASE,
    QUARANTINE,
)
from hub.ids import new_id
from hub.inbound import journal
from hub.outbound.submit import Reply, submit
from hub.types import ConversationView, FailureKind, MessageStatus, Receipt, SendFailure
from hub.wiring import Services
from tests.intake.kit import counted, posted
from tests.line import post_telegram, telegram_update
from tests.suspended import Hub, set_hub
from tests.world import Organization


@pytest.fixture
def hub(services: Services, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A turn is long enough for all there is, also on a busy machine."""
    monkeypatch.setattr(retention, "_TURN_SECONDS", 60.0)
    return set_hub(services)


def _events(hub: Hub) -> list[tuple[str, bool]]:
    """(state, whether it has bytes) of every journal row, in order of arrival."""
    with hub.services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        rows = tx.all(select(EVENT.c.state, EVENT.c.body, EVENT.c.headers).order_by(EVENT.c.id))
    return [(row.state, row.body is not None) for row in rows]


def _rows(hub: Hub, *tables: Any) -> list[int]:
    with hub.services.db.platform_reading(PlatformWork.MONITORING) as tx:
        return [int(tx.scalar(select(func.count()).select_from(table)) or 0) for table in tables]


def _keep_for(hub: Hub, days: int | None) -> None:
    answer = hub.api.call("PATCH", "/organization", hub.owner, json={"conversation_retention_days": days})
    assert answer.status_code == 200, answer.text
    assert answer.json()["conversation_retention_days"] == days


def _closed(hub: Hub, person: str = "500") -> ConversationView:
    talk = hub.stage.open_conversation(hub.bot, person)
    submit(hub.services, hub.stage.operator, talk.id, Reply("done"))
    hub.stage.deliver(hub.bot)
    assert hub.post(f"/conversations/{talk.id}/close").status_code == 200
    return talk


def test_raw_bytes_go_a_month_after_handling_and_never_before(hub: Hub) -> None:
    hub.stage.hear(hub.bot, hub.stage.message("handled today"))
    hub.stage.journal(hub.bot, hub.stage.message("still waiting"))
    hub.stage.clock.forward(days=29)
    assert retention.retain(hub.services) == {}
    hub.stage.clock.forward(days=2)
    assert retention.retain(hub.services) == {"event_bytes": 1}
    assert _events(hub) == [("handled", False), ("pending", True)]
    hub.drain()
    assert counted(hub.services, hub.stage.org.actor) == {"received": 2, "handled": 2}


def test_failed_events_keep_their_bytes_and_can_be_replayed(hub: Hub) -> None:
    hub.stage.journal(hub.bot, hub.stage.message("a poison"))
    with hub.services.db.platform_transaction(PlatformWork.JOURNAL) as tx:
        tx.execute(update(EVENT).values(state="failed", handled_at=hub.stage.clock()))
    hub.stage.clock.forward(days=400)
    assert retention.retain(hub.services) == {}
    assert _events(hub) == [("failed", True)]
    [event] = journal.list_events(hub.services)
    journal.replay(hub.services, event.id)
    hub.drain()
    assert counted(hub.services, hub.stage.org.actor) == {"received": 1, "handled": 1}


def test_a_message_delivered_again_after_its_bytes_went_is_known(hub: Hub) -> None:
    again = telegram_update(1, "Hello")
    posted(hub.services, lambda client: post_telegram(client, hub.bot, again))
    hub.drain()
    hub.stage.clock.forward(days=31)
    assert retention.retain(hub.services)["event_bytes"] == 1
    changed = telegram_update(1, "Hello, but not the same bytes")
    posted(
        hub.services,
        lambda client: post_telegram(client, hub.bot, again),
        lambda client: post_telegram(client, hub.bot, changed),
    )
    hub.drain()
    assert _events(hub) == [("handled", False), ("duplicate", False), ("duplicate", True)]
    assert counted(hub.services, hub.stage.org.actor) == {"received": 3, "handled": 1, "duplicates": 2}
    hub.stage.clock.forward(days=31)
    assert retention.retain(hub.services) == {"event_bytes": 1}
    assert _events(hub)[2] == ("duplicate", False)
    assert hub.texts(hub.stage.conversations()[0]) == ["Hello"]


def test_quarantine_goes_after_two_weeks_and_the_hubs_count_still_adds_up(hub: Hub) -> None:
    forged = replace(hub.bot, webhook_secret="a guess")
    posted(hub.services, lambda client: post_telegram(client, forged, telegram_update(1, "forged")))
    assert counted(hub.services, hub.stage.org.actor) == {"quarantined": 1}
    hub.stage.clock.forward(days=13)
    assert retention.retain(hub.services) == {}
    hub.stage.clock.forward(days=2)
    assert retention.retain(hub.services) == {"quarantined_requests": 1}
    assert _rows(hub, QUARANTINE) == [0]
    assert counted(hub.services, None) == {}
    [(action, who, content)] = hub.audited(audit.PLATFORM)
    assert (action, who, content["before"]) == ("retention.removed", "system", {"quarantined_requests": 1})


def test_a_request_in_quarantine_is_discarded_for_a_reason(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = replace(hub.bot, webhook_secret="a guess")
    posted(hub.services, lambda client: post_telegram(client, forged, telegram_update(1, "forged")))
    [held] = journal.list_quarantined(hub.services)
    monkeypatch.setattr("hub.cli.acting.build", lambda _data: hub.services)
    refused = CliRunner().invoke(command_line, ["events", "discard", held.id, "--reason", " "])
    assert refused.exit_code == 1
    done = CliRunner().invoke(command_line, ["events", "discard", held.id, "--reason", "an attack"])
    assert done.exit_code == 0, done.output
    assert _rows(hub, QUARANTINE) == [0]
    assert [(action, content["reason"]) for action, _, content in hub.audited(audit.PLATFORM)] == [
        ("request.discarded", "an attack")
    ]


def test_a_closed_conversation_goes_with_everything_in_it_and_its_contact(hub: Hub) -> None:
    talk, open_one = _closed(hub), hub.stage.open_conversation(hub.bot, "501")
    hub.attach(hub.stage.thread(talk)[0])
    assert hub.post(f"/conversations/{talk.id}/read").status_code == 200
    hub.stage.clock.forward(days=500)
    assert retention.retain(hub.services) == {"event_bytes": 2}, "without a period nothing said is removed"
    _keep_for(hub, 365)
    removed = retention.retain(hub.services)
    assert (removed["conversations"], removed["contacts"], removed["attachments"]) == (1, 1, 1)
    assert hub.listed() == [open_one.id]
    assert _rows(hub, CONVERSATION, CONTACT, IDENTITY, DELIVERY, ATTACHMENT) == [1, 1, 1, 0, 0]
    assert retention.retain(hub.services) == {}
    assert counted(hub.services, hub.stage.org.actor) == {"received": 2, "handled": 2}
    last = [entry for entry in hub.audited() if entry[0] == "retention.removed"][-1]
    assert (last[1], last[2]["before"]["conversations"]) == ("system", 1)


def test_a_customer_with_another_conversation_stays(hub: Hub) -> None:
    with hub.services.db.transaction(hub.stage.org.id) as tx:
        tx.execute(update(CHANNEL).values(returning="new"))
    first = _closed(hub)
    hub.stage.clock.forward(days=40)
    hub.stage.hear(hub.bot, hub.stage.message("me again"))
    _keep_for(hub, 30)
    removed = retention.retain(hub.services)
    assert (removed["conversations"], removed["contacts"]) == (1, 0)
    assert first.id not in hub.listed()
    assert _rows(hub, CONTACT, IDENTITY) == [1, 1]


def test_who_does_not_want_to_be_written_to_stays_known_by_a_hash(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    hub.stage.provider().answers.append(SendFailure(FailureKind.RECIPIENT, "blocked the bot"))
    hub.stage.answer(talk)
    hub.stage.deliver(hub.bot)
    hub.post(f"/conversations/{talk.id}/close")
    _keep_for(hub, 10)
    hub.stage.clock.forward(days=11)
    assert retention.retain(hub.services)["identities"] == 1
    with hub.services.db.reading(hub.stage.org.id) as tx:
        [kept] = tx.all(select(OPT_OUT))
    assert (kept.kind, len(kept.address_hash)) == ("telegram", 64)


def test_what_is_suspended_or_restricted_is_not_removed(hub: Hub) -> None:
    talk, other = _closed(hub), _closed(hub, "501")
    hello = next(each.id for each in hub.stage.thread(talk) if each.text == "Hello")
    _keep_for(hub, 10)
    hub.stage.clock.forward(days=11)
    hub.act("suspend", "messages", hello)
    restricted = hub.api.owner("POST", f"/contacts/{other.contact.id}/restrict", json={"reason": "a dispute"})
    assert restricted.status_code == 200, restricted.text
    assert retention.retain(hub.services)["conversations"] == 0
    hub.act("resume", "messages", hello)
    hub.act("suspend", "channels", hub.bot.id)
    assert retention.retain(hub.services)["conversations"] == 0
    hub.act("resume", "channels", hub.bot.id)
    hub.act("suspend", "organizations", hub.stage.org.id)
    assert retention.retain(hub.services)["conversations"] == 0
    hub.act("resume", "organizations", hub.stage.org.id)
    assert retention.retain(hub.services)["conversations"] == 1


def test_a_run_that_died_half_way_is_finished_by_the_next(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention.conversations, "_MESSAGES", 2)
    talk = _closed(hub)
    said = len(hub.stage.thread(talk))
    _keep_for(hub, 10)
    hub.stage.clock.forward(days=11)
    whole = person_erasing.remove_messages
    portions = iter((whole,))

    def dying(*arguments: Any) -> Any:
        return next(portions)(*arguments)

    monkeypatch.setattr(person_erasing, "remove_messages", dying)
    with pytest.raises(StopIteration):
        retention.retain(hub.services)
    monkeypatch.setattr(person_erasing, "remove_messages", whole)
    assert _rows(hub, MESSAGE, CONVERSATION) == [said - 2, 1]
    assert retention.retain(hub.services)["conversations"] == 1
    assert _rows(hub, MESSAGE, CONVERSATION, CONTACT) == [0, 0, 0]


def test_uploads_nobody_used_and_expired_exports_go(hub: Hub) -> None:
    sent = hub.api.owner("POST", "/uploads", files={"file": ("cat.png", b"cat", "image/png")})
    assert sent.status_code == 201, sent.text
    contact = hub.stage.open_conversation(hub.bot).contact
    with hub.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        now = hub.stage.clock()
        case = {"contact_id": contact.id, "kind": "export", "state": "done", "requested_by": "", "reason": ""}
        times = {"received_at": now, "due_at": now, "archive": b"sealed", "archive_until": now + timedelta(days=3)}
        row = {"id": "01KAAAAAAAAAAAAAAAAAAAAAAA", "organization_id": hub.stage.org.id, **case, **times}
        tx.execute(PRIVACY_CASE.insert().values(row))
    hub.stage.clock.forward(days=2)
    assert retention.retain(hub.services) == {}
    hub.stage.clock.forward(days=6)
    assert retention.retain(hub.services) == {"uploads": 1, "archives": 1}
    assert _rows(hub, ATTACHMENT, PRIVACY_CASE) == [0, 1]


def test_copies_of_before_a_migration_go_after_a_month(hub: Hub) -> None:
    path = hub.services.settings.sqlite_path
    if path is None:
        return
    now = hub.stage.clock().timestamp()
    for name, days in (("before-0000", 31), ("before-0001", 29)):
        copy = path.with_name(f"{path.name}.{name}")
        copy.write_bytes(b"an old database")
        os.utime(copy, (now - days * 86400, now - days * 86400))
    assert retention.retain(hub.services) == {"copies": 1}
    assert [each.name for each in path.parent.glob("*.before-*")] == ["hub.db.before-0001"]


def test_the_command_line_says_what_would_go_and_then_removes_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    _closed(hub)
    _keep_for(hub, 10)
    hub.stage.clock.forward(days=31)
    monkeypatch.setattr("hub.cli.acting.build", lambda _data: hub.services)
    dry = CliRunner().invoke(command_line, ["retention", "run", "--dry-run"])
    assert dry.output.split() == ["1", "conversations", "1", "event_bytes", "2", "would", "be", "removed"]
    assert _rows(hub, CONVERSATION) == [1]
    done = CliRunner().invoke(command_line, ["retention", "run"])
    assert done.exit_code == 0, done.output
    assert _rows(hub, CONVERSATION) == [0]
    assert hub.audited()[-1][:2] == ("retention.removed", "cli")


def test_a_period_is_a_number_of_days_or_none(hub: Hub) -> None:
    for wrong in (0, -1, 3651):
        refused = hub.api.call("PATCH", "/organization", hub.owner, json={"conversation_retention_days": wrong})
        assert refused.status_code == 422
    _keep_for(hub, 3650)
    hub.api.call("PATCH", "/organization", hub.owner, json={"name": "Acme"})
    with hub.services.db.reading(hub.stage.org.id) as tx:
        assert tx.scalar(select(ORGANIZATION.c.conversation_retention_days)) == 3650
    _keep_for(hub, None)


def _no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_TURN_SECONDS", 0.0)


def _woken(hub: Hub) -> list[str]:
    """The keys with which the job was woken, oldest first; the queue is empty then."""
    jobs = hub.services.queue.redis.lrange("rq:queue:upkeep", 0, -1)
    keys = [Job.fetch(each.decode(), hub.services.queue.redis, serializer=JSONSerializer).args[0] for each in jobs]
    hub.forget_jobs()
    return keys


def test_a_contact_that_goes_takes_what_the_audit_log_and_its_cases_say_of_it(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    renamed = hub.api.call("PATCH", f"/contacts/{talk.contact.id}", hub.owner, json={"name": "Zebrafink Carla"})
    assert renamed.status_code == 200, renamed.text
    for right in ("restrict", "unrestrict"):
        hub.api.owner("POST", f"/contacts/{talk.contact.id}/{right}", json={"reason": "Zebrafink asked"})
    hello = next(each for each in hub.stage.thread(talk) if each.text == "Hello")
    hub.act("suspend", "messages", hello.id, "Zebrafink complained")
    hub.act("resume", "messages", hello.id, "Zebrafink withdrew it")
    assert hub.post(f"/conversations/{talk.id}/topic", topic="Zebrafink's parcel").status_code == 200
    assert hub.post(f"/conversations/{talk.id}/close").status_code == 200
    _keep_for(hub, 10)
    hub.stage.clock.forward(days=11)
    assert "Zebrafink" in repr(hub.audited())
    assert retention.retain(hub.services)["contacts"] == 1
    assert "Zebrafink" not in repr(hub.audited())
    with hub.services.db.reading(hub.stage.org.id) as tx:
        assert {row.reason for row in tx.all(select(PRIVACY_CASE.c.reason))} == {""}
    assert audit.verify(hub.services, hub.stage.org.id)[0].faults == ()


def test_a_receipt_that_nobody_claimed_goes_with_the_raw_bytes(hub: Hub) -> None:
    failure = SendFailure(FailureKind.CONTENT, "no route to +491711234567")
    hub.stage.hear(hub.bot, Receipt(MessageStatus.FAILED, external_id="unknown:1", failure=failure))
    hub.stage.clock.forward(days=36)
    upkeep.forget_old(hub.services)
    retention.retain(hub.services)
    assert _rows(hub, PARKED) == [1]
    hub.stage.clock.forward(days=2)
    assert retention.retain(hub.services)["parked_receipts"] == 1
    assert _rows(hub, PARKED) == [0]


def test_a_genuine_request_waits_in_quarantine_until_somebody_decides(hub: Hub) -> None:
    with hub.services.db.platform_transaction(PlatformWork.JOURNAL) as tx:
        about = quarantine.seal(hub.services.vault.platform(), {}, b"")
        for number, (genuine, state) in enumerate([(True, "held"), (True, "unreadable"), (True, "released")]):
            request = NewQuarantine(
                f"q{number}", "telegram", "/", about, "who", genuine, hub.stage.clock(), state=state
            )
            quarantine.insert(tx, [request])
    hub.stage.clock.forward(days=100)
    assert retention.retain(hub.services) == {"quarantined_requests": 1}
    with hub.services.db.platform_reading(PlatformWork.JOURNAL) as tx:
        assert [row.id for row in tx.all(select(QUARANTINE.c.id).order_by(QUARANTINE.c.id))] == ["q0", "q1"]
        assert quarantine.count_forgotten(tx, hub.stage.clock() - timedelta(days=14)) == 2


def test_every_portion_is_in_the_audit_log_before_the_next_one_begins(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.stage.hear(hub.bot, hub.stage.message("one"))
    _closed(hub, "501")
    _keep_for(hub, 10)
    hub.stage.clock.forward(days=40)

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(person_erasing, "remove_messages", killed)
    with pytest.raises(KeyboardInterrupt):
        retention.retain(hub.services)
    assert [entry[2]["before"] for entry in hub.audited() if entry[0] == "retention.removed"] == [{"event_bytes": 2}]


def test_a_turn_that_is_over_goes_on_behind_the_last_organization_and_ends_when_nothing_is_left(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = hub.stage.world.organization("Beta")
    calm = hub.stage.world.organization("Calm")
    for org in (hub.stage.org, other):
        _park_old(hub, org)
    hub.stage.clock.forward(days=60)
    _no_time(monkeypatch)
    hub.forget_jobs()
    key, keys, removed = retention.FROM_THE_START, [], 0
    for _ in range(12):
        removed += retention.retain(hub.services, key)["uploads"]
        woken = _woken(hub)
        if not woken:
            break
        [key] = woken
        keys.append(key)
    assert woken == []
    assert removed == 6
    assert keys[:3] == ["platform", hub.stage.org.id, "all"], "each one's turn comes before anybody's second"
    assert calm.id not in keys


def _park_old(hub: Hub, org: Organization) -> None:
    """Three uploads that no message will carry: more than one portion."""
    body = hub.services.vault.of(org.id).seal(b"a", "attachments.body")
    row = {"name": "a", "content_type": "b", "size": 1, "sha256": "", "body": body, "created_at": hub.stage.clock()}
    with hub.services.db.transaction(org.id) as tx:
        tx.insert(ATTACHMENT, [row | {"id": new_id(), "organization_id": org.id} for _ in range(3)])


def test_an_hour_in_which_nothing_is_old_wakes_nobody(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.stage.open_conversation(hub.bot)
    _keep_for(hub, 10)
    _no_time(monkeypatch)
    hub.forget_jobs()
    assert retention.retain(hub.services) == {}
    assert _woken(hub) == []
