"""The WebSocket frames that are read, exactly as the wire spells them.

One typed decoder for every frame in use, chosen by `type`. Structs are lean: a field that nothing
uses is not listed and so costs nothing, a new field is ignored, a missing required one is named.
Frames of spring (stamp in `ts` only), summer (`ts_ms`) and autumn 2026 (`clock`, `sending_ts_ms`)
all decode. Turns nothing into facts: `api.conversions` does. Nothing outside `api` sees these.
Source: asyncapi.yaml 2.0.0, components of the same names; recorded frames.
"""

from typing import Literal

import msgspec
from msgspec import Struct, field

from kalshi_tui.api.schemas import Level, PriceRange
from kalshi_tui.core.text import clean_title

NO_CLOCK = -1
"""`clock` of a frame that carries none; the exchange's own clocks start at 0."""

NO_SEQ = -1
"""`seq` of a frame that is not numbered."""

Leg = Literal["yes", "no"]


class _Frame(Struct, tag_field="type", frozen=True, gc=False):
    """Base of every frame: `type` chooses among them."""


class DeltaBody(Struct, frozen=True, gc=False):
    """The change of one level. `ts` is not read: `ts_ms` stands beside it since May 2026."""

    market_ticker: str
    price_dollars: str
    delta_fp: str
    side: Leg
    clock: int = NO_CLOCK
    ts_ms: int = 0
    client_order_id: str = ""


class Delta(_Frame, tag="orderbook_delta", frozen=True):
    sid: int
    seq: int
    msg: DeltaBody


class SnapshotBody(Struct, frozen=True):
    """A whole book; the key of an empty side is absent."""

    market_ticker: str
    clock: int = NO_CLOCK
    yes: list[Level] = field(name="yes_dollars_fp", default_factory=list)
    no: list[Level] = field(name="no_dollars_fp", default_factory=list)


class Snapshot(_Frame, tag="orderbook_snapshot", frozen=True):
    """`id` is that of the `get_snapshot` it answers; 0 where nobody asked."""

    sid: int
    seq: int
    msg: SnapshotBody
    id: int = 0


class TradeBody(Struct, frozen=True, gc=False):
    trade_id: str
    market_ticker: str
    yes_price_dollars: str
    count_fp: str
    taker_book_side: str | None = None
    taker_outcome_side: str | None = None
    taker_side: str | None = None
    ts: int = 0
    ts_ms: int = 0


class Trade(_Frame, tag="trade", frozen=True):
    """Numbered since autumn 2026, not before."""

    sid: int
    msg: TradeBody
    seq: int = NO_SEQ


class TickerBody(Struct, frozen=True, gc=False):
    market_ticker: str
    price_dollars: str | None = None
    yes_bid_dollars: str | None = None
    yes_ask_dollars: str | None = None
    yes_bid_size_fp: str | None = None
    yes_ask_size_fp: str | None = None
    volume_fp: str | None = None
    ts: int = 0
    ts_ms: int = 0


class Ticker(_Frame, tag="ticker", frozen=True):
    """Never numbered."""

    sid: int
    msg: TickerBody


class FillBody(Struct, frozen=True, gc=False):
    trade_id: str
    order_id: str
    market_ticker: str
    is_taker: bool
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    book_side: str | None = None
    outcome_side: str | None = None
    client_order_id: str | None = None
    post_position_fp: str | None = None
    ts: int = 0
    ts_ms: int = 0


class Fill(_Frame, tag="fill", frozen=True):
    """Never numbered: a lost one shows only in sums and sweeps."""

    sid: int
    msg: FillBody


class UserOrderBody(Struct, frozen=True, gc=False):
    order_id: str
    ticker: str
    status: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    book_side: str | None = None
    outcome_side: str | None = None
    client_order_id: str | None = None
    taker_fees_dollars: str | None = None
    maker_fees_dollars: str | None = None
    created_ts_ms: int | None = None
    last_updated_ts_ms: int | None = None
    expiration_ts_ms: int | None = None
    last_update_reason: str | None = None
    self_trade_prevention_type: str | None = None
    order_group_id: str | None = None


class UserOrder(_Frame, tag="user_order", frozen=True):
    """Channel `user_orders`; the frame's type is singular. Never numbered."""

    sid: int
    msg: UserOrderBody


class PositionBody(Struct, frozen=True, gc=False):
    market_ticker: str
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str


class Position(_Frame, tag="market_position", frozen=True):
    """Channel `market_positions`; the frame's type is singular. Never numbered."""

    sid: int
    msg: PositionBody


