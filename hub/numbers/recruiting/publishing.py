"""What a customer publishes so that people find the new sender by themselves: a link, its picture, a few words.

There is no code in it: who writes from the address known to us needs none.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import segno

from hub.access.permissions import Permission, require
from hub.db import ban_cases, organizations, people_of_sender
from hub.errors import Conflict
from hub.numbers.recruiting import wording
from hub.numbers.recruiting.wording import NewPlace
from hub.types import Actor, ChannelKind
from hub.wiring import Services

_SCALE: Final = 8
_MARGIN: Final = 4
"""Modules of white around a QR code that readers ask for (ISO/IEC 18004)."""
_CORRECTION: Final = "m"


@dataclass(frozen=True, slots=True)
class Published:
    """What may be published. `snippets`: language → a sentence with the link in it."""

    kind: ChannelKind
    address: str
    link: str
    snippets: Mapping[str, str]


def publish(services: Services, actor: Actor, case_id: str, language: str = "") -> Published:
    """Return what may be published for a case; the link begins in `language` (ISO 639-1), else in English.

    Raises NotFound, Conflict as long as there is no new sender.
    """
    place = _place(services, actor, case_id)
    snippets = {each: wording.snippet(services, place, each) for each in wording.LANGUAGES}
    link = wording.public_link(services, place, language)
    return Published(place.sender.kind, wording.address_of(place.sender), link, snippets)


def draw_svg(services: Services, actor: Actor, case_id: str, language: str = "") -> bytes:
    """Return the link as a QR code, an SVG document. Raises what `publish` does."""
    out = io.BytesIO()
    _code(publish(services, actor, case_id, language)).save(out, kind="svg", scale=_SCALE, border=_MARGIN, light="#fff")
    return out.getvalue()


def draw_png(services: Services, actor: Actor, case_id: str, language: str = "") -> bytes:
    """Return the link as a QR code, a PNG picture. Raises what `publish` does."""
    out = io.BytesIO()
    _code(publish(services, actor, case_id, language)).save(out, kind="png", scale=_SCALE, border=_MARGIN)
    return out.getvalue()


def _code(published: Published) -> segno.QRCode:
    return segno.make(published.link, error=_CORRECTION, micro=False)


def _place(services: Services, actor: Actor, case_id: str) -> NewPlace:
    require(actor, Permission.READ_CHANNELS)
    with services.db.reading(actor.organization_id) as tx:
        case = ban_cases.get(tx, case_id)
        sender = people_of_sender.find_sender(tx, case.new_sender_id) if case.new_sender_id else None
        if sender is None:
            raise Conflict("there is no new sender to write to yet; accept an offer first")
        return wording.place_of(services, organizations.get_own(tx).name, sender)
