"""Who may see a ban and do something about it, and how it is shown."""

from typing import Any

from sqlalchemy import update

from hub.access.permissions import ALL_SCOPES
from hub.db.tables.core import USER
from tests.numbers.cases.bans import Bans
from tests.numbers.cases.test_life import ACCEPTED


def test_whoever_runs_the_hub_sees_everybodys_bans_and_mends_and_decides_nothing(bans: Bans) -> None:
    case_id = bans.offered()
    rival = bans.stage.world.organization("Rival")
    theirs = bans.api.token(rival.actor)
    assert bans.api.call("GET", f"/bans/{case_id}", theirs).status_code == 404
    assert bans.api.call("GET", "/bans", theirs).json()["items"] == []
    assert bans.api.call("POST", f"/bans/{case_id}/accept", theirs, json=ACCEPTED).status_code == 404
    assert bans.api.call("GET", "/platform/bans", theirs).status_code == 403
    admin = platform_token(bans, rival.actor)
    assert bans.api.call("GET", f"/bans/{case_id}", admin).status_code == 404
    [listed] = bans.api.call("GET", "/platform/bans", admin).json()["items"]
    assert (listed["id"], listed["organization_name"]) == (case_id, "Acme")
    helped = bans.api.call("POST", f"/platform/bans/{case_id}/appeal", admin, json={"state": "filed"})
    assert (helped.status_code, helped.json()["appeal"]["state"]) == (200, "filed")
    assert bans.audited()[-1] == "ban.appeal_filed"
    assert bans.api.call("POST", f"/platform/bans/{case_id}/accept", admin, json=ACCEPTED).status_code == 404
    assert bans.state(case_id) == "offered"


def test_an_operator_reads_and_changes_nothing(bans: Bans) -> None:
    case_id = bans.offered()
    token = bans.api.token(bans.stage.operator)
    assert bans.api.call("GET", f"/bans/{case_id}", token).status_code == 200
    answer = bans.api.call("POST", f"/bans/{case_id}/accept", token, json=ACCEPTED)
    assert (answer.status_code, bans.state(case_id)) == (403, "offered")


def test_a_case_keeps_its_own_order_of_ways_and_numbers_are_masked_where_it_is_wished(bans: Bans) -> None:
    bans.wish(invitation_order=["email", "telegram"], masked_numbers=True)
    case_id = bans.offered()
    shown = bans.get(case_id)
    assert shown["invitation_order"] == ["email", "telegram"]
    assert (shown["channel"]["address"], shown["offer"]["number"]) == ("•" * 7 + "1111", "•" * 7 + "2222")
    assert bans.post(case_id, "order", kinds=["sms"])["invitation_order"] == ["sms"]
    bans.post(case_id, "order", 422, kinds=["pigeon"])
    bans.post(case_id, "order", 422, kinds=["sms", "sms"])


def platform_token(bans: Bans, actor: Any) -> str:
    with bans.platform() as tx:
        tx.execute(update(USER).where(USER.c.id == actor.user_id).values(platform_admin=True))
    return bans.api.token(actor, ALL_SCOPES)
