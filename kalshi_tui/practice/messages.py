"""Happenings in the words of the WebSocket: one function for each message type.

The result is the inner message as JSON, encoded once however many connections get it. Decides
nothing: who gets it, under which sid and seq, is `hub`'s business.
Source: asyncapi.yaml payloads; recorded frames for what the deprecated fields say.
"""

from typing import NamedTuple

import msgspec
from msgspec import UNSET

from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    ZERO_PRICE,
    Price,
    complement,
    count_to_wire,
    money_to_wire,
    price_to_wire,
)
from kalshi_tui.practice import answers, frames
from kalshi_tui.practice.happenings import (
    BookChanged,
    EventFeesChanged,
    Fill,
    GroupUpdated,
    MarketDetermined,
    PositionReport,
    TicksChanged,
    TradePrinted,
)
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import OrderReport, UpdateReason
from kalshi_tui.practice.wire import stamp, stamp_ms

_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_CONTRACTS_PER_TWO_DOLLARS = 200
"""Recorded: `dollar_volume` is half the contracts, cut to whole dollars."""


class EventFacts(NamedTuple):
    """What a new event is announced with."""

    title: str
    sub_title: str
    mutually_exclusive: bool


def _raw(message: object) -> msgspec.Raw:
    return msgspec.Raw(frames.encode(message))


def snapshot(listed: ListedMarket, yes_price: bool) -> msgspec.Raw:
    """Return a whole book, each side's best level last; NO in YES prices when `yes_price`."""
    yes = answers.level_pairs(listed.book, BookSide.BID)
    if yes_price:
        # The same levels in the same order, best last; only the scale of the price differs.
        no = [
            (price_to_wire(price), count_to_wire(count))
            for price, count in reversed(listed.book.levels(BookSide.ASK))
        ]
    else:
        no = answers.level_pairs(listed.book, BookSide.ASK)
    return _raw(
        frames.Snapshot(
            market_ticker=listed.ticker,
            market_id=answers.market_id(listed),
            clock=listed.clock,
            yes_dollars_fp=yes or UNSET,
            no_dollars_fp=no or UNSET,
        )
    )


def delta(change: BookChanged, market_id: str, yes_price: bool, own: bool) -> msgspec.Raw:
    """Return one order event; `own` adds what only its owner may read."""
    is_bid = change.side is BookSide.BID
    price = change.price if is_bid or yes_price else complement(change.price)
    return _raw(
        frames.Delta(
            market_ticker=change.ticker,
            market_id=market_id,
            clock=change.clock,
            price_dollars=price_to_wire(price),
            delta_fp=count_to_wire(change.change),
            side="yes" if is_bid else "no",
            ts=stamp(change.at_ns),
            ts_ms=change.at_ns // _NS_PER_MS,
            client_order_id=change.client_order_id if own else UNSET,
            subaccount=0 if own else UNSET,
        )
    )


def ticker(listed: ListedMarket, now_ns: int) -> msgspec.Raw:
    """Return a market's quotes and totals."""
    quotes = answers.Quotes(listed.book)
    return _raw(
        frames.Ticker(
            market_id=answers.market_id(listed),
            market_ticker=listed.ticker,
            price_dollars=price_to_wire(listed.last_price or ZERO_PRICE),
            yes_bid_dollars=price_to_wire(quotes.bid),
            yes_ask_dollars=price_to_wire(quotes.ask),
            volume_fp=count_to_wire(listed.volume),
            open_interest_fp=count_to_wire(listed.open_interest),
            dollar_volume=listed.volume // _CONTRACTS_PER_TWO_DOLLARS,
            dollar_open_interest=listed.open_interest // _CONTRACTS_PER_TWO_DOLLARS,
            yes_bid_size_fp=count_to_wire(quotes.bid_size),
            yes_ask_size_fp=count_to_wire(quotes.ask_size),
            last_trade_size_fp=count_to_wire(listed.last_size),
            ts=now_ns // _NS_PER_S,
            ts_ms=now_ns // _NS_PER_MS,
            time=stamp(now_ns),
        )
    )


