"""Destroying an organization's key: its content is gone everywhere at once, in words rather than in errors."""

from dataclasses import replace

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from hub import keys, log
from hub.access.files import Upload, get_file, upload
from hub.cli import app
from hub.crypto import PLATFORM
from hub.db import audit as entries
from hub.db import data_keys, suspension
from hub.db.session import PlatformWork
from hub.errors import Conflict, Invalid, NotFound, Unreadable
from hub.inbound import journal
from hub.inbound.directory import Directory
from hub.inbound.drain import drain
from hub.key_ring import KeyRing
from hub.keys import Destroyed
from hub.types import EventState, Machine, RawEvent, Secret, WebhookSecret
from hub.vault import TTL, Vault
from hub.wiring import Services
from tests.conftest import SECRET_KEY
from tests.intake.kit import held, rows, statuses
from tests.keys.conftest import RUNNER, hub
from tests.line import messenger_batch, post_meta, post_telegram, telegram_update
from tests.world import Channel, Organization, World

FILE = Upload("a.txt", "text/plain", b"what nobody may read again")
PAGE = "110000000000001"


def test_what_was_sealed_is_shown_as_destroyed_and_nothing_else_breaks(
    services: Services, org: Organization, bot: Channel
) -> None:
    assert statuses(services, lambda client: post_telegram(client, bot, telegram_update(1, "Hello"))) == [200]
    kept = upload(services, org.actor, FILE)
    keys.destroy(services, RUNNER, org.id)
    with pytest.raises(Unreadable, match=f"the data key of {org.id} was destroyed on 20"):
        get_file(services, org.actor, kept.id)
    [event] = journal.list_events(services)
    assert (event.state, "data key was destroyed" in (event.error or "")) == (EventState.FAILED, True)
    shown = journal.show_event(services, event.id)
    assert (shown.body, "can never be read again" in shown.unreadable) == (b"", True)
    # nobody tries in vain for ever
    drain(services, bot.sender_id)


def test_other_organizations_go_on(services: Services, org: Organization, world: World) -> None:
    rival = world.organization("Rival")
    kept = upload(services, rival.actor, FILE)
    keys.destroy(services, RUNNER, org.id)
    assert get_file(services, rival.actor, kept.id).body == FILE.body


def test_a_destroyed_key_stops_working_in_other_processes_within_seconds(services: Services, org: Organization) -> None:
    clock = [0.0]
    elsewhere = Vault(services.db, services.vault.ring, lambda: clock[0])
    elsewhere.of(org.id)
    keys.destroy(services, RUNNER, org.id)
    clock[0] = TTL
    with pytest.raises(Unreadable):
        elsewhere.of(org.id)


def test_the_intake_remembers_no_key_longer_than_the_vault(services: Services, org: Organization, bot: Channel) -> None:
    clock = [0.0]
    elsewhere = replace(services, vault=Vault(services.db, services.vault.ring, lambda: clock[0]))
    directory = Directory(elsewhere, lambda: clock[0])
    event = RawEvent(kind="telegram", key="1", body=b"{}", address=None)
    proven = WebhookSecret(Secret("x"), sender_id=bot.sender_id)
    elsewhere.vault.of(org.id)
    clock[0] = TTL - 1
    assert directory.target(event, proven) == directory.cached_target(event, proven)
    keys.destroy(services, RUNNER, org.id)
    clock[0] = TTL
    assert directory.cached_target(event, proven) is None
    assert directory.target(event, proven).sender is None


def test_what_still_comes_in_is_nobodys_and_does_not_fail_the_batch(
    services: Services, org: Organization, world: World
) -> None:
    rival = world.organization("Rival")
    world.channel(org, "facebook", PAGE, {"page_access_token": "x"})
    world.channel(rival, "facebook", "220000000000002", {"page_access_token": "y"})
    keys.destroy(services, RUNNER, org.id)
    batch = messenger_batch((PAGE, [("m_1", "Hello")]), ("220000000000002", [("m_2", "Hello")]))
    assert statuses(services, lambda client: post_meta(client, batch)) == [200]
    assert [row.organization_id for row in rows(services)] == [rival.id]
    assert [each.addresses for each in held(services)] == [[PAGE]]


