"""Which channel kinds there are. A new kind is a folder beside this file and one line here."""

from hub.channels.base import Adapter, AdapterContext
from hub.channels.email.adapter import EmailAdapter
from hub.channels.facebook.adapter import FacebookAdapter
from hub.channels.sms.adapter import SmsAdapter
from hub.channels.telegram.adapter import TelegramAdapter
from hub.channels.whatsapp.adapter import WhatsAppAdapter
from hub.types import ChannelKind

_CLASSES: tuple[type[Adapter], ...] = (
    TelegramAdapter,
    FacebookAdapter,
    WhatsAppAdapter,
    SmsAdapter,
    EmailAdapter,
)

Adapters = dict[ChannelKind, Adapter]


def build_adapters(context: AdapterContext) -> Adapters:
    """Return one adapter of each kind."""
    return {cls.kind: cls(context) for cls in _CLASSES}
