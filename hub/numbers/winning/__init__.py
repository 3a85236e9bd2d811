"""What the line of a message must know of people who are being won for a new sender: who wrote there, who
still comes to the old one, and to whom nothing may be sent before they did."""

from hub.numbers.winning.guarding import forbids_unasked
from hub.numbers.winning.hearing import CODES, hear, welcome
from hub.numbers.winning.latecomers import note_latecomers
from hub.numbers.winning.lines import SAID, write_down

__all__ = ["CODES", "SAID", "forbids_unasked", "hear", "note_latecomers", "welcome", "write_down"]