def trade(printed: TradePrinted) -> msgspec.Raw:
    """Return one public trade."""
    side = answers.outcome(printed.taker_side)
    return _raw(
        frames.Trade(
            trade_id=printed.trade_id,
            market_ticker=printed.ticker,
            yes_price_dollars=price_to_wire(printed.price),
            no_price_dollars=price_to_wire(complement(printed.price)),
            count_fp=count_to_wire(printed.size),
            taker_side=side,
            taker_outcome_side=side,
            taker_book_side=printed.taker_side.value,
            is_block_trade=False,
            ts=printed.at_ns // _NS_PER_S,
            ts_ms=printed.at_ns // _NS_PER_MS,
        )
    )


def fill(made: Fill) -> msgspec.Raw:
    """Return one of the account's fills."""
    side = answers.outcome(made.side)
    return _raw(
        frames.Fill(
            trade_id=made.trade_id,
            order_id=made.order_id,
            client_order_id=made.client_order_id or UNSET,
            market_ticker=made.ticker,
            exchange_index=made.exchange_index,
            is_taker=made.is_taker,
            side=side,
            yes_price_dollars=price_to_wire(made.price),
            count_fp=count_to_wire(made.size),
            fee_cost=money_to_wire(made.fee),
            action="buy",
            outcome_side=side,
            book_side=made.side.value,
            ts=made.at_ns // _NS_PER_S,
            ts_ms=made.at_ns // _NS_PER_MS,
            post_position_fp=count_to_wire(made.post_position),
            purchased_side=side,
        )
    )


def user_order(report: OrderReport) -> msgspec.Raw:
    """Return one of the account's orders after a change."""
    side = answers.outcome(report.side)
    expires_ns = None if report.expires_s is None else report.expires_s * _NS_PER_S
    return _raw(
        frames.UserOrder(
            order_id=report.order_id,
            user_id=report.account_id,
            ticker=report.ticker,
            exchange_index=report.exchange_index,
            status=report.status.value,
            side=side,
            is_yes=report.side is BookSide.BID,
            outcome_side=side,
            book_side=report.side.value,
            yes_price_dollars=price_to_wire(report.price),
            fill_count_fp=count_to_wire(report.filled),
            remaining_count_fp=count_to_wire(report.remaining),
            initial_count_fp=count_to_wire(report.initial),
            taker_fill_cost_dollars=money_to_wire(report.taker_cost),
            maker_fill_cost_dollars=money_to_wire(report.maker_cost),
            taker_fees_dollars=money_to_wire(report.taker_fees),
            maker_fees_dollars=money_to_wire(report.maker_fees),
            client_order_id=report.client_order_id,
            created_time=stamp_ms(report.created_ns),
            created_ts_ms=report.created_ns // _NS_PER_MS,
            last_update_time=stamp_ms(report.updated_ns),
            last_updated_ts_ms=report.updated_ns // _NS_PER_MS,
            self_trade_prevention_type=report.self_trade_prevention.value,
            order_group_id=report.order_group_id or UNSET,
            expiration_time=UNSET if expires_ns is None else stamp(expires_ns),
            expiration_ts_ms=UNSET if expires_ns is None else expires_ns // _NS_PER_MS,
            last_update_reason=(
                UNSET if report.reason is UpdateReason.NONE else report.reason.value
            ),
        )
    )


def position(account_id: str, report: PositionReport) -> msgspec.Raw:
    """Return the account's position in one market after a change."""
    return _raw(
        frames.Position(
            user_id=account_id,
            market_ticker=report.ticker,
            position_fp=count_to_wire(report.net),
            position_cost_dollars=money_to_wire(report.cost),
            realized_pnl_dollars=money_to_wire(report.realized_pnl),
            fees_paid_dollars=money_to_wire(report.fees_paid),
            position_fee_cost_dollars=money_to_wire(report.fee_cost),
            volume_fp=count_to_wire(report.volume),
        )
    )


def step(ticker: str, event_type: str) -> msgspec.Raw:
    """Return `activated` or `deactivated`."""
    return _raw(
        frames.Lifecycle(
            market_ticker=ticker,
            event_type=event_type,
            is_deactivated=event_type == "deactivated",
        )
    )


