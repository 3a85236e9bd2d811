"""Looking at senders: what a provider has of them, what of it is drift and is mended, and what it amounts to.

Every sender is looked at every few minutes, sooner when something speaks against it, and at once when a provider says
something that may be a ban. What a look found, what it is judged to be, and what follows are one transaction.
"""

from hub.numbers.health.looking import look, look_by_clock, wake_due
from hub.numbers.health.troubles import list_everywhere, list_of_channel

__all__ = ["list_everywhere", "list_of_channel", "look", "look_by_clock", "wake_due"]