def test_the_organization_is_suspended_and_the_deed_is_in_its_audit_log_once(
    services: Services, org: Organization
) -> None:
    keys.destroy(services, RUNNER, org.id)
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        suspended = suspension.find_organization(tx, org.id)
        [entry] = entries.walk(tx, org.id)
        assert list(entries.walk(tx, PLATFORM)) == []
    assert suspended and "data key was destroyed" in (suspended.suspended_reason or "")
    assert (entry.action, entry.content and entry.content["reason"]) == ("key.destroyed", RUNNER.reason)


def test_a_backup_of_the_database_opens_no_more(services: Services, org: Organization) -> None:
    with services.db.platform_reading(PlatformWork.KEYS) as tx:
        backup = data_keys.find(tx, org.id)
    assert backup and backup.wrapped
    assert keys.destroy(services, RUNNER, org.id) == Destroyed(opened_by="", finished=False)
    assert backup.wrapped_by not in {key.id for key in services.vault.ring.in_order()}


def test_a_destruction_that_dies_after_its_commit_is_finished_by_a_second_call(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda _level: None)
    with monkeypatch.context() as patched:
        patched.setattr(KeyRing, "drop_older", lambda _ring: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keys.destroy(services, RUNNER, org.id)
    assert services.settings.key_file and SECRET_KEY in services.settings.key_file.read_text()
    code, said = hub_keys(services, "destroy", "--organization", org.id, "--reason", "again", "--yes")
    assert (code, "what that one had left is done now" in said, "no backup" in said) == (0, True, True)
    assert services.settings.key_file.read_text().count("\n") == 1
    assert SECRET_KEY not in services.settings.key_file.read_text()
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        done = [entry.action for entry in entries.walk(tx, org.id)]
    assert done == ["key.destroyed", "key.destruction_finished"]
    with pytest.raises(Conflict, match="before"):
        keys.destroy(services, RUNNER, org.id)


def test_with_keys_in_the_environment_a_second_call_names_the_key_that_backups_open_with(
    services: Services, org: Organization
) -> None:
    with hub(services.settings, secret_key=SecretStr(SECRET_KEY)) as there:
        opener = there.vault.ring.current().id
        assert keys.destroy(there, RUNNER, org.id) == Destroyed(opener, finished=False)
        assert keys.destroy(there, RUNNER, org.id) == Destroyed(opener, finished=True)


def test_what_cannot_be_destroyed_is_refused_with_its_reason(services: Services, org: Organization) -> None:
    with pytest.raises(NotFound, match="hub keys list"):
        keys.destroy(services, RUNNER, "nobody")
    with pytest.raises(Invalid, match="platform"):
        keys.destroy(services, RUNNER, "platform")
    with pytest.raises(Invalid, match="reason"):
        keys.destroy(services, Machine("cli"), org.id)
    keys.destroy(services, RUNNER, org.id)
    with pytest.raises(Conflict, match="before"):
        keys.destroy(services, RUNNER, org.id)


def hub_keys(services: Services, *arguments: str) -> tuple[int, str]:
    """Run `hub keys` on the same data directory; return its exit code and what it said."""
    settings = services.settings
    environment = {
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_SECRET_KEY": "",
        "HUB_REDIS_URL": settings.redis_url or "",
        "HUB_DATABASE_URL": settings.database_url or "",
    }
    done = CliRunner(env=environment).invoke(app, ["keys", *arguments])
    return done.exit_code, done.stdout + (str(done.exception.detail) if isinstance(done.exception, Invalid) else "")


def test_the_command_line_lists_rotates_and_destroys(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "configure", lambda _level: None)
    code, listed = hub_keys(services, "list")
    assert (code, org.id in listed, "platform" in listed, listed.count("wrapped by")) == (0, True, True, 2)
    before = services.vault.ring.current().id
    code, said = hub_keys(services, "rotate", "--reason", "yearly")
    assert (code, said) == (0, f"2 data keys are wrapped with the secret key {services.vault.ring.current().id}\n")
    assert before not in said
    destroy = ("destroy", "--organization", org.id, "--reason", "the contract ended")
    code, said = hub_keys(services, *destroy)
    assert (code, "--yes" in said) == (1, True)
    code, said = hub_keys(services, *destroy, "--yes")
    assert (code, "no backup of the database opens" in said) == (0, True)
    assert f"{org.id}" in hub_keys(services, "list")[1]
    assert "destroyed 20" in hub_keys(services, "list")[1]
