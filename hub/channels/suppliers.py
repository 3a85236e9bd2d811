"""Who supplies phone numbers. A new supplier is a class of `NumberProvider` and one line here."""

from collections.abc import Mapping

from hub.channels.base import AdapterContext
from hub.channels.numbers import NumberProvider
from hub.channels.twilio.provider import TwilioProvider

_CLASSES = (TwilioProvider,)

Suppliers = Mapping[str, NumberProvider]
"""Suppliers by `NumberProvider.provider`."""


def build_suppliers(context: AdapterContext) -> Suppliers:
    """Return one of each."""
    return {cls.provider: cls(context) for cls in _CLASSES}
