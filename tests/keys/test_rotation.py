"""Rotating the key ring: everything that runs goes on, and the old secret key opens nothing any more."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from hub import keys
from hub.access.files import Upload, get_file, upload
from hub.channels.email.reply_address import ReplyAddresses
from hub.crypto import PLATFORM
from hub.db import audit as entries
from hub.db import data_keys
from hub.db.data_keys import WrappedKey
from hub.db.session import PlatformWork
from hub.errors import Misconfigured
from hub.ids import new_id
from hub.key_ring import KeyRing
from hub.settings import Settings
from hub.vault import TTL, Vault
from hub.web.__main__ import main as web
from hub.web.server import Server
from hub.wiring import Services
from tests.conftest import SECRET_KEY
from tests.intake.kit import through_the_door
from tests.keys.conftest import RUNNER, hub
from tests.line import conversations_of, drain_all, post_telegram, telegram_update
from tests.world import Channel, Organization, World
from workers.services import services as worker_services

FILE = Upload("a.txt", "text/plain", b"kept before the rotation")


def wrapped_keys(services: Services) -> dict[str, WrappedKey]:
    with services.db.platform_reading(PlatformWork.KEYS) as tx:
        return {key.owner: key for key in data_keys.list_all(tx)}


def in_place(key: Settings) -> Path:
    assert key.key_file
    return key.key_file


def test_a_rotation_replaces_the_key_file_and_wraps_every_data_key_anew(
    services: Services, org: Organization, world: World
) -> None:
    world.organization("Rival")
    before, file = wrapped_keys(services), in_place(services.settings)
    done = keys.rotate(services, RUNNER)
    after = wrapped_keys(services)
    assert (done.count, set(after)) == (3, set(before))
    assert {key.wrapped_by for key in after.values()} == {done.current}
    assert {key.wrapped_by for key in before.values()} != {done.current}
    assert (file.read_text().count("\n"), SECRET_KEY in file.read_text()) == (1, False)


def test_a_process_that_runs_during_a_rotation_goes_on_opening_and_sealing(
    services: Services, org: Organization, bot: Channel
) -> None:
    kept = upload(services, org.actor, FILE)
    with hub(services.settings) as running:
        assert get_file(running, org.actor, kept.id).body == FILE.body
        keys.rotate(services, RUNNER)
        assert get_file(running, org.actor, kept.id).body == FILE.body
        # once it has to ask again
        running.vault.forget(org.id)
        assert get_file(running, org.actor, kept.id).body == FILE.body
        sealed_after = upload(running, org.actor, FILE)
        rival = World(running).organization("Rival")
        assert wrapped_keys(services)[rival.id].wrapped_by == services.vault.ring.current().id
        assert get_file(services, org.actor, sealed_after.id).body == FILE.body


def test_a_message_that_came_before_a_rotation_is_handled_after_it(
    services: Services, org: Organization, bot: Channel
) -> None:
    from_telegram(services, bot)
    keys.rotate(services, RUNNER)
    with hub(services.settings) as started_after:
        drain_all(started_after, bot)
        assert len(conversations_of(started_after, org.operator)) == 1


def from_telegram(services: Services, bot: Channel) -> None:
    answered = through_the_door(services, lambda client: post_telegram(client, bot, telegram_update(1, "Hello")))
    assert answered.status_code == 200


def test_a_backup_does_not_open_with_the_key_file_of_after_the_rotation(services: Services, org: Organization) -> None:
    backup = wrapped_keys(services)[org.id]
    keys.rotate(services, RUNNER)
    assert backup.wrapped
    with pytest.raises(Misconfigured, match=r"not in .*secret\.key"):
        services.vault.ring.unwrap(backup.wrapped, backup.wrapped_by, org.id)


def test_a_rotation_that_dies_before_the_old_key_is_dropped_is_finished_by_the_next(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = in_place(services.settings)
    with monkeypatch.context() as patched:
        patched.setattr(KeyRing, "drop_older", lambda _ring: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keys.rotate(services, RUNNER)
    assert file.read_text().count("\n") == 2
    with hub(services.settings) as fresh:
        assert fresh.vault.of(org.id).open(services.vault.of(org.id).seal(b"x", "a"), "a") == b"x"
        keys.rotate(fresh, RUNNER)
    assert file.read_text().count("\n") == 1


def test_a_rotation_that_fails_leaves_every_key_as_it_was(
    services: Services, org: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = wrapped_keys(services)
    with monkeypatch.context() as patched:
        patched.setattr("hub.audit.record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keys.rotate(services, RUNNER)
    assert wrapped_keys(services) == before
    with hub(services.settings) as fresh:
        fresh.vault.of(org.id)


def test_keys_of_the_environment_are_rotated_in_the_documented_order(services: Services, org: Organization) -> None:
    old, new = SecretStr(SECRET_KEY), SecretStr("n" * 40)
    quoted = SecretStr(f'"{SECRET_KEY}"')
    kept = upload(services, org.actor, FILE)
    with (
        hub(services.settings, secret_key=old, secret_key_fallbacks=new) as first,
        hub(services.settings, secret_key=new, secret_key_fallbacks=quoted) as swapped,
    ):
        retired = first.vault.ring.current().id
        done = keys.rotate(swapped, RUNNER)
        assert (done.current, done.unused) == (swapped.vault.ring.current().id, (retired,))
        # a process that was not restarted yet knows the new key from its fallbacks
        assert get_file(first, org.actor, kept.id).body == FILE.body
    with hub(services.settings, secret_key=new) as last:
        assert get_file(last, org.actor, kept.id).body == FILE.body
    with hub(services.settings, secret_key=old) as late, pytest.raises(Misconfigured, match="HUB_SECRET_KEY_FALLBACKS"):
        late.vault.of(org.id)


def test_a_rotation_leaves_one_audit_entry(services: Services, org: Organization) -> None:
    done = keys.rotate(services, RUNNER)
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        [entry] = entries.walk(tx, PLATFORM)
    assert (entry.action, entry.subject_id, entry.actor_type) == ("keys.rotated", done.current, "cli")


def test_reply_addresses_outlive_a_rotation(services: Services) -> None:
    made = ReplyAddresses(services.vault.platform, "reply.example").make(conversation := new_id())
    keys.rotate(services, RUNNER)
    with hub(services.settings) as later:
        assert ReplyAddresses(later.vault.platform, "reply.example").conversation([made]) == conversation


def test_the_vault_asks_the_database_once_in_a_few_seconds(services: Services, org: Organization) -> None:
    clock = [0.0]
    vault = Vault(services.db, services.vault.ring, lambda: clock[0])
    assert vault.remembered(org.id) is None
    key = vault.of(org.id)
    assert vault.of(org.id) is vault.remembered(org.id) is key
    clock[0] = TTL
    assert vault.remembered(org.id) is None
    assert vault.of(org.id) is not key


def test_a_process_that_starts_reads_the_platform_key_ahead(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.settings.load", lambda: services.settings)
    monkeypatch.setattr("hub.log.configure", lambda _level: None)
    monkeypatch.setattr("hub.web.__main__._spare_collector", lambda: None)
    monkeypatch.setattr("workers.services._services", None)
    served: list[Services] = []
    monkeypatch.setattr(Server, "run", lambda server: served.append(server._app.state.services))
    assert web() == 0
    started = [*served, worker_services()]
    assert [each.vault.remembered(PLATFORM) is not None for each in started] == [True, True]
    for each in started:
        each.db.dispose()
        each.queue.close()


def test_a_process_starts_while_the_database_is_away(services: Services) -> None:
    with hub(services.settings, database_url="postgresql://127.0.0.1:1/hub") as alone:
        alone.vault.warm()
        assert alone.vault.remembered(PLATFORM) is None
