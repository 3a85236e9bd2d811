"""What the templates of the channels page are given."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from hub.access.groups import list_groups
from hub.access.permissions import Permission
from hub.channels.base import Adapter
from hub.errors import NotFound
from hub.numbers.supply import signing_up
from hub.provisioning import channels
from hub.provisioning.standing import Side, Standing, list_last_heard, side_of, standing_of
from hub.provisioning.views import ChannelView
from hub.types import ChannelKind, ChannelSetting, Returning
from hub.web.admin.channel_care import care_of
from hub.web.admin.guides import Guide, guide_of
from hub.web.inbox.views import channel_icon
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit

CHANNELS = "/admin/channels"
_MOST = 200
_HIDDEN_TOKEN = "TOKEN"  # noqa: S105 - what stands where a token goes
_RETURNING: Final = (
    (Returning.REOPEN, marked("The last conversation is opened again")),
    (Returning.NEW, marked("A new conversation begins")),
)
_DELIVERY: Final = (
    ("webhook", marked("The provider calls the hub (webhook)")),
    ("polling", marked("The hub asks the provider (polling), for a machine without a public address")),
)
_CHOICES: Final[Mapping[bool | str, str]] = {
    True: marked("Yes"),
    False: marked("No"),
    "yes": marked("Yes"),
    "no": marked("No"),
}
_STANDINGS: Final[Mapping[Standing, tuple[str, str]]] = {
    Standing.WORKS: (marked("Works"), "new"),
    Standing.SUSPENDED: (marked("Suspended"), "off"),
    Standing.HELD: (marked("Sending is held"), "off"),
    Standing.BROKEN: (marked("Does not work"), "off"),
    Standing.UNKNOWN: (marked("Not known yet"), "pending"),
}
_SIDES: Final[Mapping[Side, str]] = {
    Side.OURS: marked("On the side of whoever runs this hub. They have to mend it; nothing is lost meanwhile."),
    Side.PROVIDER: marked("On the provider's side. Check again in a while."),
    Side.YOURS: marked("On your side. You can mend it here or at the provider."),
}
_SAVED: Final = {
    "channel": marked("The channel was saved."),
    "checked": marked("The provider was asked anew."),
    "credentials": marked("The new credentials are in use."),
    "connected": marked("The channel is connected. Messages arrive from this moment on."),
    "deleted": marked("The channel was deleted. Its conversations stay."),
    "proven": marked("The address is proven: the hub now sends under it."),
}


def adapters_by_name(visit: Visit) -> dict[str, Adapter]:
    return {str(kind): adapter for kind, adapter in visit.services.adapters.items()}


def words_of(setting: ChannelSetting) -> dict[str, bool | str]:
    """Return the choices of a setting under the words that stand for them in a form."""
    return {str(choice).lower(): choice for choice in setting.choices}


def _kind_settings(channel: ChannelView, adapter: Adapter) -> list[dict[str, Any]]:
    """What the kind's own settings are called, and the choices of each with the one that stands."""
    return [
        {
            "name": each.name,
            "label": each.label,
            "chosen": channel.settings.get(each.name),
            "choices": [(word, choice, _CHOICES.get(choice, word)) for word, choice in words_of(each).items()],
        }
        for each in adapter.channel_settings
    ]


def _guide(visit: Visit, kind: ChannelKind, channel_id: str = "", token: str = "") -> Guide:
    values = {
        "base": visit.services.settings.base_url,
        "channel": channel_id,
        "token": token or _HIDDEN_TOKEN,
    }
    return guide_of(kind, visit.language, values)


def _kind(visit: Visit, kind: ChannelKind) -> dict[str, Any]:
    adapter = visit.services.adapters[kind]
    return {"kind": kind, "label": adapter.label, "guide": _guide(visit, kind), "adapter": adapter}


def _about(visit: Visit, channel: ChannelView) -> dict[str, Any]:
    standing, side = standing_of(channel), side_of(visit.services, channel)
    word, tone = _STANDINGS[standing]
    label = visit.services.adapters[channel.kind].label
    return {"channel": channel, "label": label, "word": word, "tone": tone, "side": _SIDES[side] if side else ""}


def list_page(visit: Visit) -> Response:
    """Show every channel with how it stands, and the kinds that can be connected."""
    heard = list_last_heard(visit.services, visit.actor)
    found = channels.list_channels(visit.services, visit.actor, _MOST).items
    rows = [{**_about(visit, each), "heard": heard.get(each.id)} for each in found]
    manages = visit.may(Permission.MANAGE_CHANNELS)
    shown = {
        "rows": rows,
        "kinds": [_kind(visit, each) for each in visit.services.adapters],
        "sign_up": manages and signing_up.is_wanted(visit.services, visit.actor),
    }
    return _page(visit, "list", shown)


def new_page(visit: Visit, name: str, more: Mapping[str, Any], status: int = 200) -> Response:
    """Show how a channel of a kind is connected. Raises NotFound."""
    adapter = adapters_by_name(visit).get(name)
    if adapter is None:
        raise NotFound("there is no channel kind of this name")
    return _page(visit, "new", {**_kind(visit, adapter.kind), "typed": {}, **more}, status)


def channel_page(
    visit: Visit, channel: ChannelView, more: Mapping[str, Any] | None = None, status: int = 200
) -> Response:
    """Show one channel; `token` of `more` is its intake token, just made."""
    more = more or {}
    token = more.get("token") or ""
    shown = {
        **_about(visit, channel),
        **_kind(visit, channel.kind),
        "guide": _guide(visit, channel.kind, channel.id, token),
        **care_of(visit, channel),
        "heard": list_last_heard(visit.services, visit.actor).get(channel.id),
        "returning": _RETURNING,
        "kind_settings": _kind_settings(channel, visit.services.adapters[channel.kind]),
        "token": token,
        "code_sent": None,
        "fresh": bool(visit.query("fresh")),
        **more,
    }
    return _page(visit, "one", shown, status)


def _page(visit: Visit, name: str, more: dict[str, Any], status: int = 200) -> Response:
    context = {
        "saved": _SAVED.get(visit.query("saved"), _SAVED["connected"] if visit.query("connected") else ""),
        "problem": "",
        "groups": list_groups(visit.services, visit.actor, _MOST).items,
        "deliveries": _DELIVERY,
        "channel_icon": channel_icon,
    }
    return render(f"admin/channels/{name}.html", {**frame(visit, "channels"), **context, **more}, status)
