"""The channels page: what the organization is reached on, connecting it step by step, and its care. Plain forms."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.errors import HubError, NotFound
from hub.provisioning import channels, proving
from hub.provisioning.channels import ChannelChanges, NewChannel
from hub.types import Returning
from hub.web.admin.channel_views import CHANNELS, adapters_by_name, channel_page, list_page, new_page, words_of
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

_CREDENTIAL = "credential:"
_SETTING = "setting:"

Change = Callable[[Visit], Response]


def routes(services: Services) -> list[Route]:
    manage = Permission.MANAGE_CHANNELS
    changes: tuple[tuple[str, Change], ...] = (
        ("", create),
        ("/{channel_id}", change),
        ("/{channel_id}/check", check),
        ("/{channel_id}/credentials", renew),
        ("/{channel_id}/intake-token", rotate_intake_token),
        ("/{channel_id}/code", send_code),
        ("/{channel_id}/code/confirm", confirm_code),
        ("/{channel_id}/delete", delete),
    )
    return [
        Route(CHANNELS, visited(services, show_list, manage), methods=["GET"]),
        Route(CHANNELS + "/new/{kind}", visited(services, show_new, manage), methods=["GET"]),
        Route(CHANNELS + "/{channel_id}", visited(services, show_one, manage), methods=["GET"]),
        *(
            Route(CHANNELS + path, visited(services, _explained(act), manage), methods=["POST"])
            for path, act in changes
        ),
    ]


def show_list(visit: Visit) -> Response:
    """Every channel with how it stands, and the kinds that can be connected."""
    return list_page(visit)


def show_new(visit: Visit) -> Response:
    """What to click at the provider, and the form that connects the channel."""
    return new_page(visit, visit.path("kind"), {})


def show_one(visit: Visit) -> Response:
    return channel_page(visit, channels.get_channel(visit.services, visit.actor, visit.path("channel_id")))


def create(visit: Visit) -> Response:
    """Connect a channel; an intake token is shown, this once."""
    new = NewChannel(
        visit.one("kind"),
        visit.one("name"),
        _credentials(visit),
        visit.one("group_id") or None,
        visit.one("delivery") or "webhook",
    )
    made = channels.create_channel(visit.services, visit.actor, new)
    # what the set-up found is stored after the channel itself was
    found = channels.get_channel(visit.services, visit.actor, made.id)
    if made.intake_token:
        return channel_page(visit, found, {"token": made.intake_token, "fresh": True})
    return see(f"{CHANNELS}/{made.id}?fresh=1")


def change(visit: Visit) -> Response:
    """Rename a channel, give it to a group, say what returning customers find, how it is fed and what its kind sets."""
    changes = ChannelChanges(
        name=visit.one("name"),
        group_id=visit.one("group_id") or None,
        returning=Returning(visit.one("returning")) if visit.one("returning") in list(Returning) else None,
        delivery=visit.one("delivery") or None,
        settings=_settings(visit) or None,
    )
    channels.change_channel(visit.services, visit.actor, visit.path("channel_id"), changes)
    return _back(visit, "channel")


def check(visit: Visit) -> Response:
    channels.check_channel(visit.services, visit.actor, visit.path("channel_id"))
    return _back(visit, "checked")


def renew(visit: Visit) -> Response:
    """Take new credentials of the same address."""
    changes = ChannelChanges(credentials=_credentials(visit))
    channels.change_channel(visit.services, visit.actor, visit.path("channel_id"), changes)
    return _back(visit, "credentials")


def rotate_intake_token(visit: Visit) -> Response:
    made = channels.rotate_intake_token(visit.services, visit.actor, visit.path("channel_id"))
    return channel_page(visit, made, {"token": made.intake_token})


def send_code(visit: Visit) -> Response:
    sent = proving.send_code(visit.services, visit.actor, visit.path("channel_id"))
    found = channels.get_channel(visit.services, visit.actor, visit.path("channel_id"))
    return channel_page(visit, found, {"code_sent": sent})


def confirm_code(visit: Visit) -> Response:
    proving.confirm_code(visit.services, visit.actor, visit.path("channel_id"), visit.one("code").strip())
    return _back(visit, "proven")


def delete(visit: Visit) -> Response:
    channels.delete_channel(visit.services, visit.actor, visit.path("channel_id"))
    return see(f"{CHANNELS}?saved=deleted")


def _explained(change: Change) -> Change:
    """Show why a change was refused on the page it was asked for on."""

    def handler(visit: Visit) -> Response:
        try:
            return change(visit)
        except HubError as error:
            if isinstance(error, NotFound):
                raise
            more = {"problem": sentence(visit.language.retell(error.detail))}
            if "channel_id" not in visit.request.path_params:
                return new_page(visit, visit.one("kind"), {**more, "typed": _typed(visit)}, error.status)
            found = channels.get_channel(visit.services, visit.actor, visit.path("channel_id"))
            return channel_page(visit, found, more, error.status)

    return handler


def _back(visit: Visit, saved: str) -> Response:
    return see(f"{CHANNELS}/{visit.path('channel_id')}?saved={saved}")


def _credentials(visit: Visit) -> dict[str, str]:
    return {name.removeprefix(_CREDENTIAL): visit.one(name) for name in visit.form if name.startswith(_CREDENTIAL)}


def _settings(visit: Visit) -> dict[str, bool | str]:
    """Read the choices of the form; one that is not among the setting's own stays what was sent, and is refused."""
    channel = channels.get_channel(visit.services, visit.actor, visit.path("channel_id"))
    known = {_SETTING + each.name: each for each in visit.services.adapters[channel.kind].channel_settings}
    return {
        each.name: words_of(each).get(visit.one(field), visit.one(field))
        for field, each in known.items()
        if field in visit.form
    }


def _typed(visit: Visit) -> dict[str, str]:
    """What the form held, credentials that are no secrets among it."""
    adapter = adapters_by_name(visit).get(visit.one("kind"))
    shown = [_CREDENTIAL + each.name for each in (adapter.credential_fields if adapter else ()) if not each.secret]
    return {name: visit.one(name) for name in ("name", "group_id", "delivery", *shown)}
