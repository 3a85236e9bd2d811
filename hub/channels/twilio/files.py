"""Files of inbound messages: what they are shown as, where Twilio keeps them, and fetching them (facts C2)."""

import re
from collections.abc import Mapping

from hub.channels.fetching import Fetched, FetchRefused, fetch
from hub.channels.http import HttpFactory
from hub.channels.twilio.client import AUTH_TOKEN
from hub.types import Media, MediaKind, ProviderAccount

Fields = Mapping[str, str]
Kinds = Mapping[str, MediaKind]

MOST_FILES = 10
SECONDS = 30.0
_KINDS: Kinds = {
    "audio/ogg": MediaKind.VOICE,
    **dict.fromkeys(("text/vcard", "text/x-vcard", "text/directory"), MediaKind.CONTACT),
}
_KINDS_BY_SORT: Kinds = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}
_PLACE = re.compile(
    r"(?:https?://[^/?#\s]+)?"
    r"(/2010-04-01/Accounts/(?P<account>[A-Za-z0-9]{1,64})/Messages/[A-Za-z0-9]{1,64}/Media/[A-Za-z0-9]{1,64})"
)
_NO_PLACE = "the provider does not say where the file is"


def media(fields: Fields, own: Kinds) -> tuple[Media, ...]:
    """Return the files of a message in order. `own`: what the kind shows otherwise than others, by content type."""
    said = fields.get("NumMedia", "")
    count = int(said) if said.isascii() and said.isdigit() and len(said) <= 2 else 0
    return tuple(_file(fields, number, own) for number in range(min(count, MOST_FILES)))


def _file(fields: Fields, number: int, own: Kinds) -> Media:
    content_type = fields.get(f"MediaContentType{number}", "").partition(";")[0].strip().lower()[:100]
    sort = _KINDS_BY_SORT.get(content_type.partition("/")[0], MediaKind.FILE)
    kind = own.get(content_type) or _KINDS.get(content_type, sort)
    place = _PLACE.fullmatch(fields.get(f"MediaUrl{number}", ""))
    if place is None:
        return Media(kind, "", content_type=content_type, problem=_NO_PLACE)
    # the host is ours to choose: only the path below it is kept
    return Media(kind, place[1], content_type=content_type)


async def download(http: HttpFactory, root: str, source: str, account: ProviderAccount, limit: int) -> Fetched:
    """Fetch a file that `media` named, below `root`, as its account; the credentials go to `root` alone.

    Raises the errors of `hub.channels.fetching`; FetchRefused also for a file of another account.
    """
    place = _PLACE.fullmatch(source)
    if place is None or place["account"] != account.external_id:
        raise FetchRefused("the file does not belong to the account that the message came to")
    token = str(account.credentials.get(AUTH_TOKEN, ""))
    return await fetch(http, root + place[1], limit=limit, seconds=SECONDS, auth=(account.external_id, token))
