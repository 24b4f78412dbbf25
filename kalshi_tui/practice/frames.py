"""The WebSocket frames of the practice exchange, as structs written from the specification.

Field for field `asyncapi.yaml`. A frame is its envelope; the message inside is encoded once and
shared by every connection that gets it. Owns shapes and the table of error codes; `hub` decides who
gets what.
"""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

encode: Final = msgspec.json.Encoder().encode

ERRORS: Final = {
    1: "Unable to process message",
    2: "Params required",
    3: "Channels required",
    4: "Subscription IDs required",
    5: "Unknown command",
    7: "Unknown subscription ID",
    8: "Unknown channel name",
    9: "Authentication required",
    10: "Channel error",
    11: "Invalid parameter",
    12: "Exactly one subscription ID is required",
    13: "Unsupported action",
    14: "Market Ticker required",
    15: "Action required",
    18: "Command timeout",
    19: "shard_factor must be > 0",
    20: "shard_factor is required when shard_key is set",
    21: "shard_key must be >= 0 and < shard_factor",
    22: "shard_factor must be <= 100",
    23: "Match IDs required",
    24: "Index IDs required",
    25: "Subscription buffer overflow",
    26: "Subscription market limit exceeded",
    27: "Too many requests",
    28: "Underlying tickers required",
}
"""All codes in use; 6, 16 and 17 are retired. Source: asyncapi.yaml, error code reference.

By itself this exchange sends no 9, 10, 18 and 23; the fault `ws_error` sends any of them.
"""


class Command(msgspec.Struct):
    """A client's command; `params` is judged by the command's own reader."""

    id: int | None = None
    cmd: str | None = None
    params: msgspec.Raw = msgspec.Raw(b"null")


class Params(msgspec.Struct):
    """Every parameter that a command may carry."""

    channels: list[str] | None = None
    market_ticker: str | None = None
    market_tickers: list[str] | None = None
    market_id: str | None = None
    market_ids: list[str] | None = None
    send_initial_snapshot: bool = False
    skip_ticker_ack: bool = False
    use_yes_price: bool = False
    sid: int | None = None
    sids: list[int] | None = None
    action: str | None = None
    user_filter: str | None = None
    shard_factor: int | None = None
    shard_key: int | None = None
    index_ids: list[str] | None = None
    underlying_tickers: list[str] | None = None


class Frame(msgspec.Struct, kw_only=True):
    """A frame of the server. `seq` is absent on channels that are not numbered."""

    type: str
    id: int | UnsetType = UNSET
    sid: int | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    msg: msgspec.Raw | UnsetType = UNSET
    sending_ts_ms: int


class Subscribed(msgspec.Struct):
    """One channel of a subscribe command, and the sid it got."""

    channel: str
    sid: int


class Tickers(msgspec.Struct):
    """The full list of markets of a subscription after a command."""

    market_tickers: list[str]
    market_ids: list[str] | UnsetType = UNSET
    """On the ticker channel only."""


class Failure(msgspec.Struct):
    """What was wrong with a command."""

    code: int
    msg: str
    market_tickers: list[str] | UnsetType = UNSET


class Snapshot(msgspec.Struct):
    """A whole book; the key of an empty side is absent."""

    market_ticker: str
    market_id: str
    clock: int
    yes_dollars_fp: list[tuple[str, str]] | UnsetType = UNSET
    no_dollars_fp: list[tuple[str, str]] | UnsetType = UNSET


class Delta(msgspec.Struct):
    """One order event. The last two only on the owner's own connections."""

    market_ticker: str
    market_id: str
    clock: int
    price_dollars: str
    delta_fp: str
    side: str
    ts: str
    ts_ms: int
    client_order_id: str | UnsetType = UNSET
    subaccount: int | UnsetType = UNSET


class Ticker(msgspec.Struct):
    """Quotes and totals of one market."""

    market_id: str
    market_ticker: str
    price_dollars: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    volume_fp: str
    open_interest_fp: str
    dollar_volume: int
    dollar_open_interest: int
    yes_bid_size_fp: str
    yes_ask_size_fp: str
    last_trade_size_fp: str
    ts: int
    ts_ms: int
    time: str


class Trade(msgspec.Struct):
    """One public trade."""

    trade_id: str
    market_ticker: str
    yes_price_dollars: str
    no_price_dollars: str
    count_fp: str
    taker_side: str
    taker_outcome_side: str
    taker_book_side: str
    is_block_trade: bool
    ts: int
    ts_ms: int


class Fill(msgspec.Struct):
    """One of the account's fills."""

    trade_id: str
    order_id: str
    market_ticker: str
    exchange_index: int
    is_taker: bool
    side: str
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    action: str
    outcome_side: str
    book_side: str
    ts: int
    ts_ms: int
    post_position_fp: str
    purchased_side: str
    client_order_id: str | UnsetType = UNSET
    subaccount: int = 0


class UserOrder(msgspec.Struct):
    """One of the account's orders after a change."""

    order_id: str
    user_id: str
    ticker: str
    exchange_index: int
    status: str
    side: str
    is_yes: bool
    outcome_side: str
    book_side: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    client_order_id: str
    created_time: str
    created_ts_ms: int
    last_update_time: str
    last_updated_ts_ms: int
    self_trade_prevention_type: str
    order_group_id: str | UnsetType = UNSET
    expiration_time: str | UnsetType = UNSET
    expiration_ts_ms: int | UnsetType = UNSET
    last_update_reason: str | UnsetType = UNSET
    subaccount_number: int = 0


class Position(msgspec.Struct):
    """The account's position in one market after a change."""

    user_id: str
    market_ticker: str
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    position_fee_cost_dollars: str
    volume_fp: str
    subaccount: int = 0


class Band(msgspec.Struct):
    """One band of a tick grid."""

    start: str
    end: str
    step: str


class Metadata(msgspec.Struct):
    """What a new market is about."""

    name: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    rules_secondary: str
    can_close_early: bool
    event_ticker: str
    expected_expiration_ts: int


class Lifecycle(msgspec.Struct, kw_only=True):
    """A step of a market's life; each step has its own fields. Times are Unix seconds."""

    market_ticker: str
    event_type: str
    exchange_index: int | UnsetType = UNSET
    open_ts: int | UnsetType = UNSET
    close_ts: int | UnsetType = UNSET
    determination_ts: int | UnsetType = UNSET
    settled_ts: int | UnsetType = UNSET
    result: str | UnsetType = UNSET
    settlement_value: str | UnsetType = UNSET
    is_deactivated: bool | UnsetType = UNSET
    additional_metadata: Metadata | UnsetType = UNSET
    price_level_structure: str | UnsetType = UNSET
    price_ranges: list[Band] | UnsetType = UNSET
    yes_sub_title: str | UnsetType = UNSET


class EventCreated(msgspec.Struct):
    """A new event."""

    event_ticker: str
    exchange_index: int
    title: str
    subtitle: str
    collateral_return_type: str
    series_ticker: str
    strike_date: int | UnsetType = UNSET


class EventFees(msgspec.Struct):
    """An event's own fees; both null when they were cleared."""

    event_ticker: str
    fee_type_override: str | None
    fee_multiplier_override: msgspec.Raw


class Group(msgspec.Struct):
    """A step in the life of one of the account's order groups."""

    event_type: str
    order_group_id: str
    ts_ms: int
    contracts_limit_fp: str | UnsetType = UNSET
