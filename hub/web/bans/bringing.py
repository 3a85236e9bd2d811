"""The guided form of an accepted offer: the customer connects the sender that takes over, or chooses a channel."""

from collections.abc import Sequence
from typing import Any, Final

from hub.channels.base import Adapter
from hub.numbers.cases.connecting import Brought, bring_sender, choose_channel
from hub.numbers.cases.views import BanView
from hub.provisioning.channels import list_channels
from hub.provisioning.views import ChannelView
from hub.types import ChannelKind
from hub.types.bans import BanState
from hub.types.numbers import OfferKind
from hub.web.admin.guides import guide_of
from hub.web.visits import Visit

_WAITS: Final = frozenset({BanState.ACCEPTED, BanState.REPLACING})
_CREDENTIAL: Final = "credential:"
_MOST: Final = 200


def bringing_context(visit: Visit, view: BanView) -> dict[str, Any]:
    """Return what `bans/_bring.html` needs; `bring` is None where nobody has to connect anything."""
    offer = view.offer
    waits = view.state in _WAITS and view.undecided is None and view.new_sender_id is None
    if offer is None or not waits or offer.kind is OfferKind.ANOTHER_NUMBER:
        return {"bring": None}
    adapter = visit.services.adapters[offer.channel_kind]
    channels = _own(visit, view, offer.channel_kind) if offer.kind is OfferKind.ANOTHER_KIND else []
    if not adapter.credential_fields and not channels:
        return {"bring": None}
    values = {"base": visit.services.settings.base_url, "channel": "", "token": ""}
    return {
        "bring": {"label": adapter.label, "fields": adapter.credential_fields, "channels": channels},
        "guide": guide_of(offer.channel_kind, visit.language, values),
        "named": offer.kind is OfferKind.ANOTHER_KIND,
    }


def bring(visit: Visit, case_id: str) -> object:
    """Connect a new sender with what was typed."""
    named = [name for name in visit.form if name.startswith(_CREDENTIAL)]
    given = {name.removeprefix(_CREDENTIAL): visit.one(name) for name in named}
    return bring_sender(visit.services, visit.actor, case_id, Brought(given, visit.one("name")))


def choose(visit: Visit, case_id: str) -> object:
    """Let a channel that is there already take over."""
    return choose_channel(visit.services, visit.actor, case_id, visit.one("channel_id"))


def typed_fields(adapters: Sequence[Adapter]) -> list[str]:
    """Return the names of the fields whose values may be shown again: no secret is among them."""
    shown = [f"{_CREDENTIAL}{each.name}" for one in adapters for each in one.credential_fields if not each.secret]
    return list(dict.fromkeys(shown))


def _own(visit: Visit, view: BanView, kind: ChannelKind) -> list[ChannelView]:
    found = list_channels(visit.services, visit.actor, _MOST).items
    return [each for each in found if each.kind == kind and each.sender is not None and each.id != view.channel.id]
