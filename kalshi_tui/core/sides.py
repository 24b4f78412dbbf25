"""Outcome, action and book side, and the one table that turns each into the other.

Kalshi keeps one book per market, quoted on the YES leg. The user says BUY or SELL, YES or NO; the
exchange hears bid or ask at a YES price. Owns that translation and nothing else.
Source: kalshi `order_direction`; openapi.yaml `BookSide`.
"""

from enum import Enum

from kalshi_tui.core.units import Price, complement


class Outcome(Enum):
    """What a contract pays on."""

    YES = "yes"
    NO = "no"

    @property
    def other(self) -> "Outcome":
        return Outcome.NO if self is Outcome.YES else Outcome.YES


class Action(Enum):
    """What the user does with the outcome."""

    BUY = "buy"
    SELL = "sell"

    @property
    def other(self) -> "Action":
        return Action.SELL if self is Action.BUY else Action.BUY


class BookSide(Enum):
    """The side of the YES book: a bid buys YES, an ask sells YES (which is buying NO)."""

    BID = "bid"
    ASK = "ask"

    @property
    def other(self) -> "BookSide":
        return BookSide.ASK if self is BookSide.BID else BookSide.BID


_SIDE = {
    (Action.BUY, Outcome.YES): BookSide.BID,
    (Action.SELL, Outcome.NO): BookSide.BID,
    (Action.BUY, Outcome.NO): BookSide.ASK,
    (Action.SELL, Outcome.YES): BookSide.ASK,
}
_ACTION = {(side, outcome): action for (action, outcome), side in _SIDE.items()}


def book_side(action: Action, outcome: Outcome) -> BookSide:
    """Return the YES-book side on which the user's words land."""
    return _SIDE[action, outcome]


def action_on(side: BookSide, outcome: Outcome) -> Action:
    """Return what an order on `side` does to `outcome`: the inverse of `book_side`."""
    return _ACTION[side, outcome]


def yes_price(price: Price, outcome: Outcome) -> Price:
    """Return a price of `outcome` as a YES price. Its own inverse."""
    return price if outcome is Outcome.YES else complement(price)
