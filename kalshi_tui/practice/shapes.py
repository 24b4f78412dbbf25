"""More REST bodies of the practice exchange: candles, order groups, money in and out.

Field for field `openapi.yaml` 3.34.0, as `wire`, which holds the bodies of markets and orders. Owns
shapes only.
"""

import msgspec
from msgspec import UNSET, UnsetType


class Prices(msgspec.Struct):
    """Open, low, high and close of a quote (schema `BidAskDistribution`)."""

    open_dollars: str
    low_dollars: str
    high_dollars: str
    close_dollars: str


class TradePrices(msgspec.Struct):
    """The same of trades; absent where nothing traded (schema `PriceDistribution`)."""

    open_dollars: str | UnsetType | None = UNSET
    low_dollars: str | UnsetType | None = UNSET
    high_dollars: str | UnsetType | None = UNSET
    close_dollars: str | UnsetType | None = UNSET
    mean_dollars: str | UnsetType | None = UNSET
    previous_dollars: str | UnsetType = UNSET


class Candlestick(msgspec.Struct):
    """One period (schema `MarketCandlestick`)."""

    end_period_ts: int
    yes_bid: Prices
    yes_ask: Prices
    price: TradePrices
    volume_fp: str
    open_interest_fp: str


class OldPrices(msgspec.Struct):
    """A quote in an archived candle: no suffixes (schema `BidAskDistributionHistorical`)."""

    open: str
    low: str
    high: str
    close: str


class OldTradePrices(msgspec.Struct):
    """Trades in an archived candle; null where there were none."""

    open: str | None = None
    low: str | None = None
    high: str | None = None
    close: str | None = None
    mean: str | None = None
    previous: str | None = None


class OldCandlestick(msgspec.Struct):
    """One archived period (schema `MarketCandlestickHistorical`)."""

    end_period_ts: int
    yes_bid: OldPrices
    yes_ask: OldPrices
    price: OldTradePrices
    volume: str
    open_interest: str


class CreatedGroup(msgspec.Struct):
    """A new order group (schema `CreateOrderGroupResponse`)."""

    order_group_id: str
    exchange_index: int
    subaccount: int = 0


class Group(msgspec.Struct):
    """An order group in a list (schema `OrderGroup`)."""

    id: str
    contracts_limit_fp: str
    is_auto_cancel_enabled: bool
    exchange_index: int


class GroupDetails(msgspec.Struct):
    """One order group with its orders (schema `GetOrderGroupResponse`)."""

    is_auto_cancel_enabled: bool
    contracts_limit_fp: str
    orders: list[str]
    exchange_index: int


class Deposit(msgspec.Struct):
    """Money that came in; withdrawals have the same fields (schemas `Deposit`, `Withdrawal`)."""

    id: str
    amount_cents: int
    created_ts: int
    finalized_ts: int
    status: str = "applied"
    type: str = "ach"
    fee_cents: int = 0


class Transfer(msgspec.Struct):
    """Money that changed the shard (schema `IntraExchangeInstanceTransfer`)."""

    transfer_id: str
    source_exchange_shard: int
    destination_exchange_shard: int
    amount: str
    status: str
    created_ts: int
    client_transfer_id: str | UnsetType = UNSET
    source: str = "event_contract"
    destination: str = "event_contract"


class Settlement(msgspec.Struct):
    """What one market paid (schema `Settlement`); `revenue` and `value` are cents."""

    ticker: str
    exchange_index: int
    event_ticker: str
    market_result: str
    yes_count_fp: str
    yes_total_cost_dollars: str
    no_count_fp: str
    no_total_cost_dollars: str
    revenue: int
    settled_time: str
    fee_cost: str
    value: int | None
