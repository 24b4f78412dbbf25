"""The REST bodies of the practice exchange, as structs written from the specification.

Field for field `openapi.yaml` 3.34.0: what is required there is always present, what is optional
is `UNSET` and then absent. Prices and counts are strings, as on the wire. Owns shapes and time
stamps only; `answers` fills them.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

encode: Final = msgspec.json.Encoder().encode
"""Struct or plain value to JSON bytes."""


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stamp(at_ns: int) -> str:
    """Return RFC 3339 with microseconds, trailing zeros trimmed as the exchange does."""
    seconds, rest = divmod(at_ns // 1_000, 1_000_000)
    if rest == 0:
        return f"{_second(seconds)}Z"
    return f"{_second(seconds)}.{f'{rest:06d}'.rstrip('0')}Z"


def stamp_ms(at_ns: int) -> str:
    """Return RFC 3339 truncated to milliseconds, for the deprecated private time fields."""
    return stamp(at_ns // 1_000_000 * 1_000_000)


class PriceRange(msgspec.Struct):
    """One band of the tick grid."""

    start: str
    end: str
    step: str


class Market(msgspec.Struct):
    """A market with its quotes (schema `Market`). What this exchange never varies is a default."""

    ticker: str
    event_ticker: str
    title: str
    subtitle: str
    yes_sub_title: str
    no_sub_title: str
    created_time: str
    updated_time: str
    open_time: str
    close_time: str
    expiration_time: str
    latest_expiration_time: str
    expected_expiration_time: str
    status: str
    yes_bid_dollars: str
    yes_bid_size_fp: str
    yes_ask_dollars: str
    yes_ask_size_fp: str
    no_bid_dollars: str
    no_ask_dollars: str
    last_price_dollars: str
    volume_fp: str
    volume_24h_fp: str
    open_interest_fp: str
    rules_primary: str
    price_level_structure: str
    price_ranges: list[PriceRange]
    exchange_index: int
    settlement_timer_seconds: int
    result: str
    settlement_value_dollars: str | UnsetType = UNSET
    settlement_ts: str | UnsetType = UNSET
    market_type: str = "binary"
    notional_value_dollars: str = "1.0000"
    can_close_early: bool = True
    settlement_bounds_type: str = "default"
    expiration_value: str = ""
    occurrence_datetime: str | None = None
    previous_yes_bid_dollars: str = "0.0000"
    previous_yes_ask_dollars: str = "0.0000"
    previous_price_dollars: str = "0.0000"
    rules_secondary: str = ""


class SettlementSource(msgspec.Struct):
    """Where a result is read from."""

    name: str
    url: str


class Event(msgspec.Struct):
    """An event (schema `EventData`)."""

    event_ticker: str
    series_ticker: str
    sub_title: str
    title: str
    collateral_return_type: str
    mutually_exclusive: bool
    category: str
    settlement_sources: list[SettlementSource]
    exchange_index: int
    last_updated_ts: str
    fee_type_override: str | None
    fee_multiplier_override: msgspec.Raw | None
    strike_period: str | UnsetType = UNSET
    markets: list[Market] | UnsetType = UNSET


class Series(msgspec.Struct):
    """A series (schema `Series`)."""

    ticker: str
    frequency: str
    title: str
    category: str
    categories: list[str]
    tags: list[str]
    settlement_sources: list[SettlementSource]
    contract_url: str
    contract_terms_url: str
    fee_type: str
    fee_multiplier: msgspec.Raw
    """A JSON number; written from an exact decimal text, never from a float."""
    additional_prohibitions: list[str]
    exchange_index: int
    last_updated_ts: str
    volume_fp: str | UnsetType = UNSET


class SeriesFeeChange(msgspec.Struct):
    """An announced change of a series' fees."""

    id: str
    series_ticker: str
    fee_type: str
    fee_multiplier: msgspec.Raw
    scheduled_ts: str


class EventFeeChange(msgspec.Struct):
    """An announced override of an event's fees; null twice clears it."""

    id: str
    event_ticker: str
    series_ticker: str
    fee_type_override: str | None
    fee_multiplier_override: msgspec.Raw | None
    scheduled_ts: str


class Trade(msgspec.Struct):
    """A public trade (schema `Trade`)."""

    trade_id: str
    ticker: str
    count_fp: str
    yes_price_dollars: str
    no_price_dollars: str
    taker_side: str
    taker_outcome_side: str
    taker_book_side: str
    created_time: str
    is_block_trade: bool = False


