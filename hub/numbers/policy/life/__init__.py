"""A number's life in the pool: from the order to its return, and never with two organizations.

What each move asks for beyond the table is asked by the functions: a number in quarantine goes only to the organization
whose conversations it carried, and to anybody else after nobody wrote to it for the whole quarantine.
"""

from hub.numbers.policy.life.lending import ban, lend, reinstate, take_back, take_back_whole
from hub.numbers.policy.life.resting import Contract, Inbound, end_quarantine, hear, quarantine_ends, whose
from hub.numbers.policy.life.standing import MOVES, NumberLife, move
from hub.numbers.policy.life.supplying import (
    bought,
    give_back,
    given_back,
    keep,
    lose,
    not_sold,
    order_again,
    settle_order,
)

__all__ = [
    "MOVES",
    "Contract",
    "Inbound",
    "NumberLife",
    "ban",
    "bought",
    "end_quarantine",
    "give_back",
    "given_back",
    "hear",
    "keep",
    "lend",
    "lose",
    "move",
    "not_sold",
    "order_again",
    "quarantine_ends",
    "reinstate",
    "settle_order",
    "take_back",
    "take_back_whole",
    "whose",
]
