"""Who allowed which provider (J0, K23): through use case, API, command line and doctor."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from hub import log
from hub.audit import PLATFORM, verify
from hub.cli import app
from hub.db import activations
from hub.db import audit as audit_queries
from hub.db.activations import REMEMBERED_SECONDS, Activation, ActivationReader
from hub.db.audit import AuditRecord
from hub.db.session import PlatformWork
from hub.db.tables.core import USER
from hub.doctor import Grade, examine
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.providers import activation
from hub.providers.activation import ProviderView, State
from hub.providers.registry import PROVIDERS, REGISTRY_VERSION, Need
from hub.settings import Settings, load
from hub.types import Actor, ChannelKind, Machine, Role
from hub.web.app import create_app
from hub.wiring import Services, build
from tests.api.conftest import Api
from tests.world import Organization, World

RUNNER = Machine("cli", origin="cli")
OPTIONAL = "mailgun"


@pytest.fixture
def platform(services: Services, org: Organization) -> Actor:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(USER.update().where(USER.c.id == org.actor.user_id).values(platform_admin=True))
    return Actor(org.id, org.actor.user_id, "Petra Platform", Role.OWNER, platform_admin=True)


def state_of(services: Services, provider_id: str) -> ProviderView:
    return next(each for each in activation.list_providers(services, RUNNER) if each.id == provider_id)


# --- activation -----------------------------------------------------------------------------------------


def test_optional_providers_are_off_until_somebody_activates_them_and_it_is_kept_who(
    services: Services, platform: Actor
) -> None:
    before = state_of(services, OPTIONAL)
    assert (before.state, before.activated_by) == (State.OFF, None)
    made = activation.activate(services, platform, OPTIONAL)
    assert made == state_of(services, OPTIONAL)
    assert (made.state, made.activated_by, made.registry_version) == (
        State.ACTIVE,
        "Petra Platform",
        REGISTRY_VERSION,
    )
    assert made.activated_at is not None
    ended = activation.deactivate(services, platform, OPTIONAL)
    assert ended == state_of(services, OPTIONAL) == before


def test_what_is_so_already_or_cannot_be_is_refused(services: Services, platform: Actor, org: Organization) -> None:
    with pytest.raises(Conflict):
        activation.deactivate(services, platform, OPTIONAL)
    activation.activate(services, platform, OPTIONAL)
    with pytest.raises(Conflict):
        activation.activate(services, platform, OPTIONAL)
    inherent = next(provider.id for provider in PROVIDERS if provider.need is Need.INHERENT)
    for change in (activation.activate, activation.deactivate):
        with pytest.raises(Invalid, match=inherent):
            change(services, platform, inherent)
        with pytest.raises(NotFound):
            change(services, platform, "unheard-of")
        with pytest.raises(Forbidden):
            change(services, org.actor, OPTIONAL)
    with pytest.raises(Forbidden):
        activation.list_providers(services, org.actor)


def test_each_change_leaves_one_entry_in_the_platforms_audit_log(services: Services, platform: Actor) -> None:
    activation.activate(services, platform, OPTIONAL)
    with pytest.raises(Conflict):
        activation.activate(services, platform, OPTIONAL)
    activation.deactivate(services, replace(platform, reason="contract ended"), OPTIONAL)
    entries = audited(services)
    assert [(e.action, e.subject_id, e.actor_name) for e in entries] == [
        ("provider.activated", OPTIONAL, "Petra Platform"),
        ("provider.deactivated", OPTIONAL, "Petra Platform"),
    ]
    assert entries[0].content is not None
    assert entries[0].content["after"] == {"registry_version": REGISTRY_VERSION}
    assert [chain.faults for chain in verify(services, PLATFORM)] == [()]


def audited(services: Services) -> list[AuditRecord]:
    with services.db.platform_reading(PlatformWork.AUDIT) as tx:
        return [entry for entry in audit_queries.walk(tx, PLATFORM) if entry.action.startswith("provider.")]


def test_an_activation_of_an_earlier_version_is_for_review_until_it_is_confirmed(services: Services) -> None:
    earlier = Activation(OPTIONAL, "2020-01-01", services.clock(), "Somebody")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        assert activations.insert(tx, earlier)
    assert state_of(services, OPTIONAL).state is State.REVIEW
    assert ActivationReader(services.db)() == {OPTIONAL}
    confirmed = activation.activate(services, RUNNER, OPTIONAL)
    assert (confirmed.state, confirmed.activated_by) == (State.ACTIVE, "cli")
    assert state_of(services, OPTIONAL) == confirmed


def test_running_processes_learn_of_a_change_within_seconds(services: Services) -> None:
    seconds = 100.0
    reader = ActivationReader(services.db, lambda: seconds)
    assert reader() == frozenset()
    activation.activate(services, RUNNER, OPTIONAL)
    assert reader() == frozenset()
    seconds += REMEMBERED_SECONDS
    assert reader() == {OPTIONAL}
    activation.deactivate(services, RUNNER, OPTIONAL)
    seconds += REMEMBERED_SECONDS
    assert reader() == frozenset()
    assert REMEMBERED_SECONDS <= 5


def test_while_the_database_is_away_nothing_new_is_allowed_and_nothing_fails(tmp_path: Path) -> None:
    away = build(
        load(
            _env_file=None,
            data_dir=tmp_path,
            database_url="postgresql://127.0.0.1:1/hub",
            redis_url="redis://127.0.0.1:1",
        )
    )
    assert ActivationReader(away.db)() == frozenset()
    away.db.dispose()


def test_the_recipients_of_a_kinds_data_are_named_also_after_they_were_deactivated(services: Services) -> None:
    kinds = (ChannelKind("email"), ChannelKind("whatsapp"))
    assert named(services, kinds) == {"amazon-ses", "twilio", "meta"}
    activation.activate(services, RUNNER, OPTIONAL)
    activation.deactivate(services, RUNNER, OPTIONAL)
    assert named(services, kinds) == {"amazon-ses", "twilio", "meta", OPTIONAL}
    assert named(services, ()) == set()


def named(services: Services, kinds: tuple[ChannelKind, ...]) -> set[str]:
    return {provider.id for provider in activation.recipients_of(services, kinds)}


# --- the doors ------------------------------------------------------------------------------------------


def test_providers_are_listed_and_changed_through_the_api(
    services: Services, world: World, org: Organization, platform: Actor
) -> None:
    api = Api(services, create_app(services), world, org)
    token = api.token(platform, ("platform:*",))
    listed = api.call("GET", "/platform/providers", token).json()["items"]
    assert [each["id"] for each in listed] == [provider.id for provider in PROVIDERS]
    assert all(each["data"] and each["region"] and each["basis"] for each in listed)
    made = api.call("POST", f"/platform/providers/{OPTIONAL}/activate", token)
    assert (made.status_code, made.json()["state"]) == (200, "active")
    assert api.call("POST", f"/platform/providers/{OPTIONAL}/activate", token).status_code == 409
    assert api.call("POST", f"/platform/providers/{PROVIDERS[0].id}/activate", token).status_code == 422
    assert api.call("POST", "/platform/providers/unheard-of/activate", token).status_code == 404
    ended = api.call("POST", f"/platform/providers/{OPTIONAL}/deactivate", token)
    assert (ended.status_code, ended.json()["state"]) == (200, "off")


def test_providers_are_listed_and_changed_on_the_command_line(
    services: Services, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the log of the process stays where it is; only the commands' own output is looked at
    monkeypatch.setattr(log, "configure", lambda _level: None)
    for name in ("data_dir", "redis_url", "database_url"):
        value = getattr(settings, name)
        if value is not None:
            monkeypatch.setenv(f"HUB_{name.upper()}", str(value))
    assert services.settings.secret_key is not None
    monkeypatch.setenv("HUB_SECRET_KEY", services.settings.secret_key.get_secret_value())
    assert run("list").count("\n") == len(PROVIDERS)
    assert "active" in run("activate", OPTIONAL, "--reason", "the contract is signed")
    assert "since" in next(line for line in run("list").splitlines() if line.startswith(OPTIONAL))
    assert "off" in run("deactivate", OPTIONAL)
    assert [entry.actor_type for entry in audited(services)] == ["cli", "cli"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["providers", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_doctor_names_a_set_but_not_activated_provider_and_one_to_look_at_again(
    services: Services, settings: Settings
) -> None:
    settings = settings.model_copy(update={"mail_backup_url": SecretStr("smtp://relay.example:587?tls=starttls")})
    off = finding(settings)
    assert off is not None
    assert "HUB_MAIL_BACKUP_URL" in off
    assert f"hub providers activate {OPTIONAL}" in off
    activation.activate(services, RUNNER, OPTIONAL)
    assert finding(settings) is None
    activation.deactivate(services, RUNNER, OPTIONAL)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        activations.insert(tx, Activation(OPTIONAL, "2020-01-01", services.clock(), "Somebody"))
    changed = finding(settings)
    assert changed is not None
    assert "changed since" in changed


def finding(settings: Settings) -> str | None:
    found = [each for each in examine(settings) if each.subject == "providers"]
    assert all(each.grade is Grade.WARNING for each in found)
    return found[0].text if found else None
