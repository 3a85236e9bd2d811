"""A webhook of Twilio as "show raw" shows it: the customer's own words, and nothing of how Twilio knows us."""

import re

from hub.channels.twilio.form import pairs
from hub.channels.twilio.parse import CREATED_FIELD, RECOVERED_FIELD
from hub.channels.twilio.split import DELIVERY_FIELD

_WORDS = frozenset(
    {"Body", "ProfileName", "ProfileUsername", "ButtonText", "ButtonPayload", "ListTitle", "ListDescription", "ListId",
     "Label", "Address", "Latitude", "Longitude", "ReferralHeadline", "ReferralBody", "From", "To"}
)  # fmt: skip
"""What people wrote or chose themselves, and both addresses: shown as they are."""
_HIDDEN = re.compile(
    r"(?i)\S*sid|media(?!contenttype)\w*url\d*|referralmedia\w*|apiversion|channelstatusmessage|errormessage|errorcode"
    r"|\w*token\w*|payload(?:type)?|channelmetadata|structuredcontext|errorurl|\w*externaluserid|\w*sourceid|\w*clid"
)
"""Fields that are left out: ids of accounts, services, senders, messages and numbers, links to files, error texts."""
_OURS = frozenset({RECOVERED_FIELD, CREATED_FIELD, DELIVERY_FIELD})
_ID = re.compile(r"\b[A-Z]{2}[0-9a-fA-F]{32}\b")
_LINK = re.compile(r"https?://[^\s\"']*twilio[^\s\"']*", re.IGNORECASE)
_MASK = "…"


def show(body: bytes) -> str:
    """Return a body as lines of `name: value`, masked; bytes that are no UTF-8 as the replacement character."""
    shown = [_line(_text(name), _text(value)) for name, value in pairs(body)]
    return "\n".join(line for line in shown if line)


def _line(name: str, value: str) -> str:
    if name in _OURS or _HIDDEN.fullmatch(name):
        return ""
    return f"{_masked(name)}: {value if name in _WORDS else _masked(value)}"


def _masked(value: str) -> str:
    return _LINK.sub(_MASK, _ID.sub(_MASK, value))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace").replace("\x00", "")