class Order(msgspec.Struct):
    """An order as its owner reads it (schema `Order`)."""

    order_id: str
    user_id: str
    client_order_id: str
    ticker: str
    side: str
    action: str
    outcome_side: str
    book_side: str
    type: str
    status: str
    yes_price_dollars: str
    no_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    created_time: str
    last_update_time: str
    self_trade_prevention_type: str
    cancel_order_on_pause: bool
    exchange_index: int
    subaccount_number: int = 0
    expiration_time: str | UnsetType = UNSET
    order_group_id: str | UnsetType = UNSET


class Fill(msgspec.Struct):
    """A fill as its owner reads it (schema `Fill`)."""

    fill_id: str
    exchange_index: int
    trade_id: str
    order_id: str
    ticker: str
    market_ticker: str
    side: str
    action: str
    outcome_side: str
    book_side: str
    count_fp: str
    yes_price_dollars: str
    no_price_dollars: str
    is_taker: bool
    fee_cost: str
    created_time: str
    ts: int
    subaccount_number: int = 0


class MarketPosition(msgspec.Struct):
    """A position in one market (schema `MarketPosition`)."""

    ticker: str
    exchange_index: int
    total_traded_dollars: str
    position_fp: str
    market_exposure_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    last_updated_ts: str


class EventPosition(msgspec.Struct):
    """Positions of one event, summed (schema `EventPosition`)."""

    event_ticker: str
    total_cost_dollars: str
    total_cost_shares_fp: str
    event_exposure_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str


class CreateOrderResponse(msgspec.Struct):
    """The answer to a create; averages only with fills (schema `CreateOrderV2Response`)."""

    order_id: str
    fill_count: str
    remaining_count: str
    ts_ms: int
    client_order_id: str | UnsetType = UNSET
    average_fill_price: str | UnsetType = UNSET
    average_fee_paid: str | UnsetType = UNSET


class CancelOrderResponse(msgspec.Struct):
    """The answer to a cancel (schema `CancelOrderV2Response`)."""

    order_id: str
    reduced_by: str
    ts_ms: int
    client_order_id: str | UnsetType = UNSET


class QueuePosition(msgspec.Struct):
    """Contracts ahead of one order (schema `OrderQueuePosition`)."""

    order_id: str
    market_ticker: str
    queue_position_fp: str


class IndexedBalance(msgspec.Struct):
    """Cash on one shard."""

    exchange_index: int
    balance: str


class Balance(msgspec.Struct):
    """Cash and portfolio (schema `GetBalanceResponse`); the integers are cents."""

    balance: int
    balance_dollars: str
    portfolio_value: int
    updated_ts: int
    balance_breakdown: list[IndexedBalance]


class IndexStatus(msgspec.Struct):
    """One shard's state (schema `ExchangeIndexStatus`)."""

    exchange_index: int
    description: str
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool


class ExchangeStatus(msgspec.Struct):
    """Whether anything works, and whether orders do (schema `ExchangeStatus`)."""

    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool
    exchange_index_statuses: list[IndexStatus]


class Levels(msgspec.Struct):
    """Bids of both legs, ascending (schema `OrderbookCountFp`)."""

    yes_dollars: list[tuple[str, str]]
    no_dollars: list[tuple[str, str]]


class MarketLevels(msgspec.Struct):
    """One market of a bulk order-book answer (schema `MarketOrderbookFp`)."""

    ticker: str
    orderbook_fp: Levels


class BatchCreated(msgspec.Struct, omit_defaults=True):
    """One item of a batch create: what was placed, or the error (`BatchCreateOrdersV2Response`)."""

    order_id: str | UnsetType = UNSET
    client_order_id: str | UnsetType = UNSET
    fill_count: str | UnsetType = UNSET
    remaining_count: str | UnsetType = UNSET
    average_fill_price: str | UnsetType = UNSET
    average_fee_paid: str | UnsetType = UNSET
    ts_ms: int | UnsetType = UNSET
    error: dict[str, str] | UnsetType = UNSET


class BatchCanceled(msgspec.Struct):
    """One item of a batch cancel; 0.00 and the error where nothing was canceled."""

    order_id: str
    reduced_by: str
    client_order_id: str | UnsetType = UNSET
    ts_ms: int | UnsetType = UNSET
    error: dict[str, str] | UnsetType = UNSET


class AmendOrderResponse(msgspec.Struct):
    """The answer to an amend; the counts are null where nothing of them changed."""

    order_id: str
    ts_ms: int
    client_order_id: str | UnsetType = UNSET
    remaining_count: str | None = None
    fill_count: str | None = None
    average_fill_price: str | None = None
    average_fee_paid: str | None = None


class DecreaseOrderResponse(msgspec.Struct):
    """The answer to a decrease (schema `DecreaseOrderV2Response`)."""

    order_id: str
    remaining_count: str
    ts_ms: int
    client_order_id: str | UnsetType = UNSET
