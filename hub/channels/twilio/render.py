"""What a message of ours is at Twilio: the words of `POST /Messages` that say it (facts C3)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hub.errors import UnsupportedContent
from hub.types import Location, Media, OutboundFile, OutboundMessage, Template

VALUE_LIMIT = 1600
_NOT_ONE_LINE = re.compile(r"[\n\r\t]| {4,}")
"""What WhatsApp refuses within the value of a template's variable (63013)."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: `files` by link, `place` as a `geo:` action, `template` with `values` as a JSON object."""

    body: str = ""
    files: tuple[str, ...] = ()
    place: str = ""
    template: str = ""
    values: str = ""


def render(message: OutboundMessage) -> Content:
    """Return what to send. Raises UnsupportedContent for a template's value that WhatsApp would refuse."""
    match message.parts:
        case ():
            return Content(message.text)
        case (Template() as template,):
            return Content(template=template.external_id, values=_values(template))
        case (Location() as place,):
            return Content(_caption_of(place), place=_geo(place))
        case parts:
            links = tuple(_link(part, message.files) for part in parts if isinstance(part, Media))
            return Content(message.text, links)


def _values(template: Template) -> str:
    for name, value in template.values:
        if not value.strip():
            raise UnsupportedContent(f"the template's value {name} is empty; fill it in")
        if _NOT_ONE_LINE.search(value) or len(value) > VALUE_LIMIT:
            raise UnsupportedContent(
                f"the template's value {name} must be one line of at most {VALUE_LIMIT} characters "
                "without tabs or wide gaps; change it"
            )
    return json.dumps(dict(template.values), ensure_ascii=False) if template.values else ""


def _caption_of(place: Location) -> str:
    # Twilio refuses a message without any text (21619); WhatsApp shows the pin
    return place.name or place.address or f"{place.latitude:.6f}, {place.longitude:.6f}"


def _geo(place: Location) -> str:
    label = " ".join((place.address or place.name).replace("|", " ").split())
    return f"geo:{place.latitude:.6f},{place.longitude:.6f}" + (f"|{label}" if label else "")


def _link(part: Media, files: Mapping[str, OutboundFile]) -> str:
    file = files.get(part.source)
    if file is None or not file.link:
        raise UnsupportedContent("the file is not here any more; attach it again")
    return file.link
