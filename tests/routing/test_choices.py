"""A choice the whole way: offered as each channel can say it, chosen as each channel brings the answer in."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import anyio
import httpx
import pytest

from hub.access.groups import create_group
from hub.access.routing_rules import replace_rules
from hub.conversations.commands import snooze
from hub.outbound.automatic import say_due
from hub.outbound.submit import Reply, submit
from hub.routing.assignment import end_choices
from hub.types import Choice, ConversationView, Effects, Option, OutboundMessage, Role, Rule
from hub.types.routing import Conditions
from tests import line
from tests.outbound.stage import Stage
from tests.routing.doors import (
    DOOR_OF,
    MAILBOX,
    ON_ALL,
    WHOM,
    WRITTEN,
    Door,
    connect,
    hear,
    press,
    quick_reply,
    telegram,
)
from tests.world import Channel

NUMBERED = f"{WHOM}\n\n1. Sales\n2. Repairs & returns"
SALES, REPAIRS = "Sales", "Repairs & returns"
WAIT = 300
START = datetime.fromtimestamp(WRITTEN + 600, UTC)


@dataclass(frozen=True)
class Teams:
    """Two groups to choose from with somebody online in each, and the one for who does not choose."""

    sales: str
    repairs: str
    otherwise: str


@pytest.fixture
def teams(stage: Stage) -> Teams:
    stage.clock.now = START
    sales, repairs = _group(stage, SALES, "Sam Seller"), _group(stage, REPAIRS, "Rita Repairs")
    choice = Choice(WHOM, (Option(SALES, sales), Option(REPAIRS, repairs, "repair")), stage.org.group_id, WAIT)
    rule = Rule("", "Ask whom", Conditions(), Effects(choice=choice))
    replace_rules(stage.services, stage.org.actor, [rule])
    return Teams(sales, repairs, stage.org.group_id)


def _group(stage: Stage, name: str, member: str) -> str:
    made = create_group(stage.services, stage.org.actor, name)
    stage.world.user(stage.org.id, member, Role.OPERATOR, "online", made.id)
    return made.id


def offered(stage: Stage, door: Door, channel: Channel) -> OutboundMessage:
    """What went out of the hub after the first message."""
    waiting = hear(stage, channel, door.hello)
    assert (waiting.group, waiting.assignee, waiting.status) == (None, None, "new")
    say_due(stage.services)
    stage.deliver(channel)
    [sent] = stage.provider(door.kind).sent
    return sent


def group_of(conversation: ConversationView) -> str:
    return conversation.group.name if conversation.group else ""


# --- offered and chosen ---------------------------------------------------------------------------------


def test_a_pressed_button_leads_to_its_group(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["telegram"]
    bot = connect(stage, door)
    sent = offered(stage, door, bot)
    assert sent.text == WHOM
    chosen = hear(stage, bot, press(sent, REPAIRS))
    assert (group_of(chosen), chosen.topic) == (REPAIRS, "repair")
    assert chosen.assignee is not None
    assert (chosen.assignee.name, chosen.status, chosen.waiting_for) == ("Rita Repairs", "new", "us")


def test_a_tapped_quick_reply_leads_to_its_group(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["facebook"]
    page = connect(stage, door)
    sent = offered(stage, door, page)
    chosen = hear(stage, page, quick_reply(sent, REPAIRS))
    assert (group_of(chosen), chosen.topic) == (REPAIRS, "repair")


@pytest.mark.parametrize("kind", ["whatsapp", "sms", "email"])
def test_elsewhere_a_numbered_text_goes_out(stage: Stage, teams: Teams, kind: str) -> None:
    door = DOOR_OF[kind]
    sent = offered(stage, door, connect(stage, door))
    assert (sent.text, sent.parts, sent.automatic) == (NUMBERED, (), True)


@pytest.mark.parametrize(
    ("words", "group"), [("2", REPAIRS), ("1.", SALES), ("sales", SALES), ("REPAIRS & Returns", REPAIRS)]
)
@ON_ALL
def test_a_number_or_a_label_in_any_case_is_a_choice_on_every_channel(
    stage: Stage, teams: Teams, door: Door, words: str, group: str
) -> None:
    channel = connect(stage, door)
    offered(stage, door, channel)
    assert group_of(hear(stage, channel, door.say(words))) == group


@ON_ALL
def test_other_words_choose_nothing_and_the_wait_goes_on_until_it_is_over(
    stage: Stage, teams: Teams, door: Door
) -> None:
    channel = connect(stage, door)
    offered(stage, door, channel)
    stage.clock.forward(seconds=WAIT - 1)
    still = hear(stage, channel, door.say("What do you mean?"))
    end_choices(stage.services)
    say_due(stage.services)
    assert (still.group, still.assignee) == (None, None)
    stage.clock.forward(seconds=1)
    end_choices(stage.services)
    [ended] = stage.conversations()
    assert ended.group is not None
    assert ended.group.id == teams.otherwise
    stage.deliver(channel)
    assert len(stage.provider(door.kind).sent) == 1


def test_a_choice_whose_time_went_by_while_it_was_put_aside_is_over_with_the_next_message(
    stage: Stage, teams: Teams
) -> None:
    door = DOOR_OF["telegram"]
    channel = connect(stage, door)
    offered(stage, door, channel)
    [waiting] = stage.conversations()
    snooze(stage.services, stage.operator, waiting.id, stage.clock.now + timedelta(seconds=2 * WAIT))
    stage.clock.forward(seconds=WAIT)
    end_choices(stage.services)
    back = hear(stage, channel, door.say("What do you mean?"))
    assert back.group is not None
    assert back.group.id == teams.otherwise


# --- around it ------------------------------------------------------------------------------------------


def test_a_choice_is_offered_once_a_beginning(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["telegram"]
    bot = connect(stage, door)
    offered(stage, door, bot)
    hear(stage, bot, telegram("Hello?", 2))
    say_due(stage.services)
    stage.deliver(bot)
    assert stage.provider().texts == [WHOM]


def test_who_chose_before_the_offer_went_out_is_not_asked_any_more(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["telegram"]
    bot = connect(stage, door)
    hear(stage, bot, door.hello)
    assert group_of(hear(stage, bot, telegram("Sales", 2))) == SALES
    say_due(stage.services)
    stage.deliver(bot)
    assert stage.provider().sent == []


def test_a_late_press_of_an_old_button_changes_no_group(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["telegram"]
    bot = connect(stage, door)
    sent = offered(stage, door, bot)
    assert group_of(hear(stage, bot, telegram("1", 2))) == SALES
    assert group_of(hear(stage, bot, press(sent, REPAIRS))) == SALES


def test_an_operator_who_answers_before_the_choice_ends_the_offer(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["telegram"]
    bot = connect(stage, door)
    waiting = hear(stage, bot, door.hello)
    submit(stage.services, stage.operator, waiting.id, Reply("I am here"))
    say_due(stage.services)
    stage.deliver(bot)
    assert stage.provider().texts == ["I am here"]


# --- no loops -------------------------------------------------------------------------------------------

REPLY_OF_A_MACHINE = b"\r\n".join([
    b"From: Carla <carla@example.com>",
    b"To: " + MAILBOX.encode(),
    b"Subject: Order",
    b"Message-ID: <away@example.com>",
    b"Auto-Submitted: auto-replied",
    b"",
    b"I am away.",
])  # fmt: skip


def by_a_machine(client: httpx.AsyncClient, channel: Channel) -> Awaitable[httpx.Response]:
    return line.post_mime(client, channel.intake_token, REPLY_OF_A_MACHINE)


def test_automatic_mail_is_never_answered(stage: Stage, teams: Teams) -> None:
    mailbox = connect(stage, DOOR_OF["email"])

    async def come() -> httpx.Response:
        async with line.webhooks(stage.services) as client:
            return await by_a_machine(client, mailbox)

    assert anyio.run(come).status_code == 200
    line.drain_all(stage.services, mailbox)
    say_due(stage.services)
    assert stage.conversations() == []
    assert stage.provider("email").sent == []


def test_a_machine_that_answers_our_automatic_mail_gets_no_other(stage: Stage, teams: Teams) -> None:
    door = DOOR_OF["email"]
    mailbox = connect(stage, door)
    sent = offered(stage, door, mailbox)
    assert sent.automatic
    before = hear(stage, mailbox, by_a_machine)
    say_due(stage.services)
    stage.deliver(mailbox)
    assert len(stage.provider("email").sent) == 1
    assert (group_of(before), before.unread) == ("", 1)
