"""The size line's content: presets, the pending text and what it means. Pure."""

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import Action, book_side, yes_price
from kalshi_tui.core.ticket import TicketError, contracts, size_words
from kalshi_tui.core.units import Count, Price, count_text, money_text, notional, price_text
from kalshi_tui.ui.entry import Entry
from kalshi_tui.ui.paint.strip import SizeRow
from kalshi_tui.ui.store import Store


def size_row(entry: Entry, store: Store, limits: Limits, cursor: Price | None) -> SizeRow:
    """Return what the size line shows; `limits` are those in force, `cursor` a YES price."""
    return SizeRow(
        presets=entry.presets,
        preset=entry.preset,
        pending=entry.prefix.text,
        meaning=_meaning(entry, store, cursor),
        post_only=entry.post_only,
        sticky=entry.post_only == entry.sticky_post_only,
        limits=limits,
    )


def _meaning(entry: Entry, store: Store, cursor: Price | None) -> str:
    prefix, ladder = entry.prefix, store.ladder
    if not prefix.text:
        return ""
    leg = prefix.price
    if leg is None and cursor is not None:
        leg = yes_price(cursor, entry.outcome)
    size = prefix.size
    if size is None:
        count = entry.size
    else:
        if ladder is None or leg is None:
            return size_words(size)
        side = book_side(Action.BUY, entry.outcome)
        try:
            count = contracts(size, side, yes_price(leg, entry.outcome), ladder)
        except TicketError as refusal:
            return str(refusal)
    if leg is None:
        return f"{count_text(count)} contracts"
    return _amount(count, leg)


def _amount(count: Count, leg: Price) -> str:
    cost = money_text(notional(leg, count))
    return f"{count_text(count)} at {price_text(leg)}c: {cost}, pays {_dollars(count)}"


def _dollars(count: Count) -> str:
    whole, rest = divmod(count, 100)
    return f"${whole:,}" if rest == 0 else f"${whole:,}.{rest:02d}"
