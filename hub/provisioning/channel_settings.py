"""The settings that a kind of channel has beside those of all channels, and what is noted of a change of any."""

from collections.abc import Mapping
from typing import Any

from hub.channels.base import Adapter
from hub.db.channels import ChannelRecord
from hub.errors import Invalid


def shown_settings(adapter: Adapter, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting of a kind with its value; the first choice is the value of one that was never set."""
    return {each.name: kept.get(each.name, each.choices[0]) for each in adapter.channel_settings}


def changed_settings(adapter: Adapter, kept: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings to keep. Raises Invalid, naming what the kind does not have or cannot be."""
    known = {each.name: each for each in adapter.channel_settings}
    for name, value in changes.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise Invalid(f"channels of this kind have no setting {name!r}; there are: {names}")
        if value not in known[name].choices:
            choices = ", ".join(str(choice).lower() for choice in known[name].choices)
            raise Invalid(f"{name} must be one of {choices}")
    return {**kept, **changes}


def kept_values(channel: ChannelRecord) -> dict[str, Any]:
    """Return what the audit log keeps of a channel."""
    sender = channel.sender
    return {
        "kind": channel.kind,
        "name": channel.name,
        "group_id": channel.group_id,
        "returning": channel.returning,
        "delivery": channel.delivery,
        "settings": dict(channel.settings),
        "address": sender.address if sender else None,
        "sender_name": sender.name if sender else None,
    }