def created(listed: ListedMarket) -> msgspec.Raw:
    """Return `created` with everything that is known of a new market."""
    listing = listed.listing
    return _raw(
        frames.Lifecycle(
            market_ticker=listing.ticker,
            event_type="created",
            exchange_index=listing.exchange_index,
            open_ts=listing.open_ns // _NS_PER_S,
            close_ts=listed.close_ns // _NS_PER_S,
            additional_metadata=frames.Metadata(
                name=listing.title,
                title=listing.title,
                yes_sub_title=listing.yes_sub_title,
                no_sub_title=listing.no_sub_title,
                rules_primary=listing.rules,
                rules_secondary="",
                can_close_early=True,
                event_ticker=listing.event_ticker,
                expected_expiration_ts=listed.close_ns // _NS_PER_S,
            ),
            price_level_structure=listing.structure,
            price_ranges=_bands(listed.grid),
        )
    )


def close_moved(ticker: str, close_ns: int) -> msgspec.Raw:
    """Return `close_date_updated`."""
    return _raw(
        frames.Lifecycle(
            market_ticker=ticker,
            event_type="close_date_updated",
            close_ts=close_ns // _NS_PER_S,
        )
    )


def determined(told: MarketDetermined) -> msgspec.Raw:
    """Return `determined` with the result."""
    return _raw(
        frames.Lifecycle(
            market_ticker=told.ticker,
            event_type="determined",
            determination_ts=told.at_ns // _NS_PER_S,
            result=told.result.value,
            settlement_value=price_to_wire(told.value),
        )
    )


def settled(ticker: str, at_ns: int) -> msgspec.Raw:
    """Return `settled`."""
    return _raw(
        frames.Lifecycle(market_ticker=ticker, event_type="settled", settled_ts=at_ns // _NS_PER_S)
    )


def ticks_changed(told: TicksChanged) -> msgspec.Raw:
    """Return `price_level_structure_updated` with the new grid."""
    return _raw(
        frames.Lifecycle(
            market_ticker=told.ticker,
            event_type="price_level_structure_updated",
            price_level_structure=told.structure,
            price_ranges=_bands(told.grid),
        )
    )


def metadata_updated(ticker: str, yes_sub_title: str) -> msgspec.Raw:
    """Return `metadata_updated` with a market's new name."""
    return _raw(
        frames.Lifecycle(
            market_ticker=ticker, event_type="metadata_updated", yes_sub_title=yes_sub_title
        )
    )


def event_created(listed: ListedMarket, facts: EventFacts) -> msgspec.Raw:
    """Return `event_lifecycle` for the event of a new market."""
    return _raw(
        frames.EventCreated(
            event_ticker=listed.listing.event_ticker,
            exchange_index=listed.listing.exchange_index,
            title=facts.title,
            subtitle=facts.sub_title,
            collateral_return_type="MECNET" if facts.mutually_exclusive else "",
            series_ticker=listed.listing.series_ticker,
            strike_date=listed.close_ns // _NS_PER_S,
        )
    )


def event_fees(told: EventFeesChanged) -> msgspec.Raw:
    """Return `event_fee_update`; both fields are null when the override was cleared."""
    fees = told.override
    return _raw(
        frames.EventFees(
            event_ticker=told.event_ticker,
            fee_type_override=None if fees is None else fees.fee_type.value,
            fee_multiplier_override=msgspec.Raw(
                b"null" if fees is None else answers.multiplier_text(fees)
            ),
        )
    )


def group(told: GroupUpdated) -> msgspec.Raw:
    """Return a step of an order group; its limit only where it is set or changed."""
    return _raw(
        frames.Group(
            event_type=told.event.value,
            order_group_id=told.group_id,
            ts_ms=told.at_ns // _NS_PER_MS,
            contracts_limit_fp=UNSET if told.limit is None else count_to_wire(told.limit),
        )
    )


def _bands(grid: TickGrid) -> list[frames.Band]:
    return [
        frames.Band(
            start=price_to_wire(band.start),
            end=price_to_wire(band.end),
            step=price_to_wire(Price(band.step)),
        )
        for band in grid.bands
    ]
