"""The rights of persons through the API: clocks, permissions, signed results, kills, opt-outs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub import audit
from hub.conversations.apply import apply
from hub.conversations.arriving import Arrived, setting_of
from hub.conversations.changes import Changes
from hub.db import privacy as queries
from hub.db import senders
from hub.db.session import Database, Tx
from hub.db.tables.core import CONTACT, EVENT, IDENTITY, MESSAGE, OPT_OUT
from hub.errors import Invalid
from hub.inbound import journal
from hub.privacy import signing, work
from hub.types import Person, Role, SentElsewhere, Text
from tests.line import telegram_update
from tests.privacy.scene import ADDRESS, TELEGRAM_ID, Planted, Scene, plant, rows_about


class KilledError(BaseException):
    """What a test raises in the place of a power cut."""


def write(scene: Scene, number: int, text: str) -> None:
    """The person writes on Telegram."""
    assert scene.receive_telegram(telegram_update(number, text, person=TELEGRAM_ID)) == 200
    scene.drain()


def contact_on_telegram(scene: Scene) -> str:
    write(scene, 1, "Hello")
    return scene.contact_of(str(TELEGRAM_ID))


def count(scene: Scene, table: Any) -> int:
    with scene.services.db.reading(scene.org.id) as tx:
        return len(tx.all(select(table.c.organization_id)))


def test_a_case_has_a_clock_of_thirty_days_and_a_signed_result(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    begun = scene.begin(contact_id, "export")
    received, due = (datetime.fromisoformat(begun[name]) for name in ("received_at", "due_at"))
    assert due - received == timedelta(days=30)
    assert (begun["state"], begun["result"]) == ("received", None)
    done = scene.run_case(begun["id"])
    key = scene.services.vault.platform()
    signing.check(key, done["result"])
    with pytest.raises(Invalid):
        signing.check(key, {**done["result"], "counts": {}})
    assert signing.read(json.dumps(done).encode()) == done["result"]


def test_an_export_is_not_there_until_it_is_made_and_not_begun_twice(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    assert scene.owner("GET", f"/contacts/{contact_id}/export").status_code == 404
    case = scene.begin(contact_id, "export")
    assert scene.owner("GET", f"/contacts/{contact_id}/export").status_code == 409
    assert scene.owner("POST", f"/contacts/{contact_id}/export", json={}).status_code == 409
    scene.run_case(case["id"])
    answer = scene.owner("GET", f"/contacts/{contact_id}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")


def test_an_export_is_kept_for_two_weeks(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    scene.export(contact_id)
    with scene.services.db.transaction(scene.org.id) as tx:
        case = queries.list_of_contacts(tx, [contact_id])[0]
        assert case.archive_until is not None
        assert case.archive_until - scene.services.clock() <= timedelta(days=14)
        queries.change(tx, case.id, {"archive_until": scene.services.clock()})
    assert scene.owner("GET", f"/contacts/{contact_id}/export").status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_only_owners_and_admins_handle_rights(scene: Scene, role: Role) -> None:
    contact_id = contact_on_telegram(scene)
    token = scene.api.token(scene.world.user(scene.org.id, "Somebody", role))
    why = {"reason": "because"}
    for right in ("export", "restrict", "unrestrict", "erase"):
        assert scene.api.call("POST", f"/contacts/{contact_id}/{right}", token, json=why).status_code == 403
    assert scene.api.call("GET", f"/contacts/{contact_id}/export", token).status_code == 403
    assert scene.api.call("GET", "/privacy/cases", token).status_code == 403


def test_every_right_leaves_one_audit_entry_with_its_reason(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    for right in ("restrict", "unrestrict", "export"):
        before = entries(scene)
        scene.begin(contact_id, right, reason=f"because of {right}")
        [new] = entries(scene)[len(before) :]
        assert new["reason"] == f"because of {right}"


def entries(scene: Scene) -> list[dict[str, Any]]:
    answer = scene.owner("GET", "/audit", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


def test_a_restricted_person_is_not_shown_and_a_lifted_restriction_shows_all(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    operator = scene.api.token(scene.org.operator)
    scene.begin(contact_id, "restrict")
    write(scene, 2, "Are you there?")
    assert scene.api.call("GET", "/conversations", operator).json()["items"] == []
    scene.begin(contact_id, "unrestrict")
    [shown] = scene.api.call("GET", "/conversations", operator).json()["items"]
    said = scene.api.call("GET", f"/conversations/{shown['id']}/messages", operator).json()["items"]
    assert [each["text"] for each in said if each["direction"] == "inbound"] == ["Hello", "Are you there?"]


def test_a_corrected_name_reaches_the_messages_and_leaves_a_case_when_it_was_asked_for(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    [identity] = scene.owner("GET", f"/contacts/{contact_id}").json()["identities"]
    changes = {"name": "Clara", "identities": {identity["id"]: "Clara"}}
    answer = scene.api.call(
        "PATCH", f"/contacts/{contact_id}", scene.api.token(scene.org.actor), {"X-Reason": "misspelt"}, json=changes
    )
    assert answer.status_code == 200, answer.text
    with scene.services.db.reading(scene.org.id) as tx:
        [author] = [row.author_name for row in tx.all(select(MESSAGE).where(MESSAGE.c.direction == "inbound"))]
    assert author == "Clara"
    [case] = scene.owner("GET", "/privacy/cases", params={"contact": contact_id}).json()["items"]
    assert (case["kind"], case["state"], case["reason"]) == ("rectify", "done", "misspelt")


def test_an_event_knows_whom_it_is_about(scene: Scene) -> None:
    write(scene, 1, "Hello")
    with scene.services.db.reading(scene.org.id) as tx:
        assert tx.scalar(select(EVENT.c.identity_id)) == tx.scalar(select(IDENTITY.c.id)) is not None


def test_an_opt_out_outlives_the_person(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    with scene.services.db.transaction(scene.org.id) as tx:
        tx.execute(IDENTITY.update().values(unreachable="they blocked us"))
    assert scene.erase(contact_id)["result"]["counts"]["opt_outs_kept"] == 1
    with scene.services.db.reading(scene.org.id) as tx:
        assert str(TELEGRAM_ID) not in repr(tx.all(select(OPT_OUT)))
    enter(scene, str(TELEGRAM_ID))
    with scene.services.db.reading(scene.org.id) as tx:
        assert "asked not to be written to" in tx.scalar(select(IDENTITY.c.unreachable))


def enter(scene: Scene, address: str) -> None:
    """Somebody answers the person in the provider's own inbox: the hub hears of them without their writing."""
    services, sender_id = scene.services, scene.org.channels["telegram"].sender_id
    echo = SentElsewhere("elsewhere", Person(address), (Text("Hi"),))
    key = services.vault.of(scene.org.id)
    with services.db.transaction(scene.org.id) as tx:
        state = senders.lock(tx, sender_id)
        assert state is not None
        setting = setting_of(services, state, key, services.clock())
        apply(tx, setting, [Arrived(echo, services.clock())], Changes())


