"""Suspending an organization, a channel or a message (B6): nothing shown, nothing sent, everything kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from hub.access import sessions
from hub.cli import app as command_line
from hub.conversations import commands
from hub.db import gauges, journal
from hub.db.session import PlatformWork
from hub.db.tables.core import NOTICE
from hub.doctor.findings import judge
from hub.inbound import drain as intake_drain
from hub.outbound import leases
from hub.routing import assignment
from hub.types import MessageView
from hub.wiring import Services
from tests.intake.kit import counted
from tests.suspended import Hub, set_hub
from tests.test_doctor import WELL


@pytest.fixture
def hub(services: Services) -> Hub:
    return set_hub(services)


def test_a_suspended_organization_is_told_why_on_everything_but_its_own_page(hub: Hub) -> None:
    hub.stage.open_conversation(hub.bot)
    hub.act("suspend", "organizations", hub.stage.org.id, "unpaid since May")
    for path in ("/conversations", "/contacts", "/channels", "/users", "/tokens", "/intake", "/stream"):
        answer = hub.get(path)
        assert answer.status_code == 403, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Suspended"
        assert "unpaid since May" in answer.json()["detail"]
    own = hub.get("/organization")
    assert own.status_code == 200
    assert own.json()["suspended_reason"] == "unpaid since May"
    assert own.json()["suspended_at"] is not None


def test_its_people_get_a_page_with_the_reason_and_a_way_out(hub: Hub) -> None:
    with hub.services.db.transaction(hub.stage.org.id) as tx:
        session = sessions.begin_session(hub.services, tx, hub.stage.org.actor)
    hub.act("suspend", "organizations", hub.stage.org.id, "unpaid since May")
    page = hub.visit("/inbox", str(session.token))
    assert page.status_code == 403
    assert "unpaid since May" in page.text
    assert 'action="/logout"' in page.text


def test_the_backlog_of_a_suspended_organization_comes_in_its_order(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    hub.act("suspend", "organizations", hub.stage.org.id)
    told = [hub.stage.message(f"number {number}") for number in range(5)]
    hub.stage.journal(hub.bot, *told)
    hub.drain()
    assert counted(hub.services, hub.stage.org.actor) == {"received": 6, "handled": 1, "pending": 5}
    hub.forget_jobs()
    hub.act("resume", "organizations", hub.stage.org.id, "paid")
    assert hub.waiting("intake") == 1, "lifting wakes the drain"
    hub.drain()
    assert counted(hub.services, hub.stage.org.actor) == {"received": 6, "handled": 6}
    assert hub.texts(talk) == ["Hello", *(f"number {number}" for number in range(5))]


def test_nothing_wakes_for_a_suspended_sender_and_nothing_alarms(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    hub.stage.answer(talk)
    hub.act("suspend", "channels", hub.bot.id)
    hub.stage.journal(hub.bot, hub.stage.message("anybody there?"))
    hub.stage.clock.forward(hours=3)
    hub.forget_jobs()
    intake_drain.wake_strays(hub.services, timedelta(seconds=1))
    leases.wake_due(hub.services)
    assert (hub.waiting("intake"), hub.waiting("delivery")) == (0, 0)
    with hub.services.db.platform_reading(PlatformWork.MONITORING) as tx:
        found = gauges.read(tx, hub.stage.clock())
        assert journal.senders_with_pending(tx, hub.stage.clock()) == []
    assert (found.oldest_event, found.oldest_delivery, found.resting) == (None, None, 1)
    said = [each.text for each in judge(replace(WELL, gauges=found)) if each.subject == "suspended"]
    assert said == ["1 events wait until the suspension of their organization or channel is lifted"]


def test_a_suspended_channel_shows_nothing_and_sends_nothing_until_it_is_lifted(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    hub.stage.answer(talk, "we look into it")
    hub.act("suspend", "channels", hub.bot.id, "a complaint")
    hub.stage.deliver(hub.bot)
    assert hub.stage.provider().texts == []
    assert hub.listed() == []
    assert hub.get("/conversations?q=Hello").json()["items"] == []
    for path in (f"/conversations/{talk.id}", f"/conversations/{talk.id}/messages"):
        refused = hub.get(path)
        assert refused.status_code == 404, path
        assert "is suspended: a complaint" in refused.json()["detail"]
    for words in ({"text": "hello?"}, {"text": "look at this", "note": True}):
        refused = hub.post(f"/conversations/{talk.id}/messages", **words)
        assert refused.status_code == 409, refused.text
        assert "is suspended: a complaint" in refused.json()["detail"]
    assert hub.post(f"/conversations/{talk.id}/close").status_code == 404
    shown = hub.get(f"/channels/{hub.bot.id}").json()
    assert (shown["suspended_reason"], shown["suspended_at"] is not None) == ("a complaint", True)

    hub.act("resume", "channels", hub.bot.id)
    hub.stage.deliver(hub.bot)
    assert hub.stage.provider().texts == ["we look into it"]
    assert hub.listed() == [talk.id]
    assert hub.get(f"/channels/{hub.bot.id}").json()["suspended_at"] is None


def test_counts_assignment_and_snoozes_pass_over_a_suspended_channel(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    commands.snooze(hub.services, hub.stage.operator, talk.id, hub.stage.clock() + timedelta(hours=1))
    hub.act("suspend", "channels", hub.bot.id)
    hub.stage.clock.forward(hours=2)
    assignment.end_snoozes(hub.services)
    hub.forget_jobs()
    assignment.wake_waiting(hub.services)
    assert hub.waiting("routing") == 0
    hub.act("resume", "channels", hub.bot.id)
    assert "snooze_over" not in hub.stage.activities(talk)
    assignment.end_snoozes(hub.services)
    assert "snooze_over" in hub.stage.activities(talk)


def _inbound(hub: Hub, text: str) -> MessageView:
    [talk] = hub.stage.conversations()
    return next(each for each in hub.stage.thread(talk) if each.text == text)


def test_a_suspended_message_keeps_its_place_and_says_nothing(hub: Hub) -> None:
    talk = hub.stage.write(hub.bot, "a harmless question")
    hub.stage.write(hub.bot, "something vile")
    vile = _inbound(hub, "something vile")
    file = hub.attach(vile)
    assert hub.get(f"/attachments/{file}").status_code == 200
    hub.act("suspend", "messages", vile.id)
    assert hub.texts(talk) == ["a harmless question", ""]
    items = hub.get(f"/conversations/{talk.id}/messages").json()["items"]
    assert [each["parts"] for each in items if each["id"] == vile.id] == [[{"type": "suspended"}]]
    assert hub.get("/conversations?q=vile").json()["items"] == []
    assert [each.preview for each in hub.stage.conversations()] == ["a harmless question"]
    assert hub.get(f"/attachments/{file}").status_code == 404

    hub.act("resume", "messages", vile.id)
    assert hub.texts(talk) == ["a harmless question", "something vile"]
    assert [each.preview for each in hub.stage.conversations()] == ["something vile"]
    assert hub.get(f"/attachments/{file}").status_code == 200


def test_a_suspended_answer_waits_and_the_others_go_on(hub: Hub) -> None:
    talk = hub.stage.open_conversation(hub.bot)
    other = hub.stage.open_conversation(hub.bot, "501")
    first = hub.stage.answer(talk, "not like this")
    hub.stage.answer(talk, "like this")
    hub.stage.answer(other, "to somebody else")
    hub.act("suspend", "messages", first.id)
    hub.stage.deliver(hub.bot)
    assert hub.stage.provider().texts == ["like this", "to somebody else"]
    hub.forget_jobs()
    leases.wake_due(hub.services)
    assert hub.waiting("delivery") == 0
    hub.act("resume", "messages", first.id)
    assert hub.waiting("delivery") == 1
    hub.stage.deliver(hub.bot)
    assert hub.stage.provider().texts[-1] == "not like this"


def test_only_the_platform_suspends_and_each_time_says_why(hub: Hub) -> None:
    path = f"/platform/organizations/{hub.stage.org.id}/suspend"
    assert hub.post(path, reason="revenge").status_code == 403
    assert hub.api.call("POST", path, hub.platform, json={}).status_code == 422
    assert hub.api.call("POST", path, hub.platform, json={"reason": "  "}).status_code == 422
    resume = f"/platform/organizations/{hub.stage.org.id}/resume"
    assert hub.api.call("POST", resume, hub.platform, json={"reason": "x"}).status_code == 409
    unknown = "/platform/messages/01KAAAAAAAAAAAAAAAAAAAAAAA/suspend"
    assert hub.api.call("POST", unknown, hub.platform, json={"reason": "x"}).status_code == 404
    assert hub.audited() == []
    hub.act("suspend", "organizations", hub.stage.org.id, "spam")
    hub.act("resume", "organizations", hub.stage.org.id, "it was none")
    found = [(action, who, content["reason"]) for action, who, content in hub.audited()]
    assert found == [
        ("organization.suspended", "token", "spam"),
        ("organization.resumed", "token", "it was none"),
    ]


def test_the_command_line_suspends_and_resumes(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.acting.build", lambda _data: hub.services)
    ran = CliRunner().invoke(command_line, ["suspend", "channel", hub.bot.id, "--reason", "a complaint"])
    assert (ran.exit_code, ran.output) == (0, f"channel {hub.bot.id}: suspended\n")
    assert hub.get(f"/channels/{hub.bot.id}").json()["suspended_reason"] == "a complaint"
    ran = CliRunner().invoke(command_line, ["resume", "channel", hub.bot.id, "--reason", "settled"])
    assert (ran.exit_code, ran.output) == (0, f"channel {hub.bot.id}: resumed\n")
    assert [(action, who) for action, who, _ in hub.audited()] == [
        ("channel.suspended", "cli"),
        ("channel.resumed", "cli"),
    ]


def test_a_suspended_message_is_told_as_what_it_is_and_its_subject_is_no_topic(hub: Hub) -> None:
    talk = hub.stage.write(hub.bot, "something vile", topic="A vile subject")
    hub.stage.answer(talk)
    vile = _inbound(hub, "something vile")
    hub.act("suspend", "messages", vile.id)
    with hub.services.db.reading(hub.stage.org.id) as tx:
        told = tx.all(select(NOTICE.c.data).where(NOTICE.c.kind == "message").order_by(NOTICE.c.number.desc()))
    assert told[0].data == {"id": vile.id, "conversation_id": talk.id, "direction": "inbound"}
    assert hub.get(f"/conversations/{talk.id}").json()["topic"] is None
    assert hub.get("/conversations?q=subject").json()["items"] == []
    hub.act("resume", "messages", vile.id)
    assert hub.get(f"/conversations/{talk.id}").json()["topic"] == "A vile subject"
    assert len(hub.get("/conversations?q=subject").json()["items"]) == 1
