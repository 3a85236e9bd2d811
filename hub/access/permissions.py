"""The table of permissions: what each role may do, and how far a token's scopes let its user go."""

from collections.abc import Iterable
from enum import StrEnum

from hub.errors import Forbidden, Invalid, Suspended
from hub.types import Actor, Machine, Role


class Permission(StrEnum):
    """One thing somebody may or may not do in their organization; PLATFORM stands beside all roles."""

    READ_CONVERSATIONS = "read conversations"
    WORK_ON_CONVERSATIONS = "work on conversations"
    READ_CONTACTS = "read contacts"
    EDIT_CONTACTS = "edit contacts"
    READ_CHANNELS = "read channels"
    MANAGE_CHANNELS = "manage channels"
    READ_TEAM = "read users and groups"
    MANAGE_TEAM = "manage users and groups"
    SET_OWN_PRESENCE = "set the own presence"
    SET_ANY_PRESENCE = "set the presence of others"
    READ_ORGANIZATION = "read the organization"
    MANAGE_ORGANIZATION = "manage the organization"
    MANAGE_TOKENS = "manage API tokens"
    SEE_INTAKE = "see the intake"
    SEE_USAGE = "see the numbers of the team"
    SEE_AUDIT = "see the audit log"
    HANDLE_PRIVACY = "handle the rights of persons"
    PLATFORM = "run the platform"


_P = Permission
_READING = frozenset({_P.READ_CONVERSATIONS, _P.READ_CONTACTS, _P.READ_CHANNELS, _P.READ_TEAM, _P.READ_ORGANIZATION})
_OPERATING = _READING | {_P.WORK_ON_CONVERSATIONS, _P.EDIT_CONTACTS, _P.SET_OWN_PRESENCE}
_SUPERVISING = _OPERATING | {_P.SET_ANY_PRESENCE, _P.SEE_INTAKE, _P.SEE_USAGE}
_ALL = frozenset(Permission) - {_P.PLATFORM}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ALL,
    Role.ADMIN: _ALL,
    Role.SUPERVISOR: _SUPERVISING,
    Role.OPERATOR: _OPERATING,
    Role.AUDITOR: _READING | {_P.SEE_INTAKE, _P.SEE_USAGE, _P.SEE_AUDIT},
}

SUPERVISORS = frozenset(role for role, may in ROLE_PERMISSIONS.items() if _P.SET_ANY_PRESENCE in may)
"""Who is told when nobody takes a conversation in time."""

ADMINS = frozenset(role for role, may in ROLE_PERMISSIONS.items() if _P.MANAGE_ORGANIZATION in may)
"""Who is told when something befalls the organization, such as a ban."""

PLATFORM_SCOPE = "platform:*"

SCOPE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "read": _READING | {_P.SEE_INTAKE, _P.SEE_USAGE, _P.SEE_AUDIT},
    "conversations": _OPERATING,
    "channels": frozenset({_P.READ_CHANNELS, _P.MANAGE_CHANNELS}),
    "team": frozenset({_P.READ_TEAM, _P.MANAGE_TEAM, _P.SEE_USAGE, _P.SET_OWN_PRESENCE, _P.SET_ANY_PRESENCE}),
    "admin": _ALL,
    PLATFORM_SCOPE: frozenset({_P.PLATFORM}),
}
"""What a token may do at most. Its user's role still bounds it."""

_WHILE_SUSPENDED = frozenset({_P.READ_ORGANIZATION, _P.PLATFORM})
"""What is left to the people of a suspended organization (B6): why; and running the hub, to its platform admins."""

ALL_SCOPES = tuple(SCOPE_PERMISSIONS)
ORGANIZATION_SCOPES = tuple(scope for scope in SCOPE_PERMISSIONS if scope != PLATFORM_SCOPE)


def permissions_of(actor: Actor) -> frozenset[Permission]:
    """Return all an actor may do: the role's permissions, and for a token no more than its scopes name."""
    own = ROLE_PERMISSIONS[actor.role]
    if actor.platform_admin:
        own |= {Permission.PLATFORM}
    if actor.token_id is None:
        return own
    return own & _of_scopes(actor.scopes)


def allows(actor: Actor, permission: Permission) -> bool:
    return permission in permissions_of(actor)


def require(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden unless the actor may do it, Suspended when their organization is."""
    if actor.suspended is not None and permission not in _WHILE_SUSPENDED:
        raise Suspended(
            f"your organization is suspended: {actor.suspended}; what its customers write is kept until the suspension "
            "is lifted; ask whoever runs this hub what has to be mended",
            suspended=actor.suspended,
        )
    if not allows(actor, permission):
        what = "this token" if actor.token_id else f"the role {actor.role}"
        raise Forbidden(f"{what} may not {permission}; ask an admin for a role or a token that may")


def require_platform(by: Actor | Machine) -> None:
    """Raise Forbidden unless it is a platform admin, or whoever runs the hub by its commands."""
    if isinstance(by, Actor):
        require(by, Permission.PLATFORM)


def check_scopes(actor: Actor, scopes: Iterable[str]) -> list[str]:
    """Return a new token's scopes, each once. Raises Invalid on unknown ones, Forbidden on more than the actor has."""
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPE_PERMISSIONS]
    if unknown or not wanted:
        raise Invalid(f"scopes must be some of {', '.join(ORGANIZATION_SCOPES)}")
    if not _of_scopes(wanted) & _beyond_roles(actor) <= permissions_of(actor):
        raise Forbidden("a token cannot be given scopes beyond those of the one who issues it")
    return wanted


def _beyond_roles(actor: Actor) -> frozenset[Permission]:
    """A role bounds a token by itself; the platform scope and the issuing token's own bounds do not."""
    return frozenset(Permission) if actor.token_id else frozenset({Permission.PLATFORM})


def _of_scopes(scopes: Iterable[str]) -> frozenset[Permission]:
    return frozenset().union(*(SCOPE_PERMISSIONS.get(scope, frozenset()) for scope in scopes))