class LifecycleBody(Struct, frozen=True):
    market_ticker: str
    event_type: str
    close_ts: int | None = None
    is_deactivated: bool | None = None
    price_ranges: list[PriceRange] | None = None


class Lifecycle(_Frame, tag="market_lifecycle_v2", frozen=True):
    sid: int
    seq: int
    msg: LifecycleBody


class GroupUpdateBody(Struct, frozen=True, gc=False):
    event_type: str
    order_group_id: str
    ts_ms: int = 0


class GroupUpdate(_Frame, tag="order_group_updates", frozen=True):
    sid: int
    seq: int
    msg: GroupUpdateBody


class Granted(Struct, frozen=True, gc=False):
    """A channel and the sid it got."""

    channel: str
    sid: int


class Subscribed(_Frame, tag="subscribed", frozen=True):
    """One per channel; carries neither sid nor seq of its own."""

    msg: Granted
    id: int = 0


class Unsubscribed(_Frame, tag="unsubscribed", frozen=True):
    sid: int
    seq: int = NO_SEQ
    id: int = 0


class Held(Struct, frozen=True):
    """The full list of markets of a subscription; None where the list was left out."""

    market_tickers: list[str] | None = None


class Ok(_Frame, tag="ok", frozen=True):
    """An acknowledgement, or (where `msg` is a list) the answer to `list_subscriptions`.

    A numbered one consumes a `seq` of its sid. Source: recordings, sports capture.
    """

    id: int = 0
    sid: int = 0
    seq: int = NO_SEQ
    msg: Held | list[Granted] | None = None


class ErrorBody(Struct, frozen=True):
    code: int
    msg: str = ""
    market_ticker: str | None = None


class ErrorFrame(_Frame, tag="error", frozen=True):
    """A refused command, or the end of a subscription (codes 10 and 25)."""

    msg: ErrorBody
    id: int = 0
    sid: int = 0
    seq: int = NO_SEQ


Frame = (
    Delta
    | Snapshot
    | Trade
    | Ticker
    | Fill
    | UserOrder
    | Position
    | Lifecycle
    | GroupUpdate
    | Subscribed
    | Unsubscribed
    | Ok
    | ErrorFrame
)


class _Subject(Struct, frozen=True):
    market_ticker: str | None = None
    ticker: str | None = None


class _Envelope(Struct, frozen=True):
    """What any frame may show of itself."""

    type: str = ""
    id: int = 0
    sid: int = 0
    seq: int = NO_SEQ
    msg: msgspec.Raw = msgspec.Raw()


class Unknown(Struct, frozen=True):
    """A frame of a type that is not in use here. Its number still counts."""

    type: str
    sid: int
    seq: int
    ticker: str = ""
    """The market it speaks of, or empty."""


class Malformed(Struct, frozen=True):
    """A frame of a known type whose content is not as specified. Its number still counts."""

    type: str
    sid: int
    seq: int
    ticker: str
    """The market it speaks of, or empty where not even that can be read."""
    reason: str
    """Names the field; one clean phrase."""


class FrameError(ValueError):
    """Bytes that are no frame at all: not JSON, not text, no object. The message says which."""


decode = msgspec.json.Decoder(Frame).decode
"""Decode one frame or raise `msgspec.MsgspecError` or `UnicodeDecodeError`: the quick path."""

_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_subject = msgspec.json.Decoder(_Subject).decode
_TYPES = frozenset(
    str(kind.__struct_config__.tag)
    for kind in (
        Delta,
        Snapshot,
        Trade,
        Ticker,
        Fill,
        UserOrder,
        Position,
        Lifecycle,
        GroupUpdate,
        Subscribed,
        Unsubscribed,
        Ok,
        ErrorFrame,
    )
)


def read(data: bytes | str) -> Frame | Unknown | Malformed:
    """Decode one frame of any kind. Raises `FrameError` where not even the envelope is readable.

    The second, lenient look happens only after the typed decoder refused.
    """
    try:
        frame: Frame = decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        return _salvage(data, str(error))
    return frame


def _salvage(data: bytes | str, reason: str) -> Unknown | Malformed:
    try:
        seen = _decode_envelope(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FrameError(f"The frame cannot be read: {clean_title(str(error))}") from None
    if seen.type not in _TYPES:
        return Unknown(clean_title(seen.type), seen.sid, seen.seq, _subject(seen.msg))
    return Malformed(seen.type, seen.sid, seen.seq, _subject(seen.msg), clean_title(reason))


def _subject(msg: msgspec.Raw) -> str:
    try:
        subject = _decode_subject(msg)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    return subject.market_ticker or subject.ticker or ""
