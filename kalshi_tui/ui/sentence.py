"""The command line's grammar: a typed sentence into one thing to do. Pure.

The verbs are the keys' own words. What cannot be understood is a `TicketError` with one sentence.
"""

import re
from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import Action, Outcome, book_side, yes_price
from kalshi_tui.core.ticket import Draft, TicketError, contracts, read_price, read_size
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.entry import VERBS, grid_on


class Do(Enum):
    """A sentence without an order in it."""

    CANCEL_ALL = "cancel all"
    CANCEL_HERE = "cancel here"
    CANCEL_BIDS = "cancel bids"
    CANCEL_ASKS = "cancel asks"
    CANCEL_LAST = "cancel last"
    ARM = "arm"
    VIEW = "view"
    KILL = "kill"
    HELP = "help"
    FIND = "find"
    FEED = "feed"
    LIMITS = "limits"
    FLATTEN = "flatten"
    REVERSE = "reverse"
    EDIT = "edit"
    ORDER = "order"
    DEAD_MAN_ON = "deadman on"
    DEAD_MAN_OFF = "deadman off"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys to press as they stand: "10@36b"."""

    prefix: str
    verb: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Go to a market."""

    ticker: str


@dataclass(frozen=True, slots=True)
class Go:
    """Go to another environment; without a name, say which one this is."""

    name: str


@dataclass(frozen=True, slots=True)
class KeysOf:
    """Show the keys of an environment; without a name, of this one."""

    name: str


Sentence = Do | Keys | Switch | Draft | Go | KeysOf

_KEYS = re.compile(r"([0-9.$%@]*)([bsBSLH])", re.ASCII)
_SHORT = {"cancel": "cancel here", "disarm": "view", "q": "quit", "exit": "quit", "?": "help"}
_ACTIONS = {"buy": Action.BUY, "b": Action.BUY, "sell": Action.SELL, "s": Action.SELL}
EXAMPLES = "buy 10 yes 36 · b 10@36 · 10@36b · market TICKER · cancel all · quit"


def read(text: str, ladder: LadderView | None, outcome: Outcome) -> Sentence:
    """Return what a sentence asks for; `outcome` is the viewed one, meant unless another is named.

    Raises `TicketError`.
    """
    words = text.split()
    if not words:
        raise TicketError(f"Type a command, such as {EXAMPLES.partition(' · ')[0]}.")
    plain = " ".join(words).lower()
    plain = _SHORT.get(plain, plain)
    for each in Do:
        if plain == each.value:
            return each
    if words[0].lower() in ("market", "m", "watch"):
        if len(words) != 2:
            raise TicketError("Name one market: market TICKER, or press / to find it.")
        return Switch(words[1].upper())
    if words[0].lower() in ("env", "keys"):
        if len(words) > 2:
            raise TicketError(f"Name one environment: {words[0].lower()} demo.")
        name = words[1].lower() if len(words) == 2 else ""
        return Go(name) if words[0].lower() == "env" else KeysOf(name)
    if len(words) == 1 and (match := _KEYS.fullmatch(words[0])) and match[2] in VERBS:
        return Keys(match[1], match[2])
    if words[0].lower() in _ACTIONS:
        return _order(words, ladder, outcome)
    raise TicketError(f"{words[0][:20]!r} is not a command: try {EXAMPLES}.")


def _order(words: list[str], ladder: LadderView | None, outcome: Outcome) -> Draft:
    if ladder is None or ladder.market.grid is None:
        raise TicketError("There is no book yet: wait for the ladder to fill.")
    action = _ACTIONS[words[0].lower()]
    rest = [part for word in words[1:] for part in word.replace("@", " ").split()]
    time_in_force, post_only = TimeInForce.GTC, False
    figures: list[str] = []
    for word in rest:
        low = word.lower()
        if low in ("yes", "no"):
            outcome = Outcome(low)
        elif low in ("gtc", "ioc", "fok"):
            time_in_force = TimeInForce[low.upper()]
        elif low in ("post", "post-only"):
            post_only = True
        else:
            figures.append(low.removesuffix("c") if low[:1].isdigit() else low)
    if len(figures) != 2:
        raise TicketError(f"Say a size and a price: {words[0].lower()} 10 yes 36.")
    price = read_price(figures[1])
    if refusal := grid_on(outcome, ladder.market.grid).refusal(price):
        raise TicketError(refusal)
    side = book_side(action, outcome)
    count = contracts(read_size(figures[0]), side, yes_price(price, outcome), ladder)
    return Draft(
        ladder.market.ticker, action, outcome, price, count, time_in_force, post_only=post_only
    )
