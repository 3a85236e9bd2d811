"""Reading the audit log: by the API, as a file, and by the command line; and what an entry never holds (K25, K26)."""

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub import audit
from hub.access import sessions, throttle
from hub.audit import Change
from hub.db.session import PlatformWork
from hub.db.tables.core import AUDIT_ENTRY
from hub.errors import TooMany, Unauthenticated
from hub.types import Role, Secret
from tests.audit.commands import call
from tests.audit.pages import Browser
from tests.audit.scene import PASSWORD, REASON, Scene, verified

HERE = "203.0.113.7"
PLANTED = "planted-secret-of-a-field"


def test_an_entry_says_who_when_from_where_what_and_why(scene: Scene) -> None:
    group = scene.made("/groups", name="Sales")
    scene.call("PATCH", f"/groups/{group['id']}", json={"name": "Sales, second line"})
    page = scene.call("GET", "/audit", params={"limit": 1}).json()
    [entry] = page["items"]
    at, shown_hash = entry.pop("at"), entry.pop("hash")
    assert entry == {
        "id": str(len(scene.entries())),
        "actor": {"type": "token", "id": entry["actor"]["id"], "name": "Olga Owner"},
        "origin": "127.0.0.1",
        "action": "group.changed",
        "subject": {"type": "group", "id": group["id"]},
        "before": {"name": "Sales"},
        "after": {"name": "Sales, second line"},
        "reason": REASON,
        "erased": False,
    }
    assert at
    assert verified(scene.services, scene.org.id).end == f"{entry['id']}:{shown_hash}"
    following = scene.call("GET", "/audit", params={"limit": 1, "cursor": page["next"]}).json()
    assert following["items"][0]["action"] == "group.created"


