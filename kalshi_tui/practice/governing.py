"""What the exchange's own people do: list, pause, close, determine, settle, change ticks and fees.

Owns these commands and what they do to orders; the states of a market are `lifecycle`'s and
`clearing`'s. Source: trading API reference, market status, pauses, tick grids, fee overrides.
"""

from collections.abc import Sequence

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.units import Price
from kalshi_tui.practice.banking import Banking
from kalshi_tui.practice.happenings import (
    EventFeesChanged,
    MarketResult,
    TicksChanged,
)
from kalshi_tui.practice.market import ListedMarket, Listing
from kalshi_tui.practice.orders import UpdateReason
from kalshi_tui.practice.tariff import FeeChange, Tariff


class Governing(Banking):
    """The commands of the exchange itself. Those with a ticker raise `Rejection`."""

    def __init__(self, run: int = 0) -> None:
        super().__init__(run)
        self._pending: dict[str, FeeChange] = {}
        self._lifecycle.deeds["series fees"] = self._charge_series
        self._lifecycle.deeds["event fees"] = self._charge_event

    @property
    def trading_active(self) -> bool:
        """False while shard 0 is in a trading pause: no order may be placed, cancels work."""
        return self._halts.is_trading(0)

    @trading_active.setter
    def trading_active(self, active: bool) -> None:
        """Switch every shard and cancel nothing; `set_trading` is the whole of a pause."""
        for index in self.shards:
            self._halts.set_trading(index, active)

    @property
    def exchange_active(self) -> bool:
        """False while shard 0 is in an exchange pause: nothing works."""
        return self._halts.is_open(0)

    @exchange_active.setter
    def exchange_active(self, active: bool) -> None:
        """Switch every shard and cancel nothing; see `trading_active`."""
        for index in self.shards:
            self._halts.set_open(index, active)

    def is_trading(self, exchange_index: int) -> bool:
        """Return True while a shard takes orders."""
        return self._halts.is_trading(exchange_index) and self._halts.is_open(exchange_index)

    def is_open(self, exchange_index: int) -> bool:
        """Return True while a shard takes any change at all."""
        return self._halts.is_open(exchange_index)

    def set_trading(self, active: bool, now_ns: int, exchange_index: int | None = None) -> None:
        """Begin or end a trading pause of one shard, or of all.

        A pause cancels the orders that were placed with `cancel_on_pause`; all others stay.
        """
        self._lifecycle.advance(now_ns)
        for index in self.shards if exchange_index is None else (exchange_index,):
            self._halts.set_trading(index, active)
            if not active:
                self._cancel_paused(index, now_ns)

    def set_exchange(self, active: bool, now_ns: int, exchange_index: int | None = None) -> None:
        """Begin or end an exchange pause of one shard, or of all; see `set_trading`."""
        self._lifecycle.advance(now_ns)
        for index in self.shards if exchange_index is None else (exchange_index,):
            self._halts.set_open(index, active)
            if not active:
                self._cancel_paused(index, now_ns)

    def list_market(self, listing: Listing, now_ns: int) -> ListedMarket:
        """Add a market; it is active from `open_ns` to `close_ns`."""
        market = self._lifecycle.list_market(listing, now_ns)
        market.fees = self._tariff.schedule_of(
            listing.series_ticker, listing.event_ticker, listing.fees
        )
        return market

    def pause_market(self, ticker: str, now_ns: int) -> None:
        """Make an active market inactive; orders stay and may be canceled."""
        self._lifecycle.advance(now_ns)
        self._lifecycle.pause(self._market(ticker), now_ns)

    def reactivate_market(self, ticker: str, now_ns: int) -> None:
        """Make an inactive market active again, which cancels its orders."""
        self._lifecycle.advance(now_ns)
        self._lifecycle.reactivate(self._market(ticker), now_ns)

    def close_market(self, ticker: str, now_ns: int) -> None:
        """Close a market now, before its time."""
        self._lifecycle.advance(now_ns)
        self._lifecycle.close(self._market(ticker), now_ns)

    def move_close(self, ticker: str, close_ns: int, now_ns: int) -> None:
        """Close a market earlier or later; a closed one with time left trades again.

        Orders that were canceled at the close stay canceled.
        """
        self._lifecycle.advance(now_ns)
        self._lifecycle.move_close(self._market(ticker), close_ns, now_ns)

    def determine(
        self, ticker: str, result: MarketResult, now_ns: int, value: Price | None = None
    ) -> None:
        """Say how a market came out; the settlement timer starts. `value` only with SCALAR."""
        self._lifecycle.advance(now_ns)
        self._clearing.determine(self._market(ticker), result, value, now_ns)

    def dispute(self, ticker: str, now_ns: int) -> None:
        """Stop the settlement timer until the market is determined again."""
        self._lifecycle.advance(now_ns)
        self._clearing.dispute(self._market(ticker), now_ns)

    def settle(self, ticker: str, now_ns: int) -> None:
        """Pay out a determined market now, whatever its timer says."""
        self._lifecycle.advance(now_ns)
        self._clearing.settle(self._market(ticker), now_ns)

    def change_ticks(self, ticker: str, structure: str, grid: TickGrid, now_ns: int) -> None:
        """Put a market on another grid; resting orders stay where they are."""
        self._lifecycle.advance(now_ns)
        market = self._market(ticker)
        market.grid, market.structure, market.updated_ns = grid, structure, now_ns
        self._floor.outbox.append(TicksChanged(ticker, structure, grid, now_ns))

    @property
    def tariff(self) -> Tariff:
        """What every series and event charges; change it by the commands only."""
        return self._tariff

    @property
    def series_fee_changes(self) -> list[FeeChange]:
        """Every announced change of a series' fees, oldest first."""
        return self._tariff.series_changes

    @property
    def event_fee_changes(self) -> list[FeeChange]:
        """Every announced change of an event's override, oldest first."""
        return self._tariff.event_changes

    def override_of(self, event_ticker: str) -> FeeSchedule | None:
        """Return an event's fee override, or None."""
        return self._tariff.override_of(event_ticker)

    def series_schedule(self, series_ticker: str, listed: FeeSchedule) -> FeeSchedule:
        """Return what a series charges now; `listed` is what it charged at first."""
        return self._tariff.series_schedule(series_ticker, listed)

    def change_series_fees(
        self, series_ticker: str, schedule: FeeSchedule, now_ns: int, at_ns: int | None = None
    ) -> FeeChange:
        """Put a series on another schedule, now or later."""
        change = self._announce(series_ticker, schedule, now_ns, at_ns)
        self._tariff.series_changes.append(change)
        self._schedule("series fees", change, now_ns)
        return change

    def override_fees(
        self,
        event_ticker: str,
        schedule: FeeSchedule | None,
        now_ns: int,
        at_ns: int | None = None,
    ) -> FeeChange:
        """Set an event's own schedule, or clear it with None, now or later."""
        change = self._announce(event_ticker, schedule, now_ns, at_ns)
        self._tariff.event_changes.append(change)
        self._schedule("event fees", change, now_ns)
        return change

    def restore_fees(
        self, series: Sequence[FeeChange], events: Sequence[FeeChange], now_ns: int
    ) -> None:
        """Take up the fee changes of an earlier run, oldest first. Call it after the markets."""
        for deed, changes, kept in (
            ("series fees", series, self._tariff.series_changes),
            ("event fees", events, self._tariff.event_changes),
        ):
            kept.extend(changes)
            for change in changes:
                self._pending[change.change_id] = change
                self._lifecycle.enter(max(change.at_ns, now_ns), deed, change.change_id)

    def _announce(
        self, ticker: str, schedule: FeeSchedule | None, now_ns: int, at_ns: int | None
    ) -> FeeChange:
        self._lifecycle.advance(now_ns)
        effective_ns = now_ns if at_ns is None else max(at_ns, now_ns)
        return FeeChange(self._floor.paper_id(), ticker, schedule, effective_ns, now_ns)

    def _schedule(self, deed: str, change: FeeChange, now_ns: int) -> None:
        self._pending[change.change_id] = change
        self._lifecycle.enter(change.at_ns, deed, change.change_id)
        self._lifecycle.advance(now_ns)

    def _charge_series(self, change_id: str, at_ns: int) -> None:
        change = self._pending.pop(change_id)
        assert change.schedule is not None
        self._tariff.change_series(change.ticker, change.schedule)
        self._charge()

    def _charge_event(self, change_id: str, at_ns: int) -> None:
        change = self._pending.pop(change_id)
        self._tariff.change_event(change.ticker, change.schedule)
        self._charge()
        self._floor.outbox.append(EventFeesChanged(change.ticker, change.schedule, at_ns))

    def _charge(self) -> None:
        for market in self.markets.values():
            listing = market.listing
            market.fees = self._tariff.schedule_of(
                listing.series_ticker, listing.event_ticker, listing.fees
            )

    def _cancel_paused(self, exchange_index: int, now_ns: int) -> None:
        for order in list(self._floor.live.values()):
            if order.cancel_on_pause and order.exchange_index == exchange_index:
                market = self.markets[order.ticker]
                self._floor.withdraw(market, order, UpdateReason.HALT_CANCEL, now_ns)
                self._floor.report(order)
