"""The people of an organization."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from hub import audit
from hub.access.invitations import invite
from hub.access.passwords import hash_password
from hub.access.permissions import ROLE_PERMISSIONS, Permission, allows, permissions_of, require
from hub.access.presence import ASSIGN_WAITING
from hub.access.profile_values import UNCHANGED, Profile, values_of
from hub.db import users as queries
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.paging import page_by_id
from hub.db.session import Tx
from hub.db.users import UserView
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.ids import new_id
from hub.types import ANSWERING, Actor, Page, Presence, Role
from hub.wiring import Services

SLOTS = 10
_PROFILE = tuple(each.name for each in fields(Profile))


@dataclass(frozen=True, slots=True)
class NewUser:
    """Who shall be able to sign in. Without a password they are invited to choose one."""

    email: str
    name: str
    role: Role
    password: str | None = field(default=None, repr=False)
    slots: int = SLOTS
    profile: Profile = UNCHANGED


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """A user just created; `invitation` is the path where they choose a password, shown this once."""

    user: UserView
    invitation: str | None


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What changes of a user; None leaves it. Their profile is `hub.access.profiles`'s."""

    name: str | None = None
    role: Role | None = None
    slots: int | None = None
    password: str | None = field(default=None, repr=False)


def list_users(services: Services, actor: Actor, limit: int = 50, cursor: str | None = None) -> Page[UserView]:
    """Return the organization's users, also disabled ones, oldest first."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        return page_by_id(queries.list_users(tx, limit + 1, cursor), limit)


def get_user(services: Services, actor: Actor, user_id: str) -> UserView:
    """Raises NotFound."""
    require(actor, Permission.READ_TEAM)
    with services.db.reading(actor.organization_id) as tx:
        return get_in(tx, user_id)


def create_user(services: Services, actor: Actor, new: NewUser, once: Once = EVERY_TIME) -> CreatedUser:
    """Raises Invalid on a bad address, password or profile, Conflict on a taken address, Forbidden to make owners."""
    require(actor, Permission.MANAGE_TEAM)
    _may_give(actor, new.role)
    hashed = hash_password(new.password) if new.password is not None else None
    with services.db.transaction(actor.organization_id) as tx:
        made = add_user(services, tx, new, hashed)
        audit.record(services, tx, actor, audit.Change("user.created", "user", made.user.id, after=_kept(made.user)))
        return once.keep(tx, made)


def add_user(
    services: Services, tx: Tx, new: NewUser, password_hash: str | None, *, platform_admin: bool = False
) -> CreatedUser:
    """Store a user within a transaction of their organization. Raises Invalid, and Conflict on a taken address."""
    profile = values_of(new.profile)
    view = UserView(
        id=new_id(),
        email=clean_email(new.email),
        name=clean_name(new.name),
        role=new.role,
        slots=new.slots,
        presence=Presence.OFFLINE,
        platform_admin=platform_admin,
        invited=password_hash is None,
        created_at=services.clock(),
        disabled_at=None,
    )
    if not queries.insert_user(tx, view, password_hash):
        raise Conflict("this e-mail address is taken; use another one")
    queries.update_user(tx, view.id, profile)
    return CreatedUser(get_in(tx, view.id), invite(services, tx, view.id) if password_hash is None else None)


def change_user(services: Services, actor: Actor, user_id: str, changes: UserChanges) -> UserView:
    """Raises NotFound, Invalid, Forbidden beyond the actor's own role, Conflict when the last owner would go."""
    require(actor, Permission.MANAGE_TEAM)
    values = _values(changes)
    with services.db.transaction(actor.organization_id) as tx:
        before = get_in(tx, user_id)
        require_changeable(actor, before)
        if changes.role is not None:
            _may_give(actor, changes.role)
        if changes.role not in {None, Role.OWNER}:
            _keep_an_owner(tx, before)
        if changes.role not in {None, *ANSWERING}:
            values |= _absent(before, services.clock())
        queries.update_user(tx, user_id, values)
        if changes.password is not None:
            queries.end_access(tx, user_id)
        after = get_in(tx, user_id)
        _record_change(services, tx, actor, before, after, changes)
        # more slots may be what somebody waits for
        tx.after_commit(lambda: services.queue.wake("routing", ASSIGN_WAITING, actor.organization_id))
        return after