def test_the_log_is_filtered_by_each_question(scene: Scene) -> None:
    group = scene.made("/groups", name="Sales")["id"]
    scene.made("/tokens", name="another", scopes=["read"])
    sessions_of = scene.user()[1]
    sessions.sign_in(scene.services, sessions_of, PASSWORD, HERE)

    def actions(**asked: str) -> list[str]:
        answer = scene.call("GET", "/audit", params=asked)
        assert answer.status_code == 200, answer.text
        return [entry["action"] for entry in answer.json()["items"]]

    everything = ["session.begun", "user.created", "token.issued", "group.created"]
    assert actions() == everything
    assert actions(action="group.created") == actions(action="group") == actions(subject=group) == ["group.created"]
    assert actions(action="grou") == []
    assert actions(subject="token") == ["token.issued"]
    assert actions(actor=scene.owner.user_id) == ["user.created"]
    assert actions(actor="token") == ["token.issued", "group.created"]
    now = scene.services.clock()
    assert actions(since=(now + timedelta(hours=1)).isoformat()) == []
    assert actions(until=(now - timedelta(hours=1)).isoformat()) == []
    assert (
        actions(since=(now - timedelta(hours=1)).isoformat(), until=(now + timedelta(hours=1)).isoformat())
        == everything
    )
    refused = [{"cursor": "x"}, {"cursor": "9" * 30}, {"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}]
    assert [scene.call("GET", "/audit", params=each).status_code for each in refused] == [422] * 4


def test_the_platforms_log_has_what_belongs_to_no_organization(scene: Scene) -> None:
    account = {"external_id": "AC" + "7" * 32, "auth_token": PLANTED}
    scene.made("/platform/provider-accounts", **account)
    [entry] = scene.call("GET", "/platform/audit").json()["items"]
    assert (entry["action"], entry["after"]["external_id"]) == ("provider_account.added", account["external_id"])
    assert scene.call("GET", "/audit").json()["items"] == []
    fresh = scene.made("/platform/organizations", name="Fresh", owner_email="fresh@example.com")
    assert [entry.action for entry in scene.entries(fresh["id"])] == ["organization.created"]


def test_only_those_who_may_see_the_log(scene: Scene) -> None:
    allowed = {Role.OWNER: 200, Role.ADMIN: 200, Role.AUDITOR: 200, Role.SUPERVISOR: 403, Role.OPERATOR: 403}
    for role, status in allowed.items():
        token = scene.api.token(scene.world.user(scene.org.id, f"Some {role}", role))
        for path in ("/audit", "/audit/export"):
            assert scene.api.call("GET", path, token).status_code == status, (role, path)
        assert scene.api.call("GET", "/platform/audit", token).status_code == 403


def test_nobody_reads_another_organizations_log(scene: Scene) -> None:
    scene.made("/groups", name="Ours alone")
    theirs = scene.api.token(scene.world.organization("Other").actor)
    for path in ("/audit", "/audit/export"):
        assert "Ours alone" not in scene.api.call("GET", path, theirs).text


def test_an_export_as_json_lines_has_every_entry_oldest_first_and_leaves_one(scene: Scene) -> None:
    for number in range(3):
        scene.made("/groups", name=f"Group {number}")
    answer = scene.call("GET", "/audit/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["action"] for line in lines] == ["group.created"] * 3 + ["audit.exported"]
    listed = scene.call("GET", "/audit").json()["items"][::-1]
    assert [(line["id"], line["hash"], line["after"]) for line in lines] == [
        (entry["id"], entry["hash"], entry["after"]) for entry in listed
    ]
    filtered = scene.call("GET", "/audit/export", params={"action": "group.created"}).text.splitlines()
    assert len(filtered) == 3


def test_a_cell_of_an_exported_table_runs_in_no_spreadsheet(scene: Scene) -> None:
    for reason in ("=1+1", "+1", "-1", "@SUM(A1)"):
        scene.call("POST", "/groups", json={"name": f"Group {reason}"}, headers={"X-Reason": reason})
    answer = scene.call("GET", "/audit/export", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["reason"] for row in rows[:4]] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)"]
    assert [row["number"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert json.loads(rows[0]["after"])["name"] == "Group =1+1"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_asking_only_for_the_head_of_an_export_leaves_nothing(scene: Scene) -> None:
    before = scene.count()
    assert scene.call("HEAD", "/audit/export").status_code == 200
    assert scene.count() == before


# the page


def test_the_page_shows_what_is_asked_for_and_runs_nothing(scene: Scene) -> None:
    browser = Browser(scene)
    browser.send("/admin/groups", name="<script>alert(1)</script>", reason="<b>why</b>")
    shown = browser.show("/admin/audit").text
    assert "<script>alert" not in shown
    assert "&lt;b&gt;why&lt;/b&gt;" in shown
    today = f"{scene.services.clock():%Y-%m-%d}"
    asked = {"action=group": True, "actor=cli": False, f"from={today}&to={today}": True, "to=2020-01-01": False}
    found = {query: "Group created" in browser.show(f"/admin/audit?{query}").text for query in asked}
    assert found == asked
    bad = ("from=yesterday", "to=9999-12-31", "cursor=x")
    assert [browser.show(f"/admin/audit?{query}").status_code for query in bad] == [422] * 3


def test_the_page_says_when_the_log_was_tampered_with(scene: Scene) -> None:
    browser = Browser(scene)
    assert "The log is whole" in browser.show("/admin/audit?verify=1").text
    with scene.services.db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER audit_entries_are_final")
        connection.execute(update(AUDIT_ENTRY).where(AUDIT_ENTRY.c.number == 1).values(action="user.invented"))
    assert "entry 1 was changed" in browser.show("/admin/audit?verify=1").text


# the command line


def test_the_command_line_verifies_and_names_the_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.made("/groups", name="Sales")
    quiet = scene.world.organization("Quiet")
    whole = call(scene, monkeypatch, "audit", "verify")
    assert whole.exit_code == 0, whole.output
    end = verified(scene.services, scene.org.id).end
    assert f"{scene.org.id}  ok  1 entries, end {end}" in whole.output
    assert f"{quiet.id}  ok  no entry yet: the chain begins with the first change" in whole.output
    mine = ("audit", "verify", "--organization", scene.org.id)
    assert call(scene, monkeypatch, *mine, "--expect", end).exit_code == 0
    older = call(scene, monkeypatch, *mine, "--expect", f"7:{'0' * 64}")
    assert (older.exit_code, "older state" in older.output) == (1, True)


def test_the_command_line_ends_with_1_on_a_fault(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.made("/groups", name="Sales")
    with scene.services.db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER audit_entries_are_final")
        connection.execute(update(AUDIT_ENTRY).values(actor_name="Somebody Else"))
    broken = call(scene, monkeypatch, "audit", "verify")
    assert broken.exit_code == 1
    assert "entry 1 was changed" in broken.output


def test_the_command_line_lists_and_exports(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.made("/groups", name="Sales")
    listed = call(scene, monkeypatch, "audit", "list", "--organization", scene.org.id, "--action", "group")
    assert ("group.created" in listed.output, REASON in listed.output) == (True, True)
    assert "group.created" not in call(scene, monkeypatch, "audit", "list").output
    taken = call(scene, monkeypatch, "audit", "export", "--organization", scene.org.id, "--reason", "for the auditor")
    lines = [json.loads(line) for line in taken.stdout.splitlines()]
    assert [(line["action"], line["actor"]["type"], line["reason"]) for line in lines] == [
        ("group.created", "token", REASON),
        ("audit.exported", "cli", "for the auditor"),
    ]


# signing in


def test_a_failed_sign_in_is_noted_where_the_account_belongs(scene: Scene) -> None:
    _, email, _ = scene.user()
    for address, password in ((email, "wrong"), ("nobody@example.com", PLANTED), (PLANTED, "x")):
        with pytest.raises(Unauthenticated):
            sessions.sign_in(scene.services, address, password, HERE)
    ours, platform = scene.entries()[-1], scene.entries(audit.PLATFORM)
    assert (ours.action, ours.actor_type, ours.origin) == ("session.refused", "guest", HERE)
    assert [(each.action, each.subject_id) for each in platform] == [("session.refused", "")] * 2
    assert PLANTED not in repr([each.content for each in (ours, *platform)])


def test_failed_sign_ins_leave_no_more_entries_than_the_throttle_lets_through(scene: Scene) -> None:
    for _ in range(throttle.ATTEMPTS + 5):
        with pytest.raises((Unauthenticated, TooMany)):
            sessions.sign_in(scene.services, "nobody@example.com", "wrong", HERE)
    assert len(scene.entries(audit.PLATFORM)) == throttle.ATTEMPTS


def test_signing_out_of_a_session_that_has_ended_leaves_nothing(scene: Scene) -> None:
    session = sessions.sign_in(scene.services, scene.user()[1], PASSWORD, HERE)
    sessions.sign_out(scene.services, session.token, HERE)
    before = scene.count()
    sessions.sign_out(scene.services, session.token, HERE)
    assert (scene.entries()[-1].action, scene.count()) == ("session.ended", before)


# what an entry never holds


def stored(scene: Scene) -> str:
    """All entries of all chains as the database has them."""
    with scene.services.db.platform_reading(PlatformWork.AUDIT) as tx:
        return repr([tuple(row) for row in tx.all(select(AUDIT_ENTRY))])


def test_the_words_of_a_message_are_in_no_entry(scene: Scene) -> None:
    conversation = scene.conversation()
    for body in ({"text": "words of an answer"}, {"text": "words of a note", "note": True}):
        scene.made(f"/conversations/{conversation}/messages", **body)
    scene.made(f"/conversations/{conversation}/close")
    assert [entry.action for entry in scene.entries()] == ["message.sent", "note.added", "conversation.closed"]
    assert "words of a" not in stored(scene)
    assert scene.entries()[0].content == {
        "before": None,
        "after": {"conversation_id": conversation, "parts": ["text"]},
        "reason": REASON,
    }


def test_passwords_tokens_and_credentials_are_in_no_entry(scene: Scene) -> None:
    user = scene.made("/users", email="new@example.com", name="New", role="operator", password=PLANTED)
    scene.call("PATCH", f"/users/{user['id']}", json={"password": f"{PLANTED} again"})
    token = scene.made("/tokens", name="a token", scopes=["read"])["token"]
    invited = scene.made("/users", email="invited@example.com", name="Invited", role="operator")["invitation"]
    scene.made("/platform/provider-accounts", external_id="AC" + "7" * 32, auth_token=PLANTED)
    scene.made("/platform/organizations", name="Fresh", owner_email="o@example.com", owner_password=PLANTED)
    kept = stored(scene)
    assert not any(secret in kept for secret in (PLANTED, token, invited.rsplit("/", 1)[-1]))
    assert scene.entries()[1].content == {"before": {}, "after": {"password": "***"}, "reason": REASON}


def test_a_value_of_every_credential_field_is_masked_wherever_it_stands(scene: Scene) -> None:
    fields = [each.name for adapter in scene.services.adapters.values() for each in adapter.credential_fields]
    assert fields
    credentials = {name: f"{PLANTED}-{number}" for number, name in enumerate(fields)}
    after = {
        "credentials": credentials,
        "deep": [{"credentials": credentials}],
        "typed": Secret(PLANTED),
        **{name: value for name, value in credentials.items() if "token" in name},
    }
    with scene.services.db.transaction(scene.org.id) as tx:
        audit.record(scene.services, tx, scene.owner, Change("channel.changed", "channel", after=after))
    assert PLANTED not in stored(scene)
    assert verified(scene.services, scene.org.id).faults == ()
