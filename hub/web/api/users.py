"""Users and their presence."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, SecretStr

from hub.access import photos, presence, profiles, users
from hub.access import profile_values as values
from hub.access.permissions import Permission
from hub.db.users import UserView
from hub.types import Page, Presence, Role
from hub.web.api.frame import Body, Call, Endpoint, Listing, Paging, Shown


class User(Shown):
    id: str
    email: str
    name: str
    role: Role
    first_name: str
    surname: str
    alias: str = Field(description="What end users see of them, beside the photo; empty: the organization's name")
    photo_id: str | None = Field(description="Id of an attachment")
    languages: list[str] = Field(description="Spoken, by ISO 639-1")
    time_zone: str = Field(description="IANA name; empty: the organization's")
    skills: list[str]
    slots: int
    presence: Presence
    by_browser: bool = Field(description="The presence follows their browsers; else it stands until it is changed")
    platform_admin: bool
    invited: bool
    created_at: datetime
    disabled_at: datetime | None


class UserWithInvitation(User):
    invitation: str | None = Field(description="Path where the user chooses a password; shown this once")


Name = Annotated[str, Field(max_length=values.LONGEST_NAME)]


class ProfileBody(Body):
    """What of the profile is said; null leaves it, an empty value takes it away."""

    first_name: Name | None = None
    surname: Name | None = None
    alias: Name | None = Field(None, description="What end users see; empty: the organization's name")
    languages: list[str] | None = Field(None, max_length=values.MOST_LANGUAGES, description="ISO 639-1")
    time_zone: str | None = Field(None, max_length=40, description="IANA name; empty: the organization's")
    skills: list[str] | None = Field(
        None, max_length=values.MOST_SKILLS, description="Words that rules ask for; given by whoever manages the team"
    )

    def profile(self) -> values.Profile:
        return values.Profile(self.first_name, self.surname, self.alias, self.languages, self.time_zone, self.skills)


class NewUser(ProfileBody):
    email: str = Field(min_length=3, max_length=200)
    name: str = Field(min_length=1, max_length=200)
    role: Role
    password: SecretStr | None = Field(None, max_length=1024, description="Without it the user is invited")
    slots: int = Field(users.SLOTS, ge=0, le=1000, description="Conversations they take at once")


class UserChanges(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    role: Role | None = None
    slots: int | None = Field(None, ge=0, le=1000)
    password: SecretStr | None = Field(None, max_length=1024, description="Ends the user's sessions")


class PresenceChange(Body):
    state: Presence


class PhotoChange(Body):
    upload_id: str | None = Field(
        max_length=26, description="An upload of yours: JPEG, PNG or WebP, at most 2 MiB; null takes the photo away"
    )


def list_users(call: Call[None, Paging]) -> Page[UserView]:
    return users.list_users(call.services, call.actor, call.query.limit, call.query.cursor)


def create_user(call: Call[NewUser, None]) -> UserWithInvitation:
    body = call.body
    new = users.NewUser(body.email, body.name, body.role, _plain(body.password), body.slots, body.profile())
    return _with_invitation(users.create_user(call.services, call.actor, new, call.once.showing(_with_invitation)))


def get_user(call: Call[None, None]) -> UserView:
    return users.get_user(call.services, call.actor, call.path["id"])


def change_user(call: Call[UserChanges, None]) -> UserView:
    body = call.body
    changes = users.UserChanges(body.name, body.role, body.slots, _plain(body.password))
    return users.change_user(call.services, call.actor, call.path["id"], changes)


def change_profile(call: Call[ProfileBody, None]) -> UserView:
    return profiles.change_profile(call.services, call.actor, call.path["id"], call.body.profile())


def disable_user(call: Call[None, None]) -> None:
    users.disable_user(call.services, call.actor, call.path["id"])


def set_presence(call: Call[PresenceChange, None]) -> UserView:
    return presence.set_presence(call.services, call.actor, call.path["id"], call.body.state)


def set_photo(call: Call[PhotoChange, None]) -> UserView:
    return photos.set_photo(call.services, call.actor, call.path["id"], call.body.upload_id)


def _plain(password: SecretStr | None) -> str | None:
    return None if password is None else password.get_secret_value()


def _with_invitation(created: users.CreatedUser) -> UserWithInvitation:
    shown = User.model_validate(created.user)
    return UserWithInvitation(**shown.model_dump(), invitation=created.invitation)


_READ = Permission.READ_TEAM
_MANAGE = Permission.MANAGE_TEAM

ENDPOINTS = (
    Endpoint("GET", "/users", "List users", list_users, Listing[User], query=Paging, permission=_READ),
    Endpoint("POST", "/users", "Create or invite a user", create_user, UserWithInvitation, body=NewUser, status=201,
             permission=_MANAGE, creates=True),
    Endpoint("GET", "/users/{id}", "Show a user", get_user, User, permission=_READ),
    Endpoint("PATCH", "/users/{id}", "Change a user", change_user, User, body=UserChanges, permission=_MANAGE),
    Endpoint("DELETE", "/users/{id}", "Disable a user", disable_user, permission=_MANAGE),
    Endpoint("PATCH", "/users/{id}/profile", "Change a user's profile", change_profile, User, body=ProfileBody,
             permission=Permission.WORK_ON_CONVERSATIONS),
    Endpoint("PUT", "/users/{id}/presence", "Set a user's presence", set_presence, User, body=PresenceChange,
             permission=Permission.SET_OWN_PRESENCE),
    Endpoint("PUT", "/users/{id}/photo", "Set a user's photo", set_photo, User, body=PhotoChange,
             permission=Permission.WORK_ON_CONVERSATIONS),
)  # fmt: skip
