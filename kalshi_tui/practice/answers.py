"""The exchange's state in the words of the wire: from rules to structs, nothing else.

Every price leaves as dollars, every count with two decimals, the NO side of a book in NO prices.
Decides nothing and changes nothing.
Source: openapi.yaml schemas; recorded demo bodies for what the deprecated fields say.
"""

import uuid
from functools import lru_cache

from msgspec import UNSET

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    CENT,
    NO_COUNT,
    ONE_DOLLAR,
    ZERO_PRICE,
    Count,
    Money,
    Price,
    complement,
    count_to_wire,
    money_to_wire,
    notional,
    price_to_wire,
)
from kalshi_tui.practice import shapes, wire
from kalshi_tui.practice.happenings import Fill, PositionReport, Settlement, TradePrinted
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.matching import OrderBook
from kalshi_tui.practice.orders import Amended, Canceled, Decreased, OrderReport, Placed
from kalshi_tui.practice.wire import stamp

_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_MARKET_NAMES = uuid.UUID("6f1f5f0e-3c0a-5a52-9d63-6b616c736869")
_MONEY_PER_CENT = 10_000


@lru_cache(maxsize=4_096)
def _derived_id(ticker: str) -> str:
    return str(uuid.uuid5(_MARKET_NAMES, ticker))


def market_id(listed: ListedMarket) -> str:
    """Return the market's UUID; derived from the ticker where the listing gives none."""
    return listed.listing.market_id or _derived_id(listed.ticker)


def cash(money: Money) -> str:
    """Return dollars with 4 decimals, more only where the amount has them (`balance_dollars`)."""
    text = money_to_wire(money)
    return text[:-2] if text.endswith("00") else text


def outcome(side: BookSide) -> str:
    """Return the outcome that an order on this side is positioned for."""
    return "yes" if side is BookSide.BID else "no"


def level_pairs(book: OrderBook, side: BookSide, depth: int = 0) -> list[tuple[str, str]]:
    """Return one side as bids of its own leg, ascending, best last; `depth` 0 means all."""
    levels = book.levels(side, depth or None)
    if side is BookSide.BID:
        pairs = [(price_to_wire(price), count_to_wire(count)) for price, count in levels]
    else:
        pairs = [
            (price_to_wire(complement(price)), count_to_wire(count)) for price, count in levels
        ]
    pairs.reverse()
    return pairs


def levels(book: OrderBook, depth: int = 0) -> wire.Levels:
    """Return a whole book as REST prints it."""
    return wire.Levels(
        yes_dollars=level_pairs(book, BookSide.BID, depth),
        no_dollars=level_pairs(book, BookSide.ASK, depth),
    )


def price_ranges(grid: TickGrid) -> list[wire.PriceRange]:
    """Return the tick grid as the wire's bands."""
    return [
        wire.PriceRange(
            start=price_to_wire(band.start),
            end=price_to_wire(band.end),
            step=price_to_wire(Price(band.step)),
        )
        for band in grid.bands
    ]


def multiplier_text(fees: FeeSchedule) -> bytes:
    """Return the fee multiplier as an exact JSON number."""
    whole, rest = divmod(fees.multiplier, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".").encode()


class Quotes:
    """The best prices of one book as a market object prints them.

    An empty side has no null on this wire: a bid of $0, an ask of $1, each with size 0.
    """

    __slots__ = ("ask", "ask_size", "bid", "bid_size")

    def __init__(self, book: OrderBook) -> None:
        bid, ask = book.best_bid, book.best_ask
        self.bid = ZERO_PRICE if bid is None else bid
        self.ask = ONE_DOLLAR if ask is None else ask
        self.bid_size = NO_COUNT if bid is None else book.size_at(BookSide.BID, bid)
        self.ask_size = NO_COUNT if ask is None else book.size_at(BookSide.ASK, ask)


