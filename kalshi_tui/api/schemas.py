"""The REST bodies that are read, exactly as the wire spells them.

Required is only what the program cannot do without: a missing one is named by the decoder, a new
field is ignored, null stands for absent. Enumerations stay text here; `decode` gives unknown
values their own word. Nothing outside `api` sees these types.
Source: openapi.yaml 3.34.0, components of the same names; recorded bodies.
"""

from decimal import Decimal

from msgspec import Raw, Struct, field

Level = tuple[str, str]
"""A price level: (price in dollars, contracts)."""


class PriceRange(Struct, frozen=True):
    start: str
    end: str
    step: str


class MarketBody(Struct, frozen=True):
    """A market. `title` is deprecated there and still the only question text per market."""

    ticker: str
    event_ticker: str
    status: str
    close_time: str
    market_type: str | None = None
    title: str | None = None
    subtitle: str | None = None
    yes_sub_title: str | None = None
    rules_primary: str | None = None
    rules_secondary: str | None = None
    price_ranges: list[PriceRange] | None = None
    exchange_index: int | None = None
    bid: str | None = field(name="yes_bid_dollars", default=None)
    ask: str | None = field(name="yes_ask_dollars", default=None)
    bid_size: str | None = field(name="yes_bid_size_fp", default=None)
    ask_size: str | None = field(name="yes_ask_size_fp", default=None)
    last: str | None = field(name="last_price_dollars", default=None)
    volume: str | None = field(name="volume_fp", default=None)


class MarketAnswer(Struct, frozen=True):
    market: MarketBody


class EventBody(Struct, frozen=True):
    """An event; its markets are read one by one so that a broken one leaves the others alone."""

    event_ticker: str
    series_ticker: str
    title: str | None = None
    sub_title: str | None = None
    category: str | None = None
    mutually_exclusive: bool | None = None
    fee_type: str | None = field(name="fee_type_override", default=None)
    fee_multiplier: Decimal | None = field(name="fee_multiplier_override", default=None)
    markets: list[Raw] | None = None


class EventAnswer(Struct, frozen=True):
    """Markets stand inside the event, or beside it where nesting was not asked for."""

    event: EventBody
    markets: list[Raw] | None = None


class SeriesBody(Struct, frozen=True):
    ticker: str
    title: str | None = None
    category: str | None = None
    fee_type: str | None = None
    fee_multiplier: Decimal | None = None


class SeriesAnswer(Struct, frozen=True):
    series: SeriesBody


class BookBody(Struct, frozen=True):
    """Bids of both legs, the NO side in NO prices; a side may be absent when it is empty."""

    yes: list[Level] | None = field(name="yes_dollars", default=None)
    no: list[Level] | None = field(name="no_dollars", default=None)


class BookAnswer(Struct, frozen=True):
    """`orderbook` is what an older build sent for an empty book."""

    book: BookBody | None = field(name="orderbook_fp", default=None)
    old_book: BookBody | None = field(name="orderbook", default=None)


class OrderBody(Struct, frozen=True):
    order_id: str
    ticker: str
    status: str
    price: str = field(name="yes_price_dollars")
    initial: str = field(name="initial_count_fp")
    filled: str = field(name="fill_count_fp")
    remaining: str = field(name="remaining_count_fp")
    client_order_id: str | None = None
    book_side: str | None = None
    outcome_side: str | None = None
    taker_fees: str | None = field(name="taker_fees_dollars", default=None)
    maker_fees: str | None = field(name="maker_fees_dollars", default=None)
    created_time: str | None = None
    last_update_time: str | None = None
    expiration_time: str | None = None
    self_trade_prevention_type: str | None = None
    order_group_id: str | None = None
    last_update_reason: str | None = None


class OrderAnswer(Struct, frozen=True):
    order: OrderBody


class FillBody(Struct, frozen=True):
    order_id: str
    price: str = field(name="yes_price_dollars")
    count: str = field(name="count_fp")
    fee: str = field(name="fee_cost")
    is_taker: bool
    trade_id: str | None = None
    fill_id: str | None = None
    ticker: str | None = None
    market_ticker: str | None = None
    book_side: str | None = None
    outcome_side: str | None = None
    created_time: str | None = None
    ts: int | None = None


class PositionBody(Struct, frozen=True):
    ticker: str
    position: str = field(name="position_fp")
    exposure: str = field(name="market_exposure_dollars")
    realized: str = field(name="realized_pnl_dollars")
    fees: str = field(name="fees_paid_dollars")
    last_updated_ts: str | None = None


class ShardBalance(Struct, frozen=True):
    exchange_index: int
    balance: str


class BalanceAnswer(Struct, frozen=True):
    """`balance` and `portfolio_value` are whole cents; `balance_dollars` is exact."""

    portfolio_value: int
    balance: int | None = None
    balance_dollars: str | None = None
    balance_breakdown: list[ShardBalance] | None = None


