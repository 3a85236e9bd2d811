"""Who is told of a ban: admins in the browser, by mail and by their own server; whoever runs the platform likewise."""

import ast
import inspect
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from hub.access.organizations import OrganizationChanges, change_organization
from hub.calling import posting
from hub.db import notices, senders
from hub.db.session import PlatformWork
from hub.db.tables.core import AUDIT_ENTRY, NOTIFICATION, USER
from hub.notifying import sending
from hub.numbers.cases import acting, informing, letters
from hub.numbers.policy import following, signals
from hub.settings import Settings
from hub.types import Actor, Level, OutboundMessage, Reach, Role
from hub.types.bans import Act, Confidence, Judgement, RemedyKind, Signal, SignalSource
from hub.wiring import Services, build
from tests.calling.receiver import Receiver
from tests.outbound.stage import Stage, set_stage
from tests.world import Channel

WORDS = "The messenger has banned the number"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def services(settings: Settings, receiver: Receiver) -> Iterator[Services]:
    changes = {"webhook_hosts": receiver.host, "mail_primary_url": SecretStr("smtp://127.0.0.1:9?tls=off")}
    built = build(settings.model_copy(update=changes))
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@dataclass
class Ban:
    """A confirmed ban of a channel, two conversations on it, and everybody who may be told."""

    stage: Stage
    channel: Channel
    case_id: str
    receiver: Receiver
    admin: Actor
    platform: Actor

    @property
    def services(self) -> Services:
        return self.stage.services

    def tell(self, about: str = "Confirmed") -> None:
        informing.tell_admins(self.services, self.case_id, about)

    def mails(self) -> dict[str, OutboundMessage]:
        """Address → the mail, once all that is due has gone out."""
        relay = self.stage.provider("email")
        sending.send_due(self.services)
        assert len({mail.recipient.address for mail in relay.sent}) == len(relay.sent)
        return {mail.recipient.address: mail for mail in relay.sent}

    def calls(self) -> list[dict[str, Any]]:
        for _ in range(5):
            posting.run(self.services)
        return [json.loads(each.body) for each in self.receiver.got]

    def notices(self, organization_id: str) -> list[tuple[str, Any]]:
        with self.services.db.reading(organization_id) as tx:
            return [(each.kind, each.data) for each in notices.list_after(tx, 0, 1000) if each.kind == "ban"]

    def happen(self, happening: Any) -> None:
        with self.services.db.transaction(self.stage.org.id) as tx:
            acting.happen(self.services, tx, self.case_id, happening, acting.HUB, self.stage.clock.now)


def address(actor: Actor) -> str:
    return f"{actor.user_id.lower()}@example.com"


def set_user(services: Services, actor: Actor, **values: Any) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(USER).where(USER.c.id == actor.user_id).values(**values))


def judgement(stage: Stage, level: Level = Level.BANNED) -> Judgement:
    now = stage.clock.now
    said = Signal("twilio", SignalSource.POLL, "sender/OFFLINE", now, text="AC00 was banned by the provider")
    return Judgement(
        level, Reach.SENDER, Confidence.CONFIRMED, frozenset({Act.REPLIES, Act.UNASKED}), now, WORDS,
        remedies=(RemedyKind.APPEAL, RemedyKind.REPLACE), evidence=(said,),
    )  # fmt: skip


@pytest.fixture
def ban(services: Services, receiver: Receiver) -> Ban:
    stage = set_stage(services)
    change_organization(stage.services, stage.org.actor, OrganizationChanges(webhook_url=receiver.url))
    channel = stage.channel("telegram", "111222")
    for person in ("500", "501"):
        stage.open_conversation(channel, person)
    admin = stage.world.user(stage.org.id, "Anna Admin", Role.ADMIN)
    set_user(services, admin, language="de", time_zone="Europe/Berlin")
    stage.world.user(stage.org.id, "Sue Supervisor", Role.SUPERVISOR)
    set_user(services, stage.world.user(stage.org.id, "Gone Admin", Role.ADMIN), disabled_at=stage.clock.now)
    platform = stage.world.user(stage.world.organization("Platform Inc").id, "Petra Platform", Role.OWNER)
    set_user(services, platform, platform_admin=True)
    with stage.services.db.transaction(stage.org.id) as tx:
        sender = senders.lock(tx, channel.sender_id)
        assert sender
        case_id = acting.judged(stage.services, tx, sender, judgement(stage), stage.clock.now)
    assert case_id
    return Ban(stage, channel, case_id, receiver, admin, platform)


def test_admins_are_told_by_mail_in_their_language_by_their_server_and_in_the_browser(ban: Ban) -> None:
    before = len(ban.notices(ban.stage.org.id))
    ban.tell()
    mails = ban.mails()
    assert set(mails) == {address(ban.stage.org.actor), address(ban.admin)}
    english, german = mails[address(ban.stage.org.actor)], mails[address(ban.admin)]
    assert (english.topic, german.topic) == ("Support on telegram was banned", "Support on telegram wurde gesperrt")
    link = f"https://hub.example.com/bans/{ban.case_id}"
    for wanted in ("2 conversations with 2 people", "Nothing goes out over it", "Nothing is replaced unless", link):
        assert wanted in english.text
    for wanted in ("2 Gespräche mit 2 Menschen", "2026-11-21 10:00 (Europe/Berlin)", "Ersetzt wird nur", link):
        assert wanted in german.text
    assert "AC00" not in english.text + german.text
    assert (english.answerable, english.automatic) == (False, True)
    [call] = ban.calls()
    told = call["data"]
    assert (call["kind"], told["ban"]["id"], told["ban"]["level"]) == ("ban.confirmed", ban.case_id, "banned")
    assert told["ban"]["channel"] == {"id": ban.channel.id, "name": "Support on telegram", "kind": "telegram"}
    assert (told["touched"], told["link"]) == ({"conversations": 2, "recipients": 2}, link)
    assert [each["words"] for each in told["evidence"]] == [WORDS]
    assert WORDS in english.text
    assert "Der Messenger hat die Nummer gesperrt" in german.text
    assert "AC00" not in json.dumps(call)
    assert ban.notices(ban.stage.org.id)[before:] == [("ban", {"id": ban.case_id, "about": "Confirmed"})]


