"""What only WhatsApp messages carry: names, choices from buttons and lists, locations, ads (facts C2)."""

from hub.channels.twilio.parse import Fields
from hub.types import Part, Person, Text, Unsupported

MARK = "whatsapp:"


def author(fields: Fields) -> Person:
    """Return the person: `+` and digits when the number is known, else the business-scoped id (`DE.1349…`).

    The scope is empty for both. A business-scoped id is valid only inside one Meta business portfolio, but the
    webhook does not name the portfolio, and no two portfolios give out the same id: it can fail to be found, but
    never be somebody else's.
    """
    address = fields["From"].removeprefix(MARK)
    return Person(address, name=fields.get("ProfileName", ""))


def parts(fields: Fields) -> tuple[Part, ...]:
    """Return the parts besides text and media."""
    return (*_button(fields), *_list_choice(fields), *_location(fields), *_referral(fields))


def _button(fields: Fields) -> tuple[Part, ...]:
    label = fields.get("ButtonText", "")
    if not label and not fields.get("ButtonPayload"):
        return ()
    return (*_choice(fields, label), Unsupported("button", f"Pressed the button “{label or fields['ButtonPayload']}”"))


def _list_choice(fields: Fields) -> tuple[Part, ...]:
    title, described = fields.get("ListTitle", ""), fields.get("ListDescription", "")
    if not title and not fields.get("ListId"):
        return ()
    more = f" ({described})" if described else ""
    return (*_choice(fields, title), Unsupported("list", f"Chose “{title or fields['ListId']}” from a list{more}"))


def _choice(fields: Fields, label: str) -> tuple[Part, ...]:
    """Return the label as text unless Twilio already put it into the body."""
    return (Text(label),) if label and fields.get("Body", "") != label else ()


def _location(fields: Fields) -> tuple[Part, ...]:
    latitude, longitude = fields.get("Latitude"), fields.get("Longitude")
    if not latitude or not longitude:
        return ()
    named = [fields[name] for name in ("Label", "Address") if fields.get(name)]
    about = f": {', '.join(named)}" if named else ""
    return (Unsupported("location", f"Location {latitude}, {longitude}{about}"),)


def _referral(fields: Fields) -> tuple[Part, ...]:
    if not fields.get("ReferralSourceId") and not fields.get("ReferralSourceUrl"):
        return ()
    headline = fields.get("ReferralHeadline") or fields.get("ReferralSourceUrl", "")
    return (Unsupported("referral", f"Came from the {fields.get('ReferralSourceType') or 'ad'} “{headline}”"),)
