"""The market line as text: touch, spread, mid, last trade, volume, time to close. Pure."""

from kalshi_tui.core.sides import BookSide, Outcome, yes_price
from kalshi_tui.core.units import Price, complement, price_text
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.cells import ladder_count, percent_text, touch_text, until_text
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.ladder import is_doubtful
from kalshi_tui.ui.paint.line import Line, Piece, exact, pack


def market_line(
    view: LadderView | None, wall_ns: int, outcome: Outcome, width: int, glyphs: Glyphs
) -> Line:
    """Return "YES 37 x 120 / 38 x 95  spr 1  mid 37.5%  last 38^ 12  vol 48,210  closes 18d"."""
    if view is None:
        return exact([(" no market: press / to find one", "dim")], width)
    is_yes = outcome is Outcome.YES
    bid, ask = (view.best_bid, view.best_ask) if is_yes else (view.best_ask, view.best_bid)
    low = yes_price(bid.price, outcome) if bid else None
    high = yes_price(ask.price, outcome) if ask else None
    doubtful = is_doubtful(view)
    bid_text = touch_text(low, bid.size if bid else None, doubtful=doubtful)
    ask_text = touch_text(high, ask.size if ask else None, doubtful=doubtful)
    pieces = [
        Piece(f" {outcome.name}", "title"),
        Piece(bid_text, "stale" if doubtful else "bid+best", gap=1),
        Piece("/", "dim", gap=1),
        Piece(ask_text, "stale" if doubtful else "ask+best", gap=1),
    ]
    if low is not None and high is not None:
        pieces.append(Piece(_spread(low, high), "text", 3))
        pieces.append(Piece(f"mid {percent_text(low + high)}", "text", 2))
    pieces.append(Piece(_last(view, outcome, glyphs), "text", 1))
    pieces.append(Piece(f"vol {ladder_count(view.market.volume)}", "dim", 5))
    left = view.market.close_ns - wall_ns
    pieces.append(Piece(f"closes {until_text(left)}" if left > 0 else "closed", "dim", 4))
    pieces.append(Piece(view.market.subtitle, "dim", 6, floor=10))
    return pack(pieces, [], width, ellipsis=glyphs.ellipsis)


def _spread(low: Price, high: Price) -> str:
    if high < low:
        return f"CROSSED {price_text(Price(low - high))}"
    return f"spr {price_text(Price(high - low))}"


def _last(view: LadderView, outcome: Outcome, glyphs: Glyphs) -> str:
    if view.last is None:
        return "last --"
    is_yes = outcome is Outcome.YES
    is_lift = (view.last.taker_side is BookSide.BID) == is_yes
    price = view.last.price if is_yes else complement(view.last.price)
    mark = glyphs.up if is_lift else glyphs.down
    return f"last {price_text(price)}{mark} {ladder_count(view.last.size)}"