def contact_again(scene: Scene) -> str:
    write(scene, 50, "It is me again")
    return scene.contact_of(str(TELEGRAM_ID))


def test_what_was_erased_and_is_delivered_again_makes_nobody_new(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    before = journal.balance(scene.services, scene.org.actor).received
    scene.erase(contact_id)
    write(scene, 1, "Hello")
    assert count(scene, CONTACT) == 0
    balance = journal.balance(scene.services, scene.org.actor)
    assert (balance.received, balance.duplicates, balance.pending) == (before + 1, 1, 0)
    with scene.services.db.reading(scene.org.id) as tx:
        assert [row.body for row in tx.all(select(EVENT.c.body))] == [None, None]


def test_the_balance_survives_an_erasure(scene: Scene) -> None:
    planted = plant(scene)
    before = journal.balance(scene.services, scene.org.actor)
    scene.erase(planted.contact_id)
    after = journal.balance(scene.services, scene.org.actor)
    assert after.received == before.received
    assert after.received == after.handled + after.pending + after.failed + after.unreadable + after.duplicates


@contextmanager
def dying_at(number: int, *, after: bool) -> Iterator[None]:
    """Cut the power at the so-many-th transaction that writes: before its commit, or right after it."""
    real, seen = Database.transaction, [0]

    @contextmanager
    def transaction(self: Database, organization_id: str) -> Iterator[Tx]:
        seen[0] += 1
        dies = seen[0] == number
        with real(self, organization_id) as tx:
            yield tx
            if dies and not after:
                raise KilledError
        if dies:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "transaction", transaction)
        yield


def killed_everywhere(scene: Scene, case_id: str) -> int:
    """Run a case until it is done, killing each run one transaction later than the one before; return how often."""
    for number in range(1, 200):
        try:
            with dying_at(number // 2 + 1, after=bool(number % 2)):
                work.work_on(scene.services, case_id, 60)
        except KilledError:
            continue
        return number
    raise AssertionError("it never ended")


def test_an_erasure_killed_at_every_step_ends_as_one_that_was_not(scene: Scene) -> None:
    planted: Planted = plant(scene)
    others = rows_about(scene, planted.other_id)
    case = scene.begin(planted.contact_id, "erase")
    assert killed_everywhere(scene, case["id"]) > 10
    done = scene.owner("GET", f"/privacy/cases/{case['id']}").json()
    assert done["state"] == "done"
    counts = done["result"]["counts"]
    assert (counts["contacts"], counts["identities"], counts["conversations"]) == (2, 2, 2)
    assert counts["messages"] > 5
    assert rows_about(scene, planted.other_id) == others
    assert [each.faults for each in audit.verify(scene.services, scene.org.id)] == [()]
    with scene.services.db.reading(scene.org.id) as tx:
        assert ADDRESS not in repr(tx.all(select(EVENT))) + repr(tx.all(select(MESSAGE)))


def test_a_case_whose_job_died_is_found_again(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    case = scene.begin(contact_id, "erase")
    scene.services.queue.redis.flushdb()
    with scene.services.db.transaction(scene.org.id) as tx:
        queries.change(tx, case["id"], {"received_at": scene.services.clock() - timedelta(minutes=2)})
    work.wake_lost(scene.services)
    assert case["id"].encode() in b"".join(scene.services.queue.redis.keys())


def test_what_comes_in_during_an_erasure_goes_with_it(scene: Scene) -> None:
    contact_id = contact_on_telegram(scene)
    case = scene.begin(contact_id, "erase")
    write(scene, 2, "Wait!")
    assert scene.run_case(case["id"])["state"] == "done"
    assert (count(scene, CONTACT), count(scene, MESSAGE)) == (0, 0)
