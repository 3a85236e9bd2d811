"""Bans whose people are being won back, as the API and the pages find them."""

from sqlalchemy import select, update

from hub.db.tables.core import CONVERSATION
from hub.ids import new_id
from hub.types.numbers import RecipientState
from tests.audit.scene import Scene
from tests.browser.banned import Ban


def ban_of_a_bot(scene: Scene) -> Ban:
    """A ban of a bot of its own."""
    return Ban(scene, scene.world.channel(scene.org, "telegram", new_id()))


def claimed_person(scene: Scene) -> tuple[Ban, str, str]:
    """Somebody of a ledger whose code another used: the ban, their line, and where the other one writes."""
    ban = ban_of_a_bot(scene)
    ban.recruiting()
    talk, other = scene.conversation(), scene.conversation()
    columns = CONVERSATION.c.id, CONVERSATION.c.identity_id, CONVERSATION.c.contact_id
    with scene.services.db.reading(scene.org.id) as tx:
        rows = {row.id: row for row in tx.all(select(*columns).where(CONVERSATION.c.id.in_([talk, other])))}
    claim = {"claimed": True, "claimed_by": rows[other].identity_id}
    return ban, ban.person(talk, rows[talk].contact_id, RecipientState.CLAIMED, **claim), other


def held_message(scene: Scene) -> tuple[str, str]:
    """A conversation, and a message in it that waits on a sender which is not the current one any more."""
    talk, channel = scene.conversation(), scene.world.channel(scene.org, "telegram", new_id(), {"bot_token": "a-token"})
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == talk).values(channel_id=channel.id))
    said = scene.made(f"/conversations/{talk}/messages", text="the words of an answer")["id"]
    # the one before it is past from now on
    scene.world.sender(scene.org, channel.id, "telegram", new_id())
    return talk, str(said)


def waiting_ban(scene: Scene) -> str:
    """A ban of whose old sender one message waits for somebody to decide."""
    channel = scene.world.channel(scene.org, "telegram", new_id(), {"bot_token": "a-token"})
    talk = scene.conversation()
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(update(CONVERSATION).where(CONVERSATION.c.id == talk).values(channel_id=channel.id))
    scene.made(f"/conversations/{talk}/messages", text="the words of an answer")
    ban = Ban(scene, channel)
    ban.recruiting()
    return ban.id
