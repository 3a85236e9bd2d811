"""What is said about people and senders: opt-outs, names, bans; and what adapters ask to be done."""

from typing import Any

import pytest
from sqlalchemy import select

from hub import contacts
from hub.contacts import ContactChanges
from hub.db.tables.core import ERRAND, IDENTITY, OPT_OUT, SENDER
from hub.types import (
    Chore,
    Level,
    MessageReceived,
    Person,
    PersonNamed,
    ReachabilityChanged,
    SenderReported,
    Text,
)
from hub.wiring import Services
from tests.outbound.stage import Stage, set_stage
from tests.world import Channel

CARLA = Person("500", name="Carla")


@pytest.fixture
def stage(services: Services) -> Stage:
    return set_stage(services)


@pytest.fixture
def channel(stage: Stage) -> Channel:
    return stage.channel()


def _identity(stage: Stage, address: str = "500") -> Any:
    with stage.services.db.reading(stage.org.id) as tx:
        return tx.first(select(IDENTITY).where(IDENTITY.c.address == address))


# --- opt-outs -------------------------------------------------------------------------------------------


def test_whoever_opted_out_is_left_alone_until_they_say_so(stage: Stage, channel: Channel) -> None:
    stage.write(channel, "STOP")
    stage.hear(channel, ReachabilityChanged(CARLA, reachable=False, reason="they wrote STOP", opted_out=True))
    stage.write(channel, "Are you there?")
    assert (_identity(stage).unreachable, _identity(stage).opted_out_at) == ("they wrote STOP", stage.clock())
    stage.hear(channel, ReachabilityChanged(CARLA, reachable=True, reason=""))
    assert _identity(stage).unreachable is not None, "only their own word takes it back"
    stage.hear(channel, ReachabilityChanged(CARLA, reachable=True, reason="", opted_out=True))
    assert (_identity(stage).unreachable, _identity(stage).opted_out_at) == (None, None)


def test_whoever_could_not_be_reached_can_be_again_once_they_write(stage: Stage, channel: Channel) -> None:
    stage.write(channel, "Hello")
    stage.hear(channel, ReachabilityChanged(CARLA, reachable=False, reason="they blocked us"))
    assert _identity(stage).unreachable == "they blocked us"
    stage.write(channel, "Hello again")
    assert _identity(stage).unreachable is None


def test_the_word_of_somebody_unknown_counts_when_they_write(stage: Stage, channel: Channel) -> None:
    stage.hear(channel, ReachabilityChanged(CARLA, reachable=False, reason="STOP", opted_out=True))
    assert _opt_outs(stage) == 1
    stage.write(channel, "Hello")
    assert _identity(stage).opted_out_at is not None
    stage.hear(channel, ReachabilityChanged(CARLA, reachable=True, reason="START", opted_out=True))
    assert (_identity(stage).opted_out_at, _opt_outs(stage)) == (None, 0)


def _opt_outs(stage: Stage) -> int:
    with stage.services.db.reading(stage.org.id) as tx:
        return len(tx.all(select(OPT_OUT)))


# --- names ----------------------------------------------------------------------------------------------


def _nameless(stage: Stage, text: str = "Hello") -> MessageReceived:
    number = next(stage.numbers)
    return MessageReceived(f"500:{number}", Person("500"), (Text(text),), sequence=number)


def test_a_name_that_was_asked_for_goes_to_contact_and_messages(stage: Stage, channel: Channel) -> None:
    stage.hear(channel, _nameless(stage))
    stage.hear(channel, PersonNamed(Person("500"), "Carla"))
    [conversation] = stage.conversations()
    assert conversation.contact.name == "Carla"
    assert {each.author.name for each in stage.thread(conversation) if each.direction == "inbound"} == {"Carla"}


@pytest.mark.parametrize("by_identity", [False, True])
def test_no_provider_overwrites_a_corrected_name(stage: Stage, channel: Channel, by_identity: bool) -> None:
    conversation = stage.write(channel, "Hello")
    names = {_identity(stage).id: "Clara"} if by_identity else {}
    changes = ContactChanges(identities=names) if by_identity else ContactChanges(name="Clara")
    contacts.change_contact(stage.services, stage.org.actor, conversation.contact.id, changes)
    stage.write(channel, "Hello again")
    stage.hear(channel, PersonNamed(CARLA, "Carlotta"))
    said = [each for each in stage.thread(conversation) if each.direction == "inbound"]
    assert [each.author.name for each in said] == ["Clara", "Clara"]
    assert _identity(stage).name == "Clara"


def test_the_names_of_newcomers_without_one_are_asked_for_once(stage: Stage, channel: Channel) -> None:
    stage.provider().names_people = True  # type: ignore[attr-defined]
    stage.hear(channel, _nameless(stage), _nameless(stage))
    stage.hear(channel, _nameless(stage))
    [errand] = _errands(stage)
    assert (errand.what, errand.data["data"]) == ("look_up_name", {"address": "500", "scope": ""})
    assert errand.identity_id == _identity(stage).id