def disable_user(services: Services, actor: Actor, user_id: str) -> None:
    """End a user's access; what they wrote stays. Raises NotFound, Conflict for the last owner."""
    require(actor, Permission.MANAGE_TEAM)
    with services.db.transaction(actor.organization_id) as tx:
        user = get_in(tx, user_id)
        require_changeable(actor, user)
        _keep_an_owner(tx, user)
        if user.disabled_at is None:
            now = services.clock()
            queries.update_user(tx, user_id, {"disabled_at": now, **_absent(user, now)})
            queries.end_access(tx, user_id)
            disabled = audit.difference(user, get_in(tx, user_id))
            audit.record(services, tx, actor, audit.Change("user.disabled", "user", user_id, **disabled))


def clean_email(address: str) -> str:
    """Return an address in the one form it is stored in (lower case). Raises Invalid."""
    try:
        # special names (.test, .local) are somebody's real network; nothing is looked up
        checked = validate_email(
            address.strip(), check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except EmailNotValidError:
        raise Invalid("the e-mail address is not one; write it like name@example.com") from None
    return checked.normalized.lower()


def clean_name(name: str) -> str:
    """Return a name without surplus spaces. Raises Invalid when nothing is left."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid("a name is missing")
    return cleaned


def _absent(user: UserView, now: datetime) -> dict[str, Any]:
    """The presence of whoever may answer no more: what waits for them goes to others once the grace is over."""
    since = {} if user.presence is Presence.OFFLINE else {"presence_changed_at": now}
    return {"presence": Presence.OFFLINE.value, "by_browser": False, **since}


def _values(changes: UserChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = clean_name(changes.name)
    if changes.role is not None:
        values["role"] = changes.role.value
    if changes.slots is not None:
        values["slots"] = changes.slots
    if changes.password is not None:
        values["password_hash"] = hash_password(changes.password)
    return values


def _record_change(
    services: Services, tx: Tx, actor: Actor, before: UserView, after: UserView, changes: UserChanges
) -> None:
    differs = audit.difference(before, after)
    if changes.password is not None:
        differs["after"] = {**differs["after"], "password": "set"}
    audit.record(services, tx, actor, audit.Change("user.changed", "user", after.id, **differs))


def _kept(user: UserView) -> dict[str, Any]:
    always = {"email": user.email, "name": user.name, "role": user.role, "slots": user.slots, "invited": user.invited}
    given = {name: value for name in _PROFILE if (value := getattr(user, name))}
    return always | given


def _may_give(actor: Actor, role: Role) -> None:
    """Whoever makes a user or sets a password could sign in as them: never as more than they are themselves."""
    if actor.token_id is not None and not ROLE_PERMISSIONS[role] <= permissions_of(actor):
        raise Forbidden("this token may not make or change a user who may do more than the token")
    if role is Role.OWNER and actor.role is not Role.OWNER:
        raise Forbidden("only an owner may make or change owners")


def require_changeable(actor: Actor, user: UserView) -> None:
    """Raise Forbidden when a user may do more than the one who would change them."""
    _may_give(actor, user.role)
    # whoever sets a platform admin's password could sign in as one
    if user.platform_admin and not allows(actor, Permission.PLATFORM):
        raise Forbidden("only a platform admin may change a platform admin")


def _keep_an_owner(tx: Tx, user: UserView) -> None:
    if user.role is Role.OWNER and user.disabled_at is None and queries.count_owners(tx) == 1:
        raise Conflict("this is the last owner; make somebody else an owner first")


def get_in(tx: Tx, user_id: str) -> UserView:
    """Return a user within a transaction. Raises NotFound."""
    view = queries.find_user(tx, user_id)
    if view is None:
        raise NotFound("there is no such user")
    return view
