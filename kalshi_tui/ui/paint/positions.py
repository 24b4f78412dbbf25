"""Positions as lines: what is held, what it cost, what leaving at the touch would bring.

Money is exact; only an average is rounded, to a hundredth of a cent. Knows no account.
"""

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.fees import Role, trade_fee
from kalshi_tui.core.units import (
    ONE_DOLLAR,
    Count,
    Money,
    Price,
    complement,
    count_text,
    money_text,
    notional,
    price_text,
)
from kalshi_tui.core.views import LadderView, PositionRow, PositionsView
from kalshi_tui.ui.paint.cells import average_text, gain_text
from kalshi_tui.ui.paint.entry import MARGIN, Entry, ticker_tail
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, exact, pack


def positions_title(view: PositionsView | None, hint: str, width: int, glyphs: Glyphs) -> Line:
    """Return "POSITIONS 3": markets in which something is held."""
    held = sum(row.position != 0 for row in view.rows) if view is not None else 0
    count = str(held) if view is not None else "--"
    left = [Piece("POSITIONS", "title"), Piece(count, "strong", gap=1)]
    return pack(left, [Piece(hint, "dim", 1)], width, ellipsis=glyphs.ellipsis)


def position_entries(
    view: PositionsView | None, ladder: LadderView | None, width: int, glyphs: Glyphs
) -> list[Entry]:
    """Return the watched market in full, then every other market with a position."""
    entries: list[Entry] = []
    ticker = ladder.market.ticker if ladder is not None else ""
    if ladder is not None:
        entries += _watched(ladder, width, glyphs)
    for row in view.rows if view is not None else ():
        if row.position and row.ticker != ticker:
            entries.append((row.ticker, position_line(row, width, glyphs)))
    return entries


def held_text(position: Count) -> str:
    """Return "40 YES", "50 NO" or "flat"."""
    if not position:
        return "flat"
    return f"{count_text(Count(abs(position)))} {'YES' if position > 0 else 'NO'}"


def exit_price(position: Count, bid: Price | None, ask: Price | None) -> Price | None:
    """Return the YES price at which a position could be left at once, or None."""
    return (bid if position > 0 else ask) if position else None


def open_gain(position: Count, cost: Money, price: Price) -> Money:
    """Return what leaving all of it at the YES price `price` brings over its cost, before fees."""
    leg = price if position > 0 else complement(price)
    return Money(notional(leg, Count(abs(position))) - cost)


def _watched(view: LadderView, width: int, glyphs: Glyphs) -> list[Entry]:
    position, cost = view.position, view.position_cost
    head = [Piece(MARGIN + held_text(position), "strong" if position else "dim")]
    if not position:
        return [(view.market.ticker, pack(head, [], width, ellipsis=glyphs.ellipsis))]
    head.append(Piece(f"avg {average_text(cost, position)}", "text", 1))
    head.append(Piece(f"cost {money_text(cost)}", "dim", 2))
    payout = Money(ONE_DOLLAR * abs(position) - cost)
    if_yes, if_no = (payout, Money(-cost)) if position > 0 else (Money(-cost), payout)
    ends = [(f"{MARGIN}if YES ", "dim"), (gain_text(if_yes), _tone(if_yes))]
    ends += [("  if NO ", "dim"), (gain_text(if_no), _tone(if_no))]
    return [
        (view.market.ticker, pack(head, [], width, ellipsis=glyphs.ellipsis)),
        ("", _exit_line(view, width, glyphs)),
        ("", exact(ends, width)),
    ]


def _exit_line(view: LadderView, width: int, glyphs: Glyphs) -> Line:
    bid = view.best_bid.price if view.best_bid else None
    ask = view.best_ask.price if view.best_ask else None
    price = exit_price(view.position, bid, ask)
    if price is None:
        return exact([(f"{MARGIN}no one to close with", "dim")], width)
    gain = open_gain(view.position, view.position_cost, price)
    words = "before fee"
    if view.market.fees_known and view.market.fees.is_known:
        fee = trade_fee(view.market.fees, Role.TAKER, price, Count(abs(view.position)))
        gain, words = Money(gain - fee), "net of fee"
    doubt = "" if view.status is BookStatus.LIVE else "?"
    pieces = [
        Piece(f"{MARGIN}exit@{doubt}{price_text(price)}", "text"),
        Piece(gain_text(gain), _tone(gain) if not doubt else "stale", gap=1),
        Piece(words, "dim", 1, gap=1),
    ]
    return pack(pieces, [], width, ellipsis=glyphs.ellipsis)


def position_line(row: PositionRow, width: int, glyphs: Glyphs) -> Line:
    """Return one market's position: size, average, gain at the touch, ticker."""
    left = [
        Piece(MARGIN + held_text(row.position), "strong"),
        Piece(f"@{average_text(row.cost, row.position)}", "text", 3, gap=1),
    ]
    price = exit_price(row.position, row.bid, row.ask)
    if price is not None:
        gain = open_gain(row.position, row.cost, price)
        left.append(Piece(gain_text(gain), _tone(gain), 2, gap=1))
    left.append(Piece(f"realized {gain_text(row.realized)}", "dim", 4))
    left.append(Piece(f"fees {money_text(row.fees)}", "dim", 5))
    room = max(7, min(26, width - 26))
    name = ticker_tail(row.ticker, room, glyphs.ellipsis)
    return pack(left, [Piece(name, "dim", gap=1)], width, ellipsis=glyphs.ellipsis)


def _tone(money: Money) -> str:
    return "gain" if money > 0 else "loss" if money < 0 else "dim"
