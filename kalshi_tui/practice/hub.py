"""Who hears what: happenings in, frames for every subscribed connection out.

Sans-IO. Owns the index of subscriptions and the conflation of the ticker; `dialogue` owns the
commands, `subscriptions` the numbers. Must not know sockets, HTTP or rules of trading.
Source: asyncapi.yaml channels; recorded traffic (ticker about once a second for an active market).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import msgspec

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import answers, messages
from kalshi_tui.practice.disorder import disturb
from kalshi_tui.practice.faults import Fault, Registry, Target
from kalshi_tui.practice.happenings import (
    BookChanged,
    BookCleared,
    CloseMoved,
    EventFeesChanged,
    FillMade,
    GroupUpdated,
    Happening,
    MarketDetermined,
    MarketListed,
    MarketSettled,
    OrderUpdated,
    PositionUpdated,
    StatusChanged,
    TicksChanged,
    TradePrinted,
)
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.messages import EventFacts
from kalshi_tui.practice.perils import FaultKind
from kalshi_tui.practice.subscriptions import BUFFER_FRAMES, Client, Subscription

_NS_PER_MS = 1_000_000

_QUOTES = 40
"""Quotes sent in one go: hundreds of markets that fall due together must not hold an order up."""

TICKER_SPAN_NS = 1_000_000_000
"""The least time between two ticker frames of one market."""

_LIFECYCLE = {
    (MarketStatus.ACTIVE, MarketStatus.INACTIVE): "deactivated",
    (MarketStatus.INACTIVE, MarketStatus.ACTIVE): "activated",
    (MarketStatus.CLOSED, MarketStatus.ACTIVE): "activated",
}
"""Steps that are announced; opening and closing by time are silent."""


@dataclass(slots=True)
class Limits:
    """What one connection may ask for. Source: changelog of June 2026."""

    markets: int = 500_000
    """Markets of one subscription; one more is error 26."""
    commands: int = 10_000
    """Commands in one second; one more is error 27."""


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
        self.limits = Limits()
        self.faults = faults
        self.describe: Callable[[str], EventFacts | None] = lambda _: None
        """Returns what an event is announced with."""
        self._announced: set[str] = set()
        self._buffer_frames = buffer_frames
        self._last_number = 0
        self._listeners: dict[str, list[Subscription]] = {}
        self._changed: dict[str, int] = {}
        """Markets with news, and when they may be told of next."""
        self._due: list[tuple[int, str]] = []
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
            MarketListed: self._tell_listed,
            CloseMoved: self._tell_close,
            MarketDetermined: self._tell_result,
            MarketSettled: self._tell_settled,
            TicksChanged: self._tell_ticks,
            EventFeesChanged: self._tell_fees,
            GroupUpdated: self._tell_group,
        }

    def join(self, account_id: str, wake: Callable[[], None]) -> Client:
        """Take a connection in; `wake` is called whenever a frame waits for it."""
        self._last_number += 1
        client = Client(self._last_number, account_id, self.faults, wake, self._buffer_frames)
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

    def ids_of(self, tickers: Iterable[str]) -> list[str]:
        """Return the UUIDs of some markets; unknown ones are left out."""
        return [answers.market_id(self.markets[each]) for each in tickers if each in self.markets]

    def publish(self, happenings: Iterable[Happening], now_ns: int) -> None:
        """Tell every subscriber what happened, in the given order."""
        if self.faults.has(FaultKind.BATCH):
            happenings = disturb(list(happenings), self.faults, now_ns)
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
        """Send the quotes that changed, at most one frame a second for each market.

        After some it leaves the rest to the next call; `next_tick_ns` is then in the past. Frames
        that a fault holds back go as well when they are due.
        """
        for client in self.clients.values():
            client.release(now_ns)
        left = _QUOTES
        while left and self._due and self._due[0][0] <= now_ns:
            left -= 1
            due_ns, ticker = heappop(self._due)
            if self._changed.get(ticker) == due_ns:
                del self._changed[ticker]
                self._quote(ticker, now_ns)

    def next_tick_ns(self) -> int | None:
        """Return when `tick` has something to send, or None."""
        late = [each.next_late_ns() for each in self.clients.values()]
        due = [each for each in late if each is not None]
        if self._due:
            due.append(self._due[0][0])
        return min(due, default=None)

    def strike(self, now_ns: int) -> None:
        """Do to the subscriptions what the switched-on faults ask for."""
        if not self.faults.has(FaultKind.SUBSCRIPTION):
            return
        for client in list(self.clients.values()):
            for each in list(client.by_sid.values()):
                target = Target("", each.channel, each.sid, client.account_id)
                for fault in self.faults.strike_each(
                    FaultKind.SUBSCRIPTION, (client.number, each.sid), target, now_ns
                ):
                    _afflict(each, fault, now_ns)

    def announce(self, ticker: str, message: msgspec.Raw, now_ns: int) -> None:
        """Tell a step of a market's life to everyone who listens to them."""
        self._tell("market_lifecycle_v2", "market_lifecycle_v2", message, ticker, now_ns)

    def _quote(self, ticker: str, now_ns: int) -> None:
        listed = self.markets.get(ticker)
        if listed is not None and self._has_new_quotes(listed):
            self._ticked[ticker] = now_ns
            self._tell("ticker", "ticker", messages.ticker(listed, now_ns), ticker, now_ns)

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

    def _note(self, ticker: str, now_ns: int) -> None:
        if ticker not in self._changed and self._listeners.get("ticker"):
            due_ns = max(self._ticked.get(ticker, 0) + TICKER_SPAN_NS, now_ns)
            self._changed[ticker] = due_ns
            heappush(self._due, (due_ns, ticker))

    def _tell_change(self, change: BookChanged, now_ns: int) -> None:
        self._note(change.ticker, now_ns)
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
        self._note(printed.ticker, now_ns)
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
        # Recorded: the quotes of the empty book come before its empty snapshot.
        if self._listeners.get("ticker"):
            self._changed.pop(cleared.ticker, None)
            self._quote(cleared.ticker, now_ns)
        listed = self.markets[cleared.ticker]
        for each in tuple(self._listeners.get("orderbook_delta", ())):
            if each.covers(cleared.ticker):
                self.send_book(each, listed, now_ns)

    def _tell_status(self, changed: StatusChanged, now_ns: int) -> None:
        event_type = _LIFECYCLE.get((changed.before, changed.after))
        if event_type is not None:
            self.announce(changed.ticker, messages.step(changed.ticker, event_type), now_ns)

    def _tell_listed(self, told: MarketListed, now_ns: int) -> None:
        listed = self.markets[told.ticker]
        event = listed.listing.event_ticker
        facts = None if event in self._announced else self.describe(event)
        self._announced.add(event)
        if facts is not None:
            message = messages.event_created(listed, facts)
            self._tell("market_lifecycle_v2", "event_lifecycle", message, "", now_ns)
        self.announce(told.ticker, messages.created(listed), now_ns)

    def _tell_close(self, told: CloseMoved, now_ns: int) -> None:
        self.announce(told.ticker, messages.close_moved(told.ticker, told.close_ns), now_ns)

    def _tell_result(self, told: MarketDetermined, now_ns: int) -> None:
        self.announce(told.ticker, messages.determined(told), now_ns)

    def _tell_settled(self, told: MarketSettled, now_ns: int) -> None:
        self.announce(told.ticker, messages.settled(told.ticker, told.at_ns), now_ns)

    def _tell_ticks(self, told: TicksChanged, now_ns: int) -> None:
        self.announce(told.ticker, messages.ticks_changed(told), now_ns)

    def _tell_fees(self, told: EventFeesChanged, now_ns: int) -> None:
        message = messages.event_fees(told)
        self._tell("market_lifecycle_v2", "event_fee_update", message, "", now_ns)

    def _tell_group(self, told: GroupUpdated, now_ns: int) -> None:
        self._tell(
            "order_group_updates",
            "order_group_updates",
            messages.group(told),
            "",
            now_ns,
            told.account_id,
        )


def _afflict(subscription: Subscription, fault: Fault, now_ns: int) -> None:
    """Do to one subscription what a fault asks for."""
    client = subscription.client
    if fault.name == "renumber":
        subscription.seq = 0
    elif fault.name == "silent_sid":
        subscription.silent_until_ns = now_ns + fault.whole("ms") * _NS_PER_MS
    elif fault.name == "overflow":
        client.overflow(subscription, now_ns)
    else:
        client.fail(subscription, fault.whole("code"), now_ns)