def market(listed: ListedMarket) -> wire.Market:
    """Return a market as `GET /markets` prints it. A practice run counts as its last 24 hours."""
    listing = listed.listing
    quotes = Quotes(listed.book)
    opens, closes = stamp(listing.open_ns), stamp(listed.close_ns)
    return wire.Market(
        ticker=listing.ticker,
        event_ticker=listing.event_ticker,
        title=listing.title,
        subtitle=listing.yes_sub_title,
        yes_sub_title=listing.yes_sub_title,
        no_sub_title=listing.no_sub_title,
        created_time=stamp(listed.created_ns or listing.open_ns),
        updated_time=stamp(updated_ns(listed)),
        open_time=opens,
        close_time=closes,
        expiration_time=closes,
        latest_expiration_time=closes,
        expected_expiration_time=closes,
        status=listed.status.value,
        yes_bid_dollars=price_to_wire(quotes.bid),
        yes_bid_size_fp=count_to_wire(quotes.bid_size),
        yes_ask_dollars=price_to_wire(quotes.ask),
        yes_ask_size_fp=count_to_wire(quotes.ask_size),
        no_bid_dollars=price_to_wire(complement(quotes.ask)),
        no_ask_dollars=price_to_wire(complement(quotes.bid)),
        last_price_dollars=price_to_wire(listed.last_price or ZERO_PRICE),
        volume_fp=count_to_wire(listed.volume),
        volume_24h_fp=count_to_wire(listed.volume),
        open_interest_fp=count_to_wire(listed.open_interest),
        rules_primary=listing.rules,
        price_level_structure=listed.structure or listing.structure,
        price_ranges=price_ranges(listed.grid),
        exchange_index=listing.exchange_index,
        settlement_timer_seconds=listing.settlement_timer_s,
        result="" if listed.result is None else listed.result.value,
        settlement_value_dollars=UNSET if listed.value is None else price_to_wire(listed.value),
        settlement_ts=stamp(listed.settled_ns) if listed.settled_ns else UNSET,
    )


def updated_ns(listed: ListedMarket) -> int:
    """Return when a market last changed, trading aside where its record tells them apart."""
    return listed.updated_ns or listed.created_ns or listed.listing.open_ns


def trade(print_: TradePrinted) -> wire.Trade:
    """Return a public trade as REST prints it."""
    side = outcome(print_.taker_side)
    return wire.Trade(
        trade_id=print_.trade_id,
        ticker=print_.ticker,
        count_fp=count_to_wire(print_.size),
        yes_price_dollars=price_to_wire(print_.price),
        no_price_dollars=price_to_wire(complement(print_.price)),
        taker_side=side,
        taker_outcome_side=side,
        taker_book_side=print_.taker_side.value,
        created_time=stamp(print_.at_ns),
    )


def order(report: OrderReport) -> wire.Order:
    """Return an order as its owner reads it. `yes_price_dollars` is the limit."""
    side = outcome(report.side)
    return wire.Order(
        order_id=report.order_id,
        user_id=report.account_id,
        client_order_id=report.client_order_id,
        ticker=report.ticker,
        side=side,
        action="buy",
        outcome_side=side,
        book_side=report.side.value,
        type="limit",
        status=report.status.value,
        yes_price_dollars=price_to_wire(report.price),
        no_price_dollars=price_to_wire(complement(report.price)),
        fill_count_fp=count_to_wire(report.filled),
        remaining_count_fp=count_to_wire(report.remaining),
        initial_count_fp=count_to_wire(report.initial),
        taker_fill_cost_dollars=money_to_wire(report.taker_cost),
        maker_fill_cost_dollars=money_to_wire(report.maker_cost),
        taker_fees_dollars=money_to_wire(report.taker_fees),
        maker_fees_dollars=money_to_wire(report.maker_fees),
        created_time=stamp(report.created_ns),
        last_update_time=stamp(report.updated_ns),
        self_trade_prevention_type=report.self_trade_prevention.value,
        cancel_order_on_pause=report.cancel_on_pause,
        exchange_index=report.exchange_index,
        expiration_time=(
            UNSET if report.expires_s is None else stamp(report.expires_s * _NS_PER_S)
        ),
        order_group_id=report.order_group_id or UNSET,
    )


