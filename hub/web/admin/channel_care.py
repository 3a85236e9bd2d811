"""What providers think of a channel's sender: its quality, what was wrong with it and how long, an open ban."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from hub.db import looks
from hub.db.incidents import IncidentView, Side
from hub.numbers.cases.reading import list_bans
from hub.numbers.health import list_of_channel
from hub.numbers.health.troubles import STANDING, UNANSWERED
from hub.provisioning.views import ChannelView
from hub.types.bans import BanState, DriftKind
from hub.types.numbers import Quality
from hub.web.bans.sentences import happened
from hub.web.language import Language, marked
from hub.web.platform.words import QUALITIES
from hub.web.visits import Visit

_SHOWN: Final = 20
_BANS: Final = 20
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

SORTS: Final[Mapping[str, str]] = {
    DriftKind.WEBHOOK: marked("incident|Messages did not reach the hub"),
    DriftKind.SUBSCRIPTION: marked("incident|Only some messages reached the hub"),
    DriftKind.PERMISSION: marked("incident|A permission is missing"),
    DriftKind.TOKEN: marked("incident|The access was refused"),
    DriftKind.NUMBER: marked("incident|The provider does not have the sender as it should"),
    DriftKind.RELAY: marked("incident|A way of sending is missing or broken"),
    UNANSWERED: marked("incident|The provider does not answer"),
    STANDING: marked("incident|The provider shows the sender as not working"),
}
_SIDES: Final[Mapping[str, str]] = {
    Side.OURS: marked("side|On the side of whoever runs this hub"),
    Side.PROVIDER: marked("side|On the provider's side"),
    Side.YOURS: marked("side|On your side"),
}

_WINNING: Final = marked("The channel works over a new sender; the people of the old one are being won back.")
_SHORT: Final = marked("less than a minute")
_MINUTES: Final = (marked("{n} minute"), "{n} minutes")
_HOURS: Final = (marked("{n} hour"), "{n} hours")
_DAYS: Final = (marked("{n} day"), "{n} days")


def care_of(visit: Visit, channel: ChannelView) -> dict[str, Any]:
    """Return what the page of a channel says about its sender's standing with the provider."""
    incidents = list_of_channel(visit.services, visit.actor, channel.id, _SHOWN).items
    word, tone = QUALITIES[_quality(visit, channel)]
    return {
        "incidents": [_shown(each, visit) for each in incidents],
        "quality": {"word": word, "tone": tone},
        "ban": _ban(visit, channel),
    }


def _ban(visit: Visit, channel: ChannelView) -> dict[str, Any] | None:
    """Return the ban of a channel that is not over: what happened, or that it works again (`quiet`)."""
    bans = list_bans(visit.services, visit.actor, _BANS).items
    view = next((each for each in bans if each.channel.id == channel.id and each.over_at is None), None)
    if view is None:
        return None
    quiet = view.state is BanState.RECRUITING
    label = visit.services.adapters[channel.kind].label
    said = visit.language.text(_WINNING) if quiet else happened(view, label, visit.language)
    return {"id": view.id, "said": said, "quiet": quiet}


def _quality(visit: Visit, channel: ChannelView) -> Quality:
    if channel.sender is None:
        return Quality.UNKNOWN
    with visit.services.db.reading(visit.actor.organization_id) as tx:
        return looks.quality_of(tx, channel.sender.id)


def _shown(each: IncidentView, visit: Visit) -> dict[str, Any]:
    lasted = None if each.seconds is None else duration(timedelta(seconds=each.seconds), visit.language)
    return {
        "view": each,
        "word": SORTS.get(each.what, each.what),
        "side": _SIDES[each.side],
        "lasted": lasted,
    }


def duration(span: timedelta, language: Language) -> str:
    """Write how long something lasted, in its largest unit."""
    seconds = span.total_seconds()
    if seconds < _MINUTE:
        return language.text(_SHORT)
    for unit, (one, many) in ((_DAY, _DAYS), (_HOUR, _HOURS), (_MINUTE, _MINUTES)):
        if seconds >= unit:
            return language.count(one, many, round(seconds / unit))
    return ""
