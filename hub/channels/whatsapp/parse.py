"""What only WhatsApp messages carry: names, choices from buttons and lists, locations, forwards, ads (facts C2)."""

import math
import re

from hub.channels.twilio.files import Fields, media
from hub.channels.twilio.parse import text
from hub.types import ButtonPress, Forwarded, Location, MediaKind, Part, Person, Referral, Unsupported

MARK = "whatsapp:"
_BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9._-]{1,128}")
"""Meta's id of a person within one business portfolio, as Twilio gives it: country code, full stop, up to 128."""
_STICKERS = {"image/webp": MediaKind.STICKER}
"""WhatsApp sends photos as JPEG; WebP is its format of stickers."""
_TRUE = "true"


def author(fields: Fields) -> Person:
    """Return the person: `+` and digits when the number is known, else the business-scoped id (`DE.1349…`).

    While the number is known the id comes along as an alias: once the person hides the number, it is all there is.
    The scope is empty for both. A business-scoped id is valid only inside one Meta business portfolio, but the
    webhook does not name the portfolio, and no two portfolios give out the same id: it can fail to be found, but
    never be somebody else's.
    """
    address = fields["From"].removeprefix(MARK)
    other = fields.get("ExternalUserId", "").removeprefix(MARK)
    known = _BUSINESS_SCOPED.fullmatch(other) and other != address
    return Person(address, name=fields.get("ProfileName", ""), aliases=(other,) if known else ())


def said(fields: Fields) -> tuple[Part, ...]:
    """Return everything a message says, how it came first."""
    choice = (*_button(fields), *_list_choice(fields))
    # Twilio repeats the label of a pressed button as the body
    words = () if any(fields.get("Body", "") == each.label for each in choice) else text(fields)
    return (*_referral(fields), *_forwarded(fields), *words, *media(fields, _STICKERS), *_location(fields), *choice)


def _button(fields: Fields) -> tuple[ButtonPress, ...]:
    label, payload = fields.get("ButtonText", ""), fields.get("ButtonPayload", "")
    return (ButtonPress(label or payload, payload),) if label or payload else ()


def _list_choice(fields: Fields) -> tuple[ButtonPress, ...]:
    title, chosen = fields.get("ListTitle", ""), fields.get("ListId", "")
    if not title and not chosen:
        return ()
    described = fields.get("ListDescription", "")
    label = title or chosen
    return (ButtonPress(f"{label} ({described})" if described else label, chosen),)


def _location(fields: Fields) -> tuple[Part, ...]:
    if not fields.get("Latitude") and not fields.get("Longitude"):
        return ()
    latitude, longitude = _degrees(fields.get("Latitude", ""), 90), _degrees(fields.get("Longitude", ""), 180)
    name, address = fields.get("Label", ""), fields.get("Address", "")
    if latitude is None or longitude is None:
        return (Unsupported("location", ", ".join(filter(None, ("A location", name, address)))),)
    return (Location(latitude, longitude, name, address),)


def _degrees(value: str, most: int) -> float | None:
    try:
        degrees = float(value)
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= most else None


def _forwarded(fields: Fields) -> tuple[Part, ...]:
    often = fields.get("FrequentlyForwarded", "").lower() == _TRUE
    return (Forwarded(often=often),) if often or fields.get("Forwarded", "").lower() == _TRUE else ()


def _referral(fields: Fields) -> tuple[Part, ...]:
    """Return the advertisement or post by which the person came. `ref` stays empty: an ad carries nothing of ours."""
    if not fields.get("ReferralSourceId") and not fields.get("ReferralSourceUrl"):
        return ()
    title = fields.get("ReferralHeadline") or fields.get("ReferralBody", "")
    source = fields.get("ReferralSourceType") or "ad"
    return (Referral(source, title=title, url=fields.get("ReferralSourceUrl", "")),)
