"""Whether the exchange's frames still are what the specification says.

Owns the list of what is specified, the counts of what is not, and which of that could mean money.
Looks at the first frame of each type on a connection, at every 1,000th and at each that was
rejected, so that reading stays lean. Decides nothing about books.
Source: asyncapi.yaml 2.0.0, payloads; design §5b (unknown fields); reliability FF06 to FF09, FF20.
"""

from typing import Any

import msgspec

from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.core.events import BookSnapshot, WireDrifted
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import ONE_DOLLAR

EVERY = 1_000
"""One frame of so many is looked at."""

_ENVELOPE = frozenset(["type", "id", "sid", "seq", "msg", "sending_ts_ms"])
_FIELDS = {
    kind: frozenset(names.split())
    for kind, names in {
        "orderbook_snapshot": "market_ticker market_id clock yes_dollars_fp no_dollars_fp",
        "orderbook_delta": "market_ticker market_id clock price_dollars delta_fp side"
        " client_order_id ts ts_ms subaccount",
        "ticker": "market_id market_ticker price_dollars yes_bid_dollars yes_ask_dollars volume_fp"
        " open_interest_fp dollar_volume dollar_open_interest yes_bid_size_fp yes_ask_size_fp"
        " last_trade_size_fp ts ts_ms time",
        "trade": "trade_id market_ticker yes_price_dollars no_price_dollars count_fp taker_side"
        " taker_outcome_side taker_book_side is_block_trade ts ts_ms",
        "fill": "trade_id order_id client_order_id market_ticker exchange_index is_taker side ts"
        " ts_ms yes_price_dollars count_fp fee_cost action post_position_fp purchased_side"
        " outcome_side book_side subaccount",
        "market_position": "user_id market_ticker position_fp position_cost_dollars"
        " realized_pnl_dollars fees_paid_dollars position_fee_cost_dollars volume_fp subaccount",
        "user_order": "order_id user_id ticker exchange_index status side is_yes outcome_side"
        " book_side yes_price_dollars fill_count_fp remaining_count_fp initial_count_fp"
        " taker_fill_cost_dollars maker_fill_cost_dollars taker_fees_dollars maker_fees_dollars"
        " client_order_id order_group_id self_trade_prevention_type created_time last_update_time"
        " expiration_time expiration_ts_ms created_ts_ms last_updated_ts_ms last_update_reason"
        " subaccount_number",
        "market_lifecycle_v2": "market_ticker exchange_index open_ts close_ts determination_ts"
        " settled_ts result settlement_value is_deactivated additional_metadata event_type"
        " price_level_structure price_ranges strike_type floor_strike cap_strike custom_strike"
        " yes_sub_title",
        "order_group_updates": "event_type order_group_id contracts_limit_fp ts_ms",
        "subscribed": "channel sid",
        "unsubscribed": "",
        "ok": "market_tickers market_ids",
        "error": "code msg market_ticker market_tickers",
    }.items()
}
_UNUSED_TYPES = frozenset({"event_lifecycle", "event_fee_update"})
"""Specified for the lifecycle channel, and numbered in it; nothing here uses them."""
_SIDES, _BOOK_SIDES = frozenset({"yes", "no"}), frozenset({"bid", "ask"})
_WORDS = {
    "side": _SIDES,
    "outcome_side": _SIDES,
    "taker_side": _SIDES,
    "taker_outcome_side": _SIDES,
    "book_side": _BOOK_SIDES,
    "taker_book_side": _BOOK_SIDES,
    "status": frozenset({"resting", "canceled", "executed", "unknown"}),
    "self_trade_prevention_type": frozenset({"taker_at_cross", "maker", ""}),
}
_EVENTS = {
    kind: frozenset(words.split())
    for kind, words in {
        "market_lifecycle_v2": "created deactivated activated close_date_updated determined"
        " settled price_level_structure_updated metadata_updated",
        "order_group_updates": "created triggered reset deleted limit_updated",
    }.items()
}
_MISSING = "Object missing required field"


class Drift:
    """The sentinel of one feed. Counts go to `counters.unknown`, by name."""

    def __init__(self, counters: FeedCounters) -> None:
        self._counters = counters
        self._looked: set[str] = set()
        self._until_next = EVERY
        self._told: set[tuple[str, str]] = set()

    def reset(self) -> None:
        """A new connection: the first frame of each type is looked at again."""
        self._looked.clear()

    def is_new(self, kind: str) -> bool:
        """True where no frame of this type was looked at on this connection."""
        return kind not in self._looked

    def counted(self, frames: int) -> bool:
        """Count frames that arrived. True where it is time to look at one."""
        self._until_next -= frames
        if self._until_next > 0:
            return False
        self._until_next = EVERY
        return True

    def look(self, data: bytes | str) -> None:
        """Name everything in this frame that the specification does not have."""
        try:
            frame = msgspec.json.decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return
        if not isinstance(frame, dict):
            return
        kind = str(frame.get("type", ""))
        fields = _FIELDS.get(kind)
        if fields is None:
            return
        self._looked.add(kind)
        self._name(kind, "field", set(frame) - _ENVELOPE)
        body = frame.get("msg")
        if isinstance(body, dict):
            self._name(kind, "field", set(body) - fields)
            self._name_words(kind, body)

    def unknown_type(self, kind: str) -> bool:
        """Count a type that nothing here reads. False where the specification has it."""
        if kind in _UNUSED_TYPES:
            return False
        self._counters.note_unknown(kind)
        return True

    def missing(self, kind: str, ticker: str, reason: str) -> WireDrifted | None:
        """Return the drift where a frame was rejected because a required field is absent."""
        if not reason.startswith(_MISSING):
            return None
        field = reason.removeprefix(_MISSING).split(" - ")[0].strip()
        return self._once(ticker, f"{kind} frames no longer carry {field}.")

    def flipped(self, ticker: str) -> WireDrifted | None:
        """Return the drift where a market's NO levels come on the scale that was not asked for."""
        return self._once(ticker, "The exchange prints NO prices on the other scale than asked.")

    def _once(self, ticker: str, change: str) -> WireDrifted | None:
        if (ticker, change) in self._told:
            return None
        self._told.add((ticker, change))
        return WireDrifted(ticker, change)

    def _name(self, kind: str, what: str, names: set[Any]) -> None:
        for name in sorted(map(str, names)):
            self._counters.note_unknown(f"{what} {kind}.{clean_title(name)}")

    def _name_words(self, kind: str, body: dict[str, Any]) -> None:
        for name, known in (*_WORDS.items(), ("event_type", _EVENTS.get(kind, frozenset()))):
            word = body.get(name)
            if isinstance(word, str) and known and word not in known:
                self._counters.note_unknown(f"word {kind}.{name}={clean_title(word)}")


def looks_flipped(book: BookSnapshot) -> bool:
    """True where a book is crossed as read, and would not be on the other scale of NO prices."""
    if not book.bids or not book.asks:
        return False
    best_bid = max(price for price, _ in book.bids)
    asks = [price for price, _ in book.asks]
    return best_bid >= min(asks) and best_bid < ONE_DOLLAR - max(asks)
