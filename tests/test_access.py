"""Who may do what: passwords, sessions, tokens, users, groups, presence, organizations."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from hub.access import groups, invitations, organizations, passwords, presence, sessions, throttle, tokens, users
from hub.access.permissions import (
    ORGANIZATION_SCOPES,
    PLATFORM_SCOPE,
    ROLE_PERMISSIONS,
    Permission,
    allows,
    permissions_of,
)
from hub.access.users import NewUser, UserChanges
from hub.db.session import PlatformWork
from hub.db.tables.core import API_TOKEN, SESSION, USER
from hub.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from hub.queue import Queue
from hub.types import Actor, Presence, Role
from hub.wiring import Services
from tests.world import Organization, World

PASSWORD = "correct horse battery"
HERE = "192.0.2.7"


@pytest.fixture
def ada(services: Services, org: Organization) -> Actor:
    """An operator who can sign in."""
    made = users.create_user(services, org.actor, NewUser("Ada@Example.com", "Ada", Role.OPERATOR, PASSWORD))
    return Actor(org.id, made.user.id, "Ada", Role.OPERATOR)


def later(services: Services, span: timedelta) -> Services:
    at = services.clock() + span
    return replace(services, clock=lambda: at)


# signing in


def test_a_user_signs_in_with_any_spelling_of_their_address(services: Services, ada: Actor) -> None:
    session = sessions.sign_in(services, " ADA@example.COM ", PASSWORD, HERE)
    assert sessions.signed_in_by(services, session.token).actor == ada


def test_only_hashes_of_cookies_and_tokens_are_stored(services: Services, org: Organization, ada: Actor) -> None:
    session = sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)
    issued = tokens.create_token(services, org.actor, "script", ["read"])
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        kept = [*tx.all(select(SESSION)), *tx.all(select(API_TOKEN)), *tx.all(select(USER.c.password_hash))]
    for secret in (session.token, issued.token, PASSWORD):
        assert str(secret) not in str([tuple(row) for row in kept])
    assert repr(session.token) == "***"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(services: Services, ada: Actor) -> None:
    answers = []
    for email, password in (("ada@example.com", "wrong password"), ("nobody@example.com", PASSWORD), ("", "\x00")):
        with pytest.raises(Unauthenticated) as refused:
            sessions.sign_in(services, email, password, HERE)
        answers.append(refused.value.detail)
    assert len(set(answers)) == 1


def test_the_product_stores_passwords_as_argon2id_with_the_recommended_work() -> None:
    ask = "from hub.access.passwords import hash_password; print(hash_password('correct horse'))"
    made = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class CountingHasher(PasswordHasher):
    verified = 0

    def verify(self, *args: str | bytes) -> bool:  # type: ignore[override]
        type(self).verified += 1
        return super().verify(*args)  # type: ignore[arg-type]


def test_an_unknown_address_costs_the_work_of_a_known_one(
    services: Services, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", CountingHasher())
    for email in ("ada@example.com", "nobody@example.com"):
        CountingHasher.verified = 0
        with pytest.raises(Unauthenticated):
            sessions.sign_in(services, email, "wrong password", HERE)
        assert CountingHasher.verified == 1


def test_a_hash_with_old_parameters_is_made_anew_at_sign_in(
    services: Services, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> str:
        with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return str(tx.scalar(select(USER.c.password_hash).where(USER.c.id == ada.user_id)))

    before = stored()
    sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)
    assert stored() == before
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=2048, parallelism=1))
    sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)
    assert "m=2048,t=1,p=1" in stored()
    sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)


def test_a_session_ends_by_signing_out_after_two_weeks_and_with_its_user(
    services: Services, org: Organization, ada: Actor
) -> None:
    first, second = (sessions.sign_in(services, "ada@example.com", PASSWORD, HERE) for _ in range(2))
    sessions.sign_out(services, first.token)
    with pytest.raises(Unauthenticated):
        sessions.signed_in_by(services, first.token)
    assert sessions.signed_in_by(services, second.token).csrf_token == second.csrf_token
    with pytest.raises(Unauthenticated):
        sessions.signed_in_by(later(services, sessions.LIFETIME), second.token)
    users.disable_user(services, org.actor, ada.user_id)
    with pytest.raises(Unauthenticated):
        sessions.signed_in_by(services, second.token)
    with pytest.raises(Unauthenticated):
        sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)


def fail(services: Services, email: str, remote: str, times: int) -> None:
    for _ in range(times):
        throttle.attempt(services, email, remote)


@pytest.mark.parametrize("queue_is_there", [True, False])
def test_the_eleventh_failure_of_an_account_or_an_address_has_to_wait(services: Services, queue_is_there: bool) -> None:
    throttle._local.clear()
    if not queue_is_there:
        services = replace(services, queue=Queue("redis://127.0.0.1:1/0"))
    fail(services, "ada@example.com", "192.0.2.1", throttle.ATTEMPTS)
    with pytest.raises(TooMany) as refused:
        throttle.attempt(services, "ada@example.com", "192.0.2.2")
    assert 0 < refused.value.retry_after <= throttle.WINDOW_SECONDS
    with pytest.raises(TooMany):
        throttle.attempt(services, "other@example.com", "192.0.2.1")
    throttle.attempt(services, "other@example.com", "192.0.2.3")


@pytest.mark.parametrize("queue_is_there", [True, False])
def test_a_success_clears_the_failures_of_the_account(services: Services, queue_is_there: bool) -> None:
    throttle._local.clear()
    if not queue_is_there:
        services = replace(services, queue=Queue("redis://127.0.0.1:1/0"))
    fail(services, "ada@example.com", "192.0.2.1", throttle.ATTEMPTS - 1)
    throttle.succeeded(services, "ada@example.com", "192.0.2.1")
    fail(services, "ada@example.com", "192.0.2.9", throttle.ATTEMPTS)
    with pytest.raises(TooMany):
        throttle.attempt(services, "ada@example.com", "192.0.2.9")


def test_even_the_right_password_waits_while_the_account_is_throttled(services: Services, ada: Actor) -> None:
    fail(services, "ada@example.com", HERE, throttle.ATTEMPTS)
    with pytest.raises(TooMany):
        sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)


# invitations


def test_an_invited_user_chooses_a_password_once(services: Services, org: Organization) -> None:
    made = users.create_user(services, org.actor, NewUser("new@example.com", "New", Role.OPERATOR))
    assert made.user.invited
    assert made.invitation is not None
    token = made.invitation.removeprefix("/invitations/")
    with pytest.raises(Invalid):
        invitations.accept(services, token, "short")
    session = invitations.accept(services, token, PASSWORD)
    assert session.actor.user_id == made.user.id
    with pytest.raises(NotFound):
        invitations.accept(services, token, PASSWORD)
    sessions.sign_in(services, "new@example.com", PASSWORD, HERE)


def test_an_invitation_ends_after_a_week(services: Services, org: Organization) -> None:
    made = users.create_user(services, org.actor, NewUser("new@example.com", "New", Role.OPERATOR))
    with pytest.raises(NotFound):
        invitations.invited_by(later(services, invitations.LIFETIME), str(made.invitation).rpartition("/")[2])


# tokens


def test_a_token_may_no_more_than_its_scopes_and_its_user(services: Services, org: Organization) -> None:
    issued = tokens.create_token(services, org.actor, "reader", ["read"])
    reader = tokens.actor_of_token(services, issued.token)
    assert allows(reader, Permission.READ_CONVERSATIONS)
    assert not allows(reader, Permission.WORK_ON_CONVERSATIONS)
    operator = replace(org.operator, token_id="t", scopes=frozenset({"admin"}))
    assert permissions_of(operator) == ROLE_PERMISSIONS[Role.OPERATOR]


def test_a_revoked_token_is_refused_at_once(services: Services, org: Organization) -> None:
    issued = tokens.create_token(services, org.actor, "script", ["admin"])
    tokens.revoke_token(services, org.actor, issued.view.id)
    with pytest.raises(Unauthenticated):
        tokens.actor_of_token(services, issued.token)
    with pytest.raises(NotFound):
        tokens.revoke_token(services, org.actor, issued.view.id)


def test_only_platform_admins_issue_platform_scope(services: Services, org: Organization) -> None:
    with pytest.raises(Forbidden):
        tokens.create_token(services, org.actor, "too much", [PLATFORM_SCOPE])
    platform = replace(org.actor, platform_admin=True)
    assert tokens.create_token(services, platform, "platform", [PLATFORM_SCOPE]).view.scopes == (PLATFORM_SCOPE,)


def test_a_token_cannot_issue_one_that_may_more(services: Services, org: Organization) -> None:
    small = replace(org.actor, token_id="t", scopes=frozenset({"admin"}), platform_admin=True)
    with pytest.raises(Forbidden):
        tokens.create_token(services, small, "bigger", [PLATFORM_SCOPE])


def test_a_token_makes_nobody_who_may_do_more_than_itself(services: Services, org: Organization) -> None:
    """Or it could sign in as them."""
    small = replace(org.actor, token_id="t", scopes=frozenset({"team"}))
    with pytest.raises(Forbidden):
        users.create_user(services, small, NewUser("new@example.com", "New", Role.OWNER, "a long password"))


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_unknown_scopes_are_refused(services: Services, org: Organization, scopes: list[str]) -> None:
    with pytest.raises(Invalid):
        tokens.create_token(services, org.actor, "odd", scopes)


def test_an_auditor_only_reads() -> None:
    changing = {"work", "edit", "manage", "set", "run"}
    assert not {str(each).split()[0] for each in ROLE_PERMISSIONS[Role.AUDITOR]} & changing


def test_no_role_carries_the_platform() -> None:
    assert all(Permission.PLATFORM not in given for given in ROLE_PERMISSIONS.values())


# users and groups


def test_the_last_owner_stays(services: Services, org: Organization) -> None:
    with pytest.raises(Conflict):
        users.disable_user(services, org.actor, org.actor.user_id)
    with pytest.raises(Conflict):
        users.change_user(services, org.actor, org.actor.user_id, UserChanges(role=Role.ADMIN))
    users.create_user(services, org.actor, NewUser("second@example.com", "Second", Role.OWNER, PASSWORD))
    assert users.change_user(services, org.actor, org.actor.user_id, UserChanges(role=Role.ADMIN)).role is Role.ADMIN


def test_only_owners_make_or_change_owners(services: Services, world: World, org: Organization) -> None:
    admin = world.user(org.id, "Anna Admin", Role.ADMIN)
    with pytest.raises(Forbidden):
        users.create_user(services, admin, NewUser("boss@example.com", "Boss", Role.OWNER))
    with pytest.raises(Forbidden):
        users.change_user(services, admin, org.actor.user_id, UserChanges(password=PASSWORD))
    with pytest.raises(Forbidden):
        users.disable_user(services, admin, org.actor.user_id)


def test_only_a_platform_admin_changes_a_platform_admin(services: Services) -> None:
    made = organizations.bootstrap(services, "Platform", "boss@hub.test", PASSWORD)
    boss = tokens.actor_of_token(services, made.token)
    second = users.create_user(services, boss, NewUser("second@hub.test", "Second", Role.OWNER, PASSWORD)).user
    owner = Actor(made.organization_id, second.id, "Second", Role.OWNER)
    without_scope = replace(boss, scopes=frozenset({"team"}))
    for actor in (owner, without_scope):
        with pytest.raises(Forbidden):
            users.change_user(services, actor, made.user_id, UserChanges(password="a password of mine"))
        with pytest.raises(Forbidden):
            users.disable_user(services, actor, made.user_id)
    assert users.change_user(services, boss, made.user_id, UserChanges(name="Boss")).name == "Boss"


def test_an_address_belongs_to_one_user_of_the_whole_hub(services: Services, world: World, ada: Actor) -> None:
    other = world.organization("Other")
    with pytest.raises(Conflict) as refused:
        users.create_user(services, other.actor, NewUser("ada@example.com", "Ada", Role.OPERATOR))
    assert "Acme" not in refused.value.detail


def test_a_new_password_ends_the_users_sessions(services: Services, org: Organization, ada: Actor) -> None:
    session = sessions.sign_in(services, "ada@example.com", PASSWORD, HERE)
    users.change_user(services, org.actor, ada.user_id, UserChanges(password="another password"))
    with pytest.raises(Unauthenticated):
        sessions.signed_in_by(services, session.token)
    sessions.sign_in(services, "ada@example.com", "another password", HERE)


def test_a_group_cannot_have_members_of_another_organization(
    services: Services, world: World, org: Organization
) -> None:
    other = world.organization("Other")
    with pytest.raises(Invalid):
        groups.set_members(services, org.actor, org.group_id, [org.operator.user_id, other.operator.user_id])
    assert [member.id for member in groups.get_group(services, org.actor, org.group_id).members] == [
        org.operator.user_id
    ]


def test_a_group_in_use_stays(services: Services, world: World, org: Organization) -> None:
    world.channel(org, "telegram", "1000")
    with pytest.raises(Conflict):
        groups.delete_group(services, org.actor, org.group_id)
    empty = groups.create_group(services, org.actor, "Night shift")
    groups.delete_group(services, org.actor, empty.id)
    with pytest.raises(NotFound):
        groups.get_group(services, org.actor, empty.id)


def test_two_groups_cannot_share_a_name(services: Services, org: Organization) -> None:
    night = groups.create_group(services, org.actor, "  Night   shift ")
    assert night.name == "Night shift"
    with pytest.raises(Conflict):
        groups.create_group(services, org.actor, "Night shift")
    with pytest.raises(Conflict):
        groups.change_group(services, org.actor, night.id, groups.GroupChanges(name="Support"))


def test_lists_come_in_pages_without_gap_or_repeat(services: Services, org: Organization) -> None:
    for number in range(4):
        groups.create_group(services, org.actor, f"Group {number}")
    seen, cursor = [], None
    while True:
        page = groups.list_groups(services, org.actor, limit=2, cursor=cursor)
        seen += [group.name for group in page.items]
        if (cursor := page.next) is None:
            break
    assert seen == ["Support", *(f"Group {number}" for number in range(4))]


def test_coming_online_wakes_routing_and_tells_the_browsers(services: Services, org: Organization) -> None:
    woken = services.queue.redis.pubsub()
    woken.psubscribe("*")
    woken.get_message(timeout=5)
    view = presence.set_presence(services, org.operator, org.operator.user_id, Presence.ONLINE)
    assert view.presence is Presence.ONLINE
    told = woken.get_message(timeout=5)
    woken.close()
    assert told is not None
    assert org.operator.user_id.encode() in told["data"]
    assert services.queue.redis.exists(f"wake:{presence.ASSIGN_WAITING}:{org.id}")


def test_operators_set_their_own_presence_only(services: Services, org: Organization) -> None:
    with pytest.raises(Forbidden):
        presence.set_presence(services, org.operator, org.actor.user_id, Presence.ONLINE)


# organizations


def test_bootstrap_makes_an_owner_a_platform_admin_and_a_token_with_all_scopes(services: Services) -> None:
    made = organizations.bootstrap(services, "Acme", "boss@acme.test", PASSWORD)
    actor = tokens.actor_of_token(services, made.token)
    assert (actor.organization_id, actor.user_id, actor.role) == (made.organization_id, made.user_id, Role.OWNER)
    assert permissions_of(actor) == frozenset(Permission)
    sessions.sign_in(services, "boss@acme.test", PASSWORD, HERE)
    with pytest.raises(Conflict):
        organizations.bootstrap(services, "Acme", "again@acme.test", PASSWORD)
    assert organizations.bootstrap(services, "Second", "again@acme.test", PASSWORD, force=True)


def test_a_new_customer_gets_an_owner_and_a_token_without_platform_scope(services: Services) -> None:
    first = organizations.bootstrap(services, "Platform", "boss@hub.test", PASSWORD)
    admin = tokens.actor_of_token(services, first.token)
    made = organizations.create_organization(services, admin, organizations.NewOrganization("Acme", "o@acme.test"))
    actor = tokens.actor_of_token(services, made.token)
    assert (actor.organization_id, actor.user_id) == (made.id, made.owner_id)
    assert actor.scopes == set(ORGANIZATION_SCOPES)
    assert not allows(actor, Permission.PLATFORM)
    assert made.invitation is not None
    with pytest.raises(Forbidden):
        organizations.list_organizations(services, actor)


def test_a_failed_creation_leaves_no_organization(services: Services) -> None:
    first = organizations.bootstrap(services, "Platform", "boss@hub.test", PASSWORD)
    admin = tokens.actor_of_token(services, first.token)
    with pytest.raises(Conflict):
        organizations.create_organization(services, admin, organizations.NewOrganization("Copy", "boss@hub.test"))
    assert [each.name for each in organizations.list_organizations(services, admin).items] == ["Platform"]


def test_a_time_zone_must_exist(services: Services, org: Organization) -> None:
    with pytest.raises(Invalid):
        organizations.change_organization(
            services, org.actor, organizations.OrganizationChanges(time_zone="Mars/Olympus")
        )
    changed = organizations.change_organization(
        services, org.actor, organizations.OrganizationChanges(name="Acme Ltd", time_zone="Asia/Tokyo")
    )
    assert (changed.name, changed.time_zone) == ("Acme Ltd", "Asia/Tokyo")
