"""The rehearsal of a ban: what winning everybody of a channel for a new sender would come to. Nothing is sent."""

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.numbers.policy.rehearsal import Rehearsal
from hub.numbers.recruiting import rehearse
from hub.provisioning import channels
from hub.types.numbers import RecipientState
from hub.web.admin.channel_views import CHANNELS
from hub.web.bans.plot import bar
from hub.web.bans.words import LEFT, PEOPLE
from hub.web.inbox.views import channel_words
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, visited
from hub.wiring import Services

_TONES = {"ways": RecipientState.VERIFIED, "published": RecipientState.TO_RECRUIT, "waiting": RecipientState.CLAIMED}
"""Which colours of the bar of a real case the pieces of this one have."""


def routes(services: Services) -> list[Route]:
    page = visited(services, show_rehearsal, Permission.MANAGE_CHANNELS)
    return [Route(CHANNELS + "/{channel_id}/rehearsal", page, methods=["GET"])]


def show_rehearsal(visit: Visit) -> Response:
    """How many people could be reached, by which way, in how many days, if the sender were banned now."""
    channel = channels.get_channel(visit.services, visit.actor, visit.path("channel_id"))
    found = rehearse(visit.services, visit.actor, channel.id)
    shown = {
        "channel": channel,
        "found": found,
        "pieces": bar(_pieces(found)),
        "left": [(LEFT[why], count) for why, count in found.published.items() if count],
        "done": [(PEOPLE[state], count) for state, count in found.done.items() if count],
        **channel_words(visit.services),
        "number": visit.language.number,
    }
    return render("admin/channels/rehearsal.html", {**frame(visit, "channels"), **shown})


def _pieces(found: Rehearsal) -> list[tuple[str, int]]:
    published, done = sum(found.published.values()), sum(found.done.values())
    counted = (("ways", found.reachable), ("waiting", found.waiting), ("published", published))
    return [*((str(_TONES[name]), count) for name, count in counted), (str(RecipientState.ERASED), done)]