def test_telling_again_tells_nobody_twice_also_after_the_mails_went_out(ban: Ban) -> None:
    for _ in range(3):
        ban.tell()
    ban.mails()
    ban.tell()
    assert len(ban.mails()) == 2
    assert len(ban.calls()) == 1
    assert sum(data.get("about") == "Confirmed" for _, data in ban.notices(ban.stage.org.id)) == 1


def test_telling_that_dies_half_way_has_told_nobody_and_all_are_told_the_next_time(
    ban: Ban, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(informing.calling, "tell", die)
        with pytest.raises(KeyboardInterrupt):
            ban.tell()
    assert ban.mails() == {}
    ban.tell()
    assert (len(ban.mails()), len(ban.calls())) == (2, 1)


def test_each_happening_of_a_kind_is_told_by_itself(ban: Ban) -> None:
    ban.tell()
    for level in (Level.RESTRICTED, Level.BANNED):
        ban.stage.clock.forward(minutes=1)
        ban.happen(acting.h.Changed(judgement(ban.stage, level)))
        ban.tell("Changed")
        ban.tell("Changed")
    assert [each["kind"] for each in ban.calls()] == ["ban.confirmed", "ban.changed", "ban.changed"]
    sending.send_due(ban.services)
    topics = [mail.topic for mail in ban.stage.provider("email").sent if mail.recipient.address == address(ban.admin)]
    assert topics == [
        "Support on telegram wurde gesperrt",
        "Geändert: Support on telegram wurde eingeschränkt",
        "Geändert: Support on telegram wurde gesperrt",
    ]


def test_whoever_runs_the_platform_is_told_once_and_the_log_of_the_platform_says_so(ban: Ban) -> None:
    for about in ("Suspected", "Confirmed", "Confirmed"):
        informing.tell_platform(ban.services, ban.case_id, about)
    relay = ban.stage.provider("email")
    sending.send_due(ban.services)
    assert [(mail.recipient.address, mail.topic) for mail in relay.sent] == [
        (address(ban.platform), "Acme: Suspicion: Support on telegram was banned"),
        (address(ban.platform), "Acme: Support on telegram was banned"),
    ]
    assert f"https://hub.example.com/platform/bans/{ban.case_id}" in relay.sent[1].text
    assert ban.notices(ban.platform.organization_id) == [("ban", {"of": "platform"})] * 2
    with ban.services.db.platform_reading(PlatformWork.AUDIT) as tx:
        rows = tx.all(select(AUDIT_ENTRY.c.content).where(AUDIT_ENTRY.c.action == "ban.platform_told"))
    assert [row.content["after"]["happening"] for row in rows] == ["Opened", "Confirmed"]
    assert ban.calls() == []


def test_without_mail_the_browser_and_the_server_still_tell(ban: Ban) -> None:
    off = ban.services.settings.model_copy(update={"mail_primary_url": None})
    ban.stage.services = replace(ban.services, settings=off)
    ban.stage.provider("email").__dict__.update(missing_settings=lambda: ("HUB_MAIL_PRIMARY_URL",))
    ban.tell()
    assert ban.mails() == {}
    assert [each["kind"] for each in ban.calls()] == ["ban.confirmed"]
    with ban.services.db.reading(ban.stage.org.id) as tx:
        assert {row.state for row in tx.all(select(NOTIFICATION.c.state))} == {"cancelled"}


def _said_in(argument: ast.expr) -> set[str]:
    return {str(argument.value)} if isinstance(argument, ast.Constant) else set()


def test_everything_that_is_ever_told_has_its_words_and_its_kind() -> None:
    """What the policy may ask to be told of, read from its code."""
    told: dict[str, set[str]] = {"TellAdmins": set(), "TellPlatform": set()}
    for node in ast.walk(ast.parse(inspect.getsource(following))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in told:
            told[node.func.attr] |= _said_in(node.args[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_told":
            both = _said_in(node.args[0]) or {"OfferWithdrawn", "Declined", "DeadlinePassed"}
            told = {name: names | both for name, names in told.items()}
    assert {"Accepted", "Closed", "Declined"} <= told["TellAdmins"] & told["TellPlatform"]
    assert told["TellAdmins"] <= set(informing.KINDS)
    for language in (letters.ENGLISH, letters.GERMAN):
        names = {informing._NAMES.get(each, each) for each in told["TellAdmins"] | told["TellPlatform"]}
        assert names | {"Reinstated", "Opened"} <= set(letters._HAPPENED[language])
    assert letters._HAPPENED[letters.ENGLISH].keys() == letters._HAPPENED[letters.GERMAN].keys()


def test_all_evidence_has_its_german_words() -> None:
    table = tomllib.loads(Path(inspect.getfile(signals)).with_suffix(".toml").read_text())

    def words(value: Any) -> Iterator[str]:
        match value:
            case {"words": str(text)}:
                yield text
            case dict() | list():
                for each in value.values() if isinstance(value, dict) else value:
                    yield from words(each)

    wanted = set(words(table))
    assert len(wanted) > 40
    assert {each for each in wanted if letters.said(each, letters.GERMAN) == each} == set()
