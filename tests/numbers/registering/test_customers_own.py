"""A channel of the customer's own takes over, wherever its connecting was cut short."""

from pathlib import Path

import pytest

from hub.db import channels, successions
from hub.errors import Conflict, Invalid
from hub.failpoints import FAILPOINTS
from hub.numbers.cases import connecting
from hub.numbers.cases.connecting import Brought
from hub.sandbox import seeds
from hub.types import ChannelKind
from hub.types.bans import BanState
from hub.types.numbers import OfferKind
from tests.dying import die_at
from tests.numbers.registering.banned import Banned
from tests.numbers.registering.test_replacing import OF_NUMBERS
from tests.numbers.registering.test_templates import OF_TEMPLATES

OURS = {"bot_token": seeds.BOTS[0].token}
_BRING = """
from hub.numbers.cases.connecting import Brought, bring_sender
from hub.types import Actor, Role
owner = Actor("{organization}", "{user}", "Olga", Role.OWNER)
bring_sender(services, owner, "{case}", Brought({credentials}, "Our bot"))
"""


def test_a_customers_own_channel_takes_over_once_they_connect_it(banned: Banned) -> None:
    banned.accept(OfferKind.ANOTHER_KIND, ChannelKind("telegram"), {})
    assert banned.work().case.state is BanState.ACCEPTED
    services, owner = banned.desk.services, banned.org.actor
    with pytest.raises(Invalid):
        connecting.bring_sender(services, owner, banned.case_id, Brought({"bot_token": "1:wrong"}))
    connecting.bring_sender(services, owner, banned.case_id, Brought(OURS, "Our bot"))
    record = banned.until(BanState.RECRUITING)
    with services.db.reading(banned.org.id) as tx:
        new = successions.find_place(tx, record.new_sender_id or "")
        assert new and (new.kind, channels.get(tx, new.channel_id).name) == ("telegram", "Our bot")
    with pytest.raises(Conflict, match="accept"):
        connecting.bring_sender(services, owner, banned.case_id, Brought({"bot_token": seeds.BOTS[1].token}))


@pytest.mark.parametrize("point", ["replacing.channel_made"])
def test_a_channel_that_was_connected_before_the_process_died_takes_over_when_it_is_brought_again(
    banned: Banned, tmp_path: Path, point: str
) -> None:
    banned.accept(OfferKind.ANOTHER_KIND, "telegram", {})
    services, owner = banned.desk.services, banned.org.actor
    code = _BRING.format(organization=banned.org.id, user=owner.user_id, case=banned.case_id, credentials=OURS)
    die_at(services.settings, tmp_path, point, code)
    assert banned.work().case.state is BanState.ACCEPTED
    with services.db.reading(banned.org.id) as tx:
        (made,) = [each for each in channels.list_page(tx, 50, None).items if each.kind == "telegram"]
    taken = connecting.bring_sender(services, owner, banned.case_id, Brought(OURS, "Our bot"))
    record = banned.until(BanState.RECRUITING)
    assert made.sender
    assert (taken.channel.id, record.new_sender_id) == (made.id, made.sender.id)
    with services.db.reading(banned.org.id) as tx:
        assert [each.id for each in channels.list_page(tx, 50, None).items if each.kind == "telegram"] == [made.id]


def test_every_failpoint_of_senders_is_tried() -> None:
    elsewhere = {"lending.before_commit", "lending.after_commit", "replacing.put_back", "replacing.channel_made"}
    mine = {each for each in FAILPOINTS if each.startswith(("replacing.", "templates.", "lending."))}
    assert mine == {*OF_NUMBERS, *OF_TEMPLATES, *elsewhere}
