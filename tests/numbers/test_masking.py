"""Where an organization wishes it, its people read only the last digits of its own numbers, wherever these are said."""

from datetime import timedelta

from hub import audit
from hub.conversations import entries
from hub.db import conversations, incidents, messages
from hub.db.incidents import Place, Side, Trouble
from tests.numbers.cases.bans import OURS, SPARE, Bans
from tests.numbers.cases.conftest import bans, services, supplier, supplier_server

__all__ = ["bans", "services", "supplier", "supplier_server"]

_MASK = "•" * 7


def lived(bans: Bans) -> dict[str, str]:
    """Let the number be said in every way there is; return where the organization's API says it."""
    talk, now = bans.stage.open_conversation(bans.sms), bans.services.clock()
    trouble = Trouble("number", Side.PROVIDER, f"the Twilio account has no SMS number {OURS}; buy it there first")
    with bans.services.db.transaction(bans.org.id) as tx:
        incidents.open_all(tx, Place(bans.sms.sender_id, bans.sms.id), [trouble], now)
        record = conversations.lock(tx, talk.id)
        assert record
        line = entries.activity(record, "won", f"Now on {OURS}", now + timedelta(minutes=1), address=OURS, held=0)
        messages.insert(tx, [line])
        said = audit.Change("channel.changed", "channel", bans.sms.id, after={"address": OURS})
        audit.record(bans.services, tx, bans.org.actor, said)
    case_id = bans.offered()
    return {
        "channels": "/channels",
        "channel": f"/channels/{bans.sms.id}",
        "incidents": f"/channels/{bans.sms.id}/incidents",
        "thread": f"/conversations/{talk.id}/messages",
        "bans": "/bans",
        "ban": f"/bans/{case_id}",
        "possibilities": f"/bans/{case_id}/possibilities",
        "audit": "/audit",
        "export": "/audit/export",
    }


def test_a_number_is_masked_wherever_the_organization_reads_it(bans: Bans) -> None:
    places = lived(bans)
    said = {name: bans.api.owner("GET", path).text for name, path in places.items()}
    assert [name for name, text in said.items() if OURS not in text and SPARE not in text] == []
    bans.wish(masked_numbers=True)
    said = {name: bans.api.owner("GET", path).text for name, path in places.items()}
    assert [name for name, text in said.items() if OURS in text or SPARE in text] == []
    assert [name for name, text in said.items() if _MASK not in text] == []


def test_saving_the_form_of_a_channel_stores_no_mask(bans: Bans) -> None:
    bans.wish(masked_numbers=True)
    shown = bans.api.owner("GET", f"/channels/{bans.sms.id}").json()
    answer = bans.api.owner("PATCH", f"/channels/{bans.sms.id}", json={"name": shown["name"]})
    assert answer.status_code == 200, answer.text
    bans.wish(masked_numbers=False)
    after = bans.api.owner("GET", f"/channels/{bans.sms.id}").json()
    assert "•" not in str(after)
    assert after["sender"]["address"] == OURS