class QueueBody(Struct, frozen=True):
    order_id: str
    ahead: str = field(name="queue_position_fp")


class QueuesAnswer(Struct, frozen=True):
    queue_positions: list[QueueBody] | None = None


class CreateAnswer(Struct, frozen=True):
    """The answer to a create. The averages are there only after a fill."""

    order_id: str
    fill_count: str
    remaining_count: str
    ts_ms: int
    client_order_id: str | None = None
    average_fill_price: str | None = None


class CancelAnswer(Struct, frozen=True):
    order_id: str
    reduced_by: str
    ts_ms: int


class RefusalBody(Struct, frozen=True):
    """Why one item of a batch was refused."""

    code: str | None = None
    message: str | None = None
    details: str | None = None


class BatchCreated(Struct, frozen=True):
    """One item of a batch of creates: the fields of an answer, or `error`."""

    order_id: str | None = None
    client_order_id: str | None = None
    fill_count: str | None = None
    remaining_count: str | None = None
    ts_ms: int | None = None
    average_fill_price: str | None = None
    error: RefusalBody | None = None


class BatchCreatedAnswer(Struct, frozen=True):
    """Items are read one by one, so that a broken one leaves the others alone."""

    orders: list[Raw]


class BatchCanceled(Struct, frozen=True):
    order_id: str
    reduced_by: str | None = None
    ts_ms: int | None = None
    error: RefusalBody | None = None


class BatchCanceledAnswer(Struct, frozen=True):
    orders: list[Raw]


class AmendAnswer(Struct, frozen=True):
    """The answer to an amend. The counts are there only where it changed the resting size."""

    order_id: str
    ts_ms: int
    client_order_id: str | None = None
    remaining_count: str | None = None
    fill_count: str | None = None


class DecreaseAnswer(Struct, frozen=True):
    order_id: str
    remaining_count: str
    ts_ms: int
    client_order_id: str | None = None


class GroupCreatedAnswer(Struct, frozen=True):
    order_group_id: str
    exchange_index: int = 0


class GroupBody(Struct, frozen=True):
    """An order group in a list (with `id`) or alone (with `orders`)."""

    is_auto_cancel_enabled: bool
    id: str | None = None
    contracts_limit_fp: str | None = None
    exchange_index: int = 0
    orders: list[str] | None = None


class GroupsAnswer(Struct, frozen=True):
    order_groups: list[GroupBody] | None = None


class EmptyAnswer(Struct, frozen=True):
    """An object without fields."""


class CutoffAnswer(Struct, frozen=True):
    """Before these times orders and fills are only in the archive."""

    orders_updated_ts: str
    trades_created_ts: str


class ShardBody(Struct, frozen=True):
    exchange_index: int
    exchange_active: bool
    trading_active: bool


class StatusAnswer(Struct, frozen=True):
    exchange_active: bool
    trading_active: bool
    exchange_index_statuses: list[ShardBody] | None = None
    exchange_estimated_resume_time: str | None = None


class StampAnswer(Struct, frozen=True):
    as_of_time: str


class BucketBody(Struct, frozen=True):
    refill_rate: int
    bucket_capacity: int


class LimitsAnswer(Struct, frozen=True):
    read: BucketBody
    write: BucketBody
    usage_tier: str | None = None


class CostBody(Struct, frozen=True):
    method: str
    path: str
    cost: int


class CostsAnswer(Struct, frozen=True):
    default_cost: int
    endpoint_costs: list[CostBody] | None = None


class CreateBody(Struct, frozen=True, omit_defaults=True):
    """A create request. Count and price are strings there: numbers are refused."""

    ticker: str
    client_order_id: str
    side: str
    count: str
    price: str
    time_in_force: str
    self_trade_prevention_type: str
    expiration_time: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    cancel_order_on_pause: bool = False
    order_group_id: str = ""


class BatchCreateBody(Struct, frozen=True):
    orders: list[CreateBody]


class AmendBody(Struct, frozen=True, omit_defaults=True):
    """An amend request: `count` is the total, what is filled included; expiry 0 removes it."""

    ticker: str
    side: str
    price: str
    count: str
    client_order_id: str
    expiration_time: int | None = None


class DecreaseBody(Struct, frozen=True):
    """A decrease request. `reduce_by` is left out: said twice it would take off twice."""

    reduce_to: str
    market_ticker: str


class CancelItem(Struct, frozen=True):
    order_id: str
    market_ticker: str


class BatchCancelBody(Struct, frozen=True):
    orders: list[CancelItem]


class GroupCreateBody(Struct, frozen=True):
    contracts_limit_fp: str
    exchange_index: int


class GroupLimitBody(Struct, frozen=True):
    contracts_limit_fp: str
