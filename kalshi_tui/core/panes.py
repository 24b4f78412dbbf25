"""Builds the frozen views from the engine's state, on demand, for what the screen shows.

Owns the order of rows and the sums in them; decides nothing and changes nothing.
"""

from collections.abc import Iterable
from itertools import islice

from kalshi_tui.core.board import Board, BookState
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.exposure import Exposure
from kalshi_tui.core.ledger import Ledger, Order
from kalshi_tui.core.market import Market
from kalshi_tui.core.positions import cash_needed
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Money, Price
from kalshi_tui.core.views import (
    FillRow,
    FillsView,
    LadderView,
    MarketRow,
    MarketsView,
    OrderRow,
    OrdersView,
    OwnLevel,
    PositionRow,
    PositionsView,
    TapeView,
)

_DONE_ROWS = 200
_FILL_ROWS = 500


def ladder_view(ledger: Ledger, market: Market, state: BookState, exposed: Exposure) -> LadderView:
    """Return one market's book with our own live orders in it."""
    position = ledger.position(market.ticker)
    return LadderView(
        market=market,
        status=state.status,
        reason=state.reason,
        since_mono_ns=state.since_mono_ns,
        bids=state.book.levels(BookSide.BID),
        asks=state.book.levels(BookSide.ASK),
        own=own_levels(ledger.live(market.ticker)),
        last=state.last,
        position=position.count,
        position_cost=position.cost,
        revision=state.revision,
        repaired_wall_ns=state.repaired_wall_ns,
        repaired_after_ns=state.repaired_after_ns,
        repair_reason=state.repair_reason,
        read_only=state.read_only,
        exposure=exposed,
    )


def own_levels(orders: Iterable[Order]) -> tuple[OwnLevel, ...]:
    """Group live orders by side and price, highest price first."""
    grouped: dict[tuple[BookSide, Price], list[Order]] = {}
    for order in orders:
        if order.remaining > 0:
            grouped.setdefault((order.terms.side, order.terms.price), []).append(order)
    levels = [
        OwnLevel(
            price=price,
            side=side,
            count=Count(sum(order.remaining for order in group)),
            orders=len(group),
            queue=group[0].queue,
            is_estimate=group[0].queue_is_estimate,
            unsettled=any(order.is_unsettled for order in group),
        )
        for (side, price), group in grouped.items()
    ]
    return tuple(sorted(levels, key=lambda level: (-level.price, level.side.value)))


def orders_view(ledger: Ledger) -> OrdersView:
    """Return live orders and the latest of those that are done, newest first."""
    live = [_order_row(order) for order in reversed(ledger.live())]
    done = (order for order in ledger.newest() if not order.is_live)
    return OrdersView(tuple(live), tuple(_order_row(each) for each in islice(done, _DONE_ROWS)))


def _order_row(order: Order) -> OrderRow:
    return OrderRow(
        client_order_id=order.client_order_id,
        order_id=order.order_id,
        ticker=order.terms.ticker,
        side=order.terms.side,
        price=order.terms.price,
        initial=order.terms.count,
        filled=order.filled,
        remaining=order.remaining,
        state=order.state,
        cancel=order.cancel,
        time_in_force=order.terms.time_in_force,
        post_only=order.terms.post_only,
        queue=order.queue,
        queue_is_estimate=order.queue_is_estimate,
        created_wall_ns=order.created_wall_ns,
        detail=order.detail,
        external=order.external,
        doubt_wall_ns=order.doubt_wall_ns,
        abandoned=order.abandoned,
        change=order.change,
        due=order.due,
        aliases=order.aliases,
        guarded=order.guarded,
        expires_s=order.terms.expires_s,
    )


def positions_view(board: Board, ledger: Ledger) -> PositionsView:
    """Return the markets in which something is held, by ticker."""
    rows = []
    for ticker, position in sorted(ledger.positions()):
        if position.count:
            bid, ask = touch(board, ticker)
            rows.append(
                PositionRow(
                    ticker=ticker,
                    position=position.count,
                    cost=position.cost,
                    realized=position.realized,
                    fees=position.fees,
                    bid=bid,
                    ask=ask,
                )
            )
    return PositionsView(tuple(rows))


def touch(board: Board, ticker: str) -> tuple[Price | None, Price | None]:
    """Return best bid and ask: from a LIVE book, else from the last quote."""
    state = board.states.get(ticker)
    if state is not None and state.status is BookStatus.LIVE:
        return state.book.best_bid, state.book.best_ask
    quote = board.quotes.get(ticker)
    return (quote.bid, quote.ask) if quote else (None, None)


def fills_view(ledger: Ledger) -> FillsView:
    """Return the latest fills, newest first."""
    fills = sorted(ledger.fills(), key=lambda fill: fill.ts_ms)[-_FILL_ROWS:]
    return FillsView(
        tuple(
            FillRow(
                trade_id=fill.trade_id,
                order_id=fill.order_id,
                ticker=fill.ticker,
                side=fill.side,
                price=fill.price,
                count=fill.count,
                fee=fill.fee,
                is_taker=fill.is_taker,
                ts_ms=fill.ts_ms,
            )
            for fill in reversed(fills)
        )
    )


def tape_view(ticker: str, state: BookState) -> TapeView:
    """Return the public trades of a market, newest first."""
    return TapeView(ticker, tuple(state.tape))


def markets_view(board: Board, ledger: Ledger) -> MarketsView:
    """Return every listed market, in the order in which the exchange lists them."""
    rows = []
    for ticker, market in board.markets.items():
        quote = board.quotes.get(ticker)
        bid, ask = touch(board, ticker)
        rows.append(
            MarketRow(
                market=market,
                bid=bid,
                ask=ask,
                last=quote.last if quote else None,
                volume=quote.volume if quote else NO_COUNT,
                position=ledger.position(ticker).count,
            )
        )
    return MarketsView(tuple(rows))


def locked_cash(ledger: Ledger) -> Money:
    """Return what live orders reserve at their limit prices, fees not counted."""
    total = 0
    for order in ledger.live():
        held = ledger.position(order.terms.ticker).count
        total += cash_needed(order.terms.side, order.terms.price, order.remaining, held)
    return Money(total)