def test_nobody_asks_where_names_come_with_the_message(stage: Stage, channel: Channel) -> None:
    stage.hear(channel, _nameless(stage))
    assert _errands(stage) == []


def _errands(stage: Stage) -> list[Any]:
    with stage.services.db.reading(stage.org.id) as tx:
        return list(tx.all(select(ERRAND)))


# --- who they are ---------------------------------------------------------------------------------------


def test_whoever_is_not_vouched_for_is_shown_so_until_they_are(stage: Stage, channel: Channel) -> None:
    stranger = Person("500", name="Carla", verified=False)
    stage.hear(channel, MessageReceived("500:1", stranger, (Text("Hello"),)))
    [conversation] = stage.conversations()
    assert not _identity(stage).verified
    stage.hear(channel, MessageReceived("500:2", CARLA, (Text("It is me"),)))
    said = [each.author.verified for each in stage.thread(conversation) if each.direction == "inbound"]
    assert (said, _identity(stage).verified) == ([False, True], True)


def test_all_addresses_of_a_person_are_one_contact(stage: Stage, channel: Channel) -> None:
    stage.hear(channel, MessageReceived("1", Person("hidden-1", name="Carla", aliases=("500",)), (Text("a"),)))
    stage.hear(channel, MessageReceived("2", Person("500", name="Carla"), (Text("b"),)))
    stage.hear(channel, MessageReceived("3", Person("hidden-1", name="Carla"), (Text("c"),)))
    [conversation] = stage.conversations()
    assert [each.text for each in stage.thread(conversation) if each.direction == "inbound"] == ["a", "b", "c"]


def test_an_address_that_is_known_gives_its_contact_to_the_further_ones(stage: Stage, channel: Channel) -> None:
    stage.hear(channel, MessageReceived("1", Person("500", name="Carla"), (Text("a"),)))
    stage.hear(channel, MessageReceived("2", Person("hidden-1", name="Carla", aliases=("500",)), (Text("b"),)))
    assert _identity(stage, "hidden-1").contact_id == _identity(stage, "500").contact_id
    assert len(stage.conversations()) == 1


# --- senders and chores ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "hold"),
    [(Level.BANNED, "banned"), (Level.ACCOUNT, "banned"), (Level.RESTRICTED, None), (Level.RATE_LIMITED, None)],
)
def test_a_report_is_shown_with_the_channel_and_a_ban_holds_it(
    stage: Stage, channel: Channel, level: Level, hold: str | None
) -> None:
    stage.hear(channel, SenderReported(level, "the platform says so", "131031"))
    row = _sender(stage, channel)
    assert (row.hold, row.health["problems"]) == (hold, ["the platform says so"])


@pytest.mark.parametrize(
    ("kind", "over", "others"),
    [
        (
            "whatsapp",
            "account_update/DISABLED_UPDATE/REINSTATE",
            ["account_update/ACCOUNT_RECONNECTED", "quality_update/UNFLAGGED", "quality_update/UPGRADE", ""],
        ),
        ("facebook", "policy_enforcement/unblock", ["policy_enforcement/praise", ""]),
    ],
)
def test_only_a_report_that_takes_a_ban_back_ends_what_a_ban_held(
    stage: Stage, kind: str, over: str, others: list[str]
) -> None:
    channel = stage.world.channel(stage.org, kind, "+4915123456789" if kind == "whatsapp" else "2400001")
    stage.hear(channel, SenderReported(Level.BANNED, "the platform says so", "131031"))
    for code in others:
        stage.hear(channel, SenderReported(Level.NONE, "something is better", code))
        row = _sender(stage, channel)
        assert (row.hold, row.health["problems"]) == ("banned", ["the platform says so"])
    stage.hear(channel, SenderReported(Level.NONE, "it is given back", over))
    row = _sender(stage, channel)
    assert (row.hold, row.health["problems"]) == (None, [])


def _sender(stage: Stage, channel: Channel) -> Any:
    with stage.services.db.reading(stage.org.id) as tx:
        return tx.first(select(SENDER).where(SENDER.c.id == channel.sender_id))


def test_a_chore_is_kept_with_whom_it_is_about(stage: Stage, channel: Channel) -> None:
    said, chore = stage.message("pressed"), Chore("answer_press", {"query": "1"})
    stage.journal(channel, said)
    stage.provider().meanings[f"told:{next(stage.numbers) - 1}"] = [said, chore]
    stage.hear(channel)
    [errand] = _errands(stage)
    assert (errand.what, errand.identity_id) == ("answer_press", _identity(stage).id)
    assert stage.services.queue.redis.exists(f"wake:workers.delivery.errands:{channel.sender_id}")
