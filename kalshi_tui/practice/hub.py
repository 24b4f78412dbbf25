"""Who hears what: happenings in, frames for every subscribed connection out.

Sans-IO. Owns the index of subscriptions and the conflation of the ticker; `dialogue` owns the
commands, `subscriptions` the numbers. Must not know sockets, HTTP or rules of trading.
Source: asyncapi.yaml channels; recorded traffic (ticker about once a second for an active market).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import answers, messages
from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.happenings import (
    BookChanged,
    BookCleared,
    FillMade,
    Happening,
    OrderUpdated,
    PositionUpdated,
    StatusChanged,
    TradePrinted,
)
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.subscriptions import BUFFER_FRAMES, Client, Subscription

TICKER_SPAN_NS = 1_000_000_000
"""The least time between two ticker frames of one market."""

_LIFECYCLE = {
    (MarketStatus.ACTIVE, MarketStatus.INACTIVE): "deactivated",
    (MarketStatus.INACTIVE, MarketStatus.ACTIVE): "activated",
    (MarketStatus.CLOSED, MarketStatus.ACTIVE): "activated",
}
"""Steps that are announced; opening and closing by time are silent."""


class Hub:
    """All connections and what they are subscribed to."""

    def __init__(
        self,
        markets: Mapping[str, ListedMarket],
        faults: Registry,
        buffer_frames: int = BUFFER_FRAMES,
    ) -> None:
        self.markets = markets
        self.clients: dict[int, Client] = {}
        self._faults = faults
        self._buffer_frames = buffer_frames
        self._last_number = 0
        self._listeners: dict[str, list[Subscription]] = {}
        self._changed: dict[str, None] = {}
        self._ticked: dict[str, int] = {}
        self._quoted: dict[str, tuple[object, ...]] = {}
        self._tellers: dict[type, Callable[[Any, int], None]] = {
            BookChanged: self._tell_change,
            TradePrinted: self._tell_trade,
            FillMade: self._tell_fill,
            OrderUpdated: self._tell_order,
            PositionUpdated: self._tell_position,
            BookCleared: self._tell_cleared,
            StatusChanged: self._tell_status,
        }

    def join(self, account_id: str, wake: Callable[[], None]) -> Client:
        """Take a connection in; `wake` is called whenever a frame waits for it."""
        self._last_number += 1
        client = Client(self._last_number, account_id, self._faults, wake, self._buffer_frames)
        client.on_death = self.unlisten
        self.clients[client.number] = client
        return client

    def leave(self, client: Client) -> None:
        """Forget a connection."""
        self.clients.pop(client.number, None)
        for subscription in client.by_sid.values():
            self.unlisten(subscription)

    def listen(self, subscription: Subscription) -> None:
        """Route the subscription's channel to it from now on."""
        self._listeners.setdefault(subscription.channel, []).append(subscription)

    def unlisten(self, subscription: Subscription) -> None:
        """Route nothing to the subscription any more."""
        listeners = self._listeners.get(subscription.channel, [])
        if subscription in listeners:
            listeners.remove(subscription)

    def tickers_of(self, market_ids: Iterable[str]) -> list[str]:
        """Return the tickers behind some market UUIDs; unknown ones are left out."""
        known = {answers.market_id(each): ticker for ticker, each in self.markets.items()}
        return [known[each] for each in dict.fromkeys(market_ids) if each in known]

    def publish(self, happenings: Iterable[Happening], now_ns: int) -> None:
        """Tell every subscriber what happened, in the given order."""
        for happening in happenings:
            teller = self._tellers.get(type(happening))
            if teller is not None:
                teller(happening, now_ns)

    def send_book(
        self,
        subscription: Subscription,
        listed: ListedMarket,
        now_ns: int,
        command_id: int | None = None,
    ) -> None:
        """Queue a whole book."""
        message = messages.snapshot(listed, subscription.yes_price)
        subscription.client.send(
            subscription, "orderbook_snapshot", message, listed.ticker, now_ns, command_id
        )

    def send_ticker(self, subscription: Subscription, listed: ListedMarket, now_ns: int) -> None:
        """Queue a market's quotes, changed or not."""
        message = messages.ticker(listed, now_ns)
        subscription.client.send(subscription, "ticker", message, listed.ticker, now_ns)

    def tick(self, now_ns: int) -> None:
        """Send the quotes that changed, at most one frame a second for each market."""
        for ticker in list(self._changed):
            if now_ns - self._ticked.get(ticker, 0) < TICKER_SPAN_NS:
                continue
            del self._changed[ticker]
            listed = self.markets.get(ticker)
            if listed is not None and self._has_new_quotes(listed):
                self._ticked[ticker] = now_ns
                self._tell("ticker", "ticker", messages.ticker(listed, now_ns), ticker, now_ns)

    def next_tick_ns(self) -> int | None:
        """Return when `tick` has something to send, or None."""
        return min(
            (self._ticked.get(each, 0) + TICKER_SPAN_NS for each in self._changed), default=None
        )

    def _has_new_quotes(self, listed: ListedMarket) -> bool:
        quotes = answers.Quotes(listed.book)
        now = (
            quotes.bid,
            quotes.ask,
            quotes.bid_size,
            quotes.ask_size,
            listed.last_price,
            listed.volume,
            listed.open_interest,
        )
        if self._quoted.get(listed.ticker) == now:
            return False
        self._quoted[listed.ticker] = now
        return True

    def _tell(
        self,
        channel: str,
        kind: str,
        message: msgspec.Raw,
        ticker: str,
        now_ns: int,
        account_id: str = "",
    ) -> None:
        for each in tuple(self._listeners.get(channel, ())):
            if each.covers(ticker) and account_id in ("", each.client.account_id):
                each.client.send(each, kind, message, ticker, now_ns)

    def _note(self, ticker: str) -> None:
        if self._listeners.get("ticker"):
            self._changed[ticker] = None

    def _tell_change(self, change: BookChanged, now_ns: int) -> None:
        self._note(change.ticker)
        made: dict[tuple[bool, bool], msgspec.Raw] = {}
        for each in tuple(self._listeners.get("orderbook_delta", ())):
            if not each.covers(change.ticker):
                continue
            own = bool(change.account_id) and each.client.account_id == change.account_id
            variant = (each.yes_price, own)
            message = made.get(variant)
            if message is None:
                market_id = answers.market_id(self.markets[change.ticker])
                message = made[variant] = messages.delta(change, market_id, each.yes_price, own)
            each.client.send(each, "orderbook_delta", message, change.ticker, now_ns)

    def _tell_trade(self, printed: TradePrinted, now_ns: int) -> None:
        self._note(printed.ticker)
        if self._listeners.get("trade"):
            self._tell("trade", "trade", messages.trade(printed), printed.ticker, now_ns)

    def _tell_fill(self, made: FillMade, now_ns: int) -> None:
        message = messages.fill(made.fill)
        self._tell("fill", "fill", message, made.fill.ticker, now_ns, made.account_id)

    def _tell_order(self, updated: OrderUpdated, now_ns: int) -> None:
        message = messages.user_order(updated.order)
        self._tell(
            "user_orders", "user_order", message, updated.order.ticker, now_ns, updated.account_id
        )

    def _tell_position(self, updated: PositionUpdated, now_ns: int) -> None:
        message = messages.position(updated.account_id, updated.position)
        self._tell(
            "market_positions",
            "market_position",
            message,
            updated.position.ticker,
            now_ns,
            updated.account_id,
        )

    def _tell_cleared(self, cleared: BookCleared, now_ns: int) -> None:
        self._note(cleared.ticker)
        listed = self.markets[cleared.ticker]
        for each in tuple(self._listeners.get("orderbook_delta", ())):
            if each.covers(cleared.ticker):
                self.send_book(each, listed, now_ns)

    def _tell_status(self, changed: StatusChanged, now_ns: int) -> None:
        event_type = _LIFECYCLE.get((changed.before, changed.after))
        if event_type is not None:
            message = messages.lifecycle(changed.ticker, event_type)
            self._tell(
                "market_lifecycle_v2", "market_lifecycle_v2", message, changed.ticker, now_ns
            )