def fill(made: Fill) -> wire.Fill:
    """Return a fill as its owner reads it."""
    side = outcome(made.side)
    return wire.Fill(
        fill_id=made.trade_id,
        exchange_index=made.exchange_index,
        trade_id=made.trade_id,
        order_id=made.order_id,
        ticker=made.ticker,
        market_ticker=made.ticker,
        side=side,
        action="buy",
        outcome_side=side,
        book_side=made.side.value,
        count_fp=count_to_wire(made.size),
        yes_price_dollars=price_to_wire(made.price),
        no_price_dollars=price_to_wire(complement(made.price)),
        is_taker=made.is_taker,
        fee_cost=money_to_wire(made.fee),
        created_time=stamp(made.at_ns),
        ts=made.at_ns // _NS_PER_S,
    )


def position(report: PositionReport) -> wire.MarketPosition:
    """Return a position as its owner reads it."""
    return wire.MarketPosition(
        ticker=report.ticker,
        exchange_index=report.exchange_index,
        total_traded_dollars=money_to_wire(report.total_traded),
        position_fp=count_to_wire(report.net),
        market_exposure_dollars=money_to_wire(report.cost),
        realized_pnl_dollars=money_to_wire(report.realized_pnl),
        fees_paid_dollars=money_to_wire(report.fees_paid),
        last_updated_ts=stamp(report.updated_ns),
    )


def placed(result: Placed) -> wire.CreateOrderResponse:
    """Return the answer to a create; averages are cut, not rounded, to four decimals."""
    filled = result.filled
    return wire.CreateOrderResponse(
        order_id=result.order_id,
        client_order_id=result.client_order_id or UNSET,
        fill_count=count_to_wire(filled),
        remaining_count=count_to_wire(result.remaining),
        average_fill_price=(price_to_wire(Price(result.cost // filled)) if filled else UNSET),
        average_fee_paid=price_to_wire(Price(result.fees // filled)) if filled else UNSET,
        ts_ms=result.at_ns // _NS_PER_MS,
    )


def canceled(result: Canceled) -> wire.CancelOrderResponse:
    """Return the answer to a cancel. The recorded one carries no client id, so nor does this."""
    return wire.CancelOrderResponse(
        order_id=result.order_id,
        reduced_by=count_to_wire(result.reduced_by),
        ts_ms=result.at_ns // _NS_PER_MS,
    )


def amended(result: Amended) -> wire.AmendOrderResponse:
    """Return the answer to an amend; counts only where the amend changed them."""
    changed, filled = result.resized or result.filled > 0, result.filled
    return wire.AmendOrderResponse(
        order_id=result.order_id,
        ts_ms=result.at_ns // _NS_PER_MS,
        client_order_id=result.client_order_id or UNSET,
        remaining_count=count_to_wire(result.remaining) if changed else None,
        fill_count=count_to_wire(filled) if changed else None,
        average_fill_price=price_to_wire(Price(result.cost // filled)) if filled else None,
        average_fee_paid=price_to_wire(Price(result.fees // filled)) if filled else None,
    )


def decreased(result: Decreased) -> wire.DecreaseOrderResponse:
    """Return the answer to a decrease."""
    return wire.DecreaseOrderResponse(
        result.order_id,
        count_to_wire(result.remaining),
        result.at_ns // _NS_PER_MS,
        result.client_order_id or UNSET,
    )


def settlement(paid: Settlement) -> shapes.Settlement:
    """Return what one market paid; costs and fees are dollars, revenue and value cents."""
    return shapes.Settlement(
        ticker=paid.ticker,
        exchange_index=paid.exchange_index,
        event_ticker=paid.event_ticker,
        market_result=paid.result.value,
        yes_count_fp=count_to_wire(paid.yes_count),
        yes_total_cost_dollars=money_to_wire(paid.yes_cost),
        no_count_fp=count_to_wire(paid.no_count),
        no_total_cost_dollars=money_to_wire(paid.no_cost),
        revenue=cents(paid.revenue),
        settled_time=stamp(paid.at_ns),
        fee_cost=money_to_wire(paid.fees),
        value=paid.value // CENT,
    )


def marked_value(size: Count, last: Price | None, cost: Money) -> Money:
    """Return what a position is worth at the last price, or its cost where nothing traded."""
    if last is None:
        return cost
    return notional(last, size) if size >= 0 else notional(complement(last), Count(-size))


def cents(money: Money) -> int:
    """Return whole cents, cut towards zero as the integer balance is."""
    return money // _MONEY_PER_CENT if money >= 0 else -(-money // _MONEY_PER_CENT)
